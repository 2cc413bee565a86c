from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.callfile.recorded import dialled
from tests.cli.typed import typed
from tests.importers.spoiled import LOGS
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_cli.replay import KINDS
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.words.terms import Policy

Replay = Callable[..., tuple[int, str, str]]


@pytest.fixture
def replay(capfd: pytest.CaptureFixture[str]) -> Replay:
    def replayed(*arguments: str | Path) -> tuple[int, str, str]:
        return typed(capfd, "replay", *arguments)

    return replayed


@pytest.fixture
def call(tmp_path: Path) -> Path:
    dialled(tmp_path / "call.jsonl", "race")
    return tmp_path / "call.jsonl"


@pytest.fixture
def harmed(tmp_path: Path) -> Path:
    dialled(tmp_path / "harmed.jsonl", "race", Policy.NAIVE)
    return tmp_path / "harmed.jsonl"


def piped(content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "voicecall_cli", "replay", *arguments],
        input=content,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        timeout=30,
    )


def test_without_a_terminal_a_ladder_is_drawn_then_summary_and_diagnosis(replay: Replay, call: Path) -> None:
    code, out, err = replay(call)
    assert (code, err) == (Exit.OK, "")
    assert out.index("carrier") < out.index("greeting fallback:") < out.index("completed: the callee hung up")
    assert "healthy: nothing went wrong" in out


def test_a_harmed_call_is_told_as_what_it_is(replay: Replay, harmed: Path) -> None:
    code, out, _ = replay(harmed)
    assert code == Exit.FAILED, "as dial itself ended"
    assert "write 1: <Say>" in out and "failed: its stream was overwritten" in out
    assert "race (certain): " in out


@pytest.mark.parametrize("scenario", ["ordinary", "say", "busy", "model-drops", "stream-drops", "create-answer-lost"])
def test_what_was_dialled_checks_clean(replay: Replay, tmp_path: Path, scenario: str) -> None:
    for policy in Policy:
        dialled(tmp_path / f"{policy}.jsonl", scenario, policy)
    code, out, _ = replay(tmp_path / "on.jsonl", tmp_path / "off.jsonl", "--check")
    assert (code, out.count("none differs")) == (Exit.OK, 2)


@pytest.mark.every
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_and_ten_seeds_check_clean(replay: Replay, tmp_path: Path, scenario: str) -> None:
    paths = [tmp_path / f"{seed}.jsonl" for seed in range(10)]
    for seed, path in enumerate(paths):
        dialled(path, scenario, seed=seed)
    code, out, _ = replay(*paths, "--check")
    assert (code, out.count("none differs")) == (Exit.OK, 10)


def test_what_is_judged_otherwise_today_is_shown_side_by_side(replay: Replay, call: Path) -> None:
    text = call.read_text("utf-8").replace('"ruling":"refused"', '"ruling":"granted"')
    call.write_text(text, "utf-8")
    code, out, _ = replay(call, "--check")
    assert code == Exit.DIFFERENT
    assert "recorded" in out and "│ today" in out and "line 7" in out
    assert "1 line differs" in out
    code, out, _ = replay(call)
    assert code == Exit.OK and "1 line judged differently today" in out


UNREADABLE = [("", "is empty"), ("\n\n", "blanks"), ('{"voicecall":9}', "format 9"), ('{"voicecall":1,', "nothing")]


@pytest.mark.parametrize(("content", "words"), UNREADABLE)
def test_what_cannot_be_read_has_its_own_exit_code(replay: Replay, tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "file").write_text(content)
    code, out, err = replay(tmp_path / "file")
    assert (code, out) == (Exit.CALL_FILE, "")
    assert words in err


def test_a_directory_a_missing_file_and_noise_are_said_in_words(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "folder").mkdir()
    for path, words in (
        (tmp_path / "folder", "holds no call file"),
        (tmp_path / "none", "no file"),
        (tmp_path / "noise", "no recorded"),
    ):
        code, _, err = replay(path)
        assert code == Exit.CALL_FILE and words in err


def test_of_several_files_one_that_cannot_be_read_stops_nothing(replay: Replay, tmp_path: Path, call: Path) -> None:
    (tmp_path / "empty").touch()
    code, out, err = replay(tmp_path / "empty", call, "--check")
    assert code == Exit.CALL_FILE
    assert "none differs" in out and "empty is empty" in err


def test_a_call_that_was_cut_off_is_shown_as_far_as_it_goes(replay: Replay, call: Path) -> None:
    call.write_bytes(call.read_bytes()[:3000])
    code, out, _ = replay(call)
    assert code == Exit.DIFFERENT
    assert "left before the call was over" in out and "is torn" in out
    assert "healthy" not in out and "The record ends before the call was over" in out


def test_an_event_of_a_later_version_is_shown_and_counted(replay: Replay, call: Path) -> None:
    call.write_text(call.read_text("utf-8").replace("StreamReported", "Teleported"), "utf-8")
    code, out, _ = replay(call)
    assert code == Exit.OK
    assert "not known: Teleported" in out and "Teleported (2)" in out


def test_the_other_policy_parts_at_the_first_write_that_differs(replay: Replay, call: Path, harmed: Path) -> None:
    code, out, _ = replay(call, "--guard", "off")
    assert code == Exit.DIFFERENT
    assert "The fallback's <Say> takes effect about 44 ms before `start`: the stream dies" in out
    code, out, _ = replay(harmed, "--guard", "on")
    assert code == Exit.DIFFERENT and "nothing touches it" in out
    code, out, _ = replay(call, "--guard", "on")
    assert code == Exit.OK and "every write is the recorded one" in out


def test_every_order_is_walked(replay: Replay, call: Path, harmed: Path) -> None:
    code, out, _ = replay(call, "--every-order")
    assert code == Exit.OK and "every law held" in out
    code, out, _ = replay(harmed, "--every-order")
    assert code == Exit.DIFFERENT and "invariant 1 broken" in out and " line 2 " in out


def test_a_call_becomes_a_test(replay: Replay, tmp_path: Path, harmed: Path) -> None:
    kept = tmp_path / "kept" / "calls"
    code, out, _ = replay(harmed, "--save-as-test", kept)
    assert code == Exit.OK and "written" in out
    assert [path.name for path in kept.iterdir()] == ["race-guard-off-failed.jsonl"]
    assert replay(kept / "race-guard-off-failed.jsonl", "--check")[0] == Exit.OK
    assert "there already" in replay(harmed, "--save-as-test", kept)[1]
    assert "race (certain" in replay(kept / "race-guard-off-failed.jsonl")[1]


def test_a_test_that_cannot_be_written_says_why(replay: Replay, harmed: Path) -> None:
    code, _, err = replay(harmed, "--save-as-test", harmed / "below")
    assert code == Exit.USAGE and "cannot be written" in err


@pytest.mark.parametrize(
    "arguments", [("--check", "--guard", "on"), ("--follow", "--check"), ("-",), ("--speed", "0"), ("--as", "egg")]
)
def test_what_makes_no_sense_together_is_not_begun(replay: Replay, arguments: tuple[str, ...]) -> None:
    code, out, _ = replay("-", *arguments)
    assert (code, out) == (Exit.USAGE, "")


def test_a_limit_that_is_no_duration_is_refused_with_what_to_write(replay: Replay, call: Path) -> None:
    code, _, told = replay(str(call), "--idle-limit", "2min")
    assert code == 2
    assert "90s, 5m or 1h30m" in told
    assert replay(str(call), "--idle-limit", "2m")[0] == 0


def test_the_kinds_are_those_that_are_read() -> None:
    assert KINDS == tuple(str(kind) for kind in LogKind)


def test_other_peoples_logs_are_told(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(
        ":57.619  status callback (type=status, in-progress) -> regular path\n"
        ":57.635  WARN using TwiML <Say> fallback\n"
        ":57.642  TwiML fetch -> <Connect><Stream> returned\n"
        ":58.194  ERROR WebSocket was closed before the connection was established\n"
    )
    code, out, _ = replay(tmp_path / "log")
    assert code == Exit.DIFFERENT
    assert "race (likely)" in out and "line 2, 0.016 s" in out and "line 3, 0.023 s" in out
    assert "line 4  +0.575 s" in out
    code, _, err = replay(tmp_path / "log", "--check")
    assert code == Exit.CALL_FILE and "needs a call file" in err


def test_the_log_that_began_it_all_names_its_race_and_what_to_do(replay: Replay) -> None:
    code, out, err = replay(LOGS / "seed.log")
    assert (code, err) == (Exit.DIFFERENT, "")
    found, fix = out[out.index("race (likely") : out.index("registered-twice")].splitlines()[1:3], out
    assert [line.split(",")[0].strip() for line in found] == ["line 4", "line 5"]
    assert "speak the greeting through the stream alone" in fix and "--guard" not in out
    assert replay(LOGS / "healthy.log")[0] == Exit.OK


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_what_never_ends_is_refused(replay: Replay, device: str) -> None:
    code, out, err = replay(device)
    assert (code, out) == (Exit.CALL_FILE, "") and "never ends" in err


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_logs_answer_as_objects(replay: Replay) -> None:
    code, out, err = replay(LOGS / "seed.log", "--json")
    call, closing = objects(out)
    assert (code, err, closing["exit"]) == (Exit.DIFFERENT, "", Exit.DIFFERENT)
    assert closing["race"] == call["race"] == "found" and closing["diagnosis"] == call["diagnosis"] == "race"
    found = call["findings"][0]
    assert found["sure"] == "likely" and [each["line"] for each in found["proof"]] == [4, 5] and found["fix"]
    assert call["writes"] == [4] and [each["line"] for each in call["failures"]] == [7]


def test_a_log_that_cannot_tell_has_a_code_of_its_own(replay: Replay, tmp_path: Path) -> None:
    kept = (LOGS / "seed.log").read_text("utf-8").splitlines()
    (tmp_path / "log").write_text("\n".join([kept[0], kept[4]]) + "\n", "utf-8")
    code, out, _ = replay(tmp_path / "log")
    assert code == int(Exit.CANNOT_TELL) == 31
    assert "The race: this log cannot tell." in out and "because the log does not show a stream of this call" in out
    assert objects(replay(tmp_path / "log", "--json")[1])[-1]["race"] == "unknown"
    assert objects(replay(LOGS / "healthy.log", "--json")[1])[-1]["race"] == "absent"


def test_of_several_files_what_was_seen_outdoes_what_cannot_be_told(replay: Replay, tmp_path: Path) -> None:
    kept = (LOGS / "seed.log").read_text("utf-8").splitlines()
    (tmp_path / "log").write_text("\n".join([kept[0], kept[4]]) + "\n", "utf-8")
    assert replay(tmp_path / "log", LOGS / "healthy.log")[0] == Exit.CANNOT_TELL
    assert replay(LOGS / "seed.log", tmp_path / "log")[0] == Exit.DIFFERENT


def test_a_document_of_one_long_line_is_read_to_its_end(replay: Replay, tmp_path: Path) -> None:
    when = "2026-04-18T12:00:58Z"
    alerts = [
        {"error_code": "31920", "alert_text": "x" * 3_000, "date_created": when, "resource_sid": f"CA{n:032x}"}
        for n in range(200)
    ]
    (tmp_path / "alerts.json").write_text(json.dumps({"alerts": alerts}))
    closing = objects(replay(tmp_path / "alerts.json", "--json")[1])[-1]
    assert (closing["calls"], closing["not_told"]) == (200, [])


def test_logs_that_tell_of_one_call_are_told_together_and_call_files_by_themselves(
    replay: Replay, tmp_path: Path, call: Path
) -> None:
    sid = "CA" + "a" * 32
    app, alerts = tmp_path / "app.log", tmp_path / "alerts.json"
    app.write_text(f"2026-04-18T12:00:57.619Z Status callback (type=status, in-progress) for {sid}\n")
    when = "2026-04-18T12:00:58Z"
    alert = {"error_code": "31920", "alert_text": "x", "date_created": when, "resource_sid": sid}
    alerts.write_text(json.dumps([alert]))
    code, out, _ = replay(app, call, alerts, "--json")
    record, told, closing = objects(out)
    assert record["file"] == str(call) and record["kind"] == "call"
    assert told["failures"][0]["file"] == str(alerts) and told["failures"][0]["line"] == 1
    assert [each["file"] for each in closing["files"]] == [str(app), str(alerts)]
    assert code == closing["exit"] == Exit.DIFFERENT
    text = replay(app, alerts)[1]
    assert f"Read {alerts} as Twilio's own records" in text and f"line 1 of {app}  +0.000 s" in text


def test_a_call_files_answer_as_an_object(replay: Replay, call: Path, harmed: Path) -> None:
    (good,), (bad,) = (objects(replay(path, "--json")[1]) for path in (call, harmed))
    assert (good["race"], good["outcome"], good["diagnosis"], good["exit"]) == ("absent", "completed", "healthy", 0)
    assert (bad["race"], bad["outcome"], bad["diagnosis"]) == ("found", "failed", "race")
    assert replay(harmed, "--json")[0] == bad["exit"] == Exit.FAILED
    code, out, err = replay(call, "--json", "--check")
    assert (code, out) == (Exit.USAGE, "") and "--json" in err


def test_a_completed_call_with_a_finding_is_worth_a_look(replay: Replay, tmp_path: Path) -> None:
    dialled(tmp_path / "call.jsonl", "stream-drops")
    code, out, _ = replay(tmp_path / "call.jsonl")
    assert code == Exit.DIFFERENT and "completed:" in out and "stream-came-back" in out


def test_of_several_calls_the_worst_stands(replay: Replay, tmp_path: Path, call: Path, harmed: Path) -> None:
    dialled(tmp_path / "found.jsonl", "stream-drops")
    assert replay(call, tmp_path / "found.jsonl", harmed)[0] == Exit.FAILED
    assert replay(call, tmp_path / "found.jsonl")[0] == Exit.DIFFERENT


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (("--last",), Exit.FAILED, "guard off  scenario race"),
        (("c-bad0",), Exit.FAILED, "scenario race"),
        (("abc1",), Exit.OK, "scenario ordinary"),
        (("c-ab",), Exit.CALL_FILE, "means 2 calls"),
        (("c-9",), Exit.CALL_FILE, "no call in calls whose id"),
        (("calls",), Exit.FAILED, "scenario race"),
        (("--last", "c-abc1"), Exit.USAGE, "Name one"),
        ((), Exit.USAGE, "Which call?"),
        (("--last", "--log", "nowhere"), Exit.CALL_FILE, "voicecall dial +15555550100 --sim"),
    ],
)
def test_a_call_is_named_by_its_id_or_as_the_last(
    replay: Replay, asked: tuple[str, ...], code: Exit, words: str
) -> None:
    Path("calls").mkdir()
    dialled(Path("calls/20260101-000000-c-abc1.jsonl"), "ordinary")
    dialled(Path("calls/20260102-000000-c-abc2.jsonl"), "ordinary")
    dialled(Path("calls/20260103-000000-c-bad0.jsonl"), "race", Policy.NAIVE)
    found, out, err = replay(*asked)
    assert found == code
    assert words in out + err


@pytest.mark.real_sockets
def test_standard_input_is_read(call: Path) -> None:
    done = piped(call.read_bytes(), "-", "--check")
    assert (done.returncode, done.stderr) == (Exit.OK, b"")
    assert b"Standard input: 67 steps judged again, none differs." in done.stdout
    assert piped(b"", "-").returncode == Exit.CALL_FILE


def test_a_reader_that_leaves_first_is_no_error(call: Path) -> None:
    command = f"{sys.executable} -m voicecall_cli replay {call} {call} {call} | head -1"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"], capture_output=True, cwd=ROOT, text=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] in (str(int(Exit.PIPE_CLOSED)), str(int(Exit.OK)))


def test_a_file_that_is_still_written_is_followed_to_the_calls_end(call: Path, tmp_path: Path) -> None:
    content = call.read_bytes()
    growing = tmp_path / "growing.jsonl"
    growing.touch()
    command = [sys.executable, "-m", "voicecall_cli", "replay", str(growing), "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as reader:
        with growing.open("ab", buffering=0) as file:
            for start in range(0, len(content), 997):
                file.write(content[start : start + 997])
        out, _ = reader.communicate(timeout=30)
    assert reader.returncode == Exit.OK
    assert "completed: the callee hung up" in out


def test_a_terminal_of_few_letters_shows_what_it_can(call: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "voicecall_cli", "replay", str(call)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=env, timeout=30)
    assert done.returncode == Exit.OK and done.stdout.isascii()


def test_a_format_file_teaches_it_a_programs_lines(replay: Replay, tmp_path: Path) -> None:
    path, log = tmp_path / "bot.toml", tmp_path / "bot.log"
    entry = "concept = 'hang-up'\n"
    path.write_text(
        f"[format]\nname = 'bot'\nmarks = ['[bot]']\n[[pattern]]\n{entry}pattern = 'rung off (?P<call_sid>CA\\w+)'\n"
        f"[[sample]]\n{entry}line = '[bot] rung off CA{'1' * 32}'\n"
    )
    sid = "CA" + "1" * 32
    log.write_text(f"12:00:00.1 status callback CallSid={sid} status=ringing\n12:00:01.1 [bot] rung off {sid}\n")
    assert "line 2" not in replay(log)[1]
    assert "line 2" in replay(log, "--format", path)[1]
    path.write_text(path.read_text().replace("hang-up", "hang"))
    code, _, error = replay(log, "--format", path)
    said = "bot.toml: line 5: there is no concept 'hang'.\nDid you mean hang-up?"
    assert code == Exit.USAGE and said in error


def test_the_built_in_formats_are_listed_with_their_files(replay: Replay) -> None:
    code, shown, _ = replay("--list-formats")
    files = [Path(line.strip()) for line in shown.splitlines() if line.endswith(".toml")]
    assert code == Exit.OK and files and all(file.is_file() for file in files)


def test_what_is_not_understood_is_shown_by_template(replay: Replay, tmp_path: Path, call: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"12:00:0{i}.000 job {i} done\n" for i in range(5)))
    code, shown, _ = replay(path, "--unread")
    assert code == Exit.OK and "5 x  job <*> done" in shown and "line 1: 12:00:00.000 job 0 done" in shown
    objects = [json.loads(line) for line in replay(path, "--unread", "--json")[1].splitlines()]
    assert (objects[0]["count"], objects[0]["template"], objects[-1]["lines"]) == (5, "job <*> done", 5)
    assert replay(call, "--unread")[0] == Exit.CALL_FILE
    assert replay(path, "--unread", "--check")[0] == Exit.USAGE
