from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.shell import COMPLETE
from voicecall_cli.main import run
from voicecall_cli.options import OPTIONS
from voicecall_cli.settings import Settings
from voicecall_cli.without_effect import STAND_IN
from voicecall_core.words.numbers import PhoneNumber


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, PhoneNumber]]:
    """The calls that would have been placed."""
    calls: list[tuple[Settings, PhoneNumber]] = []

    def place(settings: Settings, number: PhoneNumber) -> int:
        calls.append((settings, number))
        return 0

    monkeypatch.setitem(sys.modules, "voicecall_cli.dial_run", SimpleNamespace(place=place))
    return calls


def dial(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        run(["dial", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


# fmt: off
TYPED: list[tuple[tuple[str, ...], str, Any]] = [
    (("--sim",), "sim", True),
    (("--sim", "--scenario", "race"), "scenario", "race"),
    (("--sim", "--seed", "7"), "seed", 7),
    (("--sim", "--dry-run"), "dry_run", True),
    (("--sim", "--say", "Good morning."), "say", "Good morning."),
    (("--sim", "--guard", "off"), "guard", "off"),
    (("--sim", "--max-duration", "60"), "max_duration_s", 60.0),
    (("--sim", "--ring-timeout", "20"), "ring_timeout_s", 20.0),
    (("--sim", "--patience", "2.5"), "patience_s", 2.5),
    (("--sim", "--moment-clip", "off"), "moment_clip", "off"),
    (("--sim", "--model", "m"), "model", "m"),
    (("--sim", "--voice", "cedar"), "voice", "cedar"),
    (("--sim", "--greeting", "Hello."), "greeting", "Hello."),
    (("--sim", "--instructions", "Be kind."), "instructions", "Be kind."),
    (("--sim", "--greet", "answered"), "greet", "answered"),
    (("--dry-run", "--simulate", "model"), "simulate", "model"),
    (("--sim", "--agent", "agent.toml"), "voice", "ash"),
    (("--sim", "--greet", "before-dialling"), "greet", "before-dialling"),
    (("--sim", "--json"), "json", True),
    (("--sim", "--plain"), "plain", True),
    (("--sim", "--record"), "record", True),
    (("--sim", "--log", "elsewhere"), "log", Path("elsewhere")),
    (("--sim", "--port", "6000"), "port", 6000),
    (("--sim", "--region", "de"), "region", "DE"),
    (("--sim", "--tools", "agent.toml"), "tools", Path("agent.toml")),
    (("--sim", "--filler", "Wait."), "filler", "Wait."),
    (("--sim", "--filler-after", "3s"), "filler_after_s", 3.0),
    (("--dry-run", "--from", "+12125550100"), "from_number", PhoneNumber("+12125550100")),
    (("--dry-run", "--tunnel", "ngrok"), "tunnel", "ngrok"),
    (("--dry-run", "--public-url", "https://a.example"), "public_url", "https://a.example"),
]
# fmt: on


@pytest.fixture(autouse=True)
def agent_file(bare_shell: None) -> None:
    Path("agent.toml").write_text("version = 1\nvoice = 'ash'\ngreeting = 'Hi {who}.'\n[variables]\nwho = 'you'\n")


@pytest.mark.parametrize(("arguments", "field", "value"), TYPED)
def test_every_flag_reaches_its_setting(
    placed: list[tuple[Settings, PhoneNumber]], arguments: tuple[str, ...], field: str, value: object
) -> None:
    assert dial("+12125551234", *arguments) == 0
    assert getattr(placed[0][0], field) == value
    assert placed[0][1].e164 == "+12125551234"


def test_no_flag_is_left_out_here() -> None:
    assert {field for _, field, _ in TYPED} | {"agent"} == {option.field for option in OPTIONS if option.flag}


def test_no_log_is_short_for_log_off(placed: list[tuple[Settings, PhoneNumber]]) -> None:
    dial("+15555550100", "--sim", "--no-log")
    assert placed[0][0].log is None


def test_a_switch_of_the_environment_can_be_turned_back(
    placed: list[tuple[Settings, PhoneNumber]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICECALL_SIM", "1")
    dial("+15555550100")
    assert dial("+12125551234", "--no-sim") == 2
    assert [settings.sim for settings, _ in placed] == [True]


def test_a_dry_run_needs_no_keys(placed: list[tuple[Settings, PhoneNumber]]) -> None:
    assert dial("+12125551234") == 2
    assert dial("+12125551234", "--dry-run") == 0
    assert len(placed) == 1


def test_help_shows_every_flag_with_its_name_in_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert dial("--help") == 0
    shown = capsys.readouterr().out
    for option in OPTIONS:
        if option.flag:
            assert option.flag in shown and option.env in shown and option.group in shown
    assert "voicecall dial +15555550100 --sim" in shown


def test_a_list_of_beginnings_lets_no_other_number_be_called(
    placed: list[tuple[Settings, PhoneNumber]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VOICECALL_ALLOW", "+1,+49")
    assert dial("+447911123456", "--dry-run") == 2
    assert "+44•••••456 begins with none of +1, +49" in capsys.readouterr().err
    assert dial("+4930123456", "--dry-run") == 0
    assert dial("+447911123456", "--sim") == 0, "a rehearsal rings nobody"
    assert len(placed) == 2


@pytest.mark.parametrize(
    ("typed", "caller", "region", "called"),
    [
        ("030/123456", "+493023125000", "", "+4930123456"),
        ("0049 30 123456", "", "", "+4930123456"),
        ("(212) 555-1234", "+493023125000", "US", "+12125551234"),
    ],
)
def test_a_number_is_read_as_the_caller_would_dial_it_and_that_is_told_masked(
    placed: list[tuple[Settings, PhoneNumber]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    caller: str,
    region: str,
    called: str,
) -> None:
    monkeypatch.setenv("TWILIO_PHONE_NUMBER", caller)
    monkeypatch.setenv("VOICECALL_REGION", region)
    assert dial(typed, "--dry-run") == 0
    assert placed[0][1].e164 == called
    told = capsys.readouterr().err
    assert told == f"The number is read as {PhoneNumber(called)} ({'DE' if called[1] == '4' else 'US'}).\n"


def test_a_rehearsal_reads_numbers_as_the_built_in_carriers_country_does(
    placed: list[tuple[Settings, PhoneNumber]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_PHONE_NUMBER", "+493023125000")
    assert dial("(555) 555-0100", "--sim") == 0
    assert placed[0][1].e164 == "+15555550100"


@pytest.mark.parametrize("number", ["+15555550100", "+493023125000", "+442079460123"])
def test_an_example_pasted_with_keys_set_rings_nobody(
    placed: list[tuple[Settings, PhoneNumber]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: str,
) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    assert dial(number) == 2
    assert "no phone rings there" in capsys.readouterr().err
    assert placed == []


@pytest.mark.parametrize("command", [["dial", "+15555550100"], ["hangup", "CA" + "0" * 32]])
def test_a_misspelt_setting_is_named_before_what_it_explains(
    placed: list[tuple[Settings, PhoneNumber]], capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    Path(".env").write_text("VOICECALL_TUNEL=cloudflared\nTWILIO_ACOUNT_SID=x\n")
    with pytest.raises(SystemExit):
        run(command)
    first, second, error, *_ = capsys.readouterr().err.splitlines()
    assert "did you mean TWILIO_ACCOUNT_SID?" in first
    assert "did you mean VOICECALL_TUNNEL?" in second
    assert error.startswith("Error: ")
    assert placed == []


def test_the_price_is_said_before_a_real_call_and_beside_the_output(
    placed: list[tuple[Settings, PhoneNumber]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    assert dial("+4930123456", "--json") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Cost: about $0.06 a minute for gpt-realtime-2.1")
    assert len(placed) == 1
    assert dial("+4930123456", "--sim") == 0
    assert capsys.readouterr().err == f"{STAND_IN}\n"


def test_that_the_model_is_a_stand_in_is_not_said_of_one_that_has_replies(
    placed: list[tuple[Settings, PhoneNumber]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own scenario.toml"
    own.write_text("[scenario]\nversion = 1\n[[phone.reply]]\nsay = 'Aha.'\n", encoding="utf-8")
    assert dial("+15555550100", "--sim", "--scenario", str(own)) == 0
    assert capsys.readouterr().err == ""
    assert placed[0][0].scenario == str(own)


def test_what_is_wrong_in_a_scenario_file_is_told_before_anybody_is_called(
    placed: list[tuple[Settings, PhoneNumber]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[scenario]\nversion = 1\n[phone]\nring = 2\n", encoding="utf-8")
    assert dial("+15555550100", "--sim", "--scenario", str(own)) != 0
    said = capsys.readouterr().err
    assert "own.toml: line 4: there is no 'ring' here" in said and "Did you mean rings?" in said and placed == []
