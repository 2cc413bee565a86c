"""What the realtime model's messages say, in this house's words. Knows nothing of sockets, or of what follows.

OpenAI: api-reference/realtime-server-events, the GA interface; and the names that its beta had for the same, which
Azure's preview and some compatible servers use. Types that are not named here say nothing to us, and any field may be
absent or null: servers that speak parts of this protocol are meant to work too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from voicecall_core.errors import PeerError
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import failures
from voicecall_core.words.events import (
    Event,
    Heard,
    ModelErred,
    ModelReached,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    SpeechStopped,
    Spoken,
    ToolCalled,
    TurnCommitted,
)
from voicecall_core.words.values import TRANSCRIPTION_FAILED, ModelStage, Usage

Reading = list[Event] | AudioDelta | AudioDone
Message = dict[str, Any]
_MOST = 2**53  # beyond it whole numbers are not told apart by others, and what is reckoned from them may overflow

# The order in which the service writes an audio delta's keys. It is looked at first because these are most of what
# arrives and nearly all of the bytes; anything else about such a message goes the ordinary way.
_ID = r'"([^"\\\x00-\x1f]*)"'
_DELTA = re.compile(
    r'\{"type": ?"(response\.(?:output_)?audio\.delta)", ?"event_id": ?'
    rf'{_ID}, ?"response_id": ?{_ID}, ?"item_id": ?{_ID}'
    r', ?"output_index": ?[0-9]+, ?"content_index": ?[0-9]+, ?"delta": ?"'
)


_delta_of: Callable[[tuple[int, str, str, str]], AudioDelta] = partial(tuple.__new__, AudioDelta)


class VoiceNames:
    """The names by which one session calls its voice's events. Of two for the same the first that it uses counts.

    A server that says each event by both, to suit every client, would be heard twice.
    """

    def __init__(self) -> None:
        self._used: dict[str, str] = {}

    def repeats(self, kind: str) -> bool:
        """Whether an event of this type says again, by the other name, what was said already."""
        if self._used.get(kind) == kind:
            return False
        name = _OLD_NAMES.get(kind, kind)
        return name in _VOICE and self._used.setdefault(name, kind) != kind


def read(text: str | bytes, session: int, names: VoiceNames | None = None) -> Reading:
    """What a message of model session `session` says; an empty list if nothing to us.

    Every `session.updated` is told as READY: which of them is the first is the line's to know. CREATED carries the date
    (unix s) at which the session ends: the line knows the server's date now. `names`, where given, are the session's.
    Raises PeerError if the message is not a JSON object.
    """
    if isinstance(text, str) and (cut := _cut(text, session)) is not None:
        told, delta = cut
        return [] if names is not None and names.repeats(told) else delta
    message = _object(text)
    kind = message.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or (names is not None and names.repeats(str(kind))):
        return []
    return reader(message, session)


def _cut(text: str, session: int) -> tuple[str, AudioDelta] | None:
    """An audio delta in the expected order of keys, cut out by position, and its type; None if it is anything else."""
    head = _DELTA.match(text)
    if head is None:
        return None
    payload = text[head.end() : -2]
    if not text.endswith('"}') or '"' in payload or "\\" in payload:
        return None
    kind, _, response, item = head.groups()
    return kind, _delta_of((session, response, item, payload))


def _object(text: str | bytes) -> Message:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PeerError(f"the model sent something that is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise PeerError("the model sent JSON that is not an object")
    return message


# --- fields: absent, null and wrong kinds all read as nothing ---------------------------------------------------


def _text(of: Message, key: str) -> str:
    value = of.get(key)
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()  # half a surrogate breaks a terminal


def _id(of: Message, key: str) -> str:
    """A name that comes with every message about one thing: it is kept once, however many of them are."""
    return _once(_text(of, key))


@lru_cache(maxsize=64)
def _once(name: str) -> str:
    return name


def _whole(of: Message, key: str) -> int:
    value = of.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST else 0


def _part(of: Message, key: str) -> Message:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


# --- one reader a type ------------------------------------------------------------------------------------------


def _created(message: Message, session: int) -> Reading:
    return [ModelReached(session, ModelStage.CREATED, float(_whole(_part(message, "session"), "expires_at")))]


def _updated(message: Message, session: int) -> Reading:
    return [ModelReached(session, ModelStage.READY)]


def _response_created(message: Message, session: int) -> Reading:
    response = _part(message, "response")
    return [ResponseBegan(session, _id(response, "id"), _text(_part(response, "metadata"), "ref"))]


def _response_done(message: Message, session: int) -> Reading:
    """The end of a response; a fatal code in it (an exhausted quota shows nowhere else) ends the session with it."""
    response = _part(message, "response")
    details = _part(response, "status_details")
    code, why = _fault(_part(details, "error"))
    ended = ResponseEnded(
        session,
        _id(response, "id"),
        _text(response, "status") or "completed",
        code or _text(details, "reason"),
        _usage(_part(response, "usage")),
        failures.retryable(code),
    )
    fatal = failures.of_error(session, code, why or "the response failed")
    return [ended] if fatal is None else [ended, fatal]


def _fault(error: Message) -> tuple[str, str]:
    """An error's code and reason, each empty if there is none."""
    return failures.known(_text(error, "code"), _text(error, "type"), _text(error, "message"))


def _usage(usage: Message) -> Usage:
    read_in, made = _part(usage, "input_token_details"), _part(usage, "output_token_details")
    cached = _part(read_in, "cached_tokens_details")
    return Usage(
        text_in=_whole(read_in, "text_tokens"),
        text_cached=_whole(cached, "text_tokens"),
        audio_in=_whole(read_in, "audio_tokens"),
        audio_cached=_whole(cached, "audio_tokens"),
        text_out=_whole(made, "text_tokens"),
        audio_out=_whole(made, "audio_tokens"),
    )


def _audio_delta(message: Message, session: int) -> Reading:
    return AudioDelta(session, _id(message, "response_id"), _id(message, "item_id"), _text(message, "delta"))


def _audio_done(message: Message, session: int) -> Reading:
    return AudioDone(session, _id(message, "response_id"), _id(message, "item_id"))


def _spoken_part(message: Message, session: int) -> Reading:
    item, response = _id(message, "item_id"), _id(message, "response_id")
    return [Spoken(session, item, response, _text(message, "delta"), final=False)]


def _spoken(message: Message, session: int) -> Reading:
    return [Spoken(session, _id(message, "item_id"), _id(message, "response_id"), _text(message, "transcript"))]


def _heard_part(message: Message, session: int) -> Reading:
    return [Heard(session, _id(message, "item_id"), _text(message, "delta"), final=False)]


def _heard(message: Message, session: int) -> Reading:
    return [Heard(session, _id(message, "item_id"), _text(message, "transcript"))]


def _unheard(message: Message, session: int) -> Reading:
    """What the callee said could not be written down; the model itself has heard it all the same."""
    code, why = _fault(_part(message, "error"))
    return [ModelErred(session, TRANSCRIPTION_FAILED, failures.words(": ".join(filter(None, (code, why)))))]


def _speech_started(message: Message, session: int) -> Reading:
    return [SpeechStarted(session, _whole(message, "audio_start_ms"))]


def _speech_stopped(message: Message, session: int) -> Reading:
    return [SpeechStopped(session, _whole(message, "audio_end_ms"))]


def _committed(message: Message, session: int) -> Reading:
    return [TurnCommitted(session, _id(message, "item_id"))]


def _item_done(message: Message, session: int) -> Reading:
    """A tool call, once it is complete: an interrupted one carries half of its JSON (twilio-agent-connect-python)."""
    item = _part(message, "item")
    if item.get("type") != "function_call" or item.get("status") != "completed":
        return []
    called = (_id(item, "call_id"), _text(item, "name"), _text(item, "arguments"))
    return [ToolCalled(session, _id(message, "response_id"), *called)]


def _error(message: Message, session: int) -> Reading:
    error = _part(message, "error")
    code, reason = _fault(error)
    fatal = failures.of_error(session, code, reason)
    if fatal is not None:
        return [fatal]
    busy = code == failures.BUSY
    return [ModelErred(session, code or "unknown", failures.words(reason), _text(error, "event_id"), busy)]


_READERS: dict[str, Callable[[Message, int], Reading]] = {
    "session.created": _created,
    "session.updated": _updated,
    "response.created": _response_created,
    "response.done": _response_done,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": _audio_done,
    "response.output_audio_transcript.delta": _spoken_part,
    "response.output_audio_transcript.done": _spoken,
    "response.output_item.done": _item_done,
    "conversation.item.input_audio_transcription.delta": _heard_part,
    "conversation.item.input_audio_transcription.completed": _heard,
    "conversation.item.input_audio_transcription.failed": _unheard,
    "input_audio_buffer.speech_started": _speech_started,
    "input_audio_buffer.speech_stopped": _speech_stopped,
    "input_audio_buffer.committed": _committed,
    "error": _error,
}
_OLD_NAMES = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
}
_VOICE = frozenset(_OLD_NAMES.values())
_READERS |= {old: _READERS[new] for old, new in _OLD_NAMES.items()}
