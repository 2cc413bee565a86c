from __future__ import annotations

import re

import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.fictional import is_fictional
from voicecall_core.line.maps import routes_of
from voicecall_core.line.numbers import BY_NAME_ALONE, NUMBERS, REFUSED, scenario_for
from voicecall_core.net.routes import Origin, Routes
from voicecall_core.simulation import scenario_named
from voicecall_core.simulator.carrier.rest_errors import REFUSALS
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS

ORDINARY = scenario_named("ordinary")


def test_every_shipped_scenario_has_one_number_and_nobody_has_that() -> None:
    assert sorted([*NUMBERS.values(), *BY_NAME_ALONE]) == sorted(SCENARIOS)
    assert all(is_fictional(number) for number in NUMBERS)


def test_numbers_keep_their_scenarios() -> None:
    """What other people's tests stand on: a new scenario comes behind the last."""
    kept = {"+15555550100": "ordinary", "+15555550107": "busy", "+15555550179": "every-stream-turned-away"}
    assert {number: NUMBERS[number] for number in kept} == kept


def test_a_number_says_what_is_played() -> None:
    assert scenario_for("+15555550107", ORDINARY).name == "busy"
    assert scenario_for("+14155552671", ORDINARY) is ORDINARY
    for number, code in REFUSED.items():
        assert scenario_for(number, ORDINARY).carrier.create_refused == code and code in REFUSALS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://a.example", "says not where it leads"),
        ("nonsense=http://127.0.0.1:1", "is no public address"),
        ("https://a.example/path=http://127.0.0.1:1", "has a path"),
        ("http://127.0.0.1:2=http://127.0.0.1:1", "is of this machine"),
        ("https://a.example=http://b.example:1", "anybody on the way"),
        ("https://a.example=http://127.0.0.1", "is no port of this machine"),
        ("https://a.example=127.0.0.1:1", "has no scheme"),
        ("https://a.example=http://127.0.0.1:99999", "is not a URL"),
        ("https://a.example=https://127.0.0.1:1", "without encryption"),
    ],
)
def test_a_wrong_map_gets_a_sentence(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        routes_of([text])


def test_a_public_address_is_mapped_once() -> None:
    with pytest.raises(SettingsError, match="mapped twice"):
        routes_of(["https://a.example=http://127.0.0.1:1", "https://A.example=http://127.0.0.1:2"])


def test_a_mapped_address_is_asked_for_by_its_public_name() -> None:
    routes = routes_of(["https://a.example=http://127.0.0.1:8000", "https://b.example:8443=http://localhost:8001"])
    assert routes.reached("https://A.example/x?y=1") == "http://a.example/x?y=1"
    assert routes.reached("wss://a.example/media") == "ws://a.example/media"
    assert routes.reached("https://b.example:8443/x") == "http://b.example:8443/x"
    assert routes.headers("wss://a.example/media") == {"X-Forwarded-Proto": "https"}
    assert routes.port_of("a.example", 80) == 8000 and routes.port_of("b.example", 8443) == 8001
    assert routes.port_of("a.example", 443) == 0


def test_hosts_that_lead_nowhere_here_are_remembered_a_bounded_number_of_them() -> None:
    routes = Routes({Origin("https", "a.example", 443): 1})
    for number in range(100):
        assert routes.reached(f"https://h{number}.example/") == f"https://h{number}.example/"
    routes.reached("http://127.0.0.1:8000/")
    assert len(routes.strange) == 64 and "127.0.0.1" not in routes.strange
