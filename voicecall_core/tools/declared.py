"""The tools that a table of a file declares: `tools = "tools.py"`, and a [[tool]] for each request.

Knows no environment: what `${NAME}` stands for is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from voicecall_core.lined_toml import Table
from voicecall_core.net.urls import url_fault
from voicecall_core.tools.base import END_CALL, Tools
from voicecall_core.tools.http_tools import ARGUMENT, METHODS, HttpTool, split_url
from voicecall_core.tools.python_tools import LONGEST_S, load_tools
from voicecall_core.tools.schema import TYPES
from voicecall_core.words.terms import TOOL_TIMEOUT_S, ToolSpec

KEYS = ("name", "about", "method", "url", "headers", "parameters", "timeout")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = {"host", "content-length", "transfer-encoding", "connection"}  # what the request itself decides
_PARAMETER = ("type", "about", "enum", "items", "required")


def tools_of(table: Table, folder: Path, secrets: Mapping[str, str]) -> Tools:
    """All tools that a file declares; relative paths begin in `folder`. Raises SettingsError, with the line.

    A Python file that it names is run. `secrets`: what may stand as ${NAME} in headers and queries.
    """
    declared = requests_of(table, secrets)
    if "tools" not in table:
        return declared
    path = folder / Path(table.text("tools")).expanduser()
    if not path.is_file():
        raise table.wrong("tools", f"tools names {path}, which is not there", "Name a Python file.")
    return load_tools(path) + declared


def requests_of(table: Table, secrets: Mapping[str, str]) -> Tools:
    """The [[tool]] tables alone."""
    return Tools([http_tool(each, secrets) for each in table.tables("tool")])


def http_tool(table: Table, secrets: Mapping[str, str]) -> HttpTool:
    """The request that one [[tool]] declares. Raises SettingsError, with the line."""
    table.only(*KEYS)
    name = table.text("name")
    if name == END_CALL or not _NAME.fullmatch(name):
        what = "which hangs up" if name == END_CALL else "which is no name"
        raise table.wrong("name", f"name is {name!r}, {what}", "Write at most 64 letters, digits, _ and -.")
    method = table.text("method", "GET")
    if method not in METHODS:
        raise table.wrong("method", f"method is {method!r}", f"Write one of {', '.join(METHODS)}.")
    used: list[str] = []
    base, path, query = _url(table, secrets, used)
    parameters = _parameters(table, path)
    return HttpTool(
        ToolSpec(name, table.text("about"), parameters),
        table.ms("timeout", round(TOOL_TIMEOUT_S * 1000), low=100, high=round(LONGEST_S * 1000)) / 1000,
        method,
        base,
        path,
        query,
        _headers(table, secrets, used),
        tuple(used),
    )


def _url(table: Table, secrets: Mapping[str, str], used: list[str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    url = table.text("url")
    base, path, query = _split(table, url)
    if "{" in base or "}" in base:
        raise table.wrong("url", "url has a {} in its host", "Scheme, host and port are the same for every call.")
    if fault := url_fault(base, "https"):
        what, fix = fault
        raise table.wrong("url", f"url {what}", fix)
    if _SECRET.search(path):
        raise table.wrong("url", "url has a secret in its path", "Secrets stand in headers, or behind the ?.")
    if re.search(r"[{}]", ARGUMENT.sub("", path)):
        raise table.wrong("url", "url has a brace that belongs to no {name}", "Write {name} for an argument.")
    pairs = parse_qsl(query, keep_blank_values=True)
    filled = tuple((key, _filled(table, "url", value, secrets, used)) for key, value in pairs)
    if any(ARGUMENT.search(_SECRET.sub("", f"{key}{value}")) for key, value in pairs):
        what = "url has an argument behind the ?"
        raise table.wrong("url", what, "Leave it away: what is not in the path is put into the query by itself.")
    return base, path or "/", filled


def _split(table: Table, url: str) -> tuple[str, str, str]:
    try:
        return split_url(url)
    except ValueError:
        raise table.wrong("url", "url is no URL", "Write one such as https://example.com/tables/{day}.") from None


def _filled(table: Table, key: str, text: str, secrets: Mapping[str, str], used: list[str]) -> str:
    """A text with the secrets in it."""

    def value(found: re.Match[str]) -> str:
        if not secrets.get(found[1]):
            raise table.wrong(key, f"{key} needs ${{{found[1]}}}, which is not set", f"Set {found[1]} in .env.")
        used.append(secrets[found[1]])
        return secrets[found[1]]

    return _SECRET.sub(value, text)


def _headers(table: Table, secrets: Mapping[str, str], used: list[str]) -> dict[str, str]:
    given = table.table("headers")
    found = {}
    for name in given.keys() if given is not None else ():
        assert given is not None
        value = _filled(given, name, given.text(name), secrets, used)
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise given.wrong(name, f"{name} is no header that can be set", "Remove it.")
        if not (value.isascii() and value.isprintable()):
            raise given.wrong(name, f"{name} holds what a header cannot", "Write plain ASCII.")
        found[name] = value
    return found


# --- arguments ---------------------------------------------------------------------------------------------------


def _parameters(table: Table, path: str) -> dict[str, Any]:
    """The schema of what the model gives: a table a parameter, or its type alone as a text."""
    given = table.table("parameters")
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name in given.keys() if given is not None else ():
        assert given is not None
        inner = None if isinstance(given.raw(name), str) else given.table(name)
        if inner is None:
            properties[name] = {"type": _type(given, name, given.text(name))}
        else:
            properties[name] = _parameter(inner)
        if inner is None or inner.switch("required", True):
            required.append(name)
    for name in ARGUMENT.findall(path):
        if name not in required:
            raise table.wrong("url", f"url needs {{{name}}}, which is no required parameter", f"Declare {name}.")
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _parameter(table: Table) -> dict[str, Any]:
    table.only(*_PARAMETER)
    schema: dict[str, Any] = {"type": _type(table, "type", table.text("type", "string"))}
    if "about" in table:
        schema["description"] = table.text("about")
    if "enum" in table:
        if schema["type"] != "string":
            raise table.wrong("enum", "enum is for texts alone", "Write type = 'string'.")
        schema["enum"] = list(table.texts("enum"))
    if "items" in table:
        schema["items"] = {"type": _type(table, "items", table.text("items"))}
    return schema


def _type(table: Table, key: str, named: str) -> str:
    if named not in TYPES - {"null"}:
        raise table.wrong(key, f"{key} is {named!r}, which is no type", f"Write {', '.join(sorted(TYPES - {'null'}))}.")
    return named
