"""The checks of the tunnel through a real reverse proxy with TLS: all pass; each misconfiguration is one check's."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.doctor.patient import BRIEF, NOW
from tests.tunnel.proxy import PASS, PASS_HOST, PASS_UPGRADES, Authority, free_port, proxied
from voicecall_core.doctor.context import Examination, OutsideAccess
from voicecall_core.doctor.dns import OwnNames, resolve
from voicecall_core.doctor.examination import chosen, examine
from voicecall_core.doctor.subject import (
    CalleeSettings,
    CarrierSettings,
    MachineSettings,
    ModelSettings,
    PathSettings,
    SafetyLimits,
    Subject,
)
from voicecall_core.doctor.table import CHECKS
from voicecall_core.net.http_client import http_client
from voicecall_core.net.network import TcpNetwork
from voicecall_core.words.checks import CheckResult, Status

pytestmark = pytest.mark.real_sockets
TUNNEL = chosen(CHECKS, ["tunnel"])


async def unhealthy(
    folder: Path, location: str = PASS, server: str = "", *, first: int = -3, last: int = 60
) -> dict[str, CheckResult]:
    """What is not as it should be through nginx; what was skipped because of it left out."""
    authority, port = Authority(folder), free_port()
    authority.certify(folder, first=first, last=last)
    network, tls = OwnNames(TcpNetwork()), authority.believed()
    async with (
        proxied(folder, port, location=location, server=server) as url,
        http_client(network, verify=tls) as http,
        anyio.create_task_group() as tasks,
    ):
        subject = Subject(
            MachineSettings((3, 12, 1)),
            CarrierSettings("http://127.0.0.1:9"),
            ModelSettings("ws://127.0.0.1:9", BRIEF),
            CalleeSettings(),
            PathSettings(port, url, loopback_allowed=True),
            SafetyLimits(600.0, 30.0),
            lambda: NOW,
        )
        room = Examination(subject, OutsideAccess(network, http, http, resolve, tls), tasks, b"secret")
        findings = await examine(TUNNEL, room, heard=lambda finding: None)
        tasks.cancel_scope.cancel()
    assert [finding.name for finding in findings] == [check.name for check in TUNNEL]
    return {each.name: each.said for each in findings if each.said.status not in (Status.OK, Status.SKIPPED)}


async def test_a_proxy_in_order_passes_everything(tmp_path: Path) -> None:
    assert (await unhealthy(tmp_path)).keys() <= {"frames"}  # which alone is a matter of how busy the machine is


@pytest.mark.parametrize(
    ("location", "server", "checks", "error"),
    [
        (PASS.replace(PASS_UPGRADES, ""), "", "upgrade", 31920),
        (PASS + "if ($http_upgrade) { return 404; }", "", "upgrade", 31920),
        (PASS.replace("UPSTREAM;", "UPSTREAM/voice/;"), "", "path", 11200),
        ("rewrite ^(.*)$ $1?added=1 break;" + PASS, "", "path", 11200),
        (PASS + 'proxy_set_body "Mark=$http_i_twilio_idempotency_token";', "", "form upgrade", 11200),
        (PASS + 'proxy_set_header X-Twilio-Signature "";', "", "signature", 11200),
        (PASS.replace(PASS_HOST, "proxy_set_header Host backend.internal:8080;"), "", "host", 0),
        (PASS, "client_max_body_size 20;", "webhook", 11200),
        (PASS.replace("UPSTREAM", "9"), "", "webhook", 11200),
        ("return 301 https://elsewhere.example$request_uri;", "", "webhook", 11215),
        ("return 401;", "", "webhook", 11200),
        ("return 200 'Welcome to nginx!';", "", "webhook", 11200),
    ],
    ids=["no Upgrade", "404 on upgrade", "path prefixed", "query added", "body changed", "signature dropped",
         "Host changed", "body too small", "wrong port behind", "redirect", "password", "another site"],
)  # fmt: skip
async def test_each_misconfiguration_is_one_checks(
    tmp_path: Path, location: str, server: str, checks: str, error: int
) -> None:
    found = await unhealthy(tmp_path, location, server)
    first, *_ = named = checks.split()  # nginx gives its own body to upgrades too, which may have none
    assert [name for name in found if name not in ("frames", "upgrade-signature")] == named
    assert found[first].error == error
    assert found[first].fix


async def test_a_certificate_that_has_expired_is_named(tmp_path: Path) -> None:
    found = await unhealthy(tmp_path, first=-9, last=-1)
    assert {name: said.error for name, said in found.items()} == {"tls": 11236}
