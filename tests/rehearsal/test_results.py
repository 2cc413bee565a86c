from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.rehearsal.baseline import (
    Baseline,
    Figures,
    Tolerances,
    figures_of,
    read_baseline,
    regressions,
    write_baseline,
)
from voicecall_core.rehearsal.judge import Judgement, Verdict
from voicecall_core.rehearsal.results import Result, Run, Spread, Tally, spread, tallies
from voicecall_core.rehearsal.selection import selection

HELD = Verdict(3, "said", Judgement.PASSED, "it was said", 1.0)
MISSED = Verdict(7, 'reply_within = "1s"', Judgement.FAILED, "the reply took 1.60 s", 7.25)
UNASKED = Verdict(9, "judged", Judgement.NOT_JUDGED, "No text model was asked")


def run(*verdicts: Verdict, **changes: Any) -> Run:
    return Run(**{"name": "order.toml", "verdicts": verdicts, "waits_s": (0.5, 1.0), "cost_usd": 0.1, **changes})


def test_a_run_passes_if_everything_held() -> None:
    assert run(HELD).result is Result.PASSED
    assert run(HELD, MISSED).result is Result.FAILED
    assert run(trouble="it has no agent").result is Result.BROKEN


def test_what_nobody_judged_has_not_passed_unless_that_was_asked_for() -> None:
    assert run(HELD, UNASKED).missed == (UNASKED,)
    skipping = run(HELD, UNASKED, MISSED, skip_judged=True)
    assert (skipping.missed, skipping.skipped) == ((MISSED,), (UNASKED,))


def test_a_failure_is_told_with_its_line_and_its_moment() -> None:
    told = ['order.toml:7: reply_within = "1s": at 7.25 s, the reply took 1.60 s.']
    assert run(HELD, MISSED).sentences() == told
    assert run(trouble="there was no call.").sentences() == ["order.toml: there was no call."]


def test_runs_of_one_rehearsal_belong_together() -> None:
    first, second = tallies([run(HELD, number=2), replace(run(HELD), name="b"), run(MISSED)])
    assert [each.number for each in first.runs] == [1, 2]
    assert (first.passed, first.pass_rate, first.result, second.result) == (1, 0.5, Result.FAILED, Result.PASSED)
    assert first.waits_s == [0.5, 1.0, 0.5, 1.0] and first.cost_usd == 0.2


def test_how_values_lie_is_nothing_where_there_are_none() -> None:
    assert spread([]) == Spread()
    assert spread([3.0, 1.0, 2.0]).worst == 3.0 and spread([3.0, 1.0, 2.0]).p50 == 2.0


USUAL = Tally("order.toml", "", (run(HELD, first_word_s=0.1),))


def test_a_baseline_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "baseline.json"
    write_baseline(path, [USUAL])
    assert read_baseline(path) == Baseline({"order.toml": Figures(1, 1.0, 500, 1000, 100, 0.1)})


def test_renewing_a_baseline_keeps_its_tolerances_and_what_was_not_run(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [USUAL, replace(USUAL, name="other.toml")])
    record = json.loads(path.read_text())
    record["tolerances"]["latency"] = 0.5
    path.write_text(json.dumps(record))
    write_baseline(path, [Tally("order.toml", "", (run(MISSED),))])
    renewed = read_baseline(path)
    assert renewed.tolerances.latency == 0.5
    assert (renewed.figures["order.toml"].pass_rate, renewed.figures["other.toml"].pass_rate) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({"waits_s": (0.5, 1.2)}, ""),  # within a fifth
        ({"waits_s": (0.5, 1.21)}, "reply_p95_ms"),
        ({"waits_s": (0.61, 1.0)}, "reply_p50_ms"),
        ({"first_word_s": 0.2}, ""),  # twice as long, and only 100 ms
        ({"first_word_s": 0.21}, "first_word_p50_ms"),
        ({"verdicts": (MISSED,)}, "pass_rate"),
        ({"cost_usd": 0.12}, ""),
        ({"cost_usd": 0.13}, "cost_usd"),
        ({"cost_usd": None, "waits_s": ()}, ""),
        ({"name": "new.toml", "verdicts": (MISSED,)}, ""),
    ],
)
def test_what_is_worse_than_before_beyond_the_tolerances(changes: dict[str, Any], figure: str) -> None:
    before = Baseline({USUAL.name: figures_of(USUAL)})
    now = replace(USUAL.runs[0], **changes)
    found = regressions(before, [Tally(now.name, "", (now,))])
    assert [each.figure for each in found] == ([figure] if figure else [])


def test_tolerances_can_be_wider() -> None:
    before = Baseline({USUAL.name: figures_of(USUAL)}, Tolerances(latency=2.0, pass_rate=1.0, cost=1.0))
    now = replace(USUAL.runs[0], waits_s=(0.5, 2.9), verdicts=(MISSED,), cost_usd=0.2)
    assert regressions(before, [Tally(now.name, "", (now,))]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"voicecall_baseline": 2, "rehearsals": {}}',
        '{"voicecall_baseline": 1}',
        '{"voicecall_baseline": 1, "rehearsals": {"a": {"runs": 1}}}',
        '{"voicecall_baseline": 1, "rehearsals": {"a": {"runs": 1, "pass_rate": "all"}}}',
        '{"voicecall_baseline": 1, "rehearsals": {}, "tolerances": {"luck": 1}}',
        '{"voicecall_baseline": 1, "rehearsals": {}, "tolerances": {"cost": -1}}',
        '{"voicecall_baseline": 1, "rehearsals": {}, "tolerances": {"cost": null}}',
        '{"voicecall_baseline": 1, "rehearsals": {"a": {"runs": 1, "pass_rate": null}}}',
        '{"voicecall_baseline": 1, "rehearsals": []}',
        "[" * 100_000,
    ],
)
def test_what_is_no_baseline_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="is no baseline"):
        read_baseline(path)


def test_a_baseline_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read") as failed:
        read_baseline(tmp_path / "none.json")
    assert "--update-baseline" in failed.value.fix


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("order", ["rehearsals/order.toml", "rehearsals/slow_order.toml"]),
        ("ORDER and not slow", ["rehearsals/order.toml"]),
        ("slow or greeting", ["rehearsals/slow_order.toml", "rehearsals/greeting.toml"]),
        ("not (slow or greeting)", ["rehearsals/order.toml"]),
        ("not not greeting", ["rehearsals/greeting.toml"]),
        ("order and (slow or greeting)", ["rehearsals/slow_order.toml"]),
    ],
)
def test_rehearsals_are_chosen_as_tests_are(text: str, meant: list[str]) -> None:
    names = ["rehearsals/order.toml", "rehearsals/slow_order.toml", "rehearsals/greeting.toml"]
    fits = selection(text)
    assert [name for name in names if fits(name)] == meant


@pytest.mark.parametrize("text", ["", "and", "a and", "a b", "(a", "a)", "not", "()", "(" * 90 + "a" + ")" * 90])
def test_a_choice_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        selection(text)
