"""Each fault changes exactly the check that is named for it; a healthy set-up changes none."""

from __future__ import annotations

import pytest

from tests.doctor.faults import FAULTS, Fault
from tests.doctor.patient import Illness, examined
from voicecall_core.carriers.twilio.errors import known
from voicecall_core.doctor.findings import CheckFinding
from voicecall_core.doctor.table import CHECKS
from voicecall_core.words.checks import Status


async def test_a_healthy_set_up_raises_nothing() -> None:
    findings = await examined(Illness())
    assert list(findings) == [check.name for check in CHECKS]
    assert {name: each.said for name, each in findings.items() if each.said.status is not Status.OK} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.about.replace(" ", "-"))
async def test_a_fault_changes_its_own_check_and_no_other(fault: Fault) -> None:
    findings = await examined(fault.ill)
    assert {name for name, each in findings.items() if each.said.status not in (Status.OK, Status.SKIPPED)} == {
        fault.check
    }, told(findings)
    because = {each.said.found for each in findings.values() if each.said.status is Status.SKIPPED}
    assert because <= {f"{fault.check} failed"}
    said = findings[fault.check].said
    assert (said.status, said.error) == (fault.status, fault.error), said
    assert fault.fix in said.fix
    assert said.found and said.expected


def told(findings: dict[str, CheckFinding]) -> list[str]:
    return [f"{name}: {each.said}" for name, each in findings.items() if each.said.status is not Status.OK]


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {fault.check for fault in FAULTS} == {check.name for check in CHECKS}


def test_every_error_is_one_that_is_explained() -> None:
    assert {fault.error for fault in FAULTS if isinstance(fault.error, int) and fault.error} <= known()


def test_checks_need_checks_that_exist_and_come_before() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for check in CHECKS:
        assert set(check.needs) <= set(names[: names.index(check.name)]), check.name
        assert set(check.after) <= set(names), check.name


async def test_one_peer_with_a_wrong_date_is_not_our_clock() -> None:
    findings = await examined(Illness(carrier_ahead_s=600.0))
    assert findings["clock"].said.status is Status.OK
