"""Chaotic calls: each a scenario put together by chance, placed whole on a clock that jumps, and judged.

`python -m tests.chaos --calls 10000 --seed 1` places them in as many processes as there are cores. A seed always makes
the same scenario and nearly always the same call: what is due at the very same moment may come in either order. One
that breaks a law, does not end, or whose outcome, diagnosis and carrier contradict each other is named, and left behind
as a call file.

Nobody looks at the single frame here: the callee's pass 25 at once, the clock goes on in tenths of a second, and a task
that can write or read at once does so before another one has its turn. What is heard is the same, what is told of it
comes up to half a second later, so nothing finer than that is judged.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: each call is made by its seed alone
from shutil import rmtree
from time import perf_counter
from typing import Any

import anyio
import trio._core._run as trio_run

from tests.jumping_clock import JumpingClock
from tests.placing import Placed, place
from tests.runtime.test_plan_space import BESIDE, CARRIER, FATAL, MODEL
from voicecall_core.diagnosis import diagnose
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Press,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.words.terms import Policy

AT_ONCE = 25
GRAIN_S = 0.1
TRIES = 5  # to see again what was wrong
CAP_S = 12.0  # of talk: what a call can come to, it comes to by then
ENDS_WITHIN_S = 900.0  # on the clock of the call: ten minutes of it may pass in the queue
CLIPS = ("hello", "answer", "question", "short", "interruption", "bye")
ODD = 0.15  # of all fields of both plans, how many are set to anything but the usual
FATAL_SHARE = 0.2  # of all calls, how many have one fault that ends a call for certain
TIMED = 0.5  # of the delays that are set, how many have a length by chance instead of one of the extremes


def scenario_of(seed: int) -> Scenario:
    """The scenario that this seed makes."""
    chance = Random(seed)
    plans: dict[str, dict[str, Any]] = {"carrier": {}, "model": {"stuck_sessions": 1}}
    for plan, space in (("carrier", CARRIER), ("model", MODEL)):
        for name, values in space.items():
            if chance.random() < ODD:
                plans[plan][name] = _value(chance, name, values)
    if chance.random() < FATAL_SHARE:
        plan, name, value = chance.choice(FATAL)
        plans[plan] |= {name: value, **BESIDE.get(name, {})}
    carrier = CarrierPlan(**plans["carrier"], frames_at_once=AT_ONCE)
    return Scenario(
        f"chaos-{seed}",
        "Put together by chance.",
        tuple(_acts(chance)),
        Expectation("", ""),
        carrier,
        ModelPlan(**plans["model"]),
        dial={"max_duration_s": CAP_S, "ring_timeout_s": 8.0},
    )


def _value(chance: Random, name: str, values: tuple[Any, ...]) -> Any:
    chosen = chance.choice(values)
    if name.endswith("_ms") and isinstance(chosen, int) and chance.random() < TIMED:
        most = max(value for value in values if isinstance(value, int))
        return min(most, round(chance.expovariate(4 / max(most, 1))))
    return chosen


def _acts(chance: Random) -> Iterator[Act]:
    """What the callee does; in the end he hangs up, or only listens."""
    for _ in range(chance.randint(0, 7)):
        match chance.choice(("wait", "speak", "speak", "listen", "listen", "into", "press")):
            case "wait":
                yield Wait(chance.randint(0, 5_000))
            case "speak":
                yield Speak(chance.choice(CLIPS))
            case "listen":
                yield Listen(patience_ms=chance.randint(1_000, 9_000))
            case "into":
                yield Listen(heard_ms=chance.randint(20, 1_500))
            case "press":
                yield Press(chance.choice("0123456789*#"))
    if chance.random() < 0.7:
        yield HangUpPhone()


def wrong_with(placed: Placed) -> list[str]:
    """What contradicts the laws, the carrier or the diagnosis; nothing if all is well."""
    call = placed.call
    outcome, found = str(call.ending.outcome), diagnose(call.terms, placed.steps, call)
    wrong = [str(law) for law in call.broken]
    if str(call.phase) != "over":
        wrong.append(f"it stands at {call.phase}")
    if call.at > ENDS_WITHIN_S:
        wrong.append(f"it took {call.at:.0f} s")
    if outcome != "completed" and found.healthy:
        wrong.append(f"{outcome}, and diagnosed as healthy")
    if harmed(placed.carrier.log):
        wrong.append("its stream was overwritten")
    if not placed.switchboard.quiet:
        wrong.append("something of it is still up")
    return wrong + _left_up(placed)


def _left_up(placed: Placed) -> list[str]:
    """Calls that stay up at the carrier and that the outcome does not name."""
    ended = {effect.sid for effect in placed.carrier.log if effect.what is What.ENDED}
    placed_there = {effect.sid for effect in placed.carrier.log if effect.sid}
    left = placed_there - ended
    return [f"{len(left)} of its calls are left up"] if left and placed.call.ending.confirmed else []


def judged(seed: int, *, folder: Path | None = None, policy: Policy = Policy.GUARD) -> tuple[int, str, list[str]]:
    """Place the call of a seed: its outcome, and what is wrong with it; if anything is, its file is in `folder`."""
    outcome, wrong = _placed(seed, policy, None)
    if wrong and folder is not None:
        for _ in range(TRIES):
            rmtree(folder / str(seed), ignore_errors=True)
            if _placed(seed, policy, folder / str(seed))[1]:
                break
    return seed, outcome, wrong


def _placed(seed: int, policy: Policy, log: Path | None) -> tuple[str, list[str]]:
    network = MemoryNetwork(eager=True)
    call = partial(place, scenario_of(seed), seed=seed, policy=policy, log=log, network=network)
    trio_run._r.seed(seed)  # who has its turn first, of all that are due at one moment
    try:
        placed = anyio.run(call, backend="trio", backend_options={"clock": JumpingClock(GRAIN_S)})
    except BaseException as error:  # a law that broke, a fault of ours, in a group or not: each is what is looked for
        if isinstance(error, KeyboardInterrupt):
            raise
        return "none", [repr(error)]
    return str(placed.call.ending.outcome), wrong_with(placed)


def _collect_seldom() -> None:
    """Modules stay, and a call leaves little behind: looking through all of it again and again is most of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


def main() -> int:
    """Place the calls, print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=Random().randrange(1_000_000_000))
    parser.add_argument("--folder", type=Path, default=Path("chaos"), help="where the files of failing calls go")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.calls)
    print(f"{chosen.calls} calls, seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    began, outcomes, failed = perf_counter(), Counter[str](), 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=_collect_seldom) as pool:
        for seed, outcome, wrong in pool.map(partial(judged, folder=chosen.folder), seeds, chunksize=20):
            outcomes[outcome] += 1
            if wrong:
                failed += 1
                print(f"seed {seed}: {'; '.join(wrong)}", flush=True)
    print(*(f"{count:6} {outcome}" for outcome, count in outcomes.most_common()), sep="\n")
    print(f"{failed} failed, in {perf_counter() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
