"""What was agreed before the call was placed. Knows nothing of what happens later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

MAX_DURATION_S, RING_TIMEOUT_S, PATIENCE_S = 600.0, 30.0, 4.0  # of a call for which nothing else is asked
TOOL_TIMEOUT_S, FILLER_AFTER_S = 15.0, 1.5  # how long a tool may run; and before something is said meanwhile
FILLER = "One moment, I am looking that up."
SIMULATED_MODEL = "simulated"  # the model of a call to a real phone, where the built-in one stands in for it
GREETING = "Hello, this is an AI assistant calling for a short test. Is this a good time?"
INSTRUCTIONS = (
    "You are a friendly voice assistant on a phone call. Speak in short sentences, one thought at a time. "
    "Say that you are an AI if anybody asks. When the conversation is over, say goodbye and end the call."
)


class Kind(StrEnum):
    """What a call's document is for, fixed when the call is created."""

    STREAM = "stream"
    SAY = "say"


class Policy(StrEnum):
    """Who may write a call's TwiML: the guard, or (to show the field's bug) the last writer."""

    GUARD = "on"
    NAIVE = "off"


class Greet(StrEnum):
    """When the greeting is made: before the call is placed, while the phone rings, or once the stream has started.

    The first two are held until `start`.
    """

    BEFORE_DIALLING = "before-dialling"
    RINGING = "ringing"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Limits:
    """Every wait of a call that is ours to choose, in seconds; each has a reason, none has a vendor behind it."""

    rest_answer_s: float = 10.0  # the carrier's own webhooks give up after 15 s; a create that takes longer is lost
    look_up_every_s: float = 1.5  # REST reads are eventually consistent, so one empty answer proves nothing
    create_unknown_s: float = 20.0  # after this the call whose create was lost is taken for unplaced
    queue_s: float = 600.0  # the carrier queues for up to a day; nobody watches a console that long
    ring_grace_s: float = 10.0  # some routes add 5 s to the ring time-out that was asked for
    model_ready_s: float = 10.0
    fetch_s: float = 60.0  # from the answer to the fetch: a trial account's key press or machine detection comes first
    stream_s: float = 10.0  # from a document's fetch to `start`
    stream_back_s: float = 6.0  # from a stream's end to the fetch of the next generation (it pauses 1 s first)
    media_stalled_s: float = 30.0
    interruption_s: float = 0.7  # speech shorter than this does not interrupt a greeting or a farewell
    vad_silence_s: float = 0.5  # the model says "stopped" this much after the last sound: our setting in its session
    mark_slack_s: float = 5.0  # how much longer than its audio a greeting's or a clip's last mark may take
    greeting_s: float = 30.0  # a greeting that takes longer than this is taken for unproven
    apology_s: float = 15.0
    moment_s: float = 8.0  # the clip that asks for a moment, its mark included
    session_s: float = 3600.0  # how long a session lasts if the server does not say so
    rollover_margin_s: float = 120.0  # how long before its end the next one is opened
    rollover_retry_s: float = 20.0
    rollover_tries: int = 3
    session_losses: int = 3  # sessions lost within the next row's time before the model is given up
    losses_within_s: float = 60.0
    model_retry_s: float = 0.5  # before the second attempt; doubled with each further one
    model_tries: int = 7  # while it rings: 0.5 + 1 + 2 + 4 + 8 + 16 s, so that they are spread over the ringing
    greeting_first_s: float = 15.0  # what is waited for before the call is placed; a model on a bad day needs 5 s
    create_tries: int = 3
    create_retry_s: float = 1.0
    terminal_s: float = 8.0  # from an accepted hang-up to the terminal callback, before the carrier is asked
    hang_up_tries: int = 3
    hang_up_retry_s: float = 1.0
    stream_generations: int = 4  # streams of one call, the first included

    def scaled(self, factor: float) -> Limits:
        """The waits for others times `factor`: how a scenario over real sockets shortens its waiting.

        Counts stay, and so does what depends on how long people speak.
        """
        waits = [f.name for f in fields(self) if f.name.endswith("_s") and f.name not in _SPEECH]
        return replace(self, **{name: getattr(self, name) * factor for name in waits})


_SPEECH = frozenset(
    {"interruption_s", "vad_silence_s", "mark_slack_s", "greeting_s", "apology_s", "moment_s", "session_s"}
    | {"rollover_margin_s", "losses_within_s"}
)


@dataclass(frozen=True, slots=True)
class ToolTerms:
    """What the judge must know of a tool: the model calls it by this name, and it may run for so long."""

    name: str
    timeout_s: float = TOOL_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What the model must know of a tool. `parameters` is the JSON schema of an object: its arguments by name."""

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the judge must know of a call before it begins. Durations in seconds.

    `patience_s`: how long the callee may wait for a sound before something is done about it. `moment`: there is a clip
    that asks for a moment. `kept_ms`: how long the greeting is that is kept from an earlier call, 0 if none is;
    `pii_kept`: what is said in it. `tools`: those that the model may call. `pii_filler`: what the agent says if one of
    them has not answered after `filler_after_s` of silence; if it is empty, the model finds words of its own.
    """

    call_id: str
    kind: Kind = Kind.STREAM
    policy: Policy = Policy.GUARD
    greet: Greet = Greet.RINGING
    max_duration_s: float = MAX_DURATION_S
    ring_timeout_s: float = RING_TIMEOUT_S
    patience_s: float = PATIENCE_S
    moment: bool = False
    pii_say: str = ""
    pii_greeting: str = ""
    model: str = ""
    limits: Limits = Limits()
    kept_ms: int = 0
    pii_kept: str = ""
    tools: tuple[ToolTerms, ...] = ()
    pii_filler: str = ""
    filler_after_s: float = FILLER_AFTER_S

    @property
    def keeps_greeting(self) -> bool:
        """A greeting is kept, and is played instead of one of the model's."""
        return self.kept_ms > 0 and self.kind is Kind.STREAM and self.policy is Policy.GUARD

    @property
    def greets_first(self) -> bool:
        """The call is placed once its greeting has been made."""
        guarded = self.kind is Kind.STREAM and self.policy is Policy.GUARD
        return guarded and self.greet is Greet.BEFORE_DIALLING and not self.keeps_greeting


@dataclass(frozen=True, slots=True)
class Brief:
    """What the model is told: who it is, how it speaks, with what it begins.

    `tools` are what it may call besides hanging up.
    `transcription` names the model that writes the callee's words down; None is the usual one, empty is none.
    """

    model: str
    voice: str
    pii_instructions: str
    pii_greeting: str
    transcription: str | None = None
    tools: tuple[ToolSpec, ...] = ()
