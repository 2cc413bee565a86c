"""A recorded call shown: in time on a terminal, as a ladder anywhere else, and at its end what became of it.

Knows nothing of how a screen or a ladder is drawn.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from io import BufferedReader

import anyio
from rich.console import Console
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.diagnosis import findings
from voicecall_cli.console.drawable import drawable
from voicecall_cli.console.header import HeaderLine as Title
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.summary import summary, transcript
from voicecall_cli.console.text import counted, plain
from voicecall_cli.exits import Exit, exit_for_replay
from voicecall_cli.replay import ReplayRequest
from voicecall_core.call.phase import Phase
from voicecall_core.call.step import Call, Entry, new_call
from voicecall_core.callfile.reader import CallFile
from voicecall_core.callfile.records import Recorded
from voicecall_core.callfile.rejudging import Judged, judge_one
from voicecall_core.callfile.writer import CallFileHeader
from voicecall_core.diagnosis import Diagnosis, diagnose

_POLL_S = 0.2  # how often a file that is still written is looked at


class Feed:
    """A recording as it comes, each step judged by the live call's own `step`."""

    def __init__(self, recording: CallFile, source: BufferedReader, follow: bool) -> None:
        self.recording = recording
        self.call: Call | None = None
        self.different = 0
        self.told: list[Entry] = []
        self._source, self._follow = source, follow
        self._waiting: deque[Recorded] = deque()
        mode = os.fstat(source.fileno()).st_mode
        self.is_file = stat.S_ISREG(mode)
        self._waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(source.fileno())

    async def header(self) -> CallFileHeader:
        """The header; if the file is followed and holds nothing yet, it is waited for."""
        while self.recording.header is None:
            await self._readable()
            self.recording.prime()
            if self.recording.ended:
                if not self._follow:
                    return self.recording.opened()
                await anyio.sleep(_POLL_S)
        if self.call is None:
            self.call = new_call(self.recording.header.terms)
        return self.recording.header

    async def steps(self) -> AsyncIterator[Judged]:
        """Every step as soon as it is there; of a file that is followed until the call is over."""
        await self.header()
        while True:
            while self._waiting:
                yield self._judged(self._waiting.popleft())
            await self._readable()
            self._waiting.extend(self.recording.more())
            if self.recording.ended and not self._waiting:
                if not self._follow or self.over:
                    break
                await anyio.sleep(_POLL_S)
        for recorded in self.recording.finish():
            yield self._judged(recorded)

    @property
    def over(self) -> bool:
        """The call came to its end in what was read."""
        return self.call is not None and self.call.phase is Phase.OVER

    @property
    def exit(self) -> Exit:
        """What it comes to. One that breaks off is worth a look, and so is a call that completed with a finding."""
        if self.call is None or not self.told:
            return Exit.OK
        return exit_for_replay(self.call.ending.outcome, found=bool(self.diagnosed().findings))

    def diagnosed(self) -> Diagnosis:
        """What went wrong in what was read, if anything did."""
        assert self.call is not None and self.recording.header is not None, "the header was read"
        return diagnose(self.recording.header.terms, self.told, self.call)

    def _judged(self, recorded: Recorded) -> Judged:
        assert self.call is not None
        one = judge_one(self.call, recorded)
        self.call = one.after
        self.different += bool(one.differences)
        if (entry := recorded.entry) is not None:
            self.told.append(entry)
        return one

    async def _readable(self) -> None:
        """Wait until a pipe has something; a file always has."""
        if self._waits:
            await anyio.wait_readable(self._source.fileno())


async def show(recording: CallFile, source: BufferedReader, wishes: ReplayRequest, out: Console) -> int:
    """Show one recording to its end; it always ends in the summary."""
    feed = Feed(recording, source, wishes.follow)
    header = await feed.header()
    title = title_of(header)
    if drawable(out) and not wishes.ladder:
        from voicecall_cli.console.player import play

        await play(
            out,
            feed.steps(),
            feed.call,
            title,
            speed=wishes.speed,
            idle_limit=wishes.idle_limit,
            follow=wishes.follow,
        )
        if not wishes.follow and feed.is_file:  # a reader who left early is told all the same what became of the call
            async for _ in feed.steps():
                pass
        assert feed.call is not None
        put(out, transcript(feed.call, width=out.width))
    else:
        ladder = Ladder(out.width, ascii=not out.encoding.startswith("utf"))
        put(out, [_heading(header), *ladder.head()])
        async for one in feed.steps():
            put(out, rungs(ladder, one))
        out.print()
    assert feed.call is not None
    out.print(summary(feed.call, header=title, call_file=None))
    out.print()
    out.print(findings(feed.diagnosed()))
    put(out, remarks(recording, feed.different))
    return feed.exit


def rungs(ladder: Ladder, one: Judged) -> list[Text]:
    """One step on the ladder, with the verdicts and orders that were recorded."""
    entry = one.recorded.entry
    if one.step is None or entry is None:
        return ladder.unknown(one.recorded.at, one.recorded.unknown)
    return ladder.step(replace(one.step, verdicts=entry.verdicts, orders=entry.orders))


def title_of(header: CallFileHeader) -> Title:
    """What the views show of the header."""
    way = f"replayed: {header.scenario}" if header.scenario else "replayed"
    return Title(str(header.callee), way, bool(header.scenario))


def _heading(header: CallFileHeader) -> Text:
    terms = header.terms
    words = f"{terms.call_id}  to {header.callee}  {header.began:%Y-%m-%d %H:%M:%S}  guard {terms.policy}"
    return Text(plain(f"{words}  scenario {header.scenario}" if header.scenario else words), style=palette.STRONG)


def remarks(recording: CallFile, different: int = 0) -> Iterator[Text]:
    """What must be known of the file: what was left out of it, and whether today's judge agrees."""
    if recording.torn:
        yield _remark(f"Line {recording.torn} is torn: the file ends within it. It was left out.")
    if recording.behind:
        yield _remark(f"{counted(recording.behind, 'line')} behind the call's end left out.")
    if recording.unknown:
        kinds = ", ".join(f"{plain(name)} ({number:,})" for name, number in recording.unknown.most_common())
        total = sum(recording.unknown.values())
        yield _remark(f"{counted(total, 'step')} left out, of a type that this program does not know: {kinds}.")
    if different:
        yield _remark(f"{counted(different, 'line')} judged differently today; --check shows them.")


def _remark(words: str) -> Text:
    return Text(words, style=palette.CARE)


def put(out: Console, lines: Iterable[Text]) -> None:
    """Print lines as they are, however long."""
    for line in lines:
        out.print(line, soft_wrap=True)
