"""Each rule by a call that it fits and a near miss that it does not: one event dropped, moved or added.

What a call is to be called is said by the file's header or by its scenario, never by the rule.
"""

from __future__ import annotations

import pytest

from tests.diagnosis.made import MADE
from tests.diagnosis.near_misses import FILES, diagnosed, missed, read
from voicecall_core.diagnosis import RULES


def test_every_rule_has_its_call_and_no_call_is_without_a_rule() -> None:
    assert {rule.name for rule in RULES} == set(FILES) | set(MADE)
    assert not set(FILES) & set(MADE)


@pytest.mark.parametrize("name", FILES)
def test_a_call_by_hand_and_its_near_miss(name: str) -> None:
    terms, steps, header = read(FILES[name])
    found = diagnosed(terms, steps)
    assert found.rule == header["expects"]
    near = diagnosed(terms, missed(steps, header["miss"]))
    assert header["expects"] not in [finding.rule for finding in near.findings]
