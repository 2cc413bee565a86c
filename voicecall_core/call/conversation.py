"""Who has the floor, what is asked of the model and what is owed to the callee: the conversation as a table.

Rule 1: one side has the floor at a time. What moves it is an input; `TABLE` speaks for every (input, floor) pair.
Rule 2: what follows from the state alone is not in the table but in `turn_taking.settle`, which is run after every
step to a fixed point: whether turns are held at the server, what is asked for next, whether the patience clock runs.
So a session that is lost, reopened or changed on the way can leave nothing behind that the next one does not get.
Rule 3: a turn of the callee is owed an answer from its end until the first sound of one has left. It is answered
once. A sentence that was asked for is spoken, or refused in words. A tool that is called takes the debt over: the
callee waits until it has answered, and then for the words that follow.
Rule 4: while something is owed and nothing sounds, the patience clock runs; each time it fires, the next remedy of
`Remedy` is tried. A sound puts it back to the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.words.values import ToolOutcome


class Floor(StrEnum):
    """Who has the floor."""

    NOBODY = "nobody"
    GREETING = "greeting"
    CALLEE = "callee"
    AGENT = "agent"
    SENTENCE = "operator's sentence"
    FAREWELL = "farewell"
    APOLOGY = "apology"


class Input(StrEnum):
    """What can move the floor."""

    BEGAN = "response began"  # the one that was asked for, or the model's own answer to a turn
    UNASKED = "response began unasked"
    SOUNDED = "first sound left"
    ENDED = "response ended"
    EMPTY = "response ended without a sound"
    FAILED = "response failed"
    REFUSED = "request refused"
    PLAYED = "all has played"
    LATE = "last mark is late"
    RAN_DRY = "audio ran dry"
    SPEECH = "callee began to speak"
    LASTED = "callee's speech lasted"
    PAUSED = "callee stopped speaking"
    COMMITTED = "turn committed"
    SENTENCE = "operator typed a sentence"
    TOOL = "tool called"
    GOODBYE = "end_call called"
    STREAM_UP = "stream started"
    STREAM_GONE = "stream ended"
    LOST = "session lost"
    DEAD = "model given up"
    IMPATIENT = "patience ran out"


class Action(StrEnum):
    """What is done when an input meets a floor; each is one function of `turn_taking`."""

    NOTHING = "nothing"
    ADOPT = "adopt the response"
    SILENCE = "silence the response"
    SOUND = "note the sound"
    END = "note the end"
    ASK_AGAIN = "ask again"
    FAIL = "ask again, or give the session up"
    FAIL_SESSION = "give the session up"
    BOUNCE = "take the request back"
    PLAYED = "give the floor back"
    GREETED = "end the greeting"
    UNPROVEN = "end the greeting unproven"
    HANG_UP = "hang up"
    HANG_UP_IF_PLAYED = "hang up if all has played"
    STARVE = "wait for more"
    LISTEN = "listen"
    WEIGH = "weigh the speech"
    UNWEIGH = "forget the speech"
    YIELD = "yield"
    CUT = "cut the greeting"
    SPARE = "take the farewell back"
    PAUSE = "note the pause"
    OWE = "owe an answer"
    QUEUE = "queue the sentence"
    TURN_DOWN = "refuse the sentence in words"
    RUN_TOOL = "run the tool"
    ANSWER_TOOL = "answer the tool"
    SAY_GOODBYE = "begin the farewell"
    TIME = "time what plays"
    PLAY_APOLOGY = "play the apology"
    AWAIT_STREAM = "hear the turn out on the next stream"
    LOSE_GREETING = "carry the greeting over"
    LOSE_ANSWER = "carry the answer over"
    LOSE_SENTENCE = "carry the sentence over"
    KEEP_VOICE = "carry the callee's turn over"
    APOLOGISE = "apologise"
    REMEDY = "try the next remedy"


_A = Action
_CELLS: Mapping[str, Action] = {
    ".": _A.NOTHING,
    "adopt": _A.ADOPT,
    "mute": _A.SILENCE,
    "sound": _A.SOUND,
    "end": _A.END,
    "again": _A.ASK_AGAIN,
    "fail": _A.FAIL,
    "session": _A.FAIL_SESSION,
    "bounce": _A.BOUNCE,
    "free": _A.PLAYED,
    "greeted": _A.GREETED,
    "unproven": _A.UNPROVEN,
    "bye": _A.HANG_UP,
    "bye?": _A.HANG_UP_IF_PLAYED,
    "dry": _A.STARVE,
    "listen": _A.LISTEN,
    "weigh": _A.WEIGH,
    "unweigh": _A.UNWEIGH,
    "yield": _A.YIELD,
    "cut": _A.CUT,
    "spare": _A.SPARE,
    "pause": _A.PAUSE,
    "owe": _A.OWE,
    "queue": _A.QUEUE,
    "refuse": _A.TURN_DOWN,
    "tool": _A.RUN_TOOL,
    "tool-": _A.ANSWER_TOOL,
    "goodbye": _A.SAY_GOODBYE,
    "time": _A.TIME,
    "sorry": _A.PLAY_APOLOGY,
    "await": _A.AWAIT_STREAM,
    "lose-g": _A.LOSE_GREETING,
    "lose-a": _A.LOSE_ANSWER,
    "lose-s": _A.LOSE_SENTENCE,
    "voice": _A.KEEP_VOICE,
    "dead": _A.APOLOGISE,
    "remedy": _A.REMEDY,
}

_ROWS: Mapping[Input, str] = {
    #                   nobody  greeting callee  agent   sentence farewell apology
    Input.BEGAN: "      adopt   adopt    adopt   adopt   adopt    mute     mute",
    Input.UNASKED: "    adopt   mute     mute    adopt   mute     mute     mute",
    Input.SOUNDED: "    sound   sound    sound   sound   sound    sound    .",
    Input.ENDED: "      .       end      .       end     end      bye?     .",
    Input.EMPTY: "      .       session  .       again   again    bye?     .",
    Input.FAILED: "     fail    session  fail    fail    fail     bye?     .",
    Input.REFUSED: "    bounce  session  bounce  bounce  bounce   .        .",
    Input.PLAYED: "     .       greeted  .       free    free     bye      .",
    Input.LATE: "       .       unproven .       free    free     bye      .",
    Input.RAN_DRY: "    .       dry      .       dry     dry      dry      .",
    Input.SPEECH: "     listen  weigh    listen  yield   yield    weigh    .",
    Input.LASTED: "     .       cut      .       .       .        spare    .",
    Input.PAUSED: "     .       unweigh  pause   .       .        unweigh  .",
    Input.COMMITTED: "  owe     .        owe     owe     owe      .        .",
    Input.SENTENCE: "   queue   queue    queue   queue   queue    refuse   refuse",
    Input.TOOL: "       tool    tool     tool    tool    tool     tool     .",
    Input.GOODBYE: "    goodbye goodbye  goodbye goodbye goodbye  tool-    .",
    Input.STREAM_UP: "  time    time     time    time    time     time     sorry",
    Input.STREAM_GONE: ".       .        await   .       .        bye      bye",
    Input.LOST: "       .       lose-g   voice   lose-a  lose-s   bye?     .",
    Input.DEAD: "       dead    dead     dead    dead    dead     bye?     .",
    Input.IMPATIENT: "  remedy  remedy   remedy  remedy  remedy   bye      .",
}

TABLE: Mapping[tuple[Input, Floor], Action] = {
    (each, floor): _CELLS[name] for each, row in _ROWS.items() for floor, name in zip(Floor, row.split(), strict=True)
}
assert set(_ROWS) == set(Input) and set(_CELLS.values()) == set(Action)


class GreetingState(StrEnum):
    """How far the greeting has come."""

    NONE = "none"
    ASKED = "asked"
    PLAYING = "playing"
    PLAYED = "played"
    CUT = "cut"  # by the callee's speech
    UNPROVEN = "unproven"  # its last mark never came back
    BROKEN = "broken"  # its session was lost in mid-word; what had been made of it has played


_OVER = frozenset({GreetingState.PLAYED, GreetingState.CUT, GreetingState.UNPROVEN, GreetingState.BROKEN})


class Owed(StrEnum):
    """Whose move it is to answer the callee's turn."""

    NOTHING = "nothing"
    BY_MODEL = "by the model"  # its own turn-taking is on: it answers by itself
    BY_US = "by us"  # we have to ask for the answer


class Remedy(StrEnum):
    """What is tried when the callee has waited too long, in this order."""

    ASK_AGAIN = "ask again"
    ANOTHER_SESSION = "another session"
    APOLOGY = "apology"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the agent was asked to say, or began to say by itself, until it has been played or dropped.

    `floor`: whose it is. `ref`: our name for the request, empty for the model's own. `response`: the model's name,
    once it has begun. `fruit`: something came of it, a sound or a tool call. `sounded`: its first frame has left.
    `ended`: nothing more of it will come; `broken`: as its session was lost, not because the model had finished it.
    `filler`: it fills the silence while a tool runs, and is not asked for again. `follows`: it was asked for as a
    tool had answered.
    """

    floor: Floor
    session: int
    ref: str = ""
    response: str = ""
    pii_text: str = ""
    fruit: bool = False
    sounded: bool = False
    ended: bool = False
    broken: bool = False
    filler: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool that the model called, its answer as JSON text once there is one, the session that was told it last."""

    session: int
    response: str
    tool_call: str
    name: str
    at: float
    pii_arguments: str = ""
    outcome: ToolOutcome | None = None
    took_s: float = 0.0
    pii_output: str = ""
    told_in: int = 0


@dataclass(frozen=True)  # no slots: `changed` copies it many times a step
class Conversation:
    """The state of the conversation; `turn_taking` changes it, by `TABLE`.

    `items`: the agent's items not wholly played, as (item, response); `made`: those among them that are here to their
    end, `pending_ms` long in all; `orphans`: those whose session is lost, which no other session knows. `active`: the
    response that runs at the model; `silenced`: those that were, and may not have ended. `greeted_ms`: how much of the
    greeting was made; `replied`: something that was said after it was heard to its end.
    `owed`: whose move it is to answer the callee's last turn, which is item `turn`. `wanted`: sentences still to be
    asked for; `count` numbers our requests. `speaking`: the model hears the callee; `quiet`: our own ear does not.
    `unstopped`: the model has heard him begin and not stop, whatever came of it. `voiced`: when our own ear heard him
    last of which the model has said nothing.
    `interrupted`: the greeting or farewell was, and the turn that did it is not complete. `by_hand`: we have closed his
    turn, as the model did not notice its end, and it has not said yet that it is complete. `unheard`: the callee's turn
    went down with its session and is to be told to the next one. `spared`: a farewell was taken back once. `dry`: the
    agent stopped in mid-word. `failed`, `bounced`: failures and refusals in a row. `remedy`: how many remedies were
    tried since the last sound. `moment`: the clip that asks for a moment was played since then. `since`: from when
    the callee has been waiting; `longest_s`: the longest such wait. `dropped`: how often the conversation was given up.
    `pii_said`: what was heard of the kept greeting; `told_in`: the session that knows of it.
    `tools`: those that were called and run. `follow_up`: one has answered, and the model has not been asked for what
    follows. `filled`: something was said since the first of those that run was called, to fill the silence.
    """

    floor: Floor = Floor.NOBODY
    greeting: GreetingState = GreetingState.NONE
    greeted_in: int = 0
    greeted_ms: int = 0
    replied: bool = False
    utterance: Utterance | None = None
    active: str = ""
    silenced: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    made: frozenset[str] = frozenset()
    pending_ms: int = 0
    orphans: frozenset[str] = frozenset()
    owed: Owed = Owed.NOTHING
    turn: str = ""
    wanted: tuple[str, ...] = ()
    count: int = 0
    speaking: bool = False
    quiet: bool = False
    unstopped: bool = False
    voiced: float | None = None
    interrupted: bool = False
    by_hand: bool = False
    unheard: bool = False
    spared: bool = False
    dry: bool = False
    failed: int = 0
    bounced: int = 0
    remedy: int = 0
    moment: bool = False
    since: float | None = None
    longest_s: float = 0.0
    dropped: int = 0
    pii_said: str = ""
    told_in: int = 0
    tools: tuple[ToolRun, ...] = ()
    follow_up: bool = False
    filled: bool = False

    @property
    def running(self) -> tuple[ToolRun, ...]:
        """The tools that have not answered."""
        return tuple(each for each in self.tools if each.outcome is None)

    @property
    def greeting_over(self) -> bool:
        """Nothing more of the greeting is to be waited for."""
        return self.greeting in _OVER

    @property
    def heard(self) -> bool:
        """The callee heard the greeting to its end, or enough of it to interrupt."""
        return self.greeting in (GreetingState.PLAYED, GreetingState.CUT)

    @property
    def holds(self) -> bool:
        """Turns are to be held at the server: nobody but us asks for a response, and no short word interrupts."""
        return not self.greeting_over or self.floor is Floor.FAREWELL or self.interrupted

    @property
    def idle(self) -> bool:
        """Nothing runs at the model and nothing of ours is on its way."""
        return not self.active and (self.utterance is None or self.utterance.ended)
