from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import COMPLETE, KEY, refusal, settings
from voicecall_cli.completeness import missing_for_call
from voicecall_cli.settings import REAL_PORT, Flags
from voicecall_core.errors import SettingsError
from voicecall_core.simulation import scenario_named

URL = "https://voice.example"


def test_an_api_key_is_a_pair_and_is_then_the_login() -> None:
    found = settings({**COMPLETE, "TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": "s3cret"})
    assert found.login == (KEY, "s3cret")
    assert "TWILIO_API_SECRET is not" in refusal({"TWILIO_API_KEY": KEY}).message
    assert "TWILIO_API_KEY is not" in refusal({"TWILIO_API_SECRET": "s3cret"}).message


def test_scenario_and_seed_typed_without_sim_are_refused() -> None:
    assert refusal(flags={"scenario": "race"}).fix == "Add --sim."
    assert settings({"VOICECALL_SCENARIO": "race"}).scenario == "race"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("museum-M35", "It is called model-closes-at-once now."),
        ("museum-2", "It is called silent-race now."),
        ("rase", "Did you mean race?"),
        ("museum-999", "voicecall dial --list-scenarios shows all."),
    ],
)
def test_a_scenario_that_is_none_is_told_what_may_have_been_meant(typed: str, said: str) -> None:
    with pytest.raises(SettingsError, match="There is no scenario") as refused:
        scenario_named(settings(flags={"sim": True, "scenario": typed}).scenario)
    assert said in str(refused.value.fix)


def test_a_simulated_call_takes_a_free_port_and_does_not_read_what_real_calls_need() -> None:
    found = settings({"TWILIO_ACCOUNT_SID": "nonsense", "OPENAI_REALTIME_URL": "http://x"}, {"sim": True})
    assert (found.port, found.account_sid) == (0, None)
    assert settings({"VOICECALL_PORT": "6000"}, {"sim": True}).port == 6000
    assert missing_for_call(found) == ()


def test_a_public_url_in_the_environment_does_not_lead_a_rehearsal_astray() -> None:
    found = settings(
        {"VOICECALL_PUBLIC_URL": URL, "VOICECALL_TUNNEL": "ngrok", "VOICECALL_CA_FILE": "x"}, {"sim": True}
    )
    assert (found.public_url, found.tunnel, found.ca_file, found.port) == (None, None, None, 0)


def test_a_typed_way_leads_a_rehearsal_through_it_with_the_certificates_that_it_needs() -> None:
    Path("ca.pem").write_text("")
    environ = {"VOICECALL_CA_FILE": "ca.pem", "VOICECALL_TUNNEL": "ngrok", "TWILIO_AUTH_TOKEN": "nonsense"}
    found = settings(environ, {"sim": True, "public_url": URL})
    assert (found.public_url, found.tunnel, found.ca_file, found.port) == (URL, None, Path("ca.pem"), REAL_PORT)
    found = settings({"VOICECALL_PUBLIC_URL": URL}, {"sim": True, "tunnel": "cloudflared"})
    assert (found.public_url, found.tunnel_program, found.port) == (None, "cloudflared", 0)


@pytest.mark.parametrize(
    ("typed", "way"), [({"tunnel": "ngrok"}, ("ngrok", None)), ({"public_url": URL}, (None, URL))], ids=str
)
def test_a_way_that_is_typed_beats_one_that_is_not(typed: Flags, way: tuple[str | None, str | None]) -> None:
    found = settings({"VOICECALL_TUNNEL": "cloudflared", "VOICECALL_PUBLIC_URL": "https://other.example"}, typed)
    assert (found.tunnel_program, found.public_url) == way


def test_two_ways_of_the_same_standing_are_refused() -> None:
    both = refusal({"VOICECALL_TUNNEL": "ngrok", "VOICECALL_PUBLIC_URL": URL}).message
    assert both == (
        "VOICECALL_PUBLIC_URL in the environment and VOICECALL_TUNNEL in the environment name two ways to this program."
    )
    assert "--public-url and --tunnel" in refusal(flags={"tunnel": "ngrok", "public_url": URL}).message


def test_no_tunnel_goes_with_a_public_url() -> None:
    found = settings({"VOICECALL_TUNNEL": "none", "VOICECALL_PUBLIC_URL": URL})
    assert (found.public_url, found.tunnel_program, found.port) == (URL, None, REAL_PORT)


def test_a_tunnel_leads_to_any_free_port_unless_one_is_chosen() -> None:
    assert settings({}, {"tunnel": "ngrok"}).port == 0
    assert settings({"VOICECALL_PORT": "6000"}, {"tunnel": "ngrok"}).port == 6000
    assert settings().port == REAL_PORT


def test_a_call_longer_than_the_cap_is_refused_and_not_shortened() -> None:
    error = refusal(flags={"max_duration_s": "7200"})
    assert error.message == "--max-duration asks for 2h; no call may last longer than 1h."
    assert "VOICECALL_MAX_DURATION_CAP" in error.fix
    raised = settings({"VOICECALL_MAX_DURATION_CAP": "7200"}, {"max_duration_s": "7200"})
    assert raised.max_duration_s == 7200
    assert "VOICECALL_MAX_DURATION in" in refusal({"VOICECALL_MAX_DURATION": "3601"}).message


def test_a_cap_below_the_default_shortens_the_default() -> None:
    assert settings({"VOICECALL_MAX_DURATION_CAP": "120"}).max_duration_s == 120
    refusal({"VOICECALL_MAX_DURATION_CAP": "120", "VOICECALL_MAX_DURATION": "600"})
