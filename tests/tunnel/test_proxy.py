"""The public path through a real reverse proxy with TLS, in order and wrong in each way that people get it wrong."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tunnel.proxy import PASS, PASS_HOST, PASS_UPGRADES, Authority, free_port, proxied
from voicecall_core.carriers.twilio.carrier import twilio
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.errors import SettingsError
from voicecall_core.net.http_client import http_client
from voicecall_core.net.network import TcpNetwork
from voicecall_core.server import open_server

pytestmark = pytest.mark.real_sockets
TOKEN = "0" * 32
FORM = [("CallSid", "CA" + "0" * 32), ("AccountSid", "AC" + "0" * 32), ("CallStatus", "ringing"), ("CallerZip", ""),
        ("CallerName", "Zoë & Söhne = 100% +1"), ("Direction", "outbound-api")]  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    found = Authority(tmp_path)
    found.certify(tmp_path)
    return found


@asynccontextmanager
async def reached(url: str, port: int, tls: ssl.SSLContext) -> AsyncIterator[None]:
    """An exchange on `port` that has been proven through `url`."""
    async with http_client(trust_env=False, verify=tls) as http:
        carrier = twilio(TwilioRest("AC", "AC", TOKEN, http), [TOKEN])
        async with open_server(TcpNetwork(), http, carrier, port=port, public_url=url, secret=b"secret", tls=tls):
            yield


async def fault(
    folder: Path, authority: Authority, *, location: str = PASS, server: str = "", tls: ssl.SSLContext | None = None
) -> SettingsError:
    """What is said of a proxy with this flaw."""
    port = free_port()
    async with proxied(folder, port, location=location, server=server) as url:
        return await said_of(url, port, tls or authority.believed())


async def said_of(url: str, port: int, tls: ssl.SSLContext) -> SettingsError:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with reached(url, port, tls):
            raise AssertionError("it was taken for proven")
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, SettingsError)
    return error


async def test_a_signed_webhook_and_an_upgrade_come_through(tmp_path: Path, authority: Authority) -> None:
    port, tls = free_port(), authority.believed()
    async with (
        proxied(tmp_path, port) as url,
        reached(url, port, tls),
        http_client(trust_env=False, verify=tls) as http,
    ):
        target = f"{url}/c-0/status"
        signed = {"X-Twilio-Signature": sign(TOKEN, target, FORM)}
        assert (await http.post(target, data=dict(FORM), headers=signed)).status_code == 204
        forged = {"X-Twilio-Signature": sign("1" * 32, target, FORM)}
        assert (await http.post(target, data=dict(FORM), headers=forged)).status_code == 403


async def test_another_host_header_does_no_harm_as_the_public_url_is_what_is_signed(
    tmp_path: Path, authority: Authority
) -> None:
    port, tls = free_port(), authority.believed()
    location = PASS.replace(PASS_HOST, "proxy_set_header Host backend.internal:8080;")
    async with (
        proxied(tmp_path, port, location=location) as url,
        reached(url, port, tls),
        http_client(trust_env=False, verify=tls) as http,
    ):
        target = f"{url}/c-0/status"
        signed = {"X-Twilio-Signature": sign(TOKEN, target, FORM)}
        assert (await http.post(target, data=dict(FORM), headers=signed)).status_code == 204


@pytest.mark.parametrize(
    ("location", "server", "says", "code", "fix"),
    [
        (PASS.replace(PASS_UPGRADES, ""), "", "a WebSocket is refused with HTTP", 31920, "proxy_set_header Upgrade"),
        (PASS.replace("UPSTREAM;", "UPSTREAM/voice/;"), "", "sent /probe/...?", 11200, "proxy_pass without a path"),
        ("rewrite ^(.*)$ $1?added=1 break;" + PASS, "", "the path of a request is changed", 11200, "path on as it is"),
        (PASS + 'proxy_set_body "Direction=outbound-api";', "", "the form of a request is changed", 11200, "form on"),
        (PASS, "client_max_body_size 20;", "forms are too large for it (HTTP 413)", 11200, "client_max_body_size"),
        (PASS.replace("UPSTREAM", "9"), "", "nobody answers behind it (HTTP 502)", 11200, "--port"),
        ("return 301 https://elsewhere.example$request_uri;", "", "to https://elsewhere.example (HTTP 301)", 11215,
         "redirects"),
        ("return 401;", "", "it asks for a password (HTTP 401)", 11200, "its requests are signed"),
        ("return 200 'Welcome to nginx!';", "", "it is answered by something else (HTTP 200)", 11200, "--port"),
        (PASS + "if ($http_upgrade) { return 404; }", "", "refused with HTTP 404", 31920, "Upgrade"),
    ],
    ids=["no Upgrade", "path prefixed", "query added", "body changed", "body too small", "wrong port behind",
         "redirect", "password", "another site", "404 on upgrade"],
)  # fmt: skip
async def test_each_misconfiguration_is_named_with_the_carriers_code_and_the_fix(
    tmp_path: Path, authority: Authority, location: str, server: str, says: str, code: int, fix: str
) -> None:
    error = await fault(tmp_path, authority, location=location, server=server)
    assert says in error.message
    assert error.message.endswith(f"Twilio would report {code}.")
    assert fix in error.fix


@pytest.mark.parametrize(
    ("wrong", "says", "code"),
    [
        ({"last": -1}, "its certificate has expired", 11236),
        ({"first": 1}, "its certificate is not valid yet", 11236),
        ({"host": "other.example"}, "its certificate is for another host", 11235),
    ],
)
async def test_a_certificate_that_does_not_hold_is_named(
    tmp_path: Path, authority: Authority, wrong: dict[str, Any], says: str, code: int
) -> None:
    authority.certify(tmp_path, **wrong)
    error = await fault(tmp_path, authority)
    assert says in error.message
    assert f"report {code}." in error.message


async def test_an_authority_that_nobody_knows_is_named_with_the_setting_for_it(
    tmp_path: Path, authority: Authority
) -> None:
    error = await fault(tmp_path, authority, tls=ssl.create_default_context())
    assert "from no authority that is known here. Twilio would report 11237." in error.message
    assert "VOICECALL_CA_FILE" in error.fix


async def test_a_port_on_which_nobody_listens_is_named(authority: Authority) -> None:
    error = await said_of(f"https://localhost:{free_port()}", free_port(), authority.believed())
    assert "it cannot be reached" in error.message
    assert error.message.endswith("Twilio would report 11205.")


async def test_a_port_that_speaks_no_tls_is_named(authority: Authority) -> None:
    port = free_port()
    error = await said_of(f"https://localhost:{port}", port, authority.believed())
    assert "it does not speak TLS" in error.message
    assert error.message.endswith("Twilio would report 11220.")


async def test_a_name_that_is_not_in_the_dns_is_named(authority: Authority) -> None:
    error = await said_of("https://nowhere.invalid", free_port(), authority.believed())
    assert "its name is not in the DNS. Twilio would report 11210." in error.message
