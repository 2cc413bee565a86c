from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.spoiled import as_object, foreign, log
from voicecall_core.importers.log_kinds import LogKind, recognise, sniffed, tried


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("field.log", LogKind.CONSOLE),
        ("gateway.log", LogKind.CONSOLE),
        ("server.log", LogKind.SERVER),
        ("calls.jsonl", LogKind.SNAPSHOTS),
    ],
)
def test_each_kind_is_known_by_its_lines(name: str, kind: LogKind) -> None:
    assert recognise(log(name)) is kind


def test_a_file_of_objects_and_a_call_file_are_known() -> None:
    assert recognise(as_object(line, i) for i, line in enumerate(log("field.log"))) is LogKind.OBJECTS
    assert recognise([json.dumps({"voicecall": 1, "call": "abc"})]) is LogKind.CALL


def test_foreign_lines_before_the_first_telling_one_do_not_matter() -> None:
    assert recognise(foreign(10_000) + log("field.log")) is LogKind.CONSOLE


def test_a_plugins_own_line_outdoes_one_that_could_be_any_servers() -> None:
    assert recognise(['1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "POST /twiml HTTP/1.1" 200 1', *log("field.log")]) is (
        LogKind.CONSOLE
    )


def test_no_more_is_read_than_must_be() -> None:
    def lines() -> Iterator[str]:
        yield from log("field.log")
        raise AssertionError("the first line had told")

    assert recognise(lines()) is LogKind.CONSOLE


@pytest.mark.parametrize("lines", [[], [""], foreign(500), ["{}"], ["[1, 2]", "null"], ["\x00\x01\ufffd" * 50]])
def test_a_file_that_is_no_call_is_none_of_them(lines: list[str]) -> None:
    assert recognise(lines) is None


def test_what_was_tried_names_every_kind() -> None:
    assert all(f"--as {kind}" in tried() for kind in LogKind)


def test_a_pipe_is_recognised_without_losing_a_line() -> None:
    lines = foreign(100) + log("field.log") + foreign(100)
    kind, again = sniffed(iter(lines))
    assert (kind, list(again)) == (LogKind.CONSOLE, lines)


@given(st.lists(st.text(max_size=80), max_size=20))
def test_no_lines_make_it_raise(lines: list[str]) -> None:
    recognise(lines)
