from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from anyio.abc import ByteStream

from voicecall_core.line.hosts import LED, Place, place_of
from voicecall_core.line.surroundings import Files, Keys, surroundings
from voicecall_core.line.upstream import spares, upstream_of
from voicecall_core.net.memory import MemoryNetwork

KEYS = Keys(
    account_sid="AC" + "a" * 32,
    auth_token="our-token",
    api_key="SK" + "b" * 32,
    api_secret="our-secret",
    number="+15005550006",
    model_key="sk-sim-1",
    model_url="http://127.0.0.1:2/v1",
)
FILES = Files(Path("/r/roots.pem"), Path("/r/extra.pem"), Path("/r/lead.cjs"), Path("/r/python"))


def given(**environ: str) -> dict[str, str]:
    return surroundings(environ, KEYS, FILES, 4000)


def test_a_program_gets_the_lines_own_keys_and_finds_its_way() -> None:
    found = given(PATH="/bin", HOME="/home/x")
    assert (found["PATH"], found["HOME"]) == ("/bin", "/home/x")
    assert found["TWILIO_ACCOUNT_SID"] == KEYS.account_sid
    assert found["TWILIO_AUTH_TOKEN"] == "our-token"
    assert {found[name] for name in ("TWILIO_PHONE_NUMBER", "TWILIO_FROM", "TWILIO_NUMBER")} == {KEYS.number}
    assert (found["OPENAI_API_KEY"], found["OPENAI_BASE_URL"]) == ("sk-sim-1", "http://127.0.0.1:2/v1")
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://127.0.0.1:4000"
    assert found["SSL_CERT_FILE"] == found["REQUESTS_CA_BUNDLE"] == found["CURL_CA_BUNDLE"] == "/r/roots.pem"
    assert found["NODE_EXTRA_CA_CERTS"] == "/r/extra.pem"
    assert found["NODE_OPTIONS"] == '--require "/r/lead.cjs"' and found["PYTHONPATH"] == "/r/python"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "AC" + "1" * 32),
        ("MY_ACCOUNT", "AC" + "1" * 32),  # under whatever name
        ("TWILIO_API_KEY", "SK" + "1" * 32),
        ("TWILIO_API_KEY_SECRET", "real-secret"),
        ("TWILIO_API_SECRET", "real-secret"),
        ("TWILIO_AUTH_TOKEN", "real-token"),
        ("REACT_APP_TWILIO_AUTH_TOKEN", "real-token"),
        ("TWILIO_CALLER_ID", "+14155552671"),
        ("OPENAI_API_KEY", "sk-real"),
        ("OPENAI_ADMIN_KEY", "sk-real"),
        ("OPENAI_ORG_ID", "org-real"),
        ("OPENAI_BASE_URL", "https://real.example/v1"),
    ],
)
def test_no_key_of_the_users_is_left(name: str, value: str) -> None:
    assert value not in given(**{name: value}).values()


def test_what_is_nobodys_key_stays() -> None:
    environ = {"ANTHROPIC_API_KEY": "sk-ant-1", "AZURE_OPENAI_KEY": "k", "TWILIO_TIMEOUT": "5", "PORT": "8000"}
    found = given(**environ)
    assert {name: found[name] for name in environ} == environ


def test_what_would_lead_past_the_line_is_taken_away() -> None:
    found = given(
        TWILIO_REGION="ie1",
        TWILIO_EDGE="dublin",
        NO_PROXY="twilio.com,.internal.example,*,api.openai.com",
        HTTPS_PROXY="http://proxy.example:3128",
        NODE_OPTIONS="--max-old-space-size=512",
        PYTHONPATH="/mine",
    )
    assert "TWILIO_REGION" not in found and "TWILIO_EDGE" not in found
    assert found["NO_PROXY"] == found["no_proxy"] == "localhost,127.0.0.1,::1,internal.example"
    assert found["HTTPS_PROXY"] == "http://127.0.0.1:4000"
    assert found["NODE_OPTIONS"] == '--max-old-space-size=512 --require "/r/lead.cjs"'
    assert found["PYTHONPATH"] == "/r/python:/mine"


@pytest.mark.parametrize(
    ("host", "place"),
    [
        *((host, place) for host, place in LED.items()),
        ("API.Twilio.com.", Place.CARRIER),
        ("api.dublin.ie1.twilio.com", Place.NOWHERE),
        ("verify.twilio.com", Place.NOWHERE),
        ("eu.api.openai.com", Place.NOWHERE),
        ("api.twilio.com.evil.example", Place.OUTSIDE),
        ("nottwilio.com", Place.OUTSIDE),
        ("127.0.0.1", Place.OUTSIDE),
    ],
)
def test_where_a_host_leads(host: str, place: Place) -> None:
    assert place_of(host) is place


class Asked(MemoryNetwork):
    """Remembers where it was asked to go, and gets nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[str, int]] = []

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        self.places.append((host, port))
        raise ConnectionRefusedError


async def test_who_has_no_proxy_and_whom_it_spares_is_reached_straight() -> None:
    network = Asked()
    environ = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "spared.example"}
    for found, host in (({}, "a.example"), (environ, "spared.example"), (environ, "127.0.0.1"), (environ, "a.example")):
        with pytest.raises(ConnectionRefusedError):
            await upstream_of(found, network).connect(host, 443)
    straight = [("a.example", 443), ("spared.example", 443), ("127.0.0.1", 443)]
    assert network.places == [*straight, ("proxy.example", 3128)]


def test_the_users_own_proxy_is_found_and_kept_for_the_others() -> None:
    network = MemoryNetwork()
    found = upstream_of({"HTTPS_PROXY": "http://u:p%40ss@proxy.example:3128", "NO_PROXY": ".a.example, b:443"}, network)
    assert (found.host, found.port, found.login) == ("proxy.example", 3128, "u:p@ss")
    assert "p@ss" not in repr(found)
    assert spares(found.spared, "x.a.example") and spares(found.spared, "b") and not spares(found.spared, "xb")
    assert upstream_of({}, network).host == ""
    assert upstream_of({"https_proxy": "socks5://p:1"}, network).unread == "socks5"
