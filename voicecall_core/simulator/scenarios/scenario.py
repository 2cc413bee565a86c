"""What a scenario can set: callee's script, delays and faults of carrier and model, and what must come of it.

Knows only that these exist, not how anyone carries them out. All times in ms, on the simulator's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TONE = "tone"  # the name of an answering machine's tone among what is said
LONGEST_TEXT = 600  # letters that somebody says at once; a minute of speech
NOISES = ("white", "hum", "babble")  # of the mains; of other people who speak


@dataclass(frozen=True, slots=True)
class Wait:
    """The callee does nothing for `ms`."""

    ms: int


@dataclass(frozen=True, slots=True)
class Speak:
    """The callee says a clip by name; the next act begins when it has been said."""

    clip: str


@dataclass(frozen=True, slots=True)
class Listen:
    """The callee waits until it has heard speech for `heard_ms`, or (0) until the agent spoke and then was quiet."""

    heard_ms: int = 0
    quiet_ms: int = 600
    patience_ms: int = 15_000


@dataclass(frozen=True, slots=True)
class Press:
    """The callee presses a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class HangUpPhone:
    """The callee hangs up."""


@dataclass(frozen=True, slots=True)
class SpeakText:
    """The callee says these words, in a voice that is made for them."""

    text: str


@dataclass(frozen=True, slots=True)
class PlaySound:
    """The callee's telephone plays a sound of one's own: mu-law, whole frames. `text` is what it says, if known."""

    name: str
    audio: bytes = field(repr=False)
    text: str = ""


@dataclass(frozen=True, slots=True)
class AwaitQuiet:
    """The callee waits until the agent has been silent for `ms`, whether he had spoken or not."""

    ms: int
    patience_ms: int = 60_000


Utterance = Speak | SpeakText | PlaySound
Act = Wait | Utterance | Listen | AwaitQuiet | Press | HangUpPhone


@dataclass(frozen=True, slots=True)
class Noise:
    """What the callee's telephone hears beside him, from the answer on."""

    kind: str = "white"  # one of NOISES
    level_db: float = -45.0  # of full scale; speech lies at about -21


@dataclass(frozen=True, slots=True)
class PlayedBy:
    """A callee whom a model plays: what he says is not written anywhere, and no two calls are alike."""

    persona: str  # who he is
    goal: str = ""  # what he wants of the call
    turns: int = 8  # so often he speaks; then he says goodbye and hangs up
    says_first: str = ""  # what he says as he picks up; without it he waits for the agent
    goodbye: str = "I have to go now. Goodbye."  # his last words where his turns are used up
    patience_ms: int = 30_000  # since he last spoke, in which nobody speaks; then he hangs up
    model: str = ""  # the agent's unless given
    voice: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of one of the agent's tools; `arguments` is the text of a JSON object."""

    tool: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """What the built-in model answers to a turn of the callee's.

    `when` is a text that occurs in the turn's words or a /regular expression/; without it, it is the answer to the next
    turn that no other reply is for. `then` is said when the calls have been answered, `{answer}` in it being the last
    answer. With `hang_up` the last words are a farewell, and the model ends the call.
    """

    when: str = ""
    say: str = ""
    calls: tuple[ToolCall, ...] = ()
    then: str = "{answer}"
    hang_up: bool = False
    times: int = 0  # how often it may be used; 0: once without `when`, and any number of times with it


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What the carrier says of the account, when it is asked. It places calls all the same."""

    status: str = "active"  # or suspended, closed
    kind: str = "Full"  # or Trial
    balance: str = "20.00"  # in US dollars
    number: str = "owned"  # what the caller id is to the account: owned, verified, or foreign
    number_speaks: bool = True  # the caller id can place calls with speech
    closed_countries: frozenset[str] = frozenset()  # ISO 3166; geographic permissions
    alerts: tuple[tuple[int, str], ...] = ()  # code and URL of each entry of the debugger, newest first
    test_credentials: bool = False  # keys that place no calls


@dataclass(frozen=True, slots=True)
class CarrierPlan:
    """How the carrier behaves. A delay of None means: never."""

    queue_ms: int = 20  # create's answer -> initiated
    ring_ms: int = 150  # initiated -> ringing
    answer_ms: int | None = 1_800  # ringing -> answered
    ends_as: str = ""  # busy, no-answer or failed instead of an answer (after answer_ms, or Timeout for no-answer)
    fetch_ms: int | None = 10  # answered -> TwiML fetch sent
    stream_ms: int | None = 90  # document received -> upgrade sent
    start_ms: int = 20  # 101 received -> connected, start
    callback_ms: Mapping[str, int] = field(default_factory=dict)  # CallStatus -> extra delay of its callback
    callbacks_lost: frozenset[str] = frozenset()  # the CallStatus of callbacks that never come
    callbacks_doubled: frozenset[str] = frozenset()  # and of those that come twice
    callbacks_shuffled: bool = False  # random extra delays by seed
    direction: str | None = "outbound-api"  # None ("never" in a file): the field is absent
    rest_ms: Mapping[str, int] = field(default_factory=dict)  # create, update, fetch, list -> latency of the answer
    create_first_ms: int = 0  # how long the create's answer lags behind its effect (webhooks may come first)
    create_lost: bool = False  # the call is placed, the connection dies before the answer
    create_refused: int = 0  # Twilio error code
    create_refused_times: int = 0  # how many creates are refused so; 0: all
    listed_after_ms: int = 0  # how long after create a call shows in the list of calls
    rest_down_at_hang_up: bool = False  # every update fails with 503/20503 from then on
    drop_stream_at_ms: int | None = None  # socket dies without a close frame (once), stream clock
    stall_media_at_ms: int | None = None  # frames cease, socket stays open
    stream_error: int = 0  # code told to the stream's statusCallback instead of opening it
    create_doubled: bool = False  # one create places two calls
    update_refused: int = 0  # code with which the first TwiML update is refused
    callbacks_also: Mapping[str, str] = field(default_factory=dict)  # CallStatus -> another word told right after it
    webhooks_lost: bool = False  # nothing of the carrier reaches the program: no fetch, no callback
    fetch_doubled: bool = False  # the call's first document is fetched twice, the first answer thrown away
    token_lost: bool = False  # the first stream comes with another token than its document's
    start_doubled: bool = False  # `start` comes twice
    encoding: str = "audio/x-mulaw"  # what the first stream's `start` says of its sound
    stop_stream_at_ms: int | None = None  # the carrier stops the first stream, stream clock; the call goes on
    jitter_ms: int = 0  # a frame is late by up to so much, at random; their order stays
    frames_at_once: int = 1  # so many frames of 20 ms pass in one burst, as on a line that hesitates
    answered_by: str = "human"  # or machine, fax, unknown: what the carrier's detection finds
    detection_ms: int = 2_500  # answer -> it knows
    trial: str = ""  # of a trial account: key-press (a message, then any key), or no-stream (no Stream, no Record)
    calls_per_second: int = 0  # more wait in the carrier's queue; 0: none waits
    dialled_ms: int | None = 1_500  # `<Dial>`: until the second leg answers; None: never
    dialled_ends_as: str = ""  # busy or failed instead of an answer
    dialled_talks_ms: int = 3_000  # then the second leg hangs up
    faulty_streams: int = 1  # how many streams, from the first on, have the faults of "the first stream"; 0: all
    account: AccountPlan = AccountPlan()  # what it says of the account: a table of its own


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """How the model behaves. Responses are counted over all sessions from 1, turns in each session; 0 means: none."""

    reachable_from_ms: int | None = 0  # connections are refused until so long after it opened; None ("never"): for ever
    handshake_ms: int = 250  # connection -> 101
    created_ms: int = 120  # 101 -> session.created
    updated_ms: int = 80  # session.update -> session.updated
    first_audio_ms: int = 350  # response.create or commit -> first audio
    speed: float = 8.0  # how much faster than real time audio is generated
    refuse_key: bool = False  # it does not take the key
    unlisted: bool = False  # there is no such model for this key
    stuck_at: str = ""  # what never comes: handshake (the 101), created or updated (the session's events)
    stuck_sessions: int = 0  # how many sessions, from the first on, are stuck there; 0: all
    drop_after_ms: int | None = None  # after the first session.updated the socket dies without a close frame
    drops: int = 1  # how many sessions are dropped so
    drops_at_ms: tuple[int, ...] = ()  # so long after the first session was asked for, whatever is open dies so
    freeze_after_ms: int | None = None  # after the first session.updated: nothing is read, said or ponged any more
    freezes: int = 1  # how many sessions freeze so
    fail_response: int = 0  # the n-th response ends "failed"
    fail_code: str = "server_error"  # with this code
    hang_response: int = 0  # the n-th response is created and goes no further, until it is cancelled
    mute_response: int = 0  # the n-th response completes without a sound
    stall_response: int = 0  # the n-th response stops in mid-word and never ends, until it is cancelled
    stall_after_ms: int = 1_000  # of its audio
    faulty_responses: int = 1  # how many in a row fail, hang, are mute or stall, from the n-th on; 0: all from it on
    ignore_turn: int = 0  # the n-th turn gets no response
    endless_turn: int = 0  # from the n-th turn on the end of speech is never noticed
    always_answers: bool = False  # create_response=false is confirmed and not obeyed
    always_yields: bool = False  # interrupt_response=false is confirmed and not obeyed
    metadata_lost: bool = False  # a response does not say what metadata it was asked for with
    transcribes: bool = True  # the callee's words are transcribed if the session asks for it
    transcription_fails: bool = False  # it says of each turn that its words could not be written down
    old_names: bool = False  # it calls its voice's events as the beta did, and Azure's preview
    close_code: int = 0  # it closes the socket with this code before it greets
    refuse_set_up: str = ""  # error code with which every session.update is refused
    sets_up_other: str = ""  # what it sets up, and confirms, otherwise than asked: voice, format or turns
    other_sessions: int = 1  # in how many sessions, from the first on; 0: in all
    drop_code: int = 0  # a planned drop is a close frame with this code
    lasts_ms: int = 3_600_000  # OpenAI: a realtime session ends after 60 minutes
    end_call_after_turns: int | None = None  # after so many answered turns it says its farewell and calls end_call
    end_call: str = "with"  # with the farewell; behind it, in a response that follows; next, for the next turn; alone
    end_call_fails: bool = False  # the response that called end_call ends "failed"
    farewell_text: str = ""  # the farewell, if not the clip; a letter takes 60 ms
    replies: tuple[str, ...] = ("reply-1", "reply-2", "reply-3")  # clips, one a turn, the last repeated
    pieces: int = 1  # items into which a reply is split, as newer models do
    script: tuple[ScriptedReply, ...] = ()  # replies of its own in place of the clips


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of the scenario. `outcome` and `cause` are the names in the table of endings."""

    outcome: str
    cause: str
    greeting_heard: bool = True  # the callee heard the greeting clip complete and in order
    guard_off: str = ""  # outcome with the naive policy, where it differs
    diagnosis: str = "healthy"  # the rule the diagnosis names; "healthy" if none
    guard_off_diagnosis: tuple[str, ...] = ()  # with the naive policy, where it differs; several: the seed decides


NOTHING_EXPECTED = Expectation("", "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One whole call: who does what when, and what must come of it."""

    name: str
    about: str
    callee: tuple[Act, ...]
    expects: Expectation = NOTHING_EXPECTED  # of a built-in one, which our own tests run
    carrier: CarrierPlan = CarrierPlan()
    model: ModelPlan = ModelPlan()
    dial: Mapping[str, str | float] = field(default_factory=dict)  # terms it sets: say, max_duration_s, ring_timeout_s
    scale: float = 1.0  # factor on our own limits when it runs over real sockets
    failures: tuple[str, ...] = ()  # numbers of docs/failures.md: what it makes happen
    noise: Noise | None = None
    played_by: PlayedBy | None = None  # in place of `callee`

    @property
    def deterministic(self) -> bool:
        """Whether the same seed makes the same call."""
        return self.played_by is None
