"""The files that `voicecall init rehearsal` writes: green as they are; each breakage turns its own line red alone."""

from __future__ import annotations

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.rehearsal.judge import Judgement
from voicecall_core.rehearsal.results import Result, Run
from voicecall_core.rehearsal.runner import Running, run_rehearsal
from voicecall_core.rehearsal.text_model import TextModel

STARTER = ROOT / "cli" / "voicecall_cli" / "starter"
NAMES = ("booking", "interruption", "no_table")
CALL = 'call = { tool = "book_table", with = { people = 2, day = "tomorrow", time = "20:00" } }'
SAYS_SO = 'say = "It is booked. The number of the booking is seventeen."'

pytestmark = pytest.mark.real_sockets  # each run has a loop of its own, on whichever clock it needs


def rehearsed(folder: Path, name: str, before: str = "", after: str = "", running: Running | None = None) -> Run:
    """One of the files, run with something in it exchanged."""
    shutil.copytree(STARTER, folder, dirs_exist_ok=True)
    path = folder / "rehearsals" / f"{name}.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1) if before else text, "utf-8")
    return run_rehearsal(path, f"{name}.toml", 1, running or Running())


def line_of(folder: Path, name: str, expectation: str) -> int:
    lines = (folder / "rehearsals" / f"{name}.toml").read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(expectation))


@pytest.mark.parametrize("name", NAMES)
def test_they_pass_as_they_are(tmp_path: Path, name: str) -> None:
    run = rehearsed(tmp_path, name)
    assert run.sentences() == [] and run.result is Result.PASSED


@pytest.mark.parametrize(
    ("name", "before", "after", "expectation", "at", "says"),
    [
        pytest.param("booking", CALL, SAYS_SO, "tool = ", 24.3, "book_table was never called", id="broken-prompt"),
        pytest.param(
            "booking",
            'answers_after = "1.8s"',
            'answers_after = "4s"\nmodel = { first_audio_ms = 1_800 }',
            "reply_within = ",
            21.9,
            'the reply to turn 2, "Tomorrow at eight o\'clock." took 4.',
            id="slow-reply",
        ),
        pytest.param(
            "interruption",
            'say = "A table for two, please."',
            'say = "A table for two, please."\nwhen = "over agent"',
            "interrupted_within = ",
            2.8,
            "the agent went on for 1.2",
            id="talked-over-callee",
        ),
        pytest.param(
            "no_table",
            'noise = "babble"',
            'noise = "babble"\nmodel = { mute_response = 2, faulty_responses = 3 }',
            "no_silence_over = ",
            11.6,
            "nobody was heard for 2.",
            id="mute-model",
        ),
    ],
)
def test_what_breaks_turns_exactly_its_own_expectation_red(
    tmp_path: Path, name: str, before: str, after: str, expectation: str, at: float, says: str
) -> None:
    run = rehearsed(tmp_path, name, before, after)
    (missed,) = run.missed
    assert (run.result, missed.line) == (Result.FAILED, line_of(tmp_path, name, expectation))
    assert missed.at == pytest.approx(at, abs=1.0)
    (told,) = run.sentences()
    assert told.startswith(f"{name}.toml:{missed.line}: {expectation}") and says in told


def test_the_same_call_on_the_clock_that_jumps_is_the_same_to_the_millisecond(tmp_path: Path) -> None:
    first, second = (rehearsed(tmp_path, "no_table") for _ in range(2))
    assert first.verdicts == second.verdicts and first.waits_s == second.waits_s


@pytest.mark.every
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", NAMES)
def test_over_sockets_the_verdicts_are_the_same(tmp_path: Path, name: str) -> None:
    jumping, real = (rehearsed(tmp_path, name, running=Running(over_sockets=over)) for over in (False, True))
    assert [each.judgement for each in real.verdicts] == [each.judgement for each in jumping.verdicts]
    assert (real.outcome, real.cause) == (jumping.outcome, jumping.cause)
    assert real.waits_s == pytest.approx(jumping.waits_s, abs=0.25)


def test_a_short_call_over_sockets_has_the_verdicts_that_it_has_on_the_clock_that_jumps(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, "utf-8")
    jumping, real = (run_rehearsal(path, "short.toml", 1, Running(over_sockets=over)) for over in (False, True))
    assert [each.judgement for each in real.verdicts] == [each.judgement for each in jumping.verdicts]
    assert [each.line for each in real.missed] == [13] and real.took_s > 1 > jumping.call_s - real.call_s


SHORT = """[rehearsal]
version = 1
[phone]
answers_after = "700ms"
[[phone.turn]]
hang_up = true
when = "over agent"
[[expect]]
first_word_within = "900ms"
[[expect]]
ended_by = "callee"
[[expect]]
said = "Is this a good time"
"""


# --- tools ---


SLOW = "import threading\n\ndef book_table(people: int, day: str, time: str) -> str:\n    '''Book.'''\n"


def test_a_tool_that_takes_its_time_takes_it_of_the_call(tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tools.py").write_text(f"{SLOW}    threading.Event().wait(0.8)\n    return 'booking is seventeen'\n")
    path = tmp_path / "rehearsals" / "booking.toml"
    path.write_text(path.read_text().replace('reply_within = "2s"', 'reply_within = "10s"'))  # a busy machine is slower
    run = run_rehearsal(path, "booking.toml", 1, Running())
    assert run.passed, run.sentences()
    assert 1.9 < max(run.waits_s) < 10, "the clock has not jumped over it, to the end of what a tool may take"


def test_a_tool_that_cannot_be_loaded_is_told_with_its_line(tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tools.py").write_text("\nraise ValueError('no')\n")
    run = run_rehearsal(tmp_path / "rehearsals" / "booking.toml", "booking.toml", 1, Running())
    assert run.result is Result.BROKEN
    assert "tools.py: line 2: it cannot be loaded: ValueError: no" in run.sentences()[0]


class Bookings(BaseHTTPRequestHandler):
    """A service that takes its time."""

    def do_GET(self) -> None:
        threading.Event().wait(0.4)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"answer": "the number of the booking is seventeen"}')

    def log_message(self, *_: object) -> None:
        pass


def test_a_tool_that_is_a_request_takes_its_time_too(tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Bookings) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        agent = (tmp_path / "agent.toml").read_text("utf-8").replace('tools = "tools.py"\n', "")
        url = f"http://127.0.0.1:{server.server_port}/tables/{{day}}"
        (tmp_path / "agent.toml").write_text(f"{agent}{REQUEST.replace('URL', url)}", "utf-8")
        run = run_rehearsal(tmp_path / "rehearsals" / "booking.toml", "booking.toml", 1, Running())
        server.shutdown()
    assert run.passed, run.sentences()
    assert 1.5 < max(run.waits_s) < 10


REQUEST = """
[[tool]]
name = "book_table"
about = "Books a table"
url = "URL"
headers = { Authorization = "Bearer x" }
parameters = { people = "integer", day = "string", time = "string" }
"""


# --- judged ---


class Judge(BaseHTTPRequestHandler):
    """A text model that says yes if the agent was heard to say who it is."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = "yes\\nIt says so." if "an AI assistant" in asked else "no"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f'{{"choices": [{{"message": {{"content": "{said}"}}}}]}}'.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_a_text_model_judges_once_the_call_is_over(tmp_path: Path) -> None:
    path = tmp_path / "judged.toml"
    asked = 'judged = "Does the agent say that it is an AI?"'
    path.write_text(SHORT.replace('said = "Is this a good time"', asked), "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), Judge) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        judge = TextModel(f"http://127.0.0.1:{server.server_port}/v1", "some-model")
        judged, unjudged = (run_rehearsal(path, "judged.toml", 1, Running(judge=each)) for each in (judge, None))
        server.shutdown()
    assert [each.what for each in judged.verdicts][-1].startswith("the text model says ")
    assert [each.expected for each in unjudged.missed] == [asked]
    assert unjudged.missed[0].judgement is Judgement.NOT_JUDGED
