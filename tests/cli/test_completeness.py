from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import COMPLETE, SID, TOKEN, settings
from voicecall_cli.completeness import demand_complete, missing_for_call
from voicecall_core.errors import SettingsError


def test_everything_missing_is_told_at_once_with_where_to_find_it() -> None:
    with pytest.raises(SettingsError) as caught:
        demand_complete(settings())
    for name in COMPLETE:
        assert name in caught.value.message
    assert "Console" in caught.value.message
    assert "--sim" in caught.value.fix
    assert "voicecall init" in caught.value.fix
    Path(".env").write_text("")
    with pytest.raises(SettingsError) as caught:
        demand_complete(settings())
    assert "voicecall init" not in caught.value.fix, "which changes no .env that is there"


def test_nothing_is_missing_from_a_complete_set() -> None:
    found = settings(COMPLETE)
    demand_complete(found)
    assert found.public_url == "https://abc.ngrok.app"
    assert found.login == (SID, TOKEN)


def test_a_say_call_needs_no_model() -> None:
    without = {name: value for name, value in COMPLETE.items() if name != "OPENAI_API_KEY"}
    assert [each.env for each in missing_for_call(settings(without))] == ["OPENAI_API_KEY"]
    assert missing_for_call(settings(without, {"say": "Good morning."})) == ()


@pytest.mark.parametrize(("tunnel", "missing"), [("ngrok", []), ("none", ["VOICECALL_PUBLIC_URL"])])
def test_a_tunnel_to_start_takes_the_place_of_a_public_url(tunnel: str, missing: list[str]) -> None:
    without = {name: value for name, value in COMPLETE.items() if name != "VOICECALL_PUBLIC_URL"}
    assert [each.env for each in missing_for_call(settings(without, {"tunnel": tunnel}))] == missing
