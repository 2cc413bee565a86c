from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.shell import COMPLETE, TOKEN, refusal, settings
from tests.write_docs import ROOT
from voicecall_cli.settings import (
    REAL_PORT,
    dotenv_entries,
    environment_for_others,
    misspelt,
    settings_from,
    slips,
    wants_traceback,
)
from voicecall_core.errors import SettingsError
from voicecall_core.words.terms import PATIENCE_S, Greet, Policy


def write(text: str | bytes) -> None:
    Path(".env").write_bytes(text.encode() if isinstance(text, str) else text)


def test_without_anything_the_defaults_hold() -> None:
    found = settings()
    assert (found.sim, found.guard, found.greet) == (False, Policy.GUARD, Greet.RINGING)
    assert (found.model, found.voice) == ("gpt-realtime-2.1", "marin")
    assert (found.max_duration_s, found.ring_timeout_s, found.port) == (600.0, 30.0, REAL_PORT)
    assert found.log == Path("calls")
    assert found.realtime_url == "wss://api.openai.com/v1/realtime"
    assert "AI" in found.greeting
    assert set(found.sources.values()) == {"default"}


def test_a_flag_beats_the_environment_which_beats_dotenv_which_beats_the_default() -> None:
    name = "VOICECALL_VOICE"
    write(f"{name}=cedar\n")
    assert settings().voice == "cedar"
    assert settings({name: "ash"}).voice == "ash"
    assert settings({name: "ash"}, {"voice": "coral"}).voice == "coral"
    assert settings({name: "ash"}, {"voice": None}).voice == "ash"


def test_where_a_value_was_found_is_told() -> None:
    write("\n# a comment\nVOICECALL_MODEL=gpt-realtime-1.5\n")
    found = settings({"VOICECALL_VOICE": "ash"}, {"seed": "7", "sim": True})
    assert found.sources["model"] == "VOICECALL_MODEL in .env, line 3"
    assert found.sources["voice"] == "VOICECALL_VOICE in the environment"
    assert found.sources["seed"] == "--seed"


def test_a_switch_can_be_turned_back_by_its_flag() -> None:
    assert settings({"VOICECALL_PLAIN": "yes"}).plain
    assert not settings({"VOICECALL_PLAIN": "1"}, {"plain": False}).plain


def test_an_empty_value_counts_as_none_but_an_empty_flag_is_a_slip() -> None:
    write("VOICECALL_VOICE=\nVOICECALL_SAY=  \n")
    found = settings({"VOICECALL_MODEL": " "})
    assert (found.voice, found.model, found.say) == ("marin", "gpt-realtime-2.1", None)
    assert "--voice is empty" in refusal(flags={"voice": ""}).message


def test_log_can_be_turned_off() -> None:
    assert settings(flags={"log": "off"}).log is None
    assert settings({"VOICECALL_LOG": "off"}).log is None
    Path("taken").write_text("")
    assert "which is a file" in refusal(flags={"log": "taken"}).message


def test_the_greeting_is_kept_where_programs_keep_what_can_be_made_again() -> None:
    assert settings({"XDG_CACHE_HOME": "/var/cache"}).cache == Path("/var/cache/voicecall")
    assert settings({"XDG_CACHE_HOME": "relative"}).cache == Path.home() / ".cache" / "voicecall"
    assert settings({"VOICECALL_CACHE": "mine"}).cache == Path("mine")
    assert settings({"VOICECALL_CACHE": "off"}).cache is None


def test_patience_has_its_bounds() -> None:
    assert settings().patience_s == PATIENCE_S
    assert settings({"VOICECALL_PATIENCE": "2.5"}).patience_s == 2.5
    assert settings(flags={"patience_s": "30s"}).patience_s == 30
    for wrong in ("0.9", "31", "-1", "soon"):
        assert "Write 1s to 30s" in refusal(flags={"patience_s": wrong}).fix


def test_the_clip_that_asks_for_a_moment_is_the_shipped_one_ones_own_or_none() -> None:
    Path("wait.ulaw").write_bytes(b"\xff" * 160)
    assert settings().moment_clip is None
    assert settings(flags={"moment_clip": "wait.ulaw"}).moment_clip == Path("wait.ulaw")
    assert settings({"VOICECALL_MOMENT_CLIP": "OFF"}).moment_clip == "off"
    assert "which is not there" in refusal(flags={"moment_clip": "absent"}).message


def test_a_wrong_value_is_refused_with_its_place_and_what_to_write() -> None:
    write("\n\nVOICECALL_PORT=70000\n")
    error = refusal()
    assert error.message == "VOICECALL_PORT in .env, line 3 is '70000', which is not a port."
    assert error.fix == "Write a number from 0 to 65535; 0 takes any free port."
    assert error.setting == "VOICECALL_PORT"
    assert refusal({"VOICECALL_PORT": "x"}).message.startswith("VOICECALL_PORT in the environment")
    assert refusal(flags={"port": "x"}).message.startswith("--port ")


def test_no_secret_and_no_full_number_is_in_a_repr_or_an_error() -> None:
    shown = repr(settings(COMPLETE))
    assert TOKEN not in shown and "0123456789abcdef" not in shown and "+15555550100" not in shown
    assert "cdef" in shown
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER"):
        error = refusal({name: "sk-proj-0123456789abcdef"})
        assert "0123456789" not in error.message + error.fix


@pytest.mark.parametrize(
    "text",
    [
        b"VOICECALL_VOICE=ash\r\nVOICECALL_MODEL=m\r\n",
        b"\xef\xbb\xbfVOICECALL_VOICE=ash\nVOICECALL_MODEL='m'",
        b'export VOICECALL_VOICE = "ash" # comment\n\n\nVOICECALL_MODEL=m',
    ],
)
def test_dotenv_files_of_every_editor_are_read(text: bytes) -> None:
    write(text)
    found = settings()
    assert (found.voice, found.model) == ("ash", "m")


def test_a_dollar_in_dotenv_is_a_dollar() -> None:
    write("VOICECALL_SAY='It costs ${PRICE}, or $5.'\n")
    assert settings({"PRICE": "1"}).say == "It costs ${PRICE}, or $5."


@pytest.mark.parametrize("text", ["VOICECALL_SAY='unclosed\n", "VOICECALL_SAY\n", "\n\n=x\n"])
def test_a_line_that_cannot_be_understood_is_named_by_number_and_not_shown(text: str) -> None:
    write(text)
    error = refusal()
    assert error.message.startswith(f".env, line {text.count(chr(10)) if text.startswith(chr(10)) else 1} cannot")
    assert "unclosed" not in error.message


def test_a_dotenv_that_is_no_text_file_is_refused_in_words() -> None:
    write("VOICECALL_VOICE=ash".encode("utf-16"))
    assert "UTF-8" in refusal().message
    Path(".env").unlink()
    Path(".env").mkdir()
    assert refusal().message == ".env is a directory."


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_dotenv_is_refused_in_words() -> None:
    write("VOICECALL_VOICE=ash")
    Path(".env").chmod(0)
    assert "cannot be read" in refusal().message


def test_the_example_is_read_without_an_error_and_changes_nothing() -> None:
    write((ROOT / ".env.example").read_bytes())
    assert settings() == settings_from({}, {}, Path("absent"))


def test_every_line_of_the_example_is_true_when_its_comment_sign_is_taken_away() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    opened = [line[2:] if line.startswith(("# VOICECALL_", "# TWILIO_", "# OPENAI_")) else line for line in lines]
    write("\n".join(opened))
    assert len(dotenv_entries()) > 25
    assert replace(settings(), sources={}) == replace(settings_from({}, {}, Path("absent")), sources={})


def test_misspelt_names_are_found_with_what_was_meant() -> None:
    slips = ["TWILIO_ACOUNT_SID", "VOICECALL_VOIC", "VOICECALL_XYZZY", "OPENAI_KEY", "OPEN_AI_API_KEY"]
    others = ["TWILIO_REGION", "TWILIO_FLEX_SID", "OPENAI_ORG_ID", "PATH", "VOICECALL_DEBUG", "VOICECALL_PORT"]
    names = dict.fromkeys([*slips, "TWILIO_FROM_NUMBER", *others])
    assert misspelt(names) == [
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("OPEN_AI_API_KEY", "OPENAI_API_KEY"),
        ("TWILIO_ACOUNT_SID", "TWILIO_ACCOUNT_SID"),
        ("TWILIO_FROM_NUMBER", "TWILIO_PHONE_NUMBER"),
        ("VOICECALL_VOIC", "VOICECALL_VOICE"),
        ("VOICECALL_XYZZY", ""),
    ]


def test_each_slip_is_told_with_its_place_and_its_own_mend() -> None:
    write("VOICECALL_TUNEL=ngrok\n\nVOICECALL_XYZZY=1\n")
    assert slips({"OPENAI_KEY": "k", "PATH": "/bin"}) == [
        "OPENAI_KEY in the environment is no setting: did you mean OPENAI_API_KEY?",
        "VOICECALL_TUNEL in .env, line 1 is no setting: did you mean VOICECALL_TUNNEL?",
        "VOICECALL_XYZZY in .env, line 3 is no setting: voicecall reads nothing there.",
    ]
    assert slips({}, Path("absent")) == []


@pytest.mark.parametrize(
    "unread", ["nonsense", "VOICECALL_SAY", "VOICECALL_SAY='never closed", "VOICECALL_VOICE=caf\udce9"]
)
def test_a_line_that_cannot_be_read_hides_no_slip(unread: str) -> None:
    text = f"VOICECALL_VOIC=ash\n{unread}\nexport VOICECALL_TUNEL=ngrok\nVOICECALL_GREETING='Hello.'\n"
    write(text.encode(errors="surrogateescape"))
    assert [line.split("did you mean ")[1] for line in slips({})] == ["VOICECALL_TUNNEL?", "VOICECALL_VOICE?"]
    with pytest.raises(SettingsError):
        dotenv_entries()


def test_lines_that_cannot_be_read_are_named_all_at_once() -> None:
    write("nonsense\nVOICECALL_VOICE=ash\nmore nonsense\n")
    assert refusal().message == ".env, lines 1, 3 cannot be understood."


def test_another_programs_name_is_no_slip_where_ours_is_set_too() -> None:
    assert misspelt({"TWILIO_FROM_NUMBER": "", "TWILIO_PHONE_NUMBER": ""}) == []


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "UTF-8" in refusal({"VOICECALL_SAY": "caf\udce9"}).message


def test_a_traceback_has_to_be_asked_for() -> None:
    assert wants_traceback({"VOICECALL_DEBUG": "1"})
    assert not wants_traceback({"VOICECALL_DEBUG": "0"}) and not wants_traceback({})


def test_programs_that_we_start_see_none_of_our_settings() -> None:
    ours = {"TWILIO_AUTH_TOKEN": "t", "OPENAI_API_KEY": "k", "VOICECALL_SIM": "1"}
    assert environment_for_others({**ours, "PATH": "/bin", "NGROK_AUTHTOKEN": "n"}) == {
        "PATH": "/bin",
        "NGROK_AUTHTOKEN": "n",
    }
