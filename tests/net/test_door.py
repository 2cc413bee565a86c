from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.net.http_server import USUAL, Request, Response


def test_a_request_is_read_by_name() -> None:
    request = Request("POST", "/c-1/status?try=2", (("host", "a"), ("x-twilio-signature", "s"), ("host", "b")))
    assert request.path == "/c-1/status"
    assert request.header("X-Twilio-Signature") == "s"
    assert request.header("host") == "a"
    assert request.header("absent") == ""
    assert request.header("absent", "none") == "none"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", []),
        (b"CallSid=CA1&FromCity=&To=%2B15555550100", [("CallSid", "CA1"), ("FromCity", ""), ("To", "+15555550100")]),
        (b"a=1&a=2&b", [("a", "1"), ("a", "2"), ("b", "")]),
        (b"name=J%C3%BCrgen+M", [("name", "J\u00fcrgen M")]),
        (b"raw=\xff&percent=%FF&bad=%zz", [("raw", "\ufffd"), ("percent", "\ufffd"), ("bad", "%zz")]),
    ],
)
def test_a_form_keeps_order_and_blank_values(body: bytes, form: list[tuple[str, str]]) -> None:
    assert Request("POST", "/", (), body).form() == form


@given(st.text("ab=&+%4fFzC3 ", max_size=60))
def test_a_form_is_read_as_the_standard_library_reads_it(body: str) -> None:
    expected = parse_qsl(body, keep_blank_values=True, errors="replace")
    assert Request("POST", "/", (), body.encode()).form() == expected


@given(st.binary(max_size=300))
def test_no_body_is_too_strange_for_a_form(body: bytes) -> None:
    for name, value in Request("POST", "/", (), body).form():
        assert isinstance((name + value).encode(), bytes)  # raises for what is no text


def test_the_usual_limits_let_the_largest_form_through() -> None:
    assert USUAL.body_bytes >= 65_536


def test_what_is_asked_and_answered_does_not_show_itself() -> None:
    shown = repr(Request("POST", "/token", (("authorization", "Bearer key"),), b"To=%2B15555550100"))
    shown += repr(Response(200, b"token", (("set-cookie", "key"),)))
    assert not [secret for secret in ("token", "key", "5555") if secret in shown]
