from __future__ import annotations

from typing import Any

import pytest

from voicecall_core.errors import CallFileError
from voicecall_core.journal import FORMAT
from voicecall_core.replay.migrations import CONVERTERS, climbed, readable


def test_a_rung_leads_from_every_version_to_the_next() -> None:
    assert set(CONVERTERS) == set(range(1, FORMAT))


def test_an_old_line_climbs_rung_by_rung() -> None:
    def renamed(record: dict[str, Any]) -> dict[str, Any]:
        return {("at" if key == "time" else key): value for key, value in record.items()}

    def in_seconds(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "at": record["at"] / 1000} if "at" in record else record

    ladder = {1: renamed, 2: in_seconds}
    assert climbed({"time": 1500}, 1, converters=ladder, to=3) == {"at": 1.5}
    assert climbed({"at": 1500}, 2, converters=ladder, to=3) == {"at": 1.5}
    assert climbed({"at": 1.5}, 3, converters=ladder, to=3) == {"at": 1.5}


def test_a_version_without_a_rung_is_none_that_was_written() -> None:
    with pytest.raises(CallFileError, match="Format 1 is none"):
        climbed({}, 1, converters={2: dict}, to=3)


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None, [1]])
def test_a_format_is_a_counted_number(version: object) -> None:
    with pytest.raises(CallFileError) as caught:
        readable(version)
    assert caught.value.line == 1


def test_a_later_format_says_both_numbers_and_what_to_do() -> None:
    with pytest.raises(CallFileError, match=f"format {FORMAT + 1}; this program reads up to format {FORMAT}") as caught:
        readable(FORMAT + 1)
    assert caught.value.fix
