"""How checks are run: all at once, each bounded, only those that were asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import anyio
import pytest

from tests.doctor.faults import FAULTS, silent
from tests.doctor.patient import Illness, examined, patient
from tests.doctor.surroundings import Deaf
from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.examination import NO_NETWORK, Check, chosen, examine, worst
from voicecall_core.doctor.findings import CheckFinding, Section, critical
from voicecall_core.doctor.subject import Subject
from voicecall_core.doctor.table import CHECKS
from voicecall_core.masking import last_four, short
from voicecall_core.words.checks import CheckResult, Status, note, ok, percentiles, skipped


async def passes(room: Examination) -> CheckResult:
    return ok("fine")


async def hangs(room: Examination) -> CheckResult:
    await anyio.sleep(3600)
    return ok("never said")


async def breaks(room: Examination) -> CheckResult:
    raise ZeroDivisionError


def check(name: str, run: object = passes, **more: object) -> Check:
    return Check(name, Section.MACHINE, run, f"what {name} proves", **more)  # type: ignore[arg-type]


async def said(*checks: Check) -> dict[str, CheckFinding]:
    return await examined(Illness(), checks)


async def test_a_check_that_hangs_ends_in_its_own_time_and_holds_up_no_other() -> None:
    findings = await said(check("one", hangs, within_s=5.0, error=11205), check("two"))
    assert findings["two"].took_ms == 0
    assert findings["one"].took_ms == 5000
    assert findings["one"].said == critical("no end came within 5 s", "what one proves", error=11205)
    assert findings["one"].meaning == "no connection to our webhook"


async def test_checks_that_build_on_it_are_skipped_because_of_it() -> None:
    findings = await said(check("one", hangs), check("two", needs=("one",)), check("three", needs=("two",)))
    assert findings["two"].said == findings["three"].said == skipped("one failed")


async def test_what_only_comes_after_is_not_skipped() -> None:
    findings = await said(check("two", after=("one",)), check("one", hangs, within_s=1.0))
    assert findings["two"].said.status is Status.OK


async def test_a_bug_in_a_check_stops_no_other() -> None:
    findings = await said(check("one", breaks), check("two"))
    assert findings["one"].said.status is Status.WARNING
    assert "ZeroDivisionError" in findings["one"].said.found
    assert findings["two"].said.status is Status.OK


async def test_findings_are_told_as_they_come_and_returned_in_the_order_of_the_table() -> None:
    heard: list[str] = []
    async with patient(Illness()) as room:
        checks = (check("slow", hangs, within_s=1.0), check("quick"))
        findings = await examine(checks, room, heard=lambda finding: heard.append(finding.name))
    assert heard == ["quick", "slow"]
    assert [finding.name for finding in findings] == ["slow", "quick"]


async def test_everything_hanging_is_told_within_the_time_of_one() -> None:
    def renamed(subject: Subject) -> Subject:
        away = f"http://{Deaf.NAME}"
        return replace(
            subject,
            carrier=replace(subject.carrier, url=away),
            model=replace(subject.model, url=f"ws://{Deaf.NAME}/v1/realtime"),
        )

    began = anyio.current_time()
    findings = await examined(Illness(network=Deaf, subject=renamed, resolve=silent))
    assert anyio.current_time() - began <= 6.0
    failed = {name for name, each in findings.items() if each.said.status is Status.CRITICAL}
    assert failed == {"reached", "model-host", "dns"}


async def test_without_network_no_connection_is_made() -> None:
    async with patient(Illness()) as room:
        room.offline = True
        findings = await examine(CHECKS, room, heard=lambda finding: None)
    by_network = {finding.said.found for check, finding in zip(CHECKS, findings, strict=True) if check.network}
    assert by_network == {NO_NETWORK}
    assert {finding.said.status for finding in findings} == {Status.OK, Status.SKIPPED}


def test_a_section_or_a_name_is_chosen_with_all_that_it_needs() -> None:
    assert chosen(CHECKS, ()) == CHECKS
    names = [each.name for each in chosen(CHECKS, ["signature", "limits"])]
    assert names[:2] == ["port", "tunnel-program"]
    assert "webhook" in names and "frames" not in names and "caps" in names and "region" not in names


def test_a_word_that_names_nothing_is_told() -> None:
    with pytest.raises(KeyError, match="tunel"):
        chosen(CHECKS, ["machine", "tunel"])


def test_the_worst_of_all_counts_and_what_was_skipped_does_not() -> None:
    def status(*said: CheckResult) -> Status:
        return worst(CheckFinding("x", Section.MACHINE, each, 0) for each in said)

    assert status() is Status.OK
    assert status(ok(""), skipped("")) is Status.SKIPPED
    assert status(note(""), skipped(""), ok("")) is Status.NOTE
    assert status(critical("", ""), note("")) is Status.CRITICAL


def test_percentiles_are_values_that_occurred() -> None:
    assert percentiles([3.0]) == (3.0, 3.0)
    assert percentiles([float(n) for n in range(1, 101)]) == (50.0, 95.0)


def test_secrets_are_known_by_their_end_alone() -> None:
    assert last_four("0123456789abcdef") == "cdef"
    assert last_four("short") == ""
    assert short("AC" + "0" * 31 + "a") == "AC…000a"


async def test_no_finding_shows_a_secret_or_a_whole_number() -> None:
    for fault in FAULTS[::6]:
        async with patient(fault.ill) as room:
            findings = await examine(CHECKS, room, heard=lambda finding: None)
            carrier, model, callee = room.subject.carrier, room.subject.model, room.subject.callee
        told = json.dumps([finding.as_object() for finding in findings])
        secrets = (carrier.auth_token, carrier.api_secret, model.key, carrier.account_sid, carrier.api_key)
        numbers = [each.e164 for each in (carrier.number, callee.number) if each is not None]
        assert not [each for each in (*secrets, *numbers) if each in told]
