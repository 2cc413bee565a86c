"""The ladder by which an old call file climbs to today's format, one step a version.

Knows nothing of files. A converter takes one JSON line of its version, the header included, and gives that line as the
next version would have written it, but for the version's number in the header.

A new type of event, and a new field that has a default, need no new format. Everything else does, a new order that
today's judge gives for an event of old included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voicecall_core.callfile.writer import FORMAT
from voicecall_core.errors import CallFileError

Converter = Callable[[dict[str, Any]], dict[str, Any]]

# Format 1 told the codes alone, and the judge knew by heart what these meant. The lists are history: what is
# known today stands with each carrier and model.
_REFUSALS = {21220: "not-in-progress", 20404: "not-found"}
_BUSY = "conversation_already_has_active_response"
_HOPELESS = {"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"}


def _with_meanings(record: dict[str, Any]) -> dict[str, Any]:
    """From 1 to 2: beside a code stands what it means for the judge."""
    event = record.get("event")
    return {**record, "event": {**event, **_meaning(event)}} if isinstance(event, dict) else record


def _meaning(event: dict[str, Any]) -> dict[str, Any]:
    match event:
        case {"type": "UpdateAnswered", "code": int(code)} if code in _REFUSALS:
            return {"refusal": _REFUSALS[code]}
        case {"type": "ModelErred", "code": str(code)} if code == _BUSY:
            return {"busy": True}
        case {"type": "ResponseEnded", "reason": str(reason)} if reason in _HOPELESS:
            return {"retryable": False}
    return {}


def forward_audio_ordered(record: dict[str, Any]) -> dict[str, Any]:
    """From 2 to 3: that the callee's audio is forwarded to a session that became ready is an order, the last of a step.

    Until then it was done without one. A session that became ready is one whose wait was stopped by it; "ready" of a
    session that had been given up stops nothing.
    """
    event, orders = record.get("event"), record.get("orders")
    if not isinstance(event, dict) or not isinstance(orders, list):
        return record
    reached = event.get("type") == "ModelReached" and event.get("stage") == "ready"
    if reached and {"type": "StopTimer", "timer": "model"} in orders:
        forward = {"type": "ForwardAudio", "session": event.get("session")}
        return {**record, "orders": [*orders, forward]}
    return record


# Limits of format 3 that the conversation's table does without, or has under another name.
_RENAMED_LIMITS = {"patience_s": "interruption_s"}
_NO_LIMITS = frozenset({"first_audio_s", "farewell_s"})


def _limits_renamed(record: dict[str, Any]) -> dict[str, Any]:
    """From 3 to 4: what was called patience is how long an interruption has to last, and two limits are gone."""
    terms = record.get("terms")
    limits = terms.get("limits") if isinstance(terms, dict) else None
    if not isinstance(terms, dict) or not isinstance(limits, dict):
        return record
    kept = {_RENAMED_LIMITS.get(name, name): value for name, value in limits.items() if name not in _NO_LIMITS}
    return {**record, "terms": {**terms, "limits": kept}}


# Rules of the guard's table as format 4 named them.
_RENAMED_RULES = {
    "document-is-the-streams": "stream-owns-document",
    "document-is-said": "message-owns-document",
    "token-spent": "first-start",
    "token-fits": "token-valid",
    "nothing-left-to-say": "no-document-due",
    "apology-for-the-lost": "apology-without-model",
    "nobody-to-apologise-to": "nobody-answered-yet",
    "nothing-live-to-overwrite": "no-live-stream",
}


def _rules_renamed(record: dict[str, Any]) -> dict[str, Any]:
    """From 4 to 5: some of the guard's rules have plainer names."""
    verdicts = record.get("verdicts")
    if not isinstance(verdicts, list):
        return record
    return {**record, "verdicts": [_rule_renamed(verdict) for verdict in verdicts]}


def _rule_renamed(verdict: Any) -> Any:
    rule = verdict.get("rule") if isinstance(verdict, dict) else None
    return {**verdict, "rule": _RENAMED_RULES[rule]} if rule in _RENAMED_RULES else verdict


CONVERTERS: Mapping[int, Converter] = {
    1: _with_meanings,
    2: forward_audio_ordered,
    3: _limits_renamed,
    4: _rules_renamed,
}


def climbed(
    record: dict[str, Any], version: int, *, converters: Mapping[int, Converter] = CONVERTERS, to: int = FORMAT
) -> dict[str, Any]:
    """One line of `version` as version `to` writes it. Raises CallFileError for a version that no rung leads from."""
    for rung in range(version, to):
        if rung not in converters:
            raise CallFileError(f"Format {version} is none that was ever written.", line=1)
        record = converters[rung](record)
    return record


def readable(version: Any) -> int:
    """The version that a header names. Raises CallFileError if it is none, or a later one than this program's."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise CallFileError(f"The header names a format that cannot be: {str(version)[:40]!r}.", line=1)
    if version > FORMAT:
        raise CallFileError(
            f"The file has format {version}; this program reads up to format {FORMAT}.",
            line=1,
            fix="Read it with the voicecall that wrote it, or a later one.",
        )
    return version
