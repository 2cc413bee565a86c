"""The museum is covered: every number has a rule or a reason why it has none, and none has both."""

from __future__ import annotations

from tests.diagnosis.near_misses import FILES
from voicecall_core.diagnosis import RULES
from voicecall_core.diagnosis.museum import NUMBERS, WHY_NOT
from voicecall_core.simulator.museum_scenarios import MUSEUM
from voicecall_core.simulator.scenarios import SCENARIOS

RULED = {number for rule in RULES for number in rule.museum}


def test_the_numbers_are_all_there() -> None:
    assert NUMBERS == (*map(str, range(1, 65)), *(f"M{n}" for n in range(1, 41)))


def test_every_number_has_a_rule_or_a_reason() -> None:
    assert set(NUMBERS) == RULED | set(WHY_NOT)
    assert not RULED & set(WHY_NOT)
    assert all(reason.strip() for reason in WHY_NOT.values())


def test_every_number_with_a_rule_is_shown_by_a_scenario_or_a_call_file() -> None:
    by_scenario = {number for scenario in SCENARIOS.values() for number in scenario.museum}
    by_file = {number for rule in RULES for number in rule.museum if rule.name in FILES}
    assert by_scenario <= set(NUMBERS)
    assert RULED - by_scenario - by_file == set()


def test_a_scenario_of_the_museum_is_named_after_a_number_of_its_own() -> None:
    for name, scenario in MUSEUM.items():
        assert scenario.museum
        assert name.removeprefix("museum-") in scenario.museum or not name.startswith("museum-")


def test_every_declared_diagnosis_is_a_rule() -> None:
    names = {rule.name for rule in RULES} | {"healthy"}
    for scenario in SCENARIOS.values():
        assert {scenario.expects.diagnosis, *scenario.expects.guard_off_diagnosis} <= names


def test_every_rule_says_what_it_looks_for_and_what_to_do() -> None:
    assert all(rule.about and rule.fix.endswith(".") and not rule.about.endswith(".") for rule in RULES)
