"""One half of a call simulated, the other real: against servers that are not in the program which places it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.cli.shell import COMPLETE
from tests.placing import simulator_from_outside
from tests.simulator.program import plan
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_cli.main import run
from voicecall_cli.settings import Settings, settings_from
from voicecall_cli.without_effect import STAND_IN, without_effect
from voicecall_core.clips import STAND_IN as CLIP
from voicecall_core.clips import STAND_IN_TEXT, shipped
from voicecall_core.errors import SettingsError
from voicecall_core.simulator.carrier.heard import heard_clip
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Listen, Speak, Wait
from voicecall_core.simulator.voices import clip

NUMBER = "+14155552671"  # valid in form; the servers below are on this machine
OF_THE_CARRIER = ("TWILIO", "VOICECALL_PUBLIC_URL", "VOICECALL_PORT", "VOICECALL_STATE")
ORDER = """
[scenario]
version = 1
[[phone.turn]]
say = "Hello?"
[[phone.reply]]
when = "hello"
say = "For when?"
"""
pytestmark = pytest.mark.timeout(60)


async def program(folder: Path, environment: dict[str, str], *typed: str) -> tuple[int, str]:
    """What a program of ours, with this environment alone, exits with and says."""
    command = [sys.executable, "-m", "voicecall_cli", *typed]
    own = {"PYTHONPATH": f"{ROOT}:{ROOT / 'cli'}", "PATH": os.environ["PATH"], "HOME": str(folder)}
    done = await anyio.run_process(command, env=own | environment, cwd=folder, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def without(settings: dict[str, str], *beginnings: str) -> dict[str, str]:
    kept = {name: text for name, text in settings.items() if name.startswith(("VOICECALL", "TWILIO", "OPENAI"))}
    return {name: text for name, text in kept.items() if not name.startswith(beginnings)}


def header(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "calls").glob("*.jsonl")
    found: dict[str, Any] = json.loads(path.read_text("utf-8").splitlines()[0])
    return found


def remembered(folder: Path) -> list[Path]:
    """The ledger's entries."""
    return list((folder / "state").glob("c-*"))


@pytest.mark.real_sockets
async def test_with_a_simulated_carrier_the_real_models_key_is_all_it_takes(tmp_path: Path) -> None:
    async with simulator_from_outside("ordinary") as (outside, settings):
        typed = ("dial", "+15555550100", "--simulate", "carrier", "--scenario", "callee-hangs-up-early", "--plain")
        own = ("--instructions", "Ask for the day.")
        code, told = await program(tmp_path, without(settings, *OF_THE_CARRIER), *typed, *own)
        assert code == Exit.UNHEARD, told
        asked = [entry.detail for entry in outside.model_server.log if entry.what == "updated"]
        assert asked[0]["instructions"] == "Ask for the day." and not outside.carrier_server.calls
    found = header(tmp_path)
    assert (found["scenario"], found["simulated"]) == ("callee-hangs-up-early", "carrier")
    assert "no phone rings" in told and remembered(tmp_path) == []


@pytest.mark.real_sockets
async def test_a_person_is_told_first_that_the_model_is_simulated(tmp_path: Path) -> None:
    async with simulator_from_outside(plan(Listen(), Speak("short"), Wait(2_000), HangUpPhone())) as outer:
        outside, settings = outer
        environment = without(settings, "OPENAI") | {"VOICECALL_VOICE": "ash"}
        typed = ("dial", NUMBER, "--simulate", "model", "--plain")
        code, told = await program(tmp_path, environment, *typed)
        assert code == 0, told
        log = outside.carrier_server.log
        assert not outside.model_server.log
    notice, reply = heard_clip(log, shipped(CLIP)), heard_clip(log, clip("reply-1").audio[:4_000])
    assert notice is not None and reply is not None and notice < reply
    assert heard_clip(log, clip("greeting").audio) is None
    found = header(tmp_path)
    assert "scenario" not in found and found["simulated"] == "model" and found["terms"]["model"] == "simulated"
    assert found["terms"]["pii_kept"] == STAND_IN_TEXT
    assert "The built-in model does not read VOICECALL_VOICE in the environment." in told
    assert "the model is simulated, and the callee is told so first" in told
    assert "about $0.0000" in told and len(remembered(tmp_path)) == 1, "as a real call is"


@pytest.mark.real_sockets
async def test_nobody_is_called_who_could_not_be_told(tmp_path: Path) -> None:
    async with simulator_from_outside("ordinary") as (outside, settings):
        typed = ("dial", NUMBER, "--simulate", "model", "--guard", "off", "--plain")
        code, told = await program(tmp_path, without(settings, "OPENAI"), *typed)
        assert code == 2 and "Nobody would be told that the model is simulated" in told
        assert not outside.carrier_server.calls


@pytest.mark.real_sockets
async def test_doctor_examines_what_is_real(tmp_path: Path) -> None:
    async with simulator_from_outside("ordinary") as (_, settings):
        environment = without(settings, *OF_THE_CARRIER)
        code, told = await program(tmp_path, environment, "doctor", "--simulate", "carrier")
        assert code == 0, told
        assert "Next: voicecall dial +15555550100 --simulate carrier" in told


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    calls: list[Settings] = []

    def place(settings: Settings, _: object) -> int:
        calls.append(settings)
        return 0

    monkeypatch.setitem(sys.modules, "voicecall_cli.dial_run", SimpleNamespace(place=place))
    return calls


def dial(*typed: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(["dial", *typed])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize(
    ("half", "lacking", "needless"),
    [("carrier", "OPENAI_API_KEY", "TWILIO"), ("model", "TWILIO_ACCOUNT_SID", "OPENAI")],
)
def test_only_what_stays_real_needs_its_keys(
    half: str, lacking: str, needless: str, placed: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dial(NUMBER, "--simulate", half) == 2
    told = capsys.readouterr().err
    assert lacking in told and needless not in told and not placed


def test_a_bad_key_of_the_half_that_is_built_in_is_not_even_read(
    placed: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in COMPLETE.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("OPENAI_API_KEY", '"bad"')
    assert (dial(NUMBER, "--simulate", "model"), dial(NUMBER, "--simulate", "carrier")) == (0, 2)
    monkeypatch.setenv("OPENAI_API_KEY", COMPLETE["OPENAI_API_KEY"])
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", '"bad"')
    assert (dial(NUMBER, "--simulate", "model"), dial(NUMBER, "--simulate", "carrier")) == (2, 0)
    assert [settings.phone_rings for settings in placed] == [True, False]
    assert [settings.model_is_real for settings in placed] == [False, True]


def test_a_phone_that_rings_is_guarded_as_in_any_real_call(
    placed: list[Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (COMPLETE | {"VOICECALL_ALLOW": "+49"}).items():
        monkeypatch.setenv(name, text)
    assert dial(NUMBER, "--simulate", "model") == 2
    assert "begins with none of +49" in capsys.readouterr().err
    assert dial("+15555550100", "--simulate", "model") == 2
    assert "no phone rings there" in capsys.readouterr().err
    assert dial("+15555550100", "--simulate", "carrier") == 0


def settings(environ: Mapping[str, str] | None = None, **typed: Any) -> Settings:
    return settings_from(environ or {}, typed, Path("absent"))


def test_what_is_typed_says_which_half_and_two_answers_are_none() -> None:
    both, one = {"VOICECALL_SIM": "1"}, {"VOICECALL_SIMULATE": "model"}
    assert (settings(both, simulate="model").sim, settings(both, simulate="model").simulate) == (False, "model")
    assert (settings(one, sim="on").sim, settings(one, sim="on").simulate) == (True, None)
    with pytest.raises(SettingsError, match="simulates both halves of the call"):
        settings(both | one)
    with pytest.raises(SettingsError, match="simulates both halves of the call"):
        settings(sim="on", simulate="model")
    with pytest.raises(SettingsError, match="--simulate is 'both'"):
        settings(simulate="both")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"sim": "on"}, [STAND_IN]),
        ({"voice": "ash"}, []),
        ({"simulate": "carrier", "voice": "ash", "instructions": "Hm."}, []),
        ({"sim": "on", "voice": "ash", "instructions": "Hm."}, [STAND_IN, "does not read --voice and --instructions."]),
        ({"simulate": "model", "model": "m"}, [STAND_IN, "does not read --model."]),
        ({"say": "Hm.", "voice": "ash"}, ["An announcement uses no model: --voice has no effect."]),
        ({"say": "Hm.", "simulate": "model"}, ["An announcement uses no model: --simulate model has no effect."]),
        (
            {"simulate": "model", "scenario": "busy"},
            [STAND_IN, "busy plans for carrier and callee has no effect."],
        ),
        ({"simulate": "carrier", "scenario": "agent-ends"}, ["what scenario agent-ends plans for it has no effect."]),
        ({"simulate": "carrier", "scenario": "busy"}, []),
    ],
)
def test_what_cannot_take_effect_is_said(typed: dict[str, Any], said: list[str]) -> None:
    told = list(without_effect(settings(**typed)))
    assert len(told) == len(said) and all(line.endswith(each) for line, each in zip(told, said, strict=True)), told


def test_a_reply_that_waits_for_a_real_callees_words_is_told(tmp_path: Path) -> None:
    path = tmp_path / "order.toml"
    path.write_text(ORDER, encoding="utf-8")
    told = list(without_effect(settings(simulate="model", scenario=str(path))))
    assert len(told) == 2 and "replies with a `when` are never due" in told[0]
    assert list(without_effect(settings(sim="on", scenario=str(path)))) == []
