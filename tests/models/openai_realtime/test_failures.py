"""How a session can end, and whether another can succeed."""

from __future__ import annotations

import json

import pytest

from voicecall_core.models.openai_realtime import failures


@pytest.mark.parametrize("code", ["insufficient_quota", "invalid_api_key", "account_deactivated", "model_not_found"])
def test_what_money_and_keys_must_mend_is_not_tried_again(code: str) -> None:
    """Field failure M20: with the quota gone the connection succeeds, for ever."""
    for failure in (
        failures.of_error(1, code, "no"),
        failures.of_refusal(1, 429, json.dumps({"error": {"code": code, "message": "no"}}).encode()),
        failures.of_close(1, 1011, f"invalid_request_error.{code}"),
        failures.of_set_up(1, code, "no"),
    ):
        assert failure is not None
        assert (failure.code, failure.retryable) == (code, False)


@pytest.mark.parametrize(("kind", "retryable"), [("insufficient_quota", False), ("session_expired", True)])
def test_a_finer_code_under_a_fatal_type_is_fatal_as_the_type_is(kind: str, retryable: bool) -> None:
    """Servers add codes at any time; what each of a type means for its session stays the same."""
    error = {"code": "finer_still", "type": kind, "message": "no"}
    for failure in (
        failures.of_error(1, *failures.known("finer_still", kind, "no")),
        failures.of_refusal(1, 429, json.dumps({"error": error}).encode()),
        failures.of_close(1, 1011, f"{kind}.finer_still"),
        failures.of_set_up(1, *failures.known("finer_still", kind, "no")),
    ):
        assert failure is not None
        assert (failure.code, failure.retryable) == (kind, retryable)
        assert "finer_still" in failure.reason


def test_an_unknown_error_is_survived() -> None:
    assert failures.of_error(1, "conversation_already_has_active_response", "busy") is None


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (401, "invalid_api_key", False),
        (403, "invalid_api_key", False),
        (404, "model_not_found", False),
        (429, "rate_limit_exceeded", True),
        (500, "http_500", True),
        (503, "http_503", True),
        (302, "http_302", False),
        (400, "http_400", False),
    ],
)
def test_a_refused_upgrade(status: int, code: str, retryable: bool) -> None:
    failure = failures.of_refusal(1, status, b"<html>")
    assert (failure.code, failure.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("code", "reason", "named", "retryable"),
    [
        (1000, "", "closed", True),
        (1001, "Your session hit the maximum duration of 60 minutes.", "session_expired", True),
        (1002, "", "protocol_error", False),
        (1006, "", "lost", True),
        (1008, "", "policy_violation", False),
        (1011, "keepalive ping timeout", "server_error", True),
        (1012, "", "service_restart", True),
        (1013, "", "try_again_later", True),
        (3000, "", "invalid_api_key", False),
        (4000, "invalid_request_error.beta_api_shape_disabled", "beta_api_shape_disabled", False),
        (4000, "invalid_request_error.something_new", "something_new", False),
        (4000, "Go away!", "close_4000", False),
        (1099, "", "close_1099", True),
    ],
)
def test_a_closed_socket(code: int, reason: str, named: str, retryable: bool) -> None:
    """Field failure M18, M21, M26, M35."""
    failure = failures.of_close(1, code, reason)
    assert (failure.code, failure.retryable) == (named, retryable)


def test_an_error_of_the_set_up_would_come_again_unless_the_server_had_a_bad_moment() -> None:
    assert not failures.of_set_up(1, "unknown_parameter", "no").retryable
    assert failures.of_set_up(1, "server_error", "try again").retryable


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"error":null}', b'{"error":[]}', b"\xff", b"[" * 99_999])
def test_a_strange_body_is_no_trouble(body: bytes) -> None:
    assert failures.of_refusal(1, 401, body).code == "invalid_api_key"


def test_keys_and_long_speeches_are_cut() -> None:
    said = failures.words("Incorrect API key provided: sk-proj-abc***xyz.\n" + "blah " * 500)
    assert "abc" not in said and "xyz" not in said
    assert "\n" not in said and len(said) <= 300
