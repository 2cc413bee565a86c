"""How soon the callee hears the first word, cold and warm, in every scenario in which a stream starts.

`python -m tests.first_word` prints the table of docs/performance.md, measured on the simulated clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio
from trio.testing import MockClock

from tests.placing import place
from voicecall_core.call.timing import Moment
from voicecall_core.greetings import Greetings
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS

WARM_WITHIN_S = 0.020


@dataclass(frozen=True, slots=True)
class FirstWord:
    """Seconds from the stream's start to the first frame; None if none left. `kept`: the first call's was kept."""

    streams: bool
    cold: float | None
    warm: float | None
    kept: bool


async def measured(scenario: str, folder: Path) -> FirstWord:
    """Two calls in a row, with nothing kept before the first."""
    greetings = Greetings(folder)
    cold = (await place(scenario, greetings=greetings)).call
    warm = (await place(scenario, greetings=greetings)).call
    assert not greetings.failure
    started = Moment.STARTED in cold.timing.first
    times = (cold.timing.start_to_first_audio, warm.timing.start_to_first_audio)
    return FirstWord(started, *times, kept=warm.terms.keeps_greeting)


def table() -> str:
    """One row for each scenario in which a stream starts."""
    rows = ["| scenario | cold | warm |", "| --- | ---: | ---: |"]
    for name in SCENARIOS:
        with TemporaryDirectory() as folder:
            clock = MockClock(autojump_threshold=0)
            first = trio.run(partial(measured, name, Path(folder)), clock=clock)
        if first.streams:
            warm = _ms(first.warm) if first.kept else "none is kept"
            rows.append(f"| `{name}` | {_ms(first.cold)} | {warm} |")
    return "\n".join(rows)


def _ms(seconds: float | None) -> str:
    return "never" if seconds is None else f"{max(0.0, seconds) * 1000:,.0f} ms"


if __name__ == "__main__":
    print(table())
