"""The failures met in the field are covered: every number has a rule or a reason why it has none, and none has both."""

from __future__ import annotations

import pytest

from tests.diagnosis.near_misses import FILES
from tests.failures_page import BY_HAND, COLUMNS, PAGE, rows
from voicecall_core.diagnosis import RULES
from voicecall_core.diagnosis.failures import NUMBERS, WHY_NOT
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS

RULED = {number for rule in RULES for number in rule.failures}


def test_the_numbers_are_all_there() -> None:
    assert NUMBERS == (*map(str, range(1, 65)), *(f"M{n}" for n in range(1, 41)), *(f"S{n}" for n in range(1, 18)))


def test_every_number_has_a_rule_or_a_reason() -> None:
    assert set(NUMBERS) == RULED | set(WHY_NOT)
    assert not RULED & set(WHY_NOT)
    assert all(reason.strip() for reason in WHY_NOT.values())


def test_every_number_with_a_rule_is_shown_by_a_scenario_or_a_call_file() -> None:
    by_scenario = {number for scenario in SCENARIOS.values() for number in scenario.failures}
    by_file = {number for rule in RULES for number in rule.failures if rule.name in FILES}
    assert by_scenario <= set(NUMBERS)
    assert RULED - by_scenario - by_file == set()


def test_a_scenario_of_a_failure_says_of_which() -> None:
    assert all(scenario.failures for scenario in FIELD.values())


def test_every_declared_diagnosis_is_a_rule() -> None:
    names = {rule.name for rule in RULES} | {"healthy"}
    for scenario in SCENARIOS.values():
        assert {scenario.expects.diagnosis, *scenario.expects.guard_off_diagnosis} <= names


def test_every_rule_says_what_it_looks_for_and_what_to_do() -> None:
    assert all(rule.about and rule.fix.endswith(".") and not rule.about.endswith(".") for rule in RULES)


def test_the_page_tells_every_number_and_no_other() -> None:
    told = rows(PAGE.read_text(encoding="utf-8"))
    assert tuple(told) == NUMBERS
    assert [number for number, cells in told.items() if len(cells) != COLUMNS] == []
    assert [number for number, cells in told.items() if not all(cells[n] for n in BY_HAND)] == []


def test_a_row_that_stands_on_the_page_twice_is_found() -> None:
    row = '| <a id="7"></a>7 | a | b | c | d | e | f |'
    with pytest.raises(ValueError, match="row 7"):
        rows(f"{row}\n{row}\n")
