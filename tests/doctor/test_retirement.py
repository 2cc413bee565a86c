"""Which models end when, and what a check says of it before and after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.doctor.patient import BRIEF, Illness, examined
from voicecall_core.doctor.examination import chosen
from voicecall_core.doctor.model import successor_of
from voicecall_core.doctor.subject import Subject
from voicecall_core.doctor.table import CHECKS
from voicecall_core.words.checks import CheckResult, Status


async def told(model: str, now: datetime) -> CheckResult:
    def change(subject: Subject) -> Subject:
        return replace(subject, model=replace(subject.model, brief=replace(BRIEF, model=model)))

    findings = await examined(Illness(subject=change, now=now), chosen(CHECKS, ["model-lifetime"]))
    return findings["model-lifetime"].said


async def test_before_its_end_a_model_is_a_warning_with_the_days_left() -> None:
    said = await told("gpt-realtime", datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert said.status is Status.WARNING
    assert "2027-01-20, in 59 days" in said.found
    assert said.fix == "Set VOICECALL_MODEL=gpt-realtime-2.1"


async def test_after_its_end_it_is_critical() -> None:
    said = await told("gpt-realtime-mini", datetime(2027, 1, 20, tzinfo=UTC))
    assert (said.status, said.error) == (Status.CRITICAL, "model_not_found")


@pytest.mark.parametrize("model", ["gpt-4o-realtime-preview-2024-12-17", "gpt-4o-mini-realtime-preview"])
def test_whole_families_end(model: str) -> None:
    found = successor_of(model)
    assert found is not None and found[0] == date(2027, 1, 20)


@pytest.mark.parametrize("model", ["gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-transcribe", "my-own"])
def test_others_stay(model: str) -> None:
    assert successor_of(model) is None
