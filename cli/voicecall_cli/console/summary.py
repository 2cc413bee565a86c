"""What is left to say when a call is over. Knows nothing of the screen that was there before."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from voicecall_cli.console import header, palette
from voicecall_cli.console.blocked import is_expected
from voicecall_cli.console.conversation import whole_conversation
from voicecall_cli.console.footer import cost_words
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.text import counted, lasted, plain, span
from voicecall_cli.console.verdicts import law_words, ruling_word
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.endings import Outcome
from voicecall_core.call.first_word import first_word
from voicecall_core.call.guard import Verdict
from voicecall_core.call.replies import ReplyTimes, longest_wait_s, reply_times
from voicecall_core.call.state import Call
from voicecall_core.call.timing import Moment
from voicecall_core.call.tool_lines import with_tools
from voicecall_core.words.terms import Kind

_LAWS_SHOWN = 5


def transcript(call: Call, *, width: int) -> list[Text]:
    """What was said, as the callee heard it: what stays in the terminal when the screen is gone."""
    return whole_conversation(with_tools(call, as_heard(call, call.at)), width=width)


def summary(call: Call, *, header: HeaderLine, call_file: Path | None) -> RenderableType:
    """Outcome, durations, headlines, verdicts, cost, broken laws, and what can be typed now; fits 80 columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style=palette.FAINT)
    table.add_column(overflow="fold")
    for name, words in summary_rows(call, header):
        table.add_row(f"  {name}", words)
    if call_file is not None:
        table.add_row("  call file", Text(plain(str(call_file))))
        table.add_row("  look again", Text(f"voicecall replay {shlex.quote(plain(str(call_file)))}"))
    return Group(_outcome(call), table, *_warning(call, header))


def _outcome(call: Call) -> Text:
    """The outcome and its cause; while there is none, that the call was left."""
    outcome = call.ending.outcome
    if outcome is None:
        return Text("left before the call was over", style=palette.BAD)
    style = palette.of_outcome(outcome)
    cause = header.cause(call)
    return Text.assemble((str(outcome), f"bold {style}"), f": {cause}" if cause else "")


def summary_rows(call: Call, header: HeaderLine) -> list[tuple[str, Text]]:
    """What there is to say of a call, each with its name."""
    rows = [("called", Text(f"{plain(header.callee)}, call {plain(call.terms.call_id)}"))]
    if header.way:
        rows[0][1].append(f", {plain(header.way)}")
    if call.sid:
        rows.append(("carrier's SID", Text(plain(call.sid))))
    rows.append(("durations", Text(_durations(call))))
    if call.terms.kind is Kind.STREAM:
        rows += [
            ("first word", _first_word(call)),
            ("greeting", _greeting(call)),
            ("replies", reply_words(reply_times(call.heard.replies))),
            ("longest wait", _longest_wait(call)),
        ]
    rows.append(("guard", _verdicts(call)))
    if call.terms.kind is Kind.STREAM:
        rows.append(("model", Text(f"{plain(call.terms.model)}: {cost_words(call)}" if call.terms.model else "")))
    if left_out := call.transcript.left_out:
        lines = counted(left_out, "line")
        rows.append(("left out", Text(f"the oldest {lines} of what was said; a call file has them all")))
    return [*rows, *_laws(call)]


def _durations(call: Call) -> str:
    """How long it rang and how long people talked; up to the last event, if the call was left."""
    first = call.timing.first
    over = first.get(Moment.OVER, call.at)
    end = first.get(Moment.ENDING, over)
    dialled, rang, answered = (first.get(each) for each in (Moment.DIALLED, Moment.RANG, Moment.ANSWERED))
    words = []
    if rang is not None:
        words.append(f"rang {lasted(max(0.0, (end if answered is None else answered) - rang))}")
    if answered is not None:
        words.append(f"answered after {lasted(answered - (dialled or 0.0))}")
        started = first.get(Moment.STARTED)  # without a stream there was nobody to talk to
        words.append(f"up for {lasted(end - answered)}" if started is None else f"talked {lasted(end - started)}")
    return ", ".join([*words, f"{lasted(over - (dialled or 0.0))} in all"])


def _first_word(call: Call) -> Text:
    start, answer = call.timing.start_to_first_audio, call.timing.answer_to_first_audio
    if start is None and answer is None:
        return Text("none was sent", style=palette.BAD if call.answered else "")
    style = palette.STRONG if answer is None else palette.of_wait(answer)
    word = palette.wait_word(answer) if answer is not None else ""
    return Text.assemble(
        (span(start), palette.STRONG),
        " after the stream's start, ",
        (span(answer), style),
        " after the answer",
        f" ({way})" if (way := first_word(call)) is not None else "",
        (f": {word}" if word else "", style),
    )


def reply_words(times: ReplyTimes) -> Text:
    """How long the callee waited for the agent's replies, from his last speech to their first audible sound."""
    over = f"; {times.over:,} began over the callee" if times.over else ""
    if times.p50_s is None or times.p95_s is None or times.worst_s is None:
        return Text(f"none was measured{over}")
    words = Text.assemble(
        f"{times.count:,}: p50 ",
        (span(times.p50_s), palette.of_wait(times.p50_s)),
        f", p95 {span(times.p95_s)}, longest ",
        (span(times.worst_s), palette.of_wait(times.worst_s)),
    )
    if times.ours_p50_s is not None:
        words.append(f"; ours: p50 {span(times.ours_p50_s)}")
    return words.append(over)


def _longest_wait(call: Call) -> Text:
    """The longest silence that the callee waited through, after the answer or after something that he had said."""
    longest = longest_wait_s(call)
    style = palette.BAD if longest >= call.terms.patience_s else palette.STRONG
    return (
        Text.assemble((span(longest), style), " for a sound of the agent") if call.answered else Text("nobody waited")
    )


def _greeting(call: Call) -> Text:
    bad = call.answered and not call.conversation.heard
    return Text(header.greeting(call), style=palette.BAD if bad else "")


def _verdicts(call: Call) -> Text:
    """How many decisions the guard made, and how many of each kind; a refusal that was expected is no alarm."""
    kinds = Counter(_kind(verdict) for _, verdict in call.verdicts)
    words = Text(counted(call.verdicts.total, "verdict"))
    for index, ((word, style), number) in enumerate(kinds.most_common()):
        words.append(", " if index else ": ")
        words.append(f"{number:,} {word}", style=style)
    return words


def _kind(verdict: Verdict) -> tuple[str, str]:
    if is_expected(verdict):
        return f"{ruling_word(verdict)} as expected", palette.FAINT
    if palette.is_harm(verdict):  # else a bug's cause is counted as one granted more
        return "let through unguarded", palette.BAD
    return ruling_word(verdict), palette.of_verdict(verdict)


def _laws(call: Call) -> list[tuple[str, Text]]:
    """The laws that were broken, the first ones first; nothing if all were kept."""
    rows = [
        ("" if index else "broken", Text(f"{law_words(law)} (at {law.at:.3f} s)", style=palette.BAD))
        for index, law in enumerate(call.broken[:_LAWS_SHOWN])
    ]
    more = len(call.broken) - _LAWS_SHOWN
    return [*rows, ("", Text(f"and {more:,} more", style=palette.BAD))] if more > 0 else rows


def _warning(call: Call, header: HeaderLine) -> list[Text]:
    """What to type for a call whose end nobody has confirmed; a simulated one has ended with its program."""
    left = call.ending.outcome is None and call.sid
    if header.simulated or (not left and call.ending.outcome is not Outcome.UNCONFIRMED):
        return []
    words = Text.assemble(
        ("The call may still be up. End it with", palette.BAD), "\n", f"  voicecall hangup {plain(call.sid)}"
    )
    return [Text(), words]
