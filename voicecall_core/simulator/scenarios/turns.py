"""Reads what the callee does, turn by turn: a table of a file becomes acts. Knows no call."""

from __future__ import annotations

import re
from pathlib import Path

from voicecall_core.durations import seconds_of
from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import Table
from voicecall_core.simulator.scenarios.plan_tables import LONGEST_MS
from voicecall_core.simulator.scenarios.scenario import (
    LONGEST_TEXT,
    Act,
    AwaitQuiet,
    HangUpPhone,
    Listen,
    PlaySound,
    Press,
    Speak,
    SpeakText,
    Wait,
)
from voicecall_core.simulator.voices import names
from voicecall_core.simulator.wav import play

TURNS = 500  # of one callee
ACTIONS = ("say", "clip", "play", "press", "wait", "hang_up")
KEYS = (*ACTIONS, "text", "when", "patience")
WHEN = "after agent"  # unless a turn says otherwise
_OVER_MS = 500
_BETWEEN_KEYS_MS = 200
_KEYS = re.compile(r"[0-9*#A-D]{1,40}")
_WHEN = re.compile(
    r"(?P<once>at once)|after silence (?P<silence>\S+)|after agent(?: (?P<agent>\S+))?"
    r"|over agent(?: after)?(?: (?P<over>\S+))?|after (?P<after>\S+)"
)
_WHENS = "'after agent', 'over agent', 'over agent after 1.2s', 'after silence 3s', 'after 2s' or 'at once'"


def acts_of(turns: tuple[Table, ...], folder: Path) -> tuple[Act, ...]:
    """What the callee does in these turns; recordings lie in `folder`. Raises SettingsError with the line."""
    if len(turns) > TURNS:
        raise turns[TURNS].wrong("", f"there are more than {TURNS} turns")
    return tuple(act for turn in turns for act in _turn(turn, folder))


def _turn(turn: Table, folder: Path) -> tuple[Act, ...]:
    turn.only(*KEYS)
    given = [key for key in ACTIONS if key in turn]
    leaves = turn.switch("hang_up", False)
    doing = [key for key in given if key != "hang_up"]
    if len(doing) > 1:
        raise turn.wrong(
            doing[1], f"a turn does one thing, and this has {doing[0]} and {doing[1]}", "Make it two turns."
        )
    if not doing and not leaves:
        raise turn.wrong("", "this turn does nothing", f"Give it one of {', '.join(ACTIONS)}.")
    action = doing[0] if doing else ""
    if "text" in turn and action != "play":
        raise turn.wrong("text", "text says what a recording says, and there is no play", "Write say = '...'.")
    if action == "wait" and "when" in turn:
        raise turn.wrong("when", "a turn that waits has no when", "Write wait = 'after agent', or make it two turns.")
    before = _waiting(turn, "when", turn.text("when", WHEN)) if action != "wait" else ()
    return (*before, *(_doing(turn, action, folder) if action else ()), *((HangUpPhone(),) if leaves else ()))


def _doing(turn: Table, action: str, folder: Path) -> tuple[Act, ...]:
    match action:
        case "say":
            return (SpeakText(_sayable(turn, "say")),)
        case "clip":
            return (Speak(_clip(turn)),)
        case "play":
            return (_recording(turn, folder),)
        case "press":
            return _pressing(turn)
        case _:
            return _wait(turn)


def _sayable(turn: Table, key: str) -> str:
    text = " ".join(turn.text(key).split())
    if len(text) > LONGEST_TEXT:
        raise turn.wrong(key, f"{key} is {len(text)} letters long", f"{LONGEST_TEXT} at most: make it two turns.")
    if not any(mark.isalnum() for mark in text):
        raise turn.wrong(key, f"{key} holds no word")
    return text


def _clip(turn: Table) -> str:
    name, known = turn.text("clip"), names("callee")
    if name not in known:
        raise turn.wrong("clip", f"there is no clip {name!r} of the callee's", f"There are {', '.join(known)}.")
    return name


def _recording(turn: Table, folder: Path) -> PlaySound:
    name = turn.text("play")
    try:
        audio = play(folder / name)
    except SettingsError as wrong:
        raise turn.wrong("play", str(wrong).rstrip("."), wrong.fix) from wrong
    return PlaySound(Path(name).name, audio, _sayable(turn, "text") if "text" in turn else "")


def _pressing(turn: Table) -> tuple[Act, ...]:
    keys = turn.text("press")
    if _KEYS.fullmatch(keys) is None:
        raise turn.wrong("press", f"press is {keys!r}", "Up to 40 keys of 0 to 9, * and #: press = '1#'.")
    return tuple(act for key in keys for act in (Press(key), Wait(_BETWEEN_KEYS_MS)))[:-1]


def _wait(turn: Table) -> tuple[Act, ...]:
    if isinstance(turn.raw("wait"), str) and _WHEN.fullmatch(str(turn.raw("wait"))):
        return _waiting(turn, "wait", turn.text("wait"))
    return (Wait(turn.ms("wait", low=0, high=LONGEST_MS)),)


def _waiting(turn: Table, key: str, when: str) -> tuple[Act, ...]:
    """What goes before an action, from the words of its `when`."""
    found = _WHEN.fullmatch(when)
    if found is None:
        raise turn.wrong(key, f"{key} is {when!r}", f"Write {_WHENS}.")
    if "patience" in turn and (found["once"] or found["after"]):
        raise turn.wrong("patience", f"{key} is {when!r}, and that has no need of patience")
    patience = {"patience_ms": turn.ms("patience", low=0, high=LONGEST_MS)} if "patience" in turn else {}
    if found["once"]:
        return ()
    if found["after"]:
        return (Wait(_ms(turn, key, found["after"])),)
    if found["silence"]:
        return (AwaitQuiet(_ms(turn, key, found["silence"]), **patience),)
    if when.startswith("over"):
        return (Listen(heard_ms=_ms(turn, key, found["over"]) if found["over"] else _OVER_MS, **patience),)
    quiet = {"quiet_ms": _ms(turn, key, found["agent"])} if found["agent"] else {}
    return (Listen(**quiet, **patience),)


def _ms(turn: Table, key: str, text: str) -> int:
    try:
        found = round(seconds_of(text) * 1000)
    except ValueError:
        raise turn.wrong(key, f"{text!r} is no duration", f"Write {_WHENS}.") from None
    if not 0 < found <= LONGEST_MS:
        raise turn.wrong(key, f"{text!r} is no time that a turn can wait", "Write 1ms to 24h.")
    return found
