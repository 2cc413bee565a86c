from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.callfile.recorded import dialled
from tests.cli.console.calls import HOSTILE, SID
from voicecall_cli.console.ladder import LEAST, Ladder
from voicecall_core.call.step import new_call, step
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS, SILENT
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import Lane
from voicecall_core.words.terms import Policy, Terms
from voicecall_core.words.values import CallStatus


def drawn(events: Iterable[e.Event], width: int, *, policy: Policy = Policy.GUARD, ascii: bool = False) -> list[str]:
    ladder, call = Ladder(width, ascii=ascii), new_call(Terms("c-1", policy=policy))
    lines = ladder.head()
    for event in events:
        made = step(call, event)
        lines += ladder.step(made)
        call = made.call
    return [line.plain for line in lines]


RACE = (
    e.DialBegan(),
    e.Created(SID, at=0.2),
    e.StatusReported(CallStatus.IN_PROGRESS, SID, at=2.0),
    e.Fetched(1, 1, SID, at=2.023),
    e.UpgradeAsked(2, 1, True, at=2.12),
    e.StreamStarted(2, "MZ", SID, at=2.143),
)


def test_it_reads_as_a_phone_engineer_reads_one() -> None:
    assert drawn(RACE, 80) == [
        "          carrier         webhook          guard          bridge           model",
        "   +0.000    │               │               │ dialling      │               │",
        "             │               │               │─ open model session 1 ───────▶│",
        "             │◀───────────────────── create ─│               │               │",
        "   +0.200    │─ create answered ────────────▶│               │               │",
        "   +1.800    │─ in-progress ▶│               │ ✗ greeting fallback:          │",
        "             │               │               │   refused,    │               │",
        "             │               │               │   stream-owns-document        │",
        "   +0.023    │─ fetch 1 ────▶│               │ ✓ fetch: granted,             │",
        "             │               │               │   first-fetch │               │",
        "             │◀──────── <Connect><Stream> 1 ─│               │               │",
        "   +0.097    │─ upgrade on socket 2, generation 1 ──────────▶│               │",
        "             │               │               │ ✓ upgrade: granted,           │",
        "             │               │               │   token-valid │               │",
        "             │◀────── answer the upgrade with 101, socket 2 ─│               │",
        "   +0.023    │─ start on socket 2 ──────────────────────────▶│               │",
        "             │               │               │ ✓ start: granted,             │",
        "             │               │               │   first-start │               │",
        "             │               │               │─ audio out ──▶│               │",
    ]


def test_with_room_both_times_and_the_reasons_are_shown() -> None:
    lines = drawn(RACE, 200)
    assert "   2.023   +0.023" in lines[7] + lines[6]
    words = " ".join(line.replace("│", " ") for line in lines).split()
    assert "(reserved): the call's document belongs to its stream" in " ".join(words)


@pytest.mark.parametrize("width", [1, 60, 80, 99, 100, 120, 200, 313])
@pytest.mark.parametrize("scenario", ["agent-ends", "model-drops", "stream-drops"])
def test_it_fits_every_width(tmp_path: Path, scenario: str, width: int) -> None:
    placed = dialled(tmp_path / "call", scenario)
    lines = drawn((step.event for step in placed.steps), width)
    assert len(lines) > 40
    assert max(map(cell_len, lines)) <= max(LEAST, width)
    columns = [index for index, cell in enumerate(lines[3]) if cell == "│"]
    assert columns


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in FIELD and name not in SILENT])
def test_every_scenario_can_be_drawn(tmp_path: Path, scenario: str) -> None:
    placed = dialled(tmp_path / "call", scenario, Policy.NAIVE)
    assert drawn((step.event for step in placed.steps), 80, policy=Policy.NAIVE)


def test_what_strangers_said_is_shown_and_never_obeyed() -> None:
    said = (e.Heard(1, HOSTILE, HOSTILE, at=1), e.StreamReported(HOSTILE, HOSTILE, HOSTILE, at=2))
    lines = drawn((e.DialBegan(), *said), 120)
    assert not [line for line in lines if "\x1b" in line or "\n" in line or "\u202e" in line]
    assert max(map(cell_len, lines)) <= 120


def test_a_terminal_of_few_letters_gets_few_letters() -> None:
    assert all(line.isascii() for line in drawn(RACE, 80, ascii=True))


def test_an_event_that_is_not_known_and_one_that_nobody_sees_have_their_line() -> None:
    ladder = Ladder(80)
    [unknown] = ladder.unknown(1.5, "Teleported")
    [unseen] = ladder.remark(1.75, Lane.CARRIER, "a document takes effect", "")
    assert "not known: Teleported" in unknown.plain
    assert unseen.plain.startswith("   +0.250    │ a document takes effect")
