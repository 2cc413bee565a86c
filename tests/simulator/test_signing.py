"""The carrier's signatures, against published vectors and the official validator."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from voicecall_core.simulator.carrier.webhook_client import signature, signed_url

DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def test_the_documented_example() -> None:
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, DOCUMENTED.items()) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "https://example.com:8443/a?b=c%20d",
        "http://127.0.0.1:8080/a",
        "wss://example.com/media/x",
        "ws://127.0.0.1:8080/media",
    ],
)
def test_the_official_validator_accepts(url: str) -> None:
    params = {"A": "", "B": "1", "a": "\u00e9"}
    assert RequestValidator("t").validate(url, params, signature("t", url, params.items()))
    assert not RequestValidator("u").validate(url, params, signature("t", url, params.items()))


def test_what_is_left_out_of_the_url() -> None:
    assert signed_url("https://me:pw@example.com:8443/a?b=1#rc=2") == "https://example.com/a?b=1"
    assert signed_url("http://me@127.0.0.1:8080/a#rc=2") == "http://127.0.0.1:8080/a"
