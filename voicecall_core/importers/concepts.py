"""The concepts in which logs are understood, each with the facts that it makes. Knows no wording and no program.

A format file's patterns and the free wording both end here: a concept's name, and the fields that a line tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Told, only, told
from voicecall_core.models.openai_realtime.failures import words
from voicecall_core.words import events as e
from voicecall_core.words.values import TERMINAL, ModelStage

Fields = Mapping[str, str]

_VALUES = {
    "answered": "in-progress",  # the name of the event against that of the status
    "inprogress": "in-progress",
    "noanswer": "no-answer",
    "cancelled": "canceled",
}
_PART = re.compile(r"<(?!-)/?(\w+)")


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that a line can tell. `fields`: what else it may tell of it; `begins`: see log_facts."""

    about: str
    says: Callable[[Fields], Say]
    begins: Begins = Begins.PERHAPS
    fields: tuple[str, ...] = ()


def _status(fields: Fields) -> Say:
    said = status_named(fields.get("status", ""))
    if not said:
        return told(Told.STATUS)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = thread.over or said in TERMINAL
        yield thread.status(said)

    return say


def status_named(text: str) -> str:
    """A status as the carrier writes it: `in-progress` for `In Progress`, `in_progress` and `answered`."""
    return _VALUES.get(re.sub(r"[-_ ]", "", text.lower()), text.lower())


def _fetch(fields: Fields) -> Say:
    document = served(fields.get("document", ""))

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield thread.fetched(fields.get("direction", ""))
        yield from document

    return say


def served(document: str) -> list[Fact]:
    """The document that a text shows to have been served, if it does; a text may be cut off."""
    parts = {part.lower() for part in _PART.findall(document)}
    if any(part.startswith(("conn", "stre")) for part in parts):
        return [Foreign(Told.STREAM_SERVED)]
    if parts:
        return [Foreign(Told.OTHER_SERVED, "".join(f"<{part}>" for part in sorted(parts - {"response"})))]
    return []


def _say_served(fields: Fields) -> Say:
    return only(*(served(fields.get("document", "")) or [Foreign(Told.OTHER_SERVED, "<say>")]))


def _registered(fields: Fields) -> Say:
    first = Foreign(Told.REGISTERED, "again" if fields.get("again") else "")
    return only(first, Foreign(Told.REALTIME)) if fields.get("realtime") else only(first)


def _created(fields: Fields) -> Say:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield e.Created(thread.sid)
        if fields.get("mode") == "notify":
            yield Foreign(Told.NOTIFY)

    return say


def _bridging(fields: Fields) -> Say:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield from thread.started(fields.get("stream_sid", ""))
        yield Foreign(Told.REALTIME)

    return say


def _ended(fields: Fields) -> Say:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = True
        yield Foreign(Told.ENDED, fields.get("text", ""))

    return say


def _heard(fields: Fields) -> Say:
    return lambda thread, line: [e.Heard(thread.session, f"line-{line}", fields.get("text", ""))]


def _closed(fields: Fields) -> Say:
    code = fields.get("code", "")
    return lambda thread, line: thread.closed(int(code) if re.fullmatch(r"[1-4]\d{3}", code, re.ASCII) else 1005)


def _upgraded(fields: Fields) -> Say:
    return lambda thread, line: [thread.upgraded()]


def _model(stage: ModelStage) -> Callable[[Fields], Say]:
    return lambda fields: lambda thread, line: [e.ModelReached(thread.session, stage)]


def _model_failed(code: str) -> Callable[[Fields], Say]:
    def says(fields: Fields) -> Say:
        reason = words(fields.get("text", ""))
        return lambda thread, line: [e.ModelFailed(thread.session, fields.get("code") or code, reason)]

    return says


def _means(what: Told, field: str = "", default: str = "") -> Callable[[Fields], Say]:
    return lambda fields: told(what, fields.get(field) or default)


def _refused(what: Told) -> Callable[[Fields], Say]:
    """Something refused, by an error number of the carrier's, or by an HTTP status."""

    def says(fields: Fields) -> Say:
        code = fields.get("code", "")
        return told(what, f"HTTP {code}" if re.fullmatch(r"\d{3}", code, re.ASCII) else code)

    return says


def _bridge_failed(fields: Fields) -> Say:
    """An error of the realtime bridge, whatever it is: so the call has one."""
    return only(Foreign(Told.ERROR, words(fields.get("text", ""))), Foreign(Told.REALTIME))


def _error(fields: Fields) -> Say:
    return told(Told.ERROR, words(fields.get("text", "")))


_B = Begins
CONCEPTS: Mapping[str, Concept] = MappingProxyType(
    {
        "create": Concept("the call was placed", _created, _B.ALWAYS, ("mode",)),
        "inbound": Concept("the call came in", _means(Told.INBOUND), _B.OFTEN),
        "status-callback": Concept("a status callback came", _status, _B.OFTEN, ("status",)),
        "fetch": Concept("the carrier fetched the document", _fetch, _B.OFTEN, ("document", "direction")),
        "stream-served": Concept("the stream's document was served", lambda fields: told(Told.STREAM_SERVED), _B.OFTEN),
        "say-served": Concept("another document was served", _say_served, _B.OFTEN, ("document",)),
        "rest-write": Concept(
            "a document was written over the call by REST",
            _means(Told.OVERWRITE, "document", "<Say>"),
            _B.PERHAPS,
            ("document",),
        ),
        "write-withheld": Concept("a document was not written over the call", _means(Told.WITHHELD)),
        "write-refused": Concept("the carrier refused a write", _refused(Told.WRITE_REFUSED), _B.PERHAPS, ("code",)),
        "socket-up": Concept("the media socket was opened", _upgraded),
        "stream-up": Concept(
            "the media stream started",
            lambda fields: lambda thread, line: thread.started(fields.get("stream_sid", "")),
        ),
        "stream-stopped": Concept(
            "the carrier said that the stream stopped", lambda fields: lambda thread, line: thread.stopped(), _B.NO
        ),
        "stream-down": Concept("the media stream's socket was closed", _closed, _B.NO, ("code",)),
        "stream-refused": Concept("a stream was turned away", _refused(Told.TOKEN_REFUSED), _B.PERHAPS, ("code",)),
        "stream-missing": Concept("the stream never connected", _means(Told.NEVER_CONNECTED), _B.NO),
        "bridge": Concept("the realtime path has the call and its stream", _bridging),
        "registered": Concept(
            "the call was registered as answered, its maximum duration begun",
            _registered,
            _B.PERHAPS,
            ("again", "realtime"),
        ),
        "greeting-asked": Concept(
            "the first message was asked for", _means(Told.SPEAKING, "mode"), _B.PERHAPS, ("mode",)
        ),
        "said": Concept("a sentence was asked for", _means(Told.SAID), _B.NO),
        "heard": Concept("what the callee said", _heard, _B.NO, ("text",)),
        "cleared": Concept("unplayed audio was cleared", _means(Told.CLEARED), _B.NO),
        "model-opening": Concept("a session of the model is being opened", _means(Told.TO_MODEL), _B.NEAR),
        "model-open": Concept("the model's socket is open", _model(ModelStage.UPGRADED), _B.NEAR),
        "model-ready": Concept("the model's session is ready", _model(ModelStage.READY), _B.NEAR),
        "model-refused": Concept(
            "the model's session was refused", _model_failed("refused"), _B.NEAR, ("code", "text")
        ),
        "model-lost": Concept("the model's session is gone", _model_failed("closed"), _B.NEAR, ("code", "text")),
        "hang-up": Concept("a hang-up was asked for", _means(Told.HANG_UP, "text"), _B.NO, ("text",)),
        "ended": Concept("the program ended the call", _ended, _B.NO, ("text",)),
        "notify": Concept("the call is only to say a message", _means(Told.NOTIFY), _B.OFTEN),
        "webhook-refused": Concept(
            "a webhook was turned away", _means(Told.SIGNATURE_REFUSED, "text"), _B.PERHAPS, ("text",)
        ),
        "replayed": Concept("a webhook was taken for a replay", _means(Told.REPLAYED), _B.NO),
        "write-retried": Concept("a refused write was tried again", _means(Told.RETRIED), _B.NO),
        "error": Concept("something failed", _error, _B.NEAR, ("text",)),
        "bridge-error": Concept("the call's realtime bridge failed", _bridge_failed, _B.NEAR, ("text",)),
        "nothing": Concept("the line tells nothing, whatever its words are", lambda fields: only()),
    }
)
_OF_FACTS = {
    e.Created: "create", e.StatusReported: "status-callback", e.Fetched: "fetch", e.UpgradeAsked: "socket-up",
    e.StreamStarted: "stream-up", e.StreamStopped: "stream-stopped", e.SocketClosed: "stream-down", e.Heard: "heard",
    e.CreateRefused: "create",
}  # fmt: skip
_OF_TOLD = {
    Told.OVERWRITE: "rest-write", Told.WRITE: "rest-write", Told.WITHHELD: "write-withheld",
    Told.WRITE_REFUSED: "write-refused", Told.STREAM_SERVED: "stream-served", Told.OTHER_SERVED: "say-served",
    Told.REGISTERED: "registered", Told.SPEAKING: "greeting-asked", Told.SAID: "said", Told.HANG_UP: "hang-up",
    Told.STATUS: "status-callback", Told.REALTIME: "bridge", Told.ENDED: "ended", Told.ERROR: "error",
    Told.TOKEN_REFUSED: "stream-refused", Told.SIGNATURE_REFUSED: "webhook-refused", Told.REPLAYED: "replayed",
    Told.NEVER_CONNECTED: "stream-missing", Told.CLEARED: "cleared", Told.TO_MODEL: "model-opening",
    Told.NOTIFY: "notify", Told.INBOUND: "inbound", Told.RETRIED: "write-retried",
}  # fmt: skip
_OF_STAGE = {ModelStage.UPGRADED: "model-open", ModelStage.READY: "model-ready"}


def concept_of(fact: Fact) -> str:
    """The concept that makes such a fact; empty if none does."""
    if isinstance(fact, Foreign):
        return _OF_TOLD.get(fact.told, "")
    if isinstance(fact, e.ModelReached):
        return _OF_STAGE.get(fact.stage, "")
    if isinstance(fact, e.ModelFailed):
        return "model-refused" if fact.code == "refused" else "model-lost"
    return _OF_FACTS.get(type(fact), "")
