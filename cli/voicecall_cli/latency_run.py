"""Measures recordings, and says what was found: for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.summary import reply_words
from voicecall_cli.console.text import clock, counted, plain, span
from voicecall_cli.dial_summary import reply_object
from voicecall_cli.exits import Exit
from voicecall_cli.json_format import numbered
from voicecall_core.call.replies import ReplyTimes, reply_times
from voicecall_core.media.latency import RecordedLatency, measure, told
from voicecall_core.media.turns import TimedReply

_NONE = "Is the callee left and the agent right? If not, --swap."


def measure_files(files: Sequence[Path], *, swap: bool, as_json: bool) -> int:
    """Measure each file and, of several, all together. Raises SettingsError for one that cannot be measured."""
    console = Console(highlight=False, soft_wrap=True)
    done = []
    for path in files:
        one = measure(path, swap=swap)
        done.append(one)
        if as_json:
            print(json.dumps(_file_object(one)), flush=True)
        else:
            _show(console, one)
    if as_json:
        print(json.dumps(_closing_object(done)), flush=True)
    elif len(done) > 1:
        console.print(Text.assemble((counted(len(done), "file"), palette.STRONG)))
        _rows(console, _together(done), _worst_of(done), files=True)
    return Exit.OK


def _together(done: Sequence[RecordedLatency]) -> ReplyTimes:
    return reply_times(told(reply) for one in done for reply in one.replies)


def _worst_of(done: Sequence[RecordedLatency]) -> tuple[RecordedLatency, TimedReply] | None:
    """The reply that was waited for longest, and its file."""
    found = [(one, one.worst) for one in done]
    replies = [(one, worst) for one, worst in found if worst is not None]
    return max(replies, key=lambda each: each[1].wait_ms, default=None)


# --- for people ---


def _show(console: Console, one: RecordedLatency) -> None:
    first = "the agent is not heard"
    if one.first_word_s is not None:
        first = f"the agent's first word at {_moment(round(one.first_word_s * 1000))}"
    about = f": {clock(one.length_s)} long, {first}"
    console.print(Text.assemble((plain(str(one.path)), palette.STRONG), about))
    if one.cut_short:
        console.print(Text("  The file ends before its own head says.", style=palette.CARE))
    _rows(console, one.times, _worst_of([one]))
    if not one.replies:
        console.print(Text(f"  {_NONE}"))


def _rows(
    console: Console, times: ReplyTimes, worst: tuple[RecordedLatency, TimedReply] | None, *, files: bool = False
) -> None:
    console.print(Text("  replies  ").append_text(reply_words(times)))
    if worst is not None:
        one, reply = worst
        where = f", {plain(str(one.path))}" if files else ""
        at = f"at {_moment(reply.sounded_ms)} in the file{where}"
        console.print(Text(f"  longest  {at}: {span(reply.wait_ms / 1000)} after the callee's last speech"))


def _moment(ms: int) -> str:
    """A time in a file, to a tenth of a second."""
    return f"{clock(ms // 1000)}.{ms % 1000 // 100}"


# --- as JSON ---


def _file_object(one: RecordedLatency) -> dict[str, object]:
    worst = one.worst
    return numbered(
        {
            "file": str(one.path),
            "length_s": one.length_s,
            "cut_short": one.cut_short,
            "first_word_s": one.first_word_s,
            **_figures(one.times),
            "worst_reply_at_s": None if worst is None else worst.sounded_ms / 1000,
            "turns": [_turn_object(reply) for reply in one.replies],
        }
    )


def _turn_object(reply: TimedReply) -> dict[str, object]:
    return {
        "spoke_s": reply.spoke_ms / 1000,
        "sounded_s": reply.sounded_ms / 1000,
        "waited_s": None if reply.over else reply.wait_ms / 1000,
        "over": reply.over,
        "barge_in": reply.barge_in,
    }


def _closing_object(done: Sequence[RecordedLatency]) -> dict[str, object]:
    worst = _worst_of(done)
    return numbered(
        {
            "files": len(done),
            **_figures(_together(done)),
            "worst_reply_file": None if worst is None else str(worst[0].path),
            "worst_reply_at_s": None if worst is None else worst[1].sounded_ms / 1000,
            "exit": int(Exit.OK),
        }
    )


def _figures(times: ReplyTimes) -> dict[str, object]:
    """As of a call; whose a wait was is not in a recording."""
    return {name: value for name, value in reply_object(times).items() if "ours" not in name and "model" not in name}
