"""The one door: signature first, then the path, then the form; the unknown is let go of, the over is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import anyio
import pytest

from tests.placing import opened_dialer, outgoing
from voicecall_core import Dialer
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.websocket import UpgradeRefused, open_websocket
from voicecall_core.session import Session
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.switchboard import TOMBSTONES, Switchboard

SID = "CA" + "a" * 32
FORM = [("CallSid", SID), ("AccountSid", "AC" + "b" * 32), ("CallStatus", "in-progress"), ("ToCity", "")]


@asynccontextmanager
async def ringing() -> AsyncIterator[tuple[SimulatedCarrier, Switchboard, Session, MemoryNetwork]]:
    """A call that rings for ever, entered at the switchboard."""
    network = MemoryNetwork()
    async with opened_dialer("no-answer", network) as dialer:
        session, switchboard = outgoing(dialer).session, dialer.switchboard
        async with anyio.create_task_group() as tasks, switchboard.line(session):
            tasks.start_soon(session.run)
            await anyio.sleep(1)
            yield carrier_of(dialer), switchboard, session, network
            tasks.cancel_scope.cancel()


def carrier_of(dialer: Dialer) -> SimulatedCarrier:
    assert dialer.simulator is not None
    return dialer.simulator.carrier_server


async def post(
    switchboard: Switchboard, path: str, token: str, form: list[tuple[str, str]] = FORM, *, signature: str | None = None
) -> Response:
    url = switchboard.addresses.asked(path)
    headers = (
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-twilio-signature", sign(token, url, form) if signature is None else signature),
    )
    return await switchboard.answer(Request("POST", path, headers, urlencode(form).encode()))


async def test_a_wrong_signature_changes_nothing() -> None:
    async with ringing() as (carrier, switchboard, session, _):
        before = session.call
        for signature in ("", "nonsense", sign("another token", switchboard.addresses.status("c-5ca1e"), FORM)):
            answer = await post(switchboard, "/c-5ca1e/status", carrier.auth_token, signature=signature)
            assert answer.status == 403
        assert session.call is before and switchboard.refused == 3


async def test_blank_values_count_in_the_signature() -> None:
    async with ringing() as (carrier, switchboard, _, _):
        path = "/c-5ca1e/status"
        without = [pair for pair in FORM if pair[1]]
        wrong = sign(carrier.auth_token, switchboard.addresses.asked(path), without)
        assert (await post(switchboard, path, carrier.auth_token, signature=wrong)).status == 403
        assert (await post(switchboard, path, carrier.auth_token)).status == 204


@pytest.mark.parametrize(
    ("path", "status"), [("/c-none/status", 204), ("/c-none/stream", 204), ("/c-none/twiml/1", 200)]
)
async def test_the_signed_but_unknown_is_let_go_of(path: str, status: int) -> None:
    async with ringing() as (carrier, switchboard, _, _):
        answer = await post(switchboard, path, carrier.auth_token)
        assert answer.status == status
        if status == 200:
            assert answer.body.endswith(b"<Response><Hangup/></Response>")


@pytest.mark.parametrize(
    "path", ["/", "/favicon.ico", "/c-5ca1e", "/c-5ca1e/twiml/x", "/c-5ca1e/twiml/99999", "/a/b/c/d/e"]
)
async def test_what_is_no_path_of_ours_is_not_found(path: str) -> None:
    async with ringing() as (carrier, switchboard, _, _):
        assert (await post(switchboard, path, carrier.auth_token)).status == 404


@pytest.mark.parametrize("form", [[], [("CallSid", "")], [("CallSid", "x"), ("CallStatus", "constructor")]])
async def test_the_signed_and_known_is_taken_whatever_it_says(form: list[tuple[str, str]]) -> None:
    async with ringing() as (carrier, switchboard, session, _):
        before = session.call
        assert (await post(switchboard, "/c-5ca1e/status", carrier.auth_token, form)).status == 204
        answer = await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, form)
        assert answer.status == 200 and b"<Hangup/>" in answer.body
        assert session.call is before


async def test_after_the_end_a_tombstone_answers() -> None:
    async with opened_dialer("busy") as dialer:
        carrier, switchboard, call = carrier_of(dialer), dialer.switchboard, outgoing(dialer)
        over = (await call.run()).call
        assert (await post(switchboard, "/c-5ca1e/status", carrier.auth_token)).status == 204
        answer = await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, [("CallSid", over.sid)])
        assert b"<Hangup/>" in answer.body
        assert call.call.ending == over.ending and switchboard.quiet


async def test_tombstones_are_bounded() -> None:
    async with opened_dialer("busy") as dialer:
        carrier, switchboard, sessions = carrier_of(dialer), dialer.switchboard, []
        for n in range(TOMBSTONES + 5):
            session = outgoing(dialer, f"c-{n}").session
            sessions.append(session)
            async with switchboard.line(session):
                pass
        ringing_form = [("CallSid", SID), ("CallStatus", "ringing")]
        for n in (0, TOMBSTONES + 4):
            assert (await post(switchboard, f"/c-{n}/status", carrier.auth_token, ringing_form)).status == 204
        assert sessions[-1].call.sid == SID  # the last is remembered, and was told
        assert sessions[0].call.sid == ""  # the first is forgotten


@pytest.mark.parametrize(
    ("path", "signed", "status"),
    [
        ("/c-5ca1e/media/1/token", True, 403),  # nothing was served yet
        ("/c-5ca1e/media/1/token", False, 403),
        ("/c-none/media/1/token", True, 403),
        ("/c-5ca1e/status", True, 404),
    ],
)
async def test_sockets_that_nobody_waits_for_are_turned_away(path: str, signed: bool, status: int) -> None:
    async with ringing() as (carrier, switchboard, session, network):
        url = switchboard.addresses.asked(path, socket=True)
        headers = [("x-twilio-signature", sign(carrier.auth_token, url, []))] if signed else []
        with pytest.raises(UpgradeRefused) as refused:
            await open_websocket(network, url, headers=headers)
        assert refused.value.status == status
        assert not session.call.answered
