"""Requests as tools: where they go, what is in them, what comes back, and what a secret is never found in."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import read_table
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import port_of
from voicecall_core.tools import Tools
from voicecall_core.tools.declared import http_tool, tools_of
from voicecall_core.words.values import ToolOutcome

UNTOLD = "X-Length: untold\r\n"  # the answer ends with its connection
SECRETS = {"KEY": "s3cret", "TOKEN": "t0ken"}
GET = """
    [[tool]]
    name = "free_tables"
    about = "Lists free tables."
    url = "http://127.0.0.1:1/places/{place}/tables?key=${KEY}&lang=en"
    headers = { Authorization = "Bearer ${TOKEN}" }
    timeout = "2s"
    [tool.parameters]
    place = "string"
    day = { type = "string", about = "When.", enum = ["friday", "saturday"] }
    people = { type = "integer", required = false }
"""


def declared(text: str, secrets: dict[str, str] | None = None) -> Any:
    (table,) = read_table(text.encode(), "agent.toml").tables("tool")
    return http_tool(table, SECRETS if secrets is None else secrets)


@asynccontextmanager
async def service(
    tool: Any, answer: bytes, status: str = "200 OK", more: str = ""
) -> AsyncIterator[tuple[Tools, list[str]]]:
    """The tool, and a service in memory that answers whatever comes; what came."""
    network, came = MemoryNetwork(), []
    length = "" if more == UNTOLD else f"Content-Length: {len(answer)}\r\n"
    head = f"HTTP/1.1 {status}\r\n{length}Connection: close\r\n{more}\r\n".encode()

    async def serve(stream: Any) -> None:
        async with stream:
            request = b""
            while b"\r\n\r\n" not in request:
                request += await stream.receive()
            length = [line for line in request.split(b"\r\n") if line.lower().startswith(b"content-length")]
            body = request.split(b"\r\n\r\n", 1)[1]
            while length and len(body) < int(length[0].split(b":")[1]):
                body += await stream.receive()
            came.append(request.split(b"\r\n\r\n")[0].decode() + "\n\n" + body.decode())
            with suppress(anyio.BrokenResourceError):  # it may have seen enough
                await stream.send(head + answer)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        here = replace(tool, base=f"http://127.0.0.1:{port_of(listener)}", network=network)
        yield Tools([here]), came
        tasks.cancel_scope.cancel()


def test_what_is_declared_is_what_the_model_is_told() -> None:
    tool = declared(GET)
    assert (tool.spec.name, tool.spec.description, tool.timeout_s) == ("free_tables", "Lists free tables.", 2.0)
    assert tool.spec.parameters == {
        "type": "object",
        "properties": {
            "place": {"type": "string"},
            "day": {"type": "string", "description": "When.", "enum": ["friday", "saturday"]},
            "people": {"type": "integer"},
        },
        "required": ["place", "day"],
        "additionalProperties": False,
    }
    assert "s3cret" not in repr(tool) and "t0ken" not in repr(tool)


async def test_arguments_are_encoded_into_path_and_query() -> None:
    async with service(declared(GET), b'{"free": [1, 2]}') as (tools, came):
        given = {"place": "a/../b?x=1#y@evil.example", "day": "friday", "people": 2}
        answer = await tools.run("free_tables", json.dumps(given), 5)
    assert (answer.outcome, answer.pii_output) == (ToolOutcome.RETURNED, '{"free": [1, 2]}')
    line = came[0].splitlines()[0]
    path = "/places/a%2F..%2Fb%3Fx%3D1%23y%40evil.example/tables"
    assert line == f"GET {path}?key=s3cret&lang=en&day=friday&people=2 HTTP/1.1"
    assert "authorization: bearer t0ken" in came[0].lower()


async def test_arguments_of_a_post_are_its_json_body() -> None:
    tool = declared(GET.replace('timeout = "2s"', 'method = "POST"'))
    async with service(tool, b"booked") as (tools, came):
        answer = await tools.run("free_tables", '{"place": "x", "day": "friday", "people": 2}', 5)
    assert answer.pii_output == '"booked"'
    assert json.loads(came[0].split("\n\n")[1]) == {"day": "friday", "people": 2}


@pytest.mark.parametrize("place", ["", ".", ".."])
async def test_an_argument_cannot_lead_to_another_path(place: str) -> None:
    async with service(declared(GET), b"{}") as (tools, came):
        answer = await tools.run("free_tables", json.dumps({"place": place, "day": "friday"}), 5)
    assert answer.outcome is ToolOutcome.RAISED and came == []
    assert json.loads(answer.pii_output) == {"error": "place may not be empty, nor only dots"}


@pytest.mark.parametrize(
    ("status", "more", "body", "told"),
    [
        ("302 Found", "Location: http://127.0.0.1:2/elsewhere\r\n", b"", "the service answered 302"),
        ("404 Not Found", "", b"no such host db-7.internal", "the service answered 404"),
        ("200 OK", "", b"x" * 70_000, "the service's answer is too long"),
        ("200 OK", UNTOLD, b"x" * 70_000, "the service's answer is too long"),
    ],
)
async def test_other_answers_are_told_without_what_is_in_them(status: str, more: str, body: bytes, told: str) -> None:
    async with service(declared(GET), body, status, more) as (tools, came):
        answer = await tools.run("free_tables", '{"place": "x", "day": "friday"}', 5)
    assert (answer.outcome, json.loads(answer.pii_output)) == (ToolOutcome.RAISED, {"error": told})
    assert len(came) == 1, "no redirect is followed"


async def test_a_secret_that_comes_back_is_told_to_nobody() -> None:
    async with service(declared(GET), b'{"you sent": "Bearer t0ken, s3cret"}') as (tools, _):
        answer = await tools.run("free_tables", '{"place": "x", "day": "friday"}', 5)
    assert answer.pii_output == '{"you sent": "Bearer ***, ***"}'


async def test_a_service_that_cannot_be_reached_is_told() -> None:
    tool = replace(declared(GET), network=MemoryNetwork())
    answer = await Tools([tool]).run("free_tables", '{"place": "x", "day": "friday"}', 5)
    assert (answer.outcome, answer.fault) == (ToolOutcome.RAISED, "ConnectError")
    assert answer.pii_output == '{"error": "the service could not be reached"}'


@pytest.mark.parametrize(
    ("was", "now", "line", "what"),
    [
        ("127.0.0.1:1/", "{place}.example:1/", 5, "url has a {} in its host"),
        ("http://127.0.0.1:1/", "http://example.com/", 5, "anybody on the way"),
        ("http://127.0.0.1:1/", "ftp://example.com/", 5, "begins with ftp"),
        ("http://127.0.0.1:1/", "http://[::1/", 5, "url is no URL"),
        ("http://127.0.0.1:1/", "https://me:pw@example.com/", 5, "user name or password"),
        ("/tables?", "/${KEY}/tables?", 5, "secret in its path"),
        ("lang=en", "lang={place}", 5, "argument behind the ?"),
        ("{place}", "{nowhere}", 5, "which is no required parameter"),
        ("${TOKEN}", "${NOT_SET}", 6, "needs ${NOT_SET}, which is not set"),
        ("Authorization =", "Host =", 6, "Host is no header"),
        ('"string"\n    day', '"text"\n    day', 9, "is no type"),
        ("about =", "abuot =", 4, "there is no 'abuot'"),
        ('"free_tables"', '"end_call"', 3, "which hangs up"),
        ('"free_tables"', '"free tables"', 3, "which is no name"),
        ('timeout = "2s"', 'timeout = "1h"', 7, "timeout is"),
        ('timeout = "2s"', 'method = "TRACE"', 7, "method is 'TRACE'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(was: str, now: str, line: int, what: str) -> None:
    assert was in GET
    with pytest.raises(SettingsError) as told:
        declared(GET.replace(was, now))
    assert what in told.value.message and f"agent.toml: line {line}:" in told.value.message
    assert "t0ken" not in str(told.value)


def test_a_file_declares_functions_and_requests_together(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text('def look() -> str:\n    """Looks."""\n    return ""\n')
    tools = tools_of(read_table(f'tools = "tools.py"\n{GET}'.encode(), "agent.toml"), tmp_path, SECRETS)
    assert [spec.name for spec in tools.specs] == ["look", "free_tables"]
    with pytest.raises(SettingsError, match=r"agent.toml: line 1: tools names .*nowhere.py"):
        tools_of(read_table(b'tools = "nowhere.py"', "agent.toml"), tmp_path, SECRETS)
    with pytest.raises(SettingsError, match="two tools of the name free_tables"):
        tools_of(read_table((GET + GET).encode(), "agent.toml"), tmp_path, SECRETS)


def test_the_usual_certificates_are_loaded_once() -> None:
    from voicecall_core.tools.http_tools import _certificates

    assert _certificates() is _certificates() and _certificates().verify_mode is ssl.CERT_REQUIRED
