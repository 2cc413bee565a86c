"""`pytest --voicecall` in a project of its own: rehearsal files beside tests, told in the sentences of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from tests.cli.test_rehearsing import rehearsal
from tests.write_docs import ROOT


def run_pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "cli")))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_rehearsals_are_collected_and_fail_in_the_same_sentences() -> None:
    Path("test_own.py").write_text("def test_own(): pass\n")
    rehearsal("rehearsals/good.toml")
    rehearsal("rehearsals/bad.toml", expect='ended_by = "agent"')
    rehearsal("rehearsals/unjudged.toml", expect='judged = "Polite?"')
    Path("rehearsals/agent.toml").write_text("version = 1\n")
    told = run_pytest("--voicecall", "--voicecall-skip-judged", "--junit-xml", "j.xml", "-W", "error", "-rA")
    assert told.returncode == 1, told.stdout + told.stderr
    assert "PASSED rehearsals/good.toml::rehearsal" in told.stdout
    assert "PASSED rehearsals/unjudged.toml::rehearsal" in told.stdout and 'line 11: judged = "Polite?"' in told.stdout
    assert "PASSED test_own.py::test_own" in told.stdout
    assert "FAILED rehearsals/bad.toml::rehearsal" in told.stdout
    lines = told.stdout.splitlines()
    sentence = next(line for line in lines if line.startswith('rehearsals/bad.toml:11: ended_by = "agent": at '))
    assert sentence.endswith("s, what ended the call: callee.")
    assert len(list(xml.parse("j.xml").iter("testcase"))) == 4


def test_what_is_wrong_with_a_file_is_told_when_it_is_collected() -> None:
    rehearsal("rehearsals/wrong.toml", expect="sayd = 1")
    told = run_pytest("--voicecall", "--collect-only", "-q")
    assert told.returncode == 2
    assert (
        "rehearsals/wrong.toml: line 11: nothing can be expected by the name of sayd. Did you mean said?" in told.stdout
    )
    assert "Traceback" not in told.stdout


@pytest.mark.every
def test_nothing_is_collected_that_nobody_asked_for() -> None:
    rehearsal("rehearsals/good.toml")
    assert run_pytest("-q").returncode == 5
