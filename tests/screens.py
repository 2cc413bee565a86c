"""The live view of simulated calls, twice a second, at three sizes, as text: for reading before the view is changed.

    python -m tests.screens                          the ten that are always read, into screens/
    python -m tests.screens NAME [--guard off]       one scenario, to standard output

The calls run on the mock clock: a minute of one takes seconds.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
from rich.console import Console
from trio.testing import MockClock

from tests.placing import CALL_ID, CALLEE, UNSCALED, opened_dialer
from voicecall_cli.console.footer import key_line
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.history import History, Told
from voicecall_cli.console.live import LAST_STEPS
from voicecall_cli.console.screen import screen
from voicecall_core import OutgoingCall
from voicecall_core.call.step import Call
from voicecall_core.words.terms import Policy

SIZES = ((80, 24), (120, 40), (200, 60))
EVERY_S = 0.5
TEN = (
    ("ordinary", Policy.GUARD),
    ("race", Policy.GUARD),
    ("race", Policy.NAIVE),
    ("silent-race", Policy.NAIVE),
    ("barge-in", Policy.GUARD),
    ("model-drops", Policy.GUARD),
    ("media-stalls", Policy.GUARD),
    ("stream-drops", Policy.GUARD),
    ("every-answer-hangs", Policy.GUARD),
    ("wrong-token", Policy.GUARD),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A call at one moment, in seconds since it was created, with its gauges."""

    now: float
    call: Call
    gauges: ConsoleGauges
    steps: Sequence[Told] = ()


async def sampled(name: str, policy: Policy) -> list[Sample]:
    """Place the call, and look at it every half second until it is over."""
    samples: list[Sample] = []
    async with opened_dialer(name) as dialer, anyio.create_task_group() as tasks:
        options = replace(UNSCALED, guard=policy, limits=None)
        history = History()
        call = OutgoingCall(dialer, CALLEE, options, call_id=CALL_ID, watch=history.add)

        async def look() -> None:
            began = anyio.current_time()
            while True:
                gauges = ConsoleGauges(call.gauges())
                now = max(call.call.at, anyio.current_time() - began)
                samples.append(Sample(now, call.call, gauges, history.last(LAST_STEPS)))
                await anyio.sleep(EVERY_S)

        tasks.start_soon(look)
        await call.run()
        tasks.cancel_scope.cancel()
    last = samples[-1]
    return [*samples, Sample(max(last.now, call.call.at), call.call, last.gauges, history.last(LAST_STEPS))]


def samples_of(name: str, policy: Policy) -> list[Sample]:
    """The same, from outside of any loop."""
    clock = MockClock(autojump_threshold=0)
    return anyio.run(sampled, name, policy, backend="trio", backend_options={"clock": clock})


def as_text(sample: Sample, name: str, width: int, height: int) -> str:
    """The screen of one moment, `height` lines without their trailing blanks."""
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, record=True)
    title = HeaderLine("+15•••••100", f"simulated: {name}")
    foot = key_line(sample.call, None, width=width, keys=True)
    console.print(
        screen(
            sample.call,
            sample.gauges,
            width=width,
            height=height,
            now=sample.now,
            title=title,
            steps=sample.steps,
            foot=foot,
        )
    )
    lines = console.export_text(styles=False).split("\n")
    return "\n".join(line.rstrip() for line in lines[:height])


# What is kept as text beside the tests, so that a change of the view is seen for what it is: (seconds, size).
KEPT = {
    ("barge-in", Policy.GUARD): ((1.5, 0), (3.0, 0), (9.0, 0), (9.0, 1), (12.5, 2)),
    ("race", Policy.NAIVE): ((0.5, 0), (0.5, 1), (2.0, 0)),  # later two events of one instant have no order
    ("stream-drops", Policy.GUARD): ((8.0, 0), (9.0, 0), (20.0, 0)),
}


def kept(name: str, policy: Policy) -> str:
    """The kept moments of one scenario, one below the other."""
    samples = samples_of(name, policy)
    shown = []
    for at, size in KEPT[name, policy]:
        sample = next((each for each in samples if each.now >= at - 0.01), samples[-1])
        width, height = SIZES[size]
        shown.append(f"{f'=== {sample.now:.1f} s ':=<{width}}\n{as_text(sample, name, width, height)}\n")
    return "\n".join(shown)


def pages(name: str, policy: Policy, samples: Sequence[Sample]) -> Iterator[str]:
    """Every moment at every size, each below a line that says which."""
    for sample in samples:
        for width, height in SIZES:
            head = f"=== {name}, guard {policy}, {sample.now:.1f} s, {width}x{height} "
            yield f"{head:=<{width}}\n{as_text(sample, name, width, height)}\n"


def main() -> None:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", help="a scenario; without one the ten")
    parser.add_argument("--guard", choices=[*Policy], default=Policy.GUARD)
    parser.add_argument("--into", type=Path, default=Path("screens"), help="the directory for the ten")
    wishes = parser.parse_args()
    if wishes.name:
        policy = Policy(wishes.guard)
        print("\n".join(pages(wishes.name, policy, samples_of(wishes.name, policy))))
        return
    wishes.into.mkdir(parents=True, exist_ok=True)
    for name, policy in TEN:
        path = wishes.into / f"{name}-guard-{policy}.txt"
        path.write_text("\n".join(pages(name, policy, samples_of(name, policy))), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
