"""What is gathered for an examination: proxies as HTTP clients obey them, files, numbers, directories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import COMPLETE, settings
from voicecall_cli.doctor_facts import callee, limits, machine, proxies, proxy, settings_as_far_as_they_go
from voicecall_core.errors import SettingsError
from voicecall_core.words.numbers import PhoneNumber

REST = "https://api.twilio.com"


@pytest.mark.parametrize(
    ("environ", "obeyed"),
    [
        ({}, {}),
        ({"HTTPS_PROXY": ""}, {}),
        ({"HTTPS_PROXY": "http://proxy:3128"}, {"HTTPS_PROXY": "http://proxy:3128"}),
        ({"HTTPS_PROXY": "proxy:3128"}, {"HTTPS_PROXY": "http://proxy:3128"}),
        ({"HTTP_PROXY": "http://proxy:3128"}, {}),
        ({"ALL_PROXY": "socks5://proxy"}, {"ALL_PROXY": "socks5://proxy"}),
        ({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "localhost, .twilio.com"}, {}),
        ({"HTTPS_PROXY": "http://proxy", "no_proxy": "*"}, {}),
        ({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "wilio.com"}, {"HTTPS_PROXY": "http://proxy"}),
    ],
)
def test_proxies_are_those_that_a_client_would_obey(environ: dict[str, str], obeyed: dict[str, str]) -> None:
    assert proxies(environ, REST) == obeyed


def test_the_lower_case_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://lower:1")
    assert proxy(settings()) == "http://lower:1"
    monkeypatch.setenv("https_proxy", "socks5://user:password@lower:1")
    assert proxy(settings()) == ""
    told = machine(settings(), ())
    assert told.proxy_fault and "password" not in repr(told)


def test_a_rehearsal_obeys_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    assert machine(settings(flags={"sim": True}), ()).proxies == ()


@pytest.mark.parametrize(("mode", "told"), [(0o600, ""), (0o640, "its group"), (0o644, "everybody on this machine")])
def test_who_may_read_the_keys_is_told(mode: int, told: str) -> None:
    path = Path(".env")
    path.write_text("")
    path.chmod(mode)
    found = machine(settings(), ())
    assert (found.dotenv, found.open_to) == (".env", told)


def test_a_folder_in_which_no_call_can_be_remembered_is_told() -> None:
    Path("taken").write_text("")
    assert machine(settings({"VOICECALL_STATE": "new/folder"}), ()).memory_fault == ""
    assert machine(settings({"VOICECALL_STATE": "taken/under"}), ()).memory_fault.endswith("taken is no folder")
    assert machine(settings({"VOICECALL_STATE": "off"}), ()).memory_fault == ""
    Path("state/key").mkdir(parents=True)
    assert machine(settings({"VOICECALL_STATE": "state"}), ()).memory_fault == "state/key is damaged"


def test_every_wrong_value_is_told_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**COMPLETE, "VOICECALL_PORT": "x", "TWILIO_API_SECRET": "0123456789abcdef"}.items():
        monkeypatch.setenv(name, value)
    found, faulty = settings_as_far_as_they_go({})
    assert [each.env for each in faulty] == ["VOICECALL_PORT", "TWILIO_API_KEY"]
    assert found.account_sid == COMPLETE["TWILIO_ACCOUNT_SID"]


def test_a_file_that_cannot_be_read_is_told_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("VOICECALL_PORT", "7")
    found, faulty = settings_as_far_as_they_go({})
    assert [each.env for each in faulty] == [".env"]
    assert found.port == 7


def test_a_line_that_cannot_be_read_is_told_and_the_others_are_read() -> None:
    Path(".env").write_text("nonsense\nVOICECALL_PORT=7\nVOICECALL_TUNEL=ngrok\nVOICECALL_VOIC=ash\n")
    found, faulty = settings_as_far_as_they_go({})
    assert [(each.env, each.message) for each in faulty] == [(".env", ".env, line 1 cannot be understood.")]
    assert found.port == 7
    assert machine(found, faulty).misspelt == (
        ("VOICECALL_TUNEL", "VOICECALL_TUNNEL"),
        ("VOICECALL_VOIC", "VOICECALL_VOICE"),
    )


def test_what_was_typed_is_not_passed_over() -> None:
    with pytest.raises(SettingsError, match="--port"):
        settings_as_far_as_they_go({"port": "x"})


def test_the_callee_is_known_by_country() -> None:
    found = callee("+4930123456", settings())
    assert (found.number, found.country, found.wrong) == (PhoneNumber("+4930123456"), "DE", "")
    assert callee(None, settings()).number is None
    assert callee("030123456", settings()).wrong


def test_a_rehearsal_has_a_callee_of_its_own() -> None:
    assert callee(None, settings(flags={"sim": True})).country == "US"


def test_a_place_for_call_files_need_not_be_there_yet() -> None:
    assert limits(settings()).log == "calls"
    assert limits(settings()).log_fault == ""
    assert limits(settings(flags={"log": "off"})).log == ""
