"""The phone line as a command: programs of their own on it, each a process that knows the public hosts alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal
from tests.cli.typed import typed
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_cli.sim_run import exit_of
from voicecall_core.simulator.verdict import LineVerdict, Severity
from voicecall_core.simulator.verdict.findings import finding

WITHIN_S = 40.0
SIM = [sys.executable, "-m", "voicecall_cli", "sim"]
OFFICIAL = """
import os
from openai import OpenAI
from twilio.rest import Client
with OpenAI().with_options(base_url="https://api.openai.com/v1").realtime.connect(model="gpt-realtime") as model:
    print("model:", model.recv().type)
twilio = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
call = twilio.calls.create(
    to="+15555550107", from_=os.environ["TWILIO_PHONE_NUMBER"], twiml="<Response><Say>Hello</Say></Response>"
)
print("placed:", call.sid)
"""


@dataclass
class Came:
    """What a run came to."""

    code: int
    objects: list[dict[str, Any]]
    err: str

    @property
    def closing(self) -> dict[str, Any]:
        return self.objects[-1]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}/cli:{ROOT}", "NO_COLOR": "1"} | more


def run(*words: str, **more: str) -> Came:
    done = subprocess.run(
        [*SIM, "--json", *([] if "--log" in words else ["--no-log"]), *words],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        env=environment(**more),
        check=False,
    )
    return Came(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


def test_a_program_with_the_public_hosts_in_it_is_led_to_the_line(tmp_path: Path) -> None:
    program = tmp_path / "app.py"
    program.write_text(OFFICIAL, encoding="utf-8")
    real = {"TWILIO_AUTH_TOKEN": "real-token-of-mine", "OPENAI_API_KEY": "sk-real-key-of-mine"}
    came = run("--log", str(tmp_path / "log"), "--", sys.executable, str(program), **real)
    assert "model: session.created" in came.err and "placed: CA" in came.err
    assert (came.code, came.closing["calls"], came.closing["program"]) == (0, 1, 0)
    call = came.objects[-2]
    assert (call["status"], call["verdict"], call["to"]) == ("busy", "clean", "+15•••••107")
    [file] = (tmp_path / "log").iterdir()
    assert call["call_file"] == str(file) and f'"{call["sid"]}"' in file.read_text("utf-8").partition("\n")[0]
    assert not any("of-mine" in text for text in (came.err, json.dumps(came.objects)))


def test_a_program_that_places_no_call_is_nothing_to_be_content_with() -> None:
    came = run("--", sys.executable, "-c", "raise SystemExit(7)")
    assert (came.code, came.closing["program"], came.closing["calls"]) == (7, 7, 0)


@pytest.mark.parametrize(
    ("broken", "status", "has_program", "code"),
    [
        ([], 0, True, Exit.DIFFERENT),  # it ended well, and placed no call
        ([], None, False, Exit.OK),  # nobody asked for any
        ([], 7, True, 7),
        ([False], None, True, Exit.OK),  # it was stopped
        ([False], 7, True, 7),
        ([False, True], 0, True, Exit.LINE_BROKEN),
        ([True], 7, True, Exit.LINE_BROKEN),  # the verdict wins
    ],
)
def test_what_the_end_says(broken: list[bool], status: int | None, has_program: bool, code: int) -> None:
    harm = (finding("left-up", Severity.BROKEN, 0, "It was left up."),)
    verdicts = [LineVerdict("CA1", harm if each else ()) for each in broken]
    assert exit_of(verdicts, status, has_program=has_program) == code


MENU = """
import http.server, os, sys
from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse

class Menu(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = VoiceResponse()
        if self.path == "/voice":
            gather = Gather(num_digits=1, action="/menu")
            gather.say("Press one.")
            answer.append(gather)
        else:
            print("pressed one:", "Digits=1" in form, file=sys.stderr, flush=True)
            answer.say("Thanks.")
        body = str(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *given):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Menu)
twilio = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
[number] = twilio.incoming_phone_numbers.list(phone_number=os.environ["TWILIO_PHONE_NUMBER"])
number.update(voice_url=f"http://127.0.0.1:{server.server_port}/voice")
server.serve_forever()
"""
PRESSES = """
[scenario]
version = 1
[phone]
turn = [ { press = "1", when = "after 2s" } ]
"""


@pytest.mark.every
def test_a_program_that_serves_is_called_and_then_stopped(tmp_path: Path) -> None:
    (tmp_path / "menu.py").write_text(MENU, encoding="utf-8")
    (tmp_path / "presses.toml").write_text(PRESSES, encoding="utf-8")
    played = ["--scenario", str(tmp_path / "presses.toml"), "--call"]
    came = run(*played, "--", sys.executable, str(tmp_path / "menu.py"))
    assert "pressed one: True" in came.err
    call = came.objects[-2]
    assert (call["direction"], call["documents"]) == ("inbound", ["Gather (fetch)", "Say (gather)"])
    assert (came.code, came.closing["program"]) == (0, None)


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def gone(numbers: list[int]) -> bool:
    return not any(Path(f"/proc/{number}").exists() and b"Z" not in _state(number) for number in numbers)


def _state(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2][:3]
    except OSError:
        return b"Z"


@pytest.mark.every  # seconds of patience with a program that does not listen
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_the_program_and_what_it_started_end_with_the_line(tmp_path: Path, sign: signal.Signals) -> None:
    told = tmp_path / "pids"
    line = subprocess.Popen(
        [*SIM, "--plain", "--no-log", "--", sys.executable, "-c", STUBBORN, str(told)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    deadline = time.perf_counter() + WITHIN_S
    while not (told.exists() and len(told.read_text().split()) == 2):
        assert time.perf_counter() < deadline and line.poll() is None
        time.sleep(0.02)  # of another process, of which nobody tells
    numbers = [int(number) for number in told.read_text().split()]
    line.send_signal(sign)
    line.send_signal(sign)
    line.wait(WITHIN_S)
    while not gone(numbers):
        assert time.perf_counter() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--map", "nonsense"], "says not where it leads"),
        (["--call", "nonsense"], "is no address of the web"),
        (["--scenario", "nope"], "There is no scenario 'nope'"),
        (["--plain", "--json"], "two ways to show the same"),
        (["--caller", "+15555550100"], "nobody does"),
        (["--junit", "/nowhere/at/all.xml"], "there is no such folder"),
        (["--number", "12"], "Write a full number"),
        (["--port", "70000"], "not in the range"),
        (["--", "no-such-program-here"], "There is no program 'no-such-program-here'"),
    ],
)
def test_what_cannot_be_gets_a_sentence(capfd: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    code, _, err = typed(capfd, "sim", *words)
    assert code == Exit.USAGE and said in err and "Traceback" not in err


def test_numbers_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capfd, "sim", "--list-numbers")
    assert code == 0 and "+15555550101" in out and "refused with 21217" in out


def test_on_a_terminal_the_calls_are_on_a_screen_and_the_program_above_it(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "print('\\x1b[2Jhello from the program', flush=True)"]
    terminal = Terminal([*SIM, "--no-log", "--", *program], tmp_path, environment())
    assert terminal.end() == Exit.DIFFERENT
    assert "hello from the program" in terminal.shown and "document" in terminal.shown
    assert "There was no call." in terminal.shown
