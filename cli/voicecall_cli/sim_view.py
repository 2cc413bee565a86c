"""How the calls on a line are shown while they last: a screen, lines, or objects. Judges nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, cast

import anyio
from rich.console import Console, RenderableType
from rich.text import Text

from voicecall_cli.console.drawable import drawable
from voicecall_cli.console.guest import GuestFile
from voicecall_cli.json_format import numbered
from voicecall_cli.sim_screen import CALLS, effect_line, screen
from voicecall_cli.sim_words import summary_lines
from voicecall_core.line.facts import CallFacts, facts_of
from voicecall_core.line.line import Line
from voicecall_core.line.program import RunningProgram
from voicecall_core.line.words import said
from voicecall_core.masking import fit_to_show
from voicecall_core.simulator.carrier.effects import Effect
from voicecall_core.simulator.verdict import LineVerdict
from voicecall_core.simulator.verdict.words import verdict_object, word

_LOOK_S, _DRAW_S = 0.1, 0.25
_READER_S = 5.0  # for a reader that takes nothing, once all is over


class SimView:
    """Shows what takes effect at the carrier. `live`: on a screen that is drawn again and again."""

    def __init__(self, out: IO[str], err: IO[str], *, plain: bool, as_json: bool) -> None:
        self._files = GuestFile(out), GuestFile(err)
        self._out, self._err = (Console(file=cast(IO[str], file), highlight=False) for file in self._files)
        self._json = as_json
        self.live = drawable(self._out) and not (plain or as_json)
        self._finished = False
        self._shown = 0

    def say(self, lines: Iterable[str]) -> None:
        """Lines for people: on standard error where objects are printed."""
        people: Console = self._err if self._json else self._out
        for line in lines:
            people.print(Text(line), soft_wrap=True)

    async def follow(self, line: Line, program: RunningProgram | None) -> None:
        """Show what happens until `finish`."""
        if self.live:
            await self._draw(line, program)
            return
        while True:
            last = self._finished
            self._show(line.carrier.log, line.carrier.forgotten_effects)
            if last:
                return
            await anyio.sleep(_LOOK_S)

    async def _draw(self, line: Line, program: RunningProgram | None) -> None:
        from rich.live import Live  # for a terminal alone

        with Live(console=self._out, auto_refresh=False, vertical_overflow="crop") as live:
            async with anyio.create_task_group() as tasks:
                if program is not None:
                    tasks.start_soon(self._echo, program)
                while not self._finished:
                    live.update(self._picture(line), refresh=True)
                    await anyio.sleep(_DRAW_S)
                tasks.cancel_scope.cancel()
            live.update(self._picture(line), refresh=True)

    def _picture(self, line: Line) -> RenderableType:
        log = line.carrier.log
        calls = line.calls
        shown = [facts_of(call, log) for call in calls[-CALLS:]]
        return screen(shown, len(calls) - len(shown), log, self._out.height)

    async def _echo(self, program: RunningProgram) -> None:
        """What the program prints stands above the screen, as text and never as terminal control."""
        async for text in program.lines():
            self._out.print(Text(fit_to_show(text)), soft_wrap=True)

    def finish(self) -> None:
        """No more will come."""
        self._finished = True

    def close(
        self,
        calls: Sequence[CallFacts],
        verdicts: Sequence[LineVerdict],
        files: Sequence[Path | None],
        code: int,
        program: int | None,
        log: Sequence[Effect],
    ) -> None:
        """What became of all."""
        if not self._json:
            self.say(("", *summary_lines(calls, verdicts, files, program, log)))
            return
        for call, verdict, file in zip(calls, verdicts, files, strict=True):
            self._object({**call_object(call, verdict), "call_file": str(file) if file is not None else None})
        self._object({"calls": len(calls), "verdict": word(verdicts), "program": program, "exit": int(code)})

    async def drained(self) -> None:
        """Wait until all is written, or its reader has taken nothing for a while."""
        for file in self._files:
            await file.drained(_READER_S)

    def _show(self, log: Sequence[Effect], forgotten: int) -> None:
        """What is new in a log whose beginning, so many effects, may be forgotten by now."""
        new, self._shown = log[max(0, self._shown - forgotten) :], forgotten + len(log)
        for effect in new:
            if self._json:
                self._object(effect_object(effect))
            else:
                self._out.print(effect_line(effect), soft_wrap=True)

    def _object(self, told: dict[str, object]) -> None:
        self._files[0].write(json.dumps(numbered(told)) + "\n")


def call_object(call: CallFacts, verdict: LineVerdict) -> dict[str, object]:
    """What became of a call, and what is wrong with it."""
    return {
        **verdict_object(verdict),
        "direction": "inbound" if call.inbound else "outbound",
        "to": call.to,
        "from": call.from_,
        "status": call.status,
        "talked_s": call.seconds,
        "hung_up_by": call.hung_up_by or None,
        "documents": list(call.documents),
        "streams": call.streams,
        "heard_s": call.heard_s,
    }


def effect_object(effect: Effect) -> dict[str, object]:
    """One thing that took effect, as `--json` prints it. What was spoken is not in it."""
    return {
        "at_ms": effect.at_ms,
        "sid": effect.sid or None,
        "effect": str(effect.what),
        "detail": effect.detail,
        "source": effect.source,
        "code": effect.code,
        "request": effect.request,
        "stream_ms": effect.stream_ms,
        "heard_ms": len(effect.audio) // 8,
        "text": said(effect),
    }
