"""Whether a session is set up as it was asked to be, by what it says itself. Knows nothing of what follows.

Looked at is what would be heard at once: the sound's format both ways, the voice, and who takes the turns. A server
that leaves one of these out of its answer says nothing against it; the names of the beta count as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from voicecall_core.models.openai_realtime.failures import words

Settings = dict[str, Any]
_BETA_FORMATS = {"g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma", "pcm16": "audio/pcm"}


def difference(asked: str, updated: str | bytes) -> str:
    """What a `session.updated` has that its `session.update` did not ask for, in words; empty if nothing."""
    wanted, given = (_part(json.loads(text), "session") for text in (asked, updated))
    for name, read in _READERS.items():
        want, has = read(wanted), read(given)
        if want and has and want != has:
            return words(f"the session was set up with {name} {has}, and {want} was asked for")
    return ""


def _part(of: Settings, key: str) -> Settings:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _side(session: Settings, side: str) -> Settings:
    return _part(_part(session, "audio"), side)


def _format(session: Settings, side: str) -> str:
    """Its type alone: mu-law has one rate."""
    said = _side(session, side).get("format", session.get(f"{side}_audio_format"))
    kind = said.get("type") if isinstance(said, dict) else said
    return _BETA_FORMATS.get(kind, kind) if isinstance(kind, str) else ""


def _voice(session: Settings) -> str:
    said = _side(session, "output").get("voice", session.get("voice"))
    name = said.get("id") if isinstance(said, dict) else said
    return name if isinstance(name, str) else ""


def _turns(session: Settings, key: str) -> str:
    """One field of the turn detection. Null in its place says that there is none, and no turn would ever end."""
    side = _side(session, "input")
    holder = side if "turn_detection" in side else session
    if "turn_detection" in holder and holder["turn_detection"] is None:
        return "none" if key == "type" else ""
    value = _part(holder, "turn_detection").get(key)
    return str(value).lower() if isinstance(value, str | bool) else ""


_READERS: dict[str, Callable[[Settings], str]] = {
    "the input format": partial(_format, side="input"),
    "the output format": partial(_format, side="output"),
    "the voice": _voice,
    "the turn detection": partial(_turns, key="type"),
    "create_response": partial(_turns, key="create_response"),
    "interrupt_response": partial(_turns, key="interrupt_response"),
}
