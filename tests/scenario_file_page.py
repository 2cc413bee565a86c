"""docs/scenario-file.md: the format of a scenario file. Its tables of keys are made from the code that reads them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from voicecall_core.audio import FRAME_MS
from voicecall_core.simulator.scenarios import phone, played, replies, turns
from voicecall_core.simulator.scenarios.plan_tables import NEVER, default_of, keys_of
from voicecall_core.simulator.scenarios.scenario import (
    LONGEST_TEXT,
    NOISES,
    AccountPlan,
    CarrierPlan,
    ModelPlan,
    Noise,
    PlayedBy,
)
from voicecall_core.simulator.scenarios.scenario_file import HEAD_KEYS, VERSION
from voicecall_core.simulator.wav import LONGEST_S

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]]

EXAMPLE = """\
[scenario]
version = 1
about = "A caller orders a table and interrupts"

[phone]
answers_after = "1.8s"
noise = { kind = "babble", level = -50 }

[[phone.turn]]
say = "I'd like a table for two, please."

[[phone.turn]]
say = "At seven. Thank you."
when = "over agent after 400ms"

[[phone.turn]]
say = "Goodbye."

[[phone.reply]]
when = "table"
say = "For when would that be? We open at six."

[[phone.reply]]
when = "/seven|eight/"
say = "I have written that down."

[[phone.reply]]
when = "goodbye"
say = "See you then."
hang_up = true
"""

FAULTY = """\
[scenario]
version = 1

[phone]
faults = ["model-lost-in-mid-turn"]

[phone.network]
jitter = "40ms"

[phone.carrier]
fetch_ms = 400
callbacks_lost = ["initiated"]

[[phone.turn]]
clip = "question"
[[phone.turn]]
press = "1#"
when = "after silence 2s"
[[phone.turn]]
clip = "bye"
when = "after 1s"
hang_up = true
"""

PLAYED = """\
[scenario]
version = 1

[phone.played_by]
persona = "An impatient man on a train, whose line is bad"
goal = "Move his appointment to Friday"
turns = 6
voice = "cedar"
"""
_USUAL = PlayedBy("")

ABOUT: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "scenario": {
        "version": ("number", "The version of this format; has to be given."),
        "name": ("TEXT", "What the call file and the screen call it; the file's name without `.toml` unless given."),
        "about": ("TEXT", "What happens in it, for whoever reads the file."),
    },
    "phone": {
        "picks_up": (
            "|".join(phone.PICKS_UP),
            "Who answers. A voicemail says its sentence, gives a tone, and listens.",
        ),
        "answers_after": ("DURATION", "From ringing to the answer: `1.8s` unless given."),
        "rings": ("number", "The same in rings of 6 s."),
        "turn": ("[[phone.turn]]", "What the callee does, one turn after the other; then he listens."),
        "played_by": ("[phone.played_by]", "A model plays the callee, in place of turns: not deterministic."),
        "reply": ("[[phone.reply]]", "What the built-in model answers."),
        "noise": (
            "|".join(NOISES),
            f"What lies under the callee's voice, at {Noise().level_db:g} dB of full scale (speech is at about -21); "
            '`{ kind = "hum", level = -50 }` says how loud.',
        ),
        "network": ("[phone.network]", "What the line does to the frames."),
        "faults": ("names", "Scenarios of `--list-scenarios`: what carrier and model do in them happens here, too."),
        "carrier": ("[phone.carrier]", "Everything else that the carrier can do."),
        "model": ("[phone.model]", "Everything else that the model can do."),
        "dial": (
            "table",
            "What is asked of the call unless it is said elsewhere: "
            + ", ".join(f"`{key}`" for key in phone.DIAL)
            + ".",
        ),
        "scale": ("number", "By how much our own time limits are multiplied, so that a long wait is a short one."),
    },
    "turn": {
        "say": ("TEXT", f"Words; {LONGEST_TEXT} letters at most."),
        "clip": ("name", "A shipped sentence: `hello`, `question`, `interruption`, `answer`, `short` or `bye`."),
        "play": (
            "FILE",
            f"A recording beside the file: WAV, 8 to 48 kHz, 8 or 16 bits, one or two channels, {LONGEST_S} s. "
            "A pause of half a second in it ends the turn, as in any caller's speech.",
        ),
        "press": ("keys", "Keys of the telephone, as `1#`."),
        "wait": ("DURATION", "Nothing; a `when` in its place waits for that."),
        "hang_up": ("true|false", "He hangs up, behind whatever else the turn does."),
        "text": ("TEXT", "With `play`: what the recording says. The built-in model is told."),
        "when": (
            "TEXT",
            f"`{turns.WHEN}` (unless given): when the agent has spoken and been quiet for 0.6 s, `after agent 2s` for "
            "2 s. `over agent` and `over agent after 1.2s`: when the agent has been heard for 0.5 s, 1.2 s. `after "
            "silence 3s`: when the agent has been silent so long. `after 2s`. `at once`.",
        ),
        "patience": ("DURATION", "How long he waits for the agent: `15s` unless given, `60s` for its silence."),
    },
    "played_by": {
        "persona": ("TEXT", f"Who he is; {played.LONGEST_PART:,} letters at most. Has to be given."),
        "goal": ("TEXT", "What he wants of the call."),
        "turns": (
            "number",
            f"So often he speaks, `{_USUAL.turns}` unless given; then he says goodbye to what the agent answers, and "
            "hangs up.",
        ),
        "says_first": ("TEXT", "What he says as he picks up. Without it he waits for the agent."),
        "goodbye": ("TEXT", f"His last words where his turns are used up: `{_USUAL.goodbye}` unless given."),
        "patience": (
            "DURATION",
            f"So much time without anybody's voice since he last spoke, `{_USUAL.patience_ms // 1000}s` unless given; "
            "then he hangs up.",
        ),
        "model": ("name", "The model that plays him, of the same account; the agent's unless given."),
        "voice": ("name", "His voice; the agent's unless given."),
    },
    "reply": {
        "when": (
            "TEXT",
            "Words that occur in what the callee said, or a `/regular expression/`. Without it, it is the answer to "
            "the next turn that no other reply is for.",
        ),
        "say": ("TEXT", "What the model says."),
        "call": (
            "table",
            '`{ tool = "book_table", with = { people = 2 } }`, or a list of such: the tools that it calls behind that. '
            "`end_call` and other tools of the agent's are called so, too.",
        ),
        "then": (
            "TEXT",
            "What it says when they have answered, `{answer}` being the last answer; that alone unless given.",
        ),
        "hang_up": ("true|false", "Its last words are a farewell, and it ends the call."),
        "times": ("number", "How often it may be used: once unless given, and without a limit with `when`."),
    },
    "network": {
        "jitter": ("DURATION", "A frame is late by up to so much, at random; their order stays."),
        "bursts": ("number", f"So many frames of {FRAME_MS} ms pass at once."),
        "stall_at": ("DURATION", "Frames cease, the socket stays open. Times run from the stream's start."),
        "drop_at": ("DURATION", "The media socket dies without a word."),
        "stop_at": ("DURATION", "The carrier stops the stream; the call goes on."),
    },
}
KEYS = {
    "scenario": HEAD_KEYS,
    "phone": phone.KEYS,
    "turn": turns.KEYS,
    "played_by": played.KEYS,
    "reply": replies.KEYS,
    "network": tuple(phone.NETWORK),
}
PLANS: Mapping[str, type[Any]] = {"carrier": CarrierPlan, "account": AccountPlan, "model": ModelPlan}

_TEXT = f"""\
# The scenario file

A simulated call in one TOML file: who picks up, what he says and when, what carrier and model do wrong, what the
built-in model answers. `voicecall dial` takes it with `--scenario FILE.toml`; the scenarios that come with the program
(`--list-scenarios`) are written so, too. The `[phone]` of a rehearsal has the same keys, and `--scenario` takes a
rehearsal's file as well.

```toml
{EXAMPLE}```

    voicecall dial +15555550100 --sim --scenario order.toml

This page describes version {VERSION} of the format. Unknown keys are refused, as is anything else that will not do,
with the line that it stands in. A `DURATION` is `"90s"`, `"1.8s"` or `"250ms"`; a plain number is seconds.

## How sentences become sound

A sentence among the shipped clips is that clip. Any other is spoken by espeak-ng if it is installed
(`apt install espeak-ng`, `brew install espeak-ng`); where it is not, it is put together from the shipped words if they
are enough for it. Otherwise, before the built-in model, a sound of the right length stands in for it: nobody can
understand it, but the model gets the words beside the sound. Before a real model that sound would be of no use, and
the call is refused with the words that are missing; `play` takes a recording of one's own. Lengths differ a little
between a machine with espeak-ng and one without.

## What the built-in model understands

Nothing: it is an actor. What the callee's telephone plays it finds by its bytes, and gets the words for it; what comes
from elsewhere it calls unintelligible. With replies it looks for the first whose `when` is in the words, else takes the
next one without `when`; where there is none it says that the scenario has no reply. Without replies it is a stand-in
that says three recorded sentences whatever it hears.

The same turn asked again (after a response that failed, say) is answered as before, and a session that was lost is gone
on with where it was. A tool that the session does not offer is named and not called. A sentence with a tool's answer in
it is made while the call runs: it has the words, and that sound of the right length.

## Keys of `[scenario]`

SCENARIO

## Keys of `[phone]`

PHONE

## Keys of a `[[phone.turn]]`

A turn does one thing.

TURN

## A callee who is played by a model

```toml
{PLAYED}```

    voicecall dial +15555550100 --simulate carrier --scenario train.toml

With `[phone.played_by]` in place of turns, a session of the realtime model plays the callee: it hears what the agent
says, and what it says is his voice. It is asked for by the same account as the agent's, and decides by itself when
it speaks; it may be talked over, and hangs up when it has what it wants. Such a scenario is not deterministic: no two
calls are alike, which is said before the call, in the call file (`callee_model`) and on the screen. The built-in model
can play nobody: with `--sim` such a scenario is refused.

His words are known from his model's own transcript, and are in the carrier's log once he has said them. His tokens are
counted and priced apart from the agent's: in the summary, and as `callee` in the last line of `--json`: `model`,
`turns`, `left` (why he hung up: `by-himself`, `turns`, `silence` or `lost`; null if he did not), `trouble`, `tokens`,
`cost_usd` (null where the price is not known). `lost` is his model's failure and not the agent's: he hangs up, and
`trouble` says why.

He hears the agent's audio stream alone: not what the carrier itself says in an announcement. He presses no keys.

### Keys of `[phone.played_by]`

PLAYED_BY

## Keys of a `[[phone.reply]]`

REPLY

## Keys of `[phone.network]`

NETWORK

## Faults

```toml
{FAULTY}```

Of several `faults` none may want something else than another does. What `picks_up`, `answers_after`, `rings` and
`[phone.network]` say goes before the faults, and `[phone.carrier]` and `[phone.model]` go before everything.
`"{NEVER}"` is a time that never comes; times that end in `_ms` are whole milliseconds.

### Keys of `[phone.carrier]`

CARRIER

### Keys of `[phone.carrier.account]`

ACCOUNT

### Keys of `[phone.model]`

Responses are counted over all sessions from 1, turns in each session; 0 means none.

MODEL
"""


def page(table: Table, made: str) -> str:
    """The whole page."""
    parts = {name.upper(): _of_keys(table, name) for name in KEYS}
    parts |= {name.upper(): _of_plan(table, kind) for name, kind in PLANS.items()}
    text = _TEXT
    for name, lines in parts.items():
        text = text.replace(f"\n{name}\n", "\n".join(["", made, "", *lines, ""]))
    return text


def _of_keys(table: Table, name: str) -> list[str]:
    about = ABOUT[name]
    rows = ((f"`{key}`", _code(about[key][0]), about[key][1]) for key in KEYS[name])
    return table(("Key", "Value", "What it is"), rows)


def _code(value: str) -> str:
    return f"`{value}`" if "[" in value or "|" in value else value


def _of_plan(table: Table, kind: type[Any]) -> list[str]:
    about, known = comments(kind), keys_of(kind)
    rows = (
        (f"`{each.name}`", _written(default_of(each)), about[each.name]) for each in fields(kind) if each.name in known
    )
    return table(("Key", "Default", "What it is"), rows)


def comments(kind: type[Any]) -> dict[str, str]:
    """What is written beside each field of a record."""
    found = re.findall(r"^    (\w+): .*?(?:  # (.*))?$", inspect.getsource(kind), flags=re.MULTILINE)
    return dict(found)


def _written(value: object) -> str:
    if value is None:
        return f'`"{NEVER}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"`{value}`"
    if isinstance(value, str):
        return f'`"{value}"`' if value else ""
    return f"`[{', '.join(map(repr, value))}]`".replace("'", '"') if isinstance(value, tuple) and value else ""
