"""Which end of a model session can be helped by opening another. Knows nothing of sockets, nor of who decides.

Every table is "code -> may another session succeed?". A code found in no table is survived by its session if it came
in an error event, and is worth another try if it closed the socket: the judge counts the tries.
"""

from __future__ import annotations

import json
import re

from voicecall_core.masking import fit_to_show
from voicecall_core.words.events import ModelFailed

# Error codes after which a session is of no more use, wherever they appear: in an error event, in a failed response,
# in the body of a refused upgrade, in the reason of a close frame.
FATAL = {
    # livekit/agents, its _FATAL_ERROR_CODES, and its thread 6352: the connection succeeds, every response fails.
    "insufficient_quota": False,
    "invalid_api_key": False,
    "account_deactivated": False,
    "billing_hard_limit_reached": False,
    # api7/aisix 1061 and others: the beta interface answers 101, this error, then close 4000.
    "beta_api_shape_disabled": False,
    # OpenAI: guides/error-codes (401, 403, 404), for keys, organisations and models that will not mend themselves.
    "invalid_organization": False,
    "unsupported_country_region_territory": False,
    "model_not_found": False,
    # pollen-robotics/reachy_mini 134, twilio-samples python 10: a session lasts 60 minutes, then this and close 1001.
    "session_expired": True,
}

# One response at a time may write to the conversation; the one that was asked for can be asked for again.
BUSY = "conversation_already_has_active_response"

_PASSING = frozenset({"server_error", "rate_limit_exceeded", "inference_rate_limit_exceeded"})

# Close codes after which another session is pointless. OpenAI's own client reconnects after 1001, 1005, 1006, 1011,
# 1012, 1013 and 1015 (openai-python: types/websocket_reconnection.py); these say that we are at fault (RFC 6455 7.4.1).
_OUR_FAULT = {
    1002: "protocol_error",
    1003: "unsupported_data",
    1007: "invalid_payload",
    1008: "policy_violation",
    1009: "message_too_big",
    1010: "extension_missing",
    3000: "invalid_api_key",  # IANA's registry of close codes: unauthorized
    3003: "forbidden",
}
_CLOSED = {1000: "closed", 1001: "session_expired", 1005: "closed", 1006: "lost", 1011: "server_error"}
_SPENT = {1012: "service_restart", 1013: "try_again_later", 1015: "tls_failed"}

_REFUSED = {401: "invalid_api_key", 403: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
_TOO_MANY = 429
_SERVER_FAULT = 500


def words(reason: str) -> str:
    """A peer's reason, shortened, without what looks like a key."""
    return fit_to_show(reason)


def known(code: str, kind: str, reason: str) -> tuple[str, str]:
    """Code and reason of an error by its own code and its type's: servers add finer codes under the types they have.

    Where the type alone is known to end a session, it is the code, and the finer one is part of the reason.
    """
    if code and code not in FATAL and kind in FATAL:
        return kind, f"{code}: {reason}" if reason else code
    return code or kind, reason


def of_error(session: int, code: str, reason: str) -> ModelFailed | None:
    """What an error code in a message means for its session: None if the session survives it."""
    if code not in FATAL:
        return None
    return ModelFailed(session, code, words(reason), retryable=FATAL[code])


def retryable(code: str) -> bool:
    """Whether a response that failed with this code says nothing against the next one."""
    return FATAL.get(code, True)


def of_set_up(session: int, code: str, reason: str) -> ModelFailed:
    """An error before the session was ready: nothing but its set-up was sent, and the same one would fail again."""
    return of_error(session, code, reason) or ModelFailed(session, code, words(reason), retryable=code in _PASSING)


def of_refusal(session: int, status: int, body: bytes) -> ModelFailed:
    """The upgrade was answered with an HTTP status instead of 101."""
    code, reason = _said(body)
    if code in FATAL:
        return ModelFailed(session, code, words(reason), retryable=FATAL[code])
    code = _REFUSED.get(status, code or f"http_{status}")
    return ModelFailed(
        session,
        code,
        words(f"HTTP {status}: {reason}" if reason else f"HTTP {status}"),
        retryable=status == _TOO_MANY or status >= _SERVER_FAULT,
    )


def of_close(session: int, code: int, reason: str) -> ModelFailed:
    """The socket of a session ended without our asking; 1006 stands for no close frame at all."""
    kind, _, said = reason.strip().rpartition(".")  # 4000 says "<type>.<code>" (NousResearch/hermes-agent 117693)
    said = known(said.strip(), kind, "")[0]
    if said in FATAL:
        return ModelFailed(session, said, words(reason), retryable=FATAL[said])
    if code in _OUR_FAULT:
        return ModelFailed(session, _OUR_FAULT[code], _closed(code, reason), retryable=False)
    if 4000 <= code <= 4999:
        return ModelFailed(session, _named(said, code), _closed(code, reason), retryable=False)
    return ModelFailed(session, (_CLOSED | _SPENT).get(code, f"close_{code}"), _closed(code, reason))


def _closed(code: int, reason: str) -> str:
    return words(f"closed with {code}: {reason}" if reason else f"closed with {code}")


def _named(said: str, code: int) -> str:
    return said if re.fullmatch(r"[a-z][a-z0-9_]{2,60}", said) else f"close_{code}"


def _said(body: bytes) -> tuple[str, str]:
    """Code and message of an HTTP error body, each empty if it is not there."""
    try:
        error = json.loads(body)["error"]
        return known(*(str(error.get(key) or "") for key in ("code", "type", "message")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "", body.decode("utf-8", "replace").strip()
