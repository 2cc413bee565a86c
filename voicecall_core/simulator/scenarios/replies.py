"""Reads what the built-in model answers: a table of a file becomes a reply. Knows no session."""

from __future__ import annotations

import json
import re

from voicecall_core.lined_toml import Table
from voicecall_core.patterns import NoPattern, compiled
from voicecall_core.simulator.model.actor import is_pattern
from voicecall_core.simulator.scenarios.scenario import LONGEST_TEXT, ScriptedReply, ToolCall
from voicecall_core.simulator.voices import clip

REPLIES = 500
KEYS = ("when", "say", "call", "then", "hang_up", "times")
CALL_KEYS = ("tool", "with")
_SHOWN = 60  # characters of a pattern, in a sentence
_CALLS = 8  # at once
_TIMES = 1_000
_TOOL = re.compile(r"[A-Za-z0-9_-]{1,64}")  # the realtime interface's own rule for names


def replies_of(tables: tuple[Table, ...]) -> tuple[ScriptedReply, ...]:
    """The model's part. Raises SettingsError with the line of what is wrong."""
    if len(tables) > REPLIES:
        raise tables[REPLIES].wrong("", f"there are more than {REPLIES} replies")
    return tuple(_reply(table) for table in tables)


def _reply(table: Table) -> ScriptedReply:
    table.only(*KEYS)
    calls, leaves = _calls(table), table.switch("hang_up", False)
    say = _words(table, "say")
    if not say and not calls and not leaves:
        raise table.wrong("", "this reply says nothing and does nothing", "Give it say, call or hang_up.")
    if leaves and not say and not calls:
        say = clip("farewell").text
    if "then" in table and not calls:
        raise table.wrong("then", "then is said when a tool has answered, and there is no call")
    then = _words(table, "then") if "then" in table else ScriptedReply().then
    times = table.whole("times", low=1, high=_TIMES) if "times" in table else 0
    return ScriptedReply(_when(table), say, calls, then, leaves, times)


def _when(table: Table) -> str:
    when = table.text("when") if "when" in table else ""
    if is_pattern(when):
        try:
            compiled(when[1:-1])
        except NoPattern as wrong:
            shown = when if len(when) <= _SHOWN else f"{when[:_SHOWN]}\u2026"
            raise table.wrong("when", f"{shown} is no regular expression: {wrong}") from None
    elif when and not any(mark.isalnum() for mark in when):
        raise table.wrong("when", f"when is {when!r}, in which there is no word", "Write a word, or /a pattern/.")
    return when


def _words(table: Table, key: str) -> str:
    text = " ".join(table.text(key, "").split())
    if len(text) > LONGEST_TEXT:
        raise table.wrong(key, f"{key} is {len(text)} letters long", f"Write {LONGEST_TEXT} at most.")
    return text


def _calls(table: Table) -> tuple[ToolCall, ...]:
    if "call" not in table:
        return ()
    several = isinstance(table.raw("call"), list)
    one = None if several else table.table("call")
    tables = table.tables("call") if several else (one,) if one is not None else ()
    if len(tables) > _CALLS:
        raise table.wrong("call", f"there are more than {_CALLS} calls at once")
    return tuple(_call(each) for each in tables)


def _call(table: Table) -> ToolCall:
    table.only(*CALL_KEYS)
    tool = table.text("tool")
    if _TOOL.fullmatch(tool) is None:
        raise table.wrong("tool", f"{tool!r} is no name of a tool", "Up to 64 letters, digits, _ and -.")
    arguments = table.table("with")
    try:
        return ToolCall(tool, json.dumps(arguments.values if arguments is not None else {}, ensure_ascii=False))
    except TypeError:
        raise table.wrong("with", "with holds a date or a time, which JSON has not", "Write it as a text.") from None
