from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_cli.main import run
from voicecall_cli.without_effect import STAND_IN
from voicecall_core.errors import CarrierError

HEAVY = {"twilio", "httpx2", "httpcore2", "websockets", "h11", "asyncio", "trio", "uvloop", "phonenumbers", "dotenv"}

Place = Callable[[Any, Any], int]


@pytest.fixture
def outcome_of(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def outcome(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            run(arguments)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        assert isinstance(caught.value.code, int)
        return caught.value.code, shown.out, shown.err

    return outcome


@pytest.fixture
def dialling(monkeypatch: pytest.MonkeyPatch) -> Callable[[Place], None]:
    """What takes the place of telephony from here on."""
    return lambda place: monkeypatch.setitem(sys.modules, "voicecall_cli.dial_run", SimpleNamespace(place=place))


def failing(error: BaseException) -> Place:
    def place(*_: object) -> NoReturn:
        raise error

    return place


def test_alone_it_shows_its_help(outcome_of: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = outcome_of()
    assert (code, err) == (0, "")
    assert "dial" in out and "hangup" in out
    assert outcome_of("--help") == (0, out, "") or outcome_of("-h")[0] == 0


def test_the_version(outcome_of: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = outcome_of("--version")
    assert code == 0 and out.startswith("voicecall")


@pytest.mark.parametrize(
    ("arguments", "says", "fix"),
    [
        (("dial",), "Missing argument 'NUMBER'.", "voicecall dial --help"),
        (("dail", "+15555550100"), "No such command 'dail'. Did you mean 'dial'?", "voicecall --help"),
        (("dial", "+15555550100", "--simm"), "No such option: --simm", "voicecall dial --help"),
        (("dial", "+15555550100", "x"), "unexpected extra argument", "voicecall dial --help"),
        (("dial", "+15555550100", "--port"), "Option '--port' requires an argument.", "--help"),
        (("dial", "+15555550100", "--sim", "--port", "x"), "--port is 'x'", "0 to 65535"),
        (("dial", "911"), "Short numbers are not called", "full number"),
        (("dial", "+12125551234"), "5 settings that are not there", "--sim"),
        (("hangup", "CA1"), "32 hex digits after CA; this has 1", "Copy it once more"),
        (("hangup", "CA" + "0" * 32), "Hanging up needs TWILIO_ACCOUNT_SID", ".env"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_code_2(
    outcome_of: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], says: str, fix: str
) -> None:
    code, out, err = outcome_of(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert says in err and fix in err


def test_what_the_call_returned_is_the_exit_code(
    outcome_of: Callable[..., tuple[int, str, str]], dialling: Callable[[Place], None]
) -> None:
    dialling(lambda *_: Exit.BUSY)
    assert outcome_of("dial", "+15555550100", "--sim") == (10, "", f"{STAND_IN}\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CarrierError("no"), 13),
        (ExceptionGroup("group", [ExceptionGroup("group", [CarrierError("no", fix="Do.")])]), 13),
        (KeyboardInterrupt(), 130),
        (BaseExceptionGroup("group", [KeyboardInterrupt()]), 130),
        (RuntimeError("no"), 70),
        (AssertionError(), 70),
        (OSError(errno.EMFILE, "Too many open files"), 2),
    ],
)
def test_every_error_has_a_code_and_no_traceback(
    outcome_of: Callable[..., tuple[int, str, str]],
    dialling: Callable[[Place], None],
    error: BaseException,
    code: int,
) -> None:
    dialling(failing(error))
    assert outcome_of("dial", "+15555550100", "--sim")[0] == code


def test_a_bug_shows_neither_secrets_nor_numbers(
    outcome_of: Callable[..., tuple[int, str, str]], dialling: Callable[[Place], None]
) -> None:
    dialling(failing(KeyError("+4915112345123 sk-proj-abcdefgh " + "0f" * 16)))
    code, _, err = outcome_of("dial", "+15555550100", "--sim")
    assert code == 70 and "KeyError" in err and "VOICECALL_DEBUG=1" in err
    assert "112345" not in err and "abcdefgh" not in err and "0f0f0f0f" not in err


def test_a_traceback_is_shown_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dialling: Callable[[Place], None]
) -> None:
    monkeypatch.setenv("VOICECALL_DEBUG", "1")
    dialling(failing(RuntimeError("no")))
    with pytest.raises(SystemExit):
        run(["dial", "+15555550100", "--sim"])
    assert "Traceback" in capsys.readouterr().err


def test_what_strangers_say_is_neither_markup_nor_terminal_control(
    outcome_of: Callable[..., tuple[int, str, str]], dialling: Callable[[Place], None]
) -> None:
    dialling(failing(CarrierError("[bold]x[/bold] \x1b[2Jgone")))
    _, _, err = outcome_of("dial", "+15555550100", "--sim")
    assert "[bold]x[/bold] \\x1b[2Jgone" in err


def test_help_loads_nothing_of_telephony() -> None:
    code = (
        "import sys\nfrom voicecall_cli.main import run\ntry:\n    run(['dial', '--help'])\n"
        "except SystemExit:\n    print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(shown.stdout.splitlines()[-1].strip("[]").replace("'", "").split(", "))
    assert "typer" in loaded
    assert not loaded & HEAVY


def test_help_loads_neither_the_judge_nor_what_reads_logs() -> None:
    code = (
        "import sys\nfrom voicecall_cli.main import run\ntry:\n    run(['--help'])\n"
        "except SystemExit:\n    print(*sorted(name for name in sys.modules if name.startswith('voicecall_core.')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = {name.split(".")[1] for name in shown.stdout.splitlines()[-1].split()}
    assert not packages & {"call", "importers", "diagnosis", "simulator", "checker", "callfile", "media"}


def test_a_reader_who_leaves_first_is_no_error() -> None:
    shell = f"{sys.executable} -m voicecall_cli dial --help | true; exit ${{PIPESTATUS[0]}}"
    left = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (left.returncode in (0, 141), left.stderr) == (True, "")
