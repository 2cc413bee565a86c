"""What events say: statuses, answers, stages, named waits, tokens, how far speech has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Knock(StrEnum):
    """What comes to the door in a call's name, or in nobody's."""

    FETCH = "fetch"
    STATUS = "status callback"
    STREAM = "stream callback"
    SOCKET = "media socket"
    OTHER = "request"
    INTRUDER = "request that names no call"


class Fault(StrEnum):
    """Why the door turned something away."""

    SIGNATURE = "its signature does not fit"
    KEY = "it is signed with a shared key that is not set"
    UNSIGNED = "it bears no signature of the carrier's kind"
    FORM = "its form cannot be read"
    PATH = "there is nothing at its path"
    FULL = "too many connections are open"
    SIZE = "it is larger than what the carrier sends"
    SLOW = "it did not come to its end in time"
    BROKEN = "it is no proper request"
    OFTEN = "too many came before it"


class CallStatus(StrEnum):
    """The carrier's word for a call's state (REST answers and callbacks)."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


KEPT_GREETING = "kept-greeting"  # the item and the response of a greeting that was kept from an earlier call

TERMINAL = frozenset(
    {CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.CANCELED}
)


class RestAnswer(StrEnum):
    """How a REST write ended: accepted is not yet carried out; lost may have been carried out."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOST = "lost"


class Refusal(StrEnum):
    """What a refused write says of its call: it rings still or has ended, there is none, or nothing of the kind."""

    NOT_IN_PROGRESS = "not-in-progress"
    NOT_FOUND = "not-found"
    OTHER = "other"


TRANSCRIPTION_FAILED = "transcription-failed"  # a model error's code: what the callee said could not be written down
SET_UP_DIFFERS = (
    "set-up-differs"  # a lost session's code: it said itself that it is set up otherwise than was asked for
)


class ModelStage(StrEnum):
    """How far the opening of a model session has come."""

    CONNECTED = "connected"
    SECURED = "secured"
    UPGRADED = "upgraded"
    CREATED = "created"
    READY = "ready"


class ToolOutcome(StrEnum):
    """How a tool's run ended; whichever it is, the model is answered."""

    RETURNED = "returned"
    RAISED = "raised"  # an exception, of which the model is told nothing but that there was one
    TIMED_OUT = "timed-out"
    BAD_ARGUMENTS = "bad-arguments"  # they do not fit the tool's schema: it was not run
    BAD_RESULT = "bad-result"  # what came back is no JSON, or too long


class Timer(StrEnum):
    """The named waits of a call; one of each can run."""

    GREETING_FIRST = "greeting-first"
    CREATE_RETRY = "create-retry"
    LOOK_UP = "look-up"
    QUEUE = "queue"
    RING = "ring"
    CAP = "cap"
    FETCH = "fetch"
    STREAM = "stream"
    STREAM_BACK = "stream-back"
    MODEL = "model"
    MODEL_RETRY = "model-retry"
    ROLLOVER = "rollover"
    PATIENCE = "patience"
    SPEECH = "speech"
    GREETING = "greeting"
    PLAYBACK = "playback"
    FAREWELL = "farewell"
    APOLOGY = "apology"
    TERMINAL = "terminal"
    UPDATE_RETRY = "update-retry"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of responses, as the model counted them; cached ones are part of the inputs."""

    text_in: int = 0
    text_cached: int = 0
    audio_in: int = 0
    audio_cached: int = 0
    text_out: int = 0
    audio_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.text_in + other.text_in,
            self.text_cached + other.text_cached,
            self.audio_in + other.audio_in,
            self.audio_cached + other.audio_cached,
            self.text_out + other.text_out,
            self.audio_out + other.audio_out,
        )


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class ItemPlay:
    """How far one item of the agent's speech has come, in ms of its own audio.

    `acked_ms` of it were acknowledged by a mark at stream time `acked_at_ms`. An item none of whose marks is back has
    `acked_ms` 0 and the earliest stream time at which its first frame can have begun to play.
    """

    item: str
    response: str
    generated_ms: int
    sent_ms: int
    acked_ms: int
    acked_at_ms: int
