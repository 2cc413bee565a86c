"""The tests of the state machine and of the bridge notice small changes of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests import mutants
from tests.mutant_tests import SURVIVORS, TESTS

_SAMPLE = 3


def test_each_change_is_a_program_that_differs_in_one_place() -> None:
    drawn = mutants.drawn(mutants.MANY)
    assert len(drawn) >= 150
    assert {mutant.source for mutant in drawn} == set(TESTS)
    whole_of: dict[Path, str] = {}
    for mutant in drawn:
        content = mutant.path.read_bytes()
        assert content[mutant.start : mutant.end].decode() == mutant.before
        whole = whole_of.setdefault(mutant.path, ast.dump(ast.parse(content)))
        assert ast.dump(ast.parse(mutant.applied())) != whole, mutant


def test_each_change_that_is_listed_is_one_that_there_is() -> None:
    names = [mutant.name for source in TESTS for mutant in mutants.of(source)]
    assert len(names) == len(set(names))
    assert set(SURVIVORS) <= set(names)


def _run(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.mutants", *arguments]
    done = subprocess.run(command, cwd=mutants.ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(120)
def test_a_small_fixed_sample_of_changes_is_caught() -> None:
    """That the tests pass without a change is what the rest of the run shows."""
    code, said = _run("--many", str(_SAMPLE), "--proven")
    assert code == 0 and "SURVIVED" not in said, said


@pytest.mark.every
@pytest.mark.timeout(7200)
def test_95_of_100_changes_are_caught() -> None:
    code, said = _run()
    assert code == 0, said
