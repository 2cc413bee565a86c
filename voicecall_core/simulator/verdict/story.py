"""One call as it is judged: what took effect, in order, what the callee lived through, what the model was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.heard import STREAM_VERB
from voicecall_core.simulator.carrier.silence import Hearing, Span, hearing
from voicecall_core.simulator.model.record import Entry

DOCUMENTS = frozenset({"fetch", "redirect", "update", "fallback", "gather", "record", "dial"})
_HANDS_OVER = frozenset({"Dial", "Enqueue", "Refer", "Redirect", "Leave", STREAM_VERB, "Pay", "Conference"})
_ENDS = frozenset({"Hangup", "Reject", "Response"})


@dataclass(frozen=True, slots=True)
class Write:
    """An update by REST that brought a document: `came_ms`, and took effect at `at_ms`.

    `index` is its place among the effects; `verbs` are its document's, none for a URL's.
    """

    index: int
    at_ms: int
    came_ms: int
    number: int
    verbs: frozenset[str]
    code: int
    asked: str

    @property
    def accepted(self) -> bool:
        """The carrier took it."""
        return self.code == 200

    @property
    def request(self) -> str:
        """What it is called in a finding."""
        return f"REST request {self.number}"

    @property
    def told(self) -> str:
        """The same with what it asked for."""
        return f"REST request {self.number} (an update with {self.asked})"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook with its answer; `took_ms` is None if there was none before the call's story ended."""

    number: int
    about: str
    at_ms: int
    index: int
    took_ms: int | None = None
    code: int = 0
    said: str = ""

    @property
    def request(self) -> str:
        """What it is called in a finding."""
        return f"webhook {self.number}"

    @property
    def of_document(self) -> bool:
        """It asked for a document."""
        return self.about in DOCUMENTS


class CallStory:
    """The effects of one call. `model`: what the built-in model noted of this call's sessions, on the same clock."""

    def __init__(self, log: Sequence[Effect], sid: str, model: Sequence[Entry] = ()) -> None:
        self.sid = sid
        self.effects = tuple(effect for effect in log if effect.sid == sid)
        self.model = tuple(model)
        self.last_ms = max([0, *(effect.at_ms for effect in log[-1:]), *(entry.at_ms for entry in model[-1:])])

    @cached_property
    def hearing(self) -> Hearing:
        """What the callee lived through since his first stream began."""
        return hearing(self.effects, self.sid)

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """The updates that brought a document, refused ones as well."""
        return tuple(self._writes())

    @cached_property
    def webhooks(self) -> tuple[Webhook, ...]:
        """All that were sent, in order."""
        answers = {effect.request: effect for effect in self.of(What.WEBHOOK_ANSWERED)}
        found = []
        for index, sent in enumerate(self.effects):
            if sent.what is not What.WEBHOOK_SENT:
                continue
            answer = answers.get(sent.request)
            if answer is None:
                found.append(Webhook(sent.request, sent.detail, sent.at_ms, index))
            else:
                found.append(
                    Webhook(sent.request, sent.detail, sent.at_ms, index, answer.took_ms, answer.code, answer.source)
                )
        return tuple(found)

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """When the callee said words, to their end or the call's: no tone and no noise."""
        found: list[Span] = []
        began: Effect | None = None
        for effect in self.effects:
            if effect.what is What.SPOKE and effect.pii_text:
                began = effect
            elif effect.what in (What.SAID, What.ENDED) and began is not None:
                found.append((began.at_ms, effect.at_ms))
                began = None
        return tuple(found)

    def of(self, *what: What) -> list[Effect]:
        """The effects of these kinds."""
        return [effect for effect in self.effects if effect.what in what]

    def first(self, what: What) -> Effect | None:
        """The first effect of a kind."""
        return next(iter(self.of(what)), None)

    def played_ms(self, from_ms: int, to_ms: int) -> int:
        """How much audio was played to the callee between two moments: no more of any item can have been heard."""
        total, stream = 0, 0
        for effect in self.effects:
            if effect.what is What.STREAM_STARTED:
                stream = effect.at_ms
            elif effect.what is What.HEARD:
                began = stream + effect.stream_ms
                ended = began + len(effect.audio) // BYTES_PER_MS
                total += max(0, min(ended, to_ms) - max(began, from_ms))
        return total

    def promised(self, before: int) -> bool:
        """Whether a stream's document had been received before that effect."""
        return any(is_streams(effect) for effect in self.effects[:before] if effect.what is What.RECEIVED)

    def hands_over(self, write: Write) -> bool:
        """Whether an update's document gives the call to somebody else, or to another stream."""
        return bool(self.verbs_of(write) & _HANDS_OVER)

    def hangs_up(self, write: Write) -> bool:
        """Whether it only ends the call: that is a hang-up, whatever it is written as."""
        verbs = self.verbs_of(write)
        return bool(verbs) and verbs <= _ENDS

    def verbs_of(self, write: Write) -> frozenset[str]:
        """What its document does, also of one that was fetched for it."""
        if write.verbs:
            return write.verbs
        for effect in self.effects[write.index :]:
            if effect.what in (What.RECEIVED, What.DISCARDED) and effect.source == "update":
                return frozenset(effect.detail.split())
        return frozenset()

    def _writes(self) -> Iterator[Write]:
        for index, effect in enumerate(self.effects):
            kind, _, rest = effect.source.partition(" ")
            if effect.what is What.REST and effect.detail == "update" and kind in ("Twiml", "Url"):
                asked = "".join(f"<{verb.replace('/', '><')}>" for verb in rest.split()) if rest else "a URL"
                came = effect.at_ms - effect.took_ms
                yield Write(index, effect.at_ms, came, effect.request, frozenset(rest.split()), effect.code, asked)


def is_streams(effect: Effect) -> bool:
    """Whether it is about a document that connects a stream."""
    return STREAM_VERB in effect.detail.split()


def later(ms: int) -> str:
    """How much later, in words."""
    return f"{seconds(ms)} later" if ms > 0 else "at once"


def seconds(ms: int) -> str:
    """A time in words: `35 ms`, `4.80 s`."""
    return f"{ms} ms" if ms < 1_000 else f"{ms / 1000:.2f} s"
