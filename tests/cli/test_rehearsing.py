"""`voicecall test`: which rehearsals are run, what is told of them, and what it says to the shell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import until
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_cli.rehearsing import run as rehearsing_run
from voicecall_cli.rehearsing.found import find_rehearsals
from voicecall_cli.rehearsing.pool import Job, Pool, Runner
from voicecall_cli.rehearsing.run import rehearse_all
from voicecall_cli.test import Simulated, Wanted
from voicecall_core.errors import SettingsError
from voicecall_core.rehearsal.results import Run
from voicecall_core.rehearsal.runner import Running
from voicecall_core.whole_file import write_whole

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]

SHORT = """
[rehearsal]
version = 1
about = "{about}"
[phone]
answers_after = "100ms"
[[phone.turn]]
hang_up = true
when = "over agent"
[[expect]]
{expect}
"""


def rehearsal(name: str, expect: str = 'ended_by = "callee"', about: str = "Hangs up at once") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHORT.format(about=about, expect=expect), "utf-8")
    return path


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# --- which ---


def test_folders_are_searched_for_what_has_a_rehearsal_in_it() -> None:
    for name in ("rehearsals/b.toml", "rehearsals/deep/a.toml", "mine.toml"):
        rehearsal(name)
    Path("rehearsals/agent.toml").write_text("version = 1\n")
    Path("rehearsals/note.txt").write_text("[rehearsal]\n")
    assert [each.rehearsal.name for each in find_rehearsals([])] == ["rehearsals/b.toml", "rehearsals/deep/a.toml"]
    found = find_rehearsals([Path("mine.toml"), Path("rehearsals"), Path("rehearsals/b.toml")])
    assert [each.path.name for each in found] == ["mine.toml", "b.toml", "a.toml"]


def test_words_choose_by_file_and_description() -> None:
    rehearsal("rehearsals/a.toml", about="Orders a pizza")
    rehearsal("rehearsals/b.toml", about="Complains")
    assert [each.path.name for each in find_rehearsals([], "pizza")] == ["a.toml"]
    assert [each.path.name for each in find_rehearsals([], "not pizza and rehearsals")] == ["b.toml"]


@pytest.mark.parametrize(
    ("paths", "chosen", "says"),
    [
        ([], "", "There is no folder rehearsals here"),
        ([Path("gone.toml")], "", "gone.toml is not there"),
        ([Path("empty")], "", "There is no rehearsal in empty"),
        ([Path("some")], "nothing", "No rehearsal fits -k 'nothing'"),
        ([Path("some/agent.toml")], "", "some/agent.toml: line 1: there is no 'version' here"),
    ],
)
def test_where_there_is_none_that_is_told(paths: list[Path], chosen: str, says: str) -> None:
    Path("empty").mkdir()
    rehearsal("some/a.toml")
    Path("some/agent.toml").write_text("version = 1\n")
    with pytest.raises(SettingsError) as failed:
        find_rehearsals(paths, chosen)
    assert says in failed.value.message


def test_everything_that_is_wrong_is_told_at_once_with_its_lines_and_nothing_is_run() -> None:
    rehearsal("rehearsals/a.toml", expect="sayd = 1")
    rehearsal("rehearsals/b.toml", expect='outcome = "fine"')
    rehearsal("rehearsals/c.toml")
    Path("rehearsals/d.toml").write_text("[rehearsal]\nversion = 1\nagent = 'gone.toml'\n[phone]\n")
    Path("rehearsals/e.toml").write_text("[rehearsal]\nversion = 2\n[phone]\n[[expect]]\nlaws = 'kept'\n")
    Path("rehearsals/f.toml").write_text("[rehearsal]\nversion = 1\n[phone]\n")
    Path("rehearsals/g.toml").write_text("[rehearsal]\nversion = 1\n[phone]\nringz = 2\n[[expect]]\nlaws = 'kept'\n")
    Path("agent.toml").write_text("version = 1\n[variables]\nname = {}\n")
    head = "[rehearsal]\nversion = 1\nagent = '../agent.toml'\n"
    Path("rehearsals/h.toml").write_text(f"{head}[rehearsal.set]\nnam = 'Ada'\n[phone]\n[[expect]]\nlaws = 'kept'\n")
    Path("rehearsals/i.toml").write_text(f"[rehearsal]\nversion = 1\nagent = '{'x' * 300}'\n[phone]\n")
    with pytest.raises(SettingsError) as failed:
        find_rehearsals([])
    lines = failed.value.message.splitlines()
    assert lines[0].startswith("rehearsals/a.toml: line 11: nothing can be expected by the name of sayd")
    assert lines[1].startswith("rehearsals/b.toml: line 11: there is no outcome 'fine'")
    assert lines[2].startswith("rehearsals/d.toml: line 3: agent names rehearsals/gone.toml, which is not there")
    assert lines[3].startswith("rehearsals/e.toml: line 2: version is 2")
    assert lines[4].startswith("rehearsals/f.toml: line 1: nothing is expected")
    assert lines[5].startswith("rehearsals/g.toml: line 4: ") and "Did you mean rings?" in lines[5]
    assert lines[6].startswith("rehearsals/h.toml: line 5: nam: agent.toml has no such variable")
    assert lines[7].startswith("rehearsals/i.toml: line 3: agent names ")
    assert len(lines) == 8


def test_a_list_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    rehearsal("rehearsals/a.toml")
    assert rehearse_all(Wanted(only_list=True)) == Exit.OK
    assert capsys.readouterr().out == "rehearsals/a.toml  Hangs up at once\n"


# --- what comes of it ---


def test_one_that_fails_is_told_with_line_and_moment_and_in_the_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rehearsal("rehearsals/a.toml")
    rehearsal("rehearsals/b.toml", expect='ended_by = "agent"')
    reports: dict[str, Any] = {
        "junit": Path("j.xml"),
        "html": Path("r.html"),
        "update_baseline": Path("b.json"),
        "log": Path("calls"),
    }
    assert rehearse_all(Wanted(as_json=True, **reports)) == Exit.DIFFERENT
    *runs, closing = objects(capsys.readouterr().out)
    by_name = {each["rehearsal"]: each for each in runs}
    assert by_name["rehearsals/a.toml"]["result"] == "passed"
    (expected,) = by_name["rehearsals/b.toml"]["expectations"]
    assert (expected["line"], expected["result"]) == (11, "failed")
    assert expected["at_s"] and expected["pii_what"] == "what ended the call: callee"
    assert (closing["passed"], closing["failed"], closing["exit"]) == (1, 1, 1)
    for run in runs:
        assert Path(run["call_file"]).is_file() and Path(run["call_file"]).with_suffix(".wav").is_file()
    assert all(path.stat().st_size for path in reports.values())
    assert Path("r.html").read_text("utf-8").count("data:audio/wav") == 2


def test_repeated_ones_are_other_calls_with_a_rate_and_failing_fast_begins_no_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rehearsal("rehearsals/a.toml")
    rehearsal("rehearsals/b.toml", expect='ended_by = "agent"')
    wanted = Wanted(as_json=True, repeat=3, workers=1, fail_fast=True)
    assert rehearse_all(wanted) == Exit.DIFFERENT
    *runs, closing = objects(capsys.readouterr().out)
    assert [(each["rehearsal"][11:], each["run"], each["result"]) for each in runs] == [
        ("a.toml", 1, "passed"),
        ("b.toml", 1, "failed"),
    ]
    assert closing["figures"]["rehearsals/a.toml"]["runs"] == 1


def test_what_is_worse_than_its_baseline_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rehearsal("rehearsals/a.toml")
    figures = {"runs": 1, "pass_rate": 1.0, "first_word_p50_ms": 1}
    record = {"voicecall_baseline": 1, "rehearsals": {"rehearsals/a.toml": figures}}
    Path("b.json").write_text(json.dumps(record))
    assert rehearse_all(Wanted(baseline=Path("b.json"))) == Exit.DIFFERENT
    told = capsys.readouterr().out
    assert "1 passed, 1 figure worse than the baseline" in told and "and 1 ms before" in told


@pytest.mark.parametrize(
    "report",
    [
        {"junit": Path("gone/j.xml")},
        {"html": Path(".")},
        {"html": Path("/dev/null")},  # whose place a file would take
        {"baseline": Path("no.json")},
        {"update_baseline": Path("rehearsals/a.toml")},
        {"log": Path("rehearsals/a.toml")},
    ],
)
def test_a_report_that_cannot_be_written_or_read_is_told_before_anything_runs(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rehearsal("rehearsals/a.toml")
    with pytest.raises(SettingsError):
        rehearse_all(Wanted(**report))
    assert capsys.readouterr().out == ""


def test_a_report_that_cannot_be_written_keeps_nobody_from_the_results(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal("rehearsals/a.toml")

    def full(path: Path, content: bytes) -> None:
        if path.name == "j.xml":
            raise OSError(28, "No space left on device")
        write_whole(path, content)

    monkeypatch.setattr(rehearsing_run, "write_whole", full)
    with pytest.raises(SettingsError, match=r"j\.xml cannot be written: No space left"):
        rehearse_all(Wanted(as_json=True, junit=Path("j.xml"), html=Path("p.html")))
    one, closing = objects(capsys.readouterr().out)
    assert (closing["passed"], closing["exit"]) == (1, Exit.USAGE) and Path("p.html").exists()
    assert one["call_file"] is None  # it was written for the page, and is not there any more


def test_a_name_that_is_no_text_is_reported_all_the_same() -> None:
    rehearsal("a\udcff.toml")
    reports: dict[str, Any] = {"junit": Path("j.xml"), "html": Path("p.html"), "update_baseline": Path("b.json")}
    assert rehearse_all(Wanted(paths=(Path("a\udcff.toml"),), **reports)) == Exit.OK
    assert all(path.exists() for path in reports.values())


def test_a_real_model_needs_its_key() -> None:
    rehearsal("rehearsals/a.toml")
    with pytest.raises(SettingsError, match="OPENAI_API_KEY is not there"):
        rehearse_all(Wanted(simulated=Simulated.CARRIER))


def test_a_judge_without_an_address_is_told_only_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICECALL_JUDGE_MODEL", "some-model")
    rehearsal("rehearsals/a.toml", expect='judged = "Polite?"')
    with pytest.raises(SettingsError, match="nothing says where it is asked"):
        rehearse_all(Wanted())


# --- processes ---


def dies(path: Path, name: str, number: int, running: Running) -> Run:
    """A run that ends its process, as a tool may; the second of three."""
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return Run(name=name, number=number)


def hangs(path: Path, name: str, number: int, running: Running) -> Run:
    """A run that never ends."""
    signal.pause()
    raise AssertionError("nobody signals")


def troubles(numbers: list[int], within_s: float, runner: Runner) -> list[str]:
    """What went wrong in each of these runs, in a pool of one process."""
    done: list[Run] = []

    def see(run: Run) -> bool:
        done.append(run)
        return True

    Pool([Job(Path("x"), "x", number) for number in numbers], 1, Running(), within_s, runner).run(see)
    return [run.trouble for run in done]


def test_a_run_that_ends_its_process_ends_no_other() -> None:
    assert troubles([1, 2, 3], 60.0, dies) == ["", "the process that ran it died (by signal 9).", ""]


def test_a_run_that_never_ends_is_given_up() -> None:
    assert troubles([1], 0.3, hangs) == ["it gave no result within 0.3 s."]


def test_what_is_no_file_is_told_and_not_waited_for() -> None:
    os.mkfifo("pipe.toml")
    with pytest.raises(SettingsError, match=r"pipe\.toml is no file"):
        find_rehearsals([Path("pipe.toml")])


def is_deaf(path: Path, name: str, number: int, running: Running) -> Run:
    """Whether this process was deaf to Ctrl-C before it could say so itself, which cost it a traceback."""
    return Run(name=name, number=number, trouble=_DEAF_AT_LOADING)


_DEAF_AT_LOADING = str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def test_a_process_is_deaf_to_ctrl_c_from_its_first_moment() -> None:
    assert troubles([1], 60.0, is_deaf) == ["True"] and _DEAF_AT_LOADING == "False"


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def left_by_ctrl_c() -> int:
    """A command of its own, left by Ctrl-C as soon as the first run is done; its process group."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "cli")))}
    command = [sys.executable, "-m", "voicecall_cli", "test", "--over-sockets", "--repeat", "50", "-j", "2"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True) as program:
        assert program.stdout is not None
        assert b"1/50" in program.stdout.readline()
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == Exit.INTERRUPTED
        return program.pid


@pytest.mark.every
async def test_ctrl_c_leaves_at_once_and_leaves_no_process_behind() -> None:
    rehearsal("rehearsals/a.toml")
    group = left_by_ctrl_c()
    await until(lambda: not group_lives(group))
