"""The kept run of the outsiders: whole, nothing wrong in it, and verdicts that are told apart truly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outside.outsiders import OUTSIDERS
from tests.outside.results import VERDICTS, Checked, Result, kept
from tests.outside.run import as_json, read

PROGRAMS = Path(__file__).parent / "programs"


def test_the_kept_run_is_of_all_outsiders_in_their_order() -> None:
    assert [each.name for each in kept()] == [each.name for each in OUTSIDERS]


@pytest.mark.parametrize("result", kept(), ids=lambda result: str(result.name))
def test_nothing_is_wrong_in_the_kept_run(result: Result) -> None:
    assert {each.verdict for each in result.checks} <= set(VERDICTS)
    assert result.count("wrong") == 0 and bool(result.checks) != bool(result.skipped)
    assert all(bool(each.said) == (each.verdict != "ok") for each in result.checks)


def test_every_outsider_has_its_program() -> None:
    assert not [each.name for each in OUTSIDERS if not each.unavailable and not (PROGRAMS / each.program).exists()]


def test_what_is_kept_is_read_as_it_was(tmp_path: Path) -> None:
    run = [Result("one", {"a": "1"}, (Checked("b", "wrong", "c"),)), Result("two", skipped="there is none")]
    (tmp_path / "kept.json").write_text(as_json(run), "utf-8")
    assert kept(tmp_path / "kept.json") == run


def test_a_program_that_shows_nothing_is_wrong() -> None:
    assert read("x", ["Hello.", json.dumps({"package": "p", "version": "1"})]).count("wrong") == 1


def test_a_check_tells_ok_from_not_built_and_from_wrong() -> None:
    script = (
        "from checks import check\n"
        "with check('a'): pass\n"
        "with check('b'): raise ValueError('SMS: real, but not built into voicecall here')\n"
        "with check('c'): assert False\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROGRAMS, capture_output=True, text=True, timeout=30, check=True
    )
    assert [each.verdict for each in read("x", done.stdout.splitlines()).checks] == list(VERDICTS)
