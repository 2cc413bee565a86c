"""The first report's race is known in whatever words and wrappings its log comes."""

from __future__ import annotations

import pytest

from tests.importers.disguises import DISGUISES
from tests.importers.spoiled import told
from voicecall_core.diagnosis import Sure


@pytest.mark.parametrize("name", DISGUISES)
def test_the_race_is_named_with_its_lines_and_what_to_do(name: str) -> None:
    lines, (write, served) = DISGUISES[name]
    (call,) = told(lines).calls
    found = call.diagnosis.findings[0]
    assert (found.rule, found.sure) == ("race", Sure.LIKELY)
    assert [proof.line for proof in found.proof] == [write, served]
    assert "speak the greeting through the stream alone" in found.fix


def test_there_are_fifteen_disguises_and_more() -> None:
    assert len(DISGUISES) >= 15
