"""A rehearsal whose callee is played by a model: marked as not deterministic, and refused where nobody can play him."""

from __future__ import annotations

from pathlib import Path

from voicecall_core.rehearsal.rehearsal_file import read_rehearsal
from voicecall_core.rehearsal.results import Result
from voicecall_core.rehearsal.runner import Running, run_rehearsal

PLAYED = """
[rehearsal]
version = 1
about = "A man in a hurry"
[phone.played_by]
persona = "A man in a hurry"
[[expect]]
outcome = "completed"
"""


def test_it_is_told_that_no_two_runs_are_alike(tmp_path: Path) -> None:
    path = tmp_path / "played.toml"
    path.write_text(PLAYED)
    assert read_rehearsal(path).told == "A man in a hurry (not deterministic)"


def test_offline_it_is_broken_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "played.toml"
    path.write_text(PLAYED)
    run = run_rehearsal(path, "played.toml", 1, Running())
    assert run.result is Result.BROKEN and "--simulate carrier" in run.trouble
