from __future__ import annotations

import io

from rich.console import Console

from voicecall_cli.sim_screen import CALLS, screen
from voicecall_core.line.facts import CallFacts
from voicecall_core.simulator.carrier.effects import Effect, What

SID = "CA" + "0" * 28 + "4204"
CALL = CallFacts(SID, False, "+15•••••101", "+15•••••006", "in-progress", 3, "", ("Connect/Stream (fetch)",), 1, 2.5)


def drawn(calls: list[CallFacts], earlier: int, log: list[Effect], height: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=90, height=height).print(screen(calls, earlier, log, height))
    return out.getvalue().splitlines()


def test_a_call_and_what_happens_in_it() -> None:
    lines = drawn([CALL], 0, [Effect(1234, SID, What.RINGING), Effect(1500, SID, What.ANSWERED)], 24)
    assert lines[1].split() == [
        "CA…4204",
        "to",
        "+15•••••101",
        "in-progress",
        "1",
        "2.5",
        "s",
        "Connect/Stream",
        "(fetch)",
    ]
    assert lines[-2:] == ["    1.234  CA…4204  ringing", "    1.500  CA…4204  answered"]


def test_it_fits_the_screen_however_much_has_happened() -> None:
    log = [Effect(at, SID, What.WARNING, "x" * 500, code=12200) for at in range(1000)]
    lines = drawn([CALL] * CALLS, 42, log, 20)
    assert len(lines) <= 20 and "and 42 earlier" in lines
    assert all(len(line) <= 90 for line in lines) and lines[-1].startswith("    0.999")
