"""Nothing that a stranger quotes back may show a number, a secret or a stream's token."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from voicecall_core import masking
from voicecall_core.masking import LONGEST, blotted, fit_to_show, last_four, masked, short


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The number +15555550100 is unverified.", "The number +15•••••100 is unverified."),
        ("provided, +15555550100, is not", "provided, +15•••••100, is not"),
        ("to=%2B15555550100&x", "to=+15•••••100&x"),
        ("call (555) 555-0100 now", "call 555•••••100 now"),
        ("call +1 (555) 555-0100 now", "call +15•••••100 now"),
        ("4915112345678", "491•••••678"),
        ("from 54.172.160.123:0, and 10.0.0.12", "from 54.172.160.123:0, and 10.0.0.12"),
        ("from +49.151.123.45, not 491.511.234.567", "from +49•••••345, not 491•••••567"),
        ("call CA" + "0" * 32 + " ended", "call CA" + "0" * 32 + " ended"),
        ("error 21211, HTTP 400", "error 21211, HTTP 400"),
        ("see wss://h.example/c-1/media/1/0f3ca9: 404", "see (stream URL) 404"),
        ("two\nlines\x1b[31m\u202e", "two lines [31m"),
        ("x" * 1000, "x" * (LONGEST - 1) + "…"),
        ("the key hunter2 is wrong", "the key **** is wrong"),
        ("+49 151\n2345678 in two lines", "+49•••••678 in two lines"),
        ("no gpt-4o-realtime-preview-2024-12-17 for you", "no gpt-4o-realtime-preview-2024-12-17 for you"),
        ("account AC" + "0" * 31 + "a is closed", "account AC…000a is closed"),
        ("Incorrect API key provided: sk-proj-abc***xyz.", "Incorrect API key provided: sk-****."),
        ("Authorization: Basic QUM6c2VjcmV0, sent", "Authorization: Basic ****, sent"),
        ("sent Bearer abcdefghij0123456789", "sent Bearer ****"),
        ("basic authentication is not offered", "basic authentication is not offered"),
        ('{"auth_token": "hush", "a": 1}', '{"auth_token": "****", "a": 1}'),
        ("https://h.example/media/0f3ca90f3ca90f3ca9 is gone", "https://h.example/media/**** is gone"),
        ("Your authtoken: 2abcDEF_2abcDEF_2abcDEF_2abcDEF_", "Your authtoken: ****"),
        ("item resp_68af4030592c81938ec0a5fbab4a3e9f is gone", "item resp_68af4030592c81938ec0a5fbab4a3e9f is gone"),
        ("https://four-words-of-a-quick-tunnel.trycloudflare.com", "https://four-words-of-a-quick-tunnel.trycloudflare.com"),
    ],
)  # fmt: skip
def test_what_is_shown(said: str, shown: str) -> None:
    assert fit_to_show(said, ["hunter2", ""]) == shown


@given(st.text(), st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.text())
def test_a_full_number_is_never_shown(before: str, number: str, after: str) -> None:
    shown = fit_to_show(f"{before} {number} {after}")
    assert number not in shown
    assert not re.search(r"\+[0-9]{7,}", shown)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WAYS_TO_QUOTE = st.sampled_from(
    [
        'Authorization: Bearer {}', 'authorization="Basic {}"', "Bearer 0{}", "token={}",
        '"api_key": "{}"', "password: {}",
        "X-Twilio-Signature: {}", "sk-{}", "sk-proj-{}", "wss://h.example/c-1/media/1/{}", "https://h.example/media/1{}",
        "AC:0123456789abcdef0123456789abcdef {}=", "your key {}",
    ]
)  # fmt: skip


@given(st.text(), st.text(LETTERS, min_size=20, max_size=60), WAYS_TO_QUOTE, st.text())
def test_a_secret_never_survives_in_any_of_the_ways_in_which_it_is_quoted(
    before: str, secret: str, quoted: str, after: str
) -> None:
    assume(secret not in f"{before} {after}")
    handed_in = [secret] if quoted.startswith(("AC:", "your")) else []  # by nothing but its bytes to be told
    shown = blotted(f"{before} {quoted.format(secret)} {after}", handed_in)
    assert secret not in shown


PIECES = st.one_of(
    st.text(max_size=8),
    st.text("+%2B()-. 0123456789", max_size=20),
    st.text(LETTERS + "_-=/ ", max_size=40),
    st.text("0123456789abcdef", min_size=30, max_size=34),
    st.sampled_from(
        [
            " ",
            "/",
            '"',
            "AC",
            "SK",
            "CA",
            "token",
            "authorization:",
            "Bearer ",
            "sk-",
            "wss:",
            "=",
            "2024-12-17",
            "****",
        ]
    ),
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_was_masked_is_masked_already(text: str) -> None:
    once = blotted(text)
    assert blotted(once) == once


def test_what_stands_alone_is_known_by_its_ends() -> None:
    assert masked("+4915112345123") == "+49•••••123"
    assert masked("+49151") == "•••••"
    assert last_four("0123456789abcdef") == "cdef"
    assert last_four("short") == ""
    assert short("AC" + "0" * 31 + "a") == "AC…000a"
    assert short("AC000001") == "…"


_PIECES = (
    "Authorization: Basic ", "bearer ", "auth_token=", "API-KEY: ", "sk-", "wss://", "WS:", "AC" + "0a" * 16, "/", "-",
    '"WebSocket /media/', "abc123" * 4, "ABCdef0123456789ABCdef0123456789", "+49151", "12345678", " ", '"',
    "\u017fk-", "\u0130",
    "\u017fecret=", "bas\u0131c ", "\u212a", "a\u0130auth_token=x", "\u212a-", "pa\u017f\u017fword:",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_what_is_passed_over_for_speed_would_not_have_been_changed(text: str) -> None:
    slow = text
    for _, pattern, instead in masking._replaced():
        slow = pattern.sub(instead, slow)
    assert blotted(text) == slow
