"""The one door: what costs nothing first, then the signature, then the form; the unknown is let go of."""

from __future__ import annotations

import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import anyio
import pytest

from tests.placing import CALL_ID, CALLEE, UNSCALED, opened_dialer, outgoing
from voicecall_core import Dialer, OutgoingCall
from voicecall_core.call.step import Call, Entry, Step
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.session import Session
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.switchboard import TOMBSTONES, Switchboard
from voicecall_core.words.events import Event, TurnedAway
from voicecall_core.words.values import Fault, Knock

SID = "CA" + "a" * 32
NONSENSE = "n" * 27 + "="  # of a signature's length and letters
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


def untouched(session: Session, before: Call) -> bool:
    """Nothing of the call has changed, but that it is noted who knocked."""
    return replace(session.call, at=before.at, notes=before.notes, knocks=before.knocks) == before


async def test_a_wrong_signature_changes_nothing() -> None:
    async with ringing() as (carrier, switchboard, session, _):
        before = session.call
        wrong = sign("another token", switchboard.addresses.status("c-5ca1e"), FORM)
        for signature in ("", "nonsense", NONSENSE, wrong):
            answer = await post(switchboard, "/c-5ca1e/status", carrier.auth_token, signature=signature)
            assert answer.status == 403
        assert untouched(session, before)
        assert (switchboard.refused, switchboard.outsiders) == (2, 2)  # two are no signature at all


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
        assert untouched(session, before)


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


async def test_a_tombstone_keeps_nothing_of_what_was_said() -> None:
    def entries() -> int:
        gc.collect()
        return sum(type(it) is Entry for it in gc.get_objects())

    def watch(step: Step) -> None:
        seen.append(len(record_of))

    seen, record_of = list[int](), list[Entry]()
    before, watcher = entries(), weakref.ref(watch)
    async with opened_dialer("ordinary") as dialer:
        call = OutgoingCall(dialer, CALLEE, UNSCALED, watch=watch, call_id=CALL_ID)
        record_of.extend((await call.run()).steps)
        assert len(seen) == len(record_of) == entries() - before  # as long as somebody has the record
        record_of.clear()
        del watch
        assert entries() == before and watcher() is None
        assert call.session.bridge.gauges().held_ms == call.session.bridge.gauges().waiting_ms == 0
        assert not call.session.bridge._callee._heard


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


async def upgrade(switchboard: Switchboard, network: MemoryNetwork, path: str, auth_token: str) -> int:
    """The status that an upgrade is answered with; a socket that is let in is closed again."""
    url = switchboard.addresses.asked(path, socket=True)
    try:
        socket = await open_websocket(network, url, headers=[("x-twilio-signature", sign(auth_token, url, []))])
    except UpgradeRefused as refused:
        return refused.status
    await socket.close()
    return 101


def media(switchboard: Switchboard, generation: int, token_of: int) -> str:
    return f"/c-5ca1e/media/{generation}/{switchboard.addresses.token('c-5ca1e', token_of)}"


async def test_an_upgrade_with_the_right_token_and_a_wrong_signature_is_turned_away() -> None:
    """The guard would let it in: it is the signature alone that keeps it out."""
    async with ringing() as (carrier, switchboard, session, network):
        fetched = await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, [("CallSid", session.call.sid)])
        assert b"<Stream" in fetched.body
        path, before = media(switchboard, 1, 1), session.call
        assert await upgrade(switchboard, network, path, "another token") == 403
        assert untouched(session, before) and switchboard.refused == 1
        assert await upgrade(switchboard, network, path, carrier.auth_token) == 101


async def test_a_token_lets_in_the_socket_of_its_own_generation_alone() -> None:
    async with ringing() as (carrier, switchboard, session, network):
        for generation in (1, 2):
            path = f"/c-5ca1e/twiml/{generation}"
            fetched = await post(switchboard, path, carrier.auth_token, [("CallSid", session.call.sid)])
            assert b"<Stream" in fetched.body
        assert await upgrade(switchboard, network, media(switchboard, 2, 1), carrier.auth_token) == 403
        assert await upgrade(switchboard, network, media(switchboard, 2, 2), carrier.auth_token) == 101


# --- what is turned away in a call's name ----------------------------------------------------------------------------


@asynccontextmanager
async def told() -> AsyncIterator[tuple[SimulatedCarrier, Switchboard, MemoryNetwork, list[Event]]]:
    """A call that rings, and what it is told of requests that were turned away."""
    heard: list[Event] = []
    async with ringing() as (carrier, switchboard, session, network):
        session.tell = heard.append  # type: ignore[method-assign, assignment]  # only what the door says is of interest
        yield carrier, switchboard, network, heard


@pytest.mark.parametrize(
    ("path", "form", "signed", "expected"),
    [
        ("/c-5ca1e/twiml/1", FORM, False, TurnedAway(Knock.FETCH, 403, Fault.SIGNATURE)),
        ("/c-5ca1e/status", FORM, False, TurnedAway(Knock.STATUS, 403, Fault.SIGNATURE)),
        ("/c-5ca1e/stream", FORM, False, TurnedAway(Knock.STREAM, 403, Fault.SIGNATURE)),
        ("/c-5ca1e/twiml/1", [], True, TurnedAway(Knock.FETCH, 200, Fault.FORM)),
        ("/c-5ca1e/twiml/x", FORM, True, TurnedAway(Knock.OTHER, 404, Fault.PATH)),
        ("/c-5ca1e", FORM, True, TurnedAway(Knock.OTHER, 404, Fault.PATH)),
    ],
)
async def test_the_call_is_told_what_was_turned_away_in_its_name(
    path: str, form: list[tuple[str, str]], signed: bool, expected: TurnedAway
) -> None:
    async with told() as (carrier, switchboard, _, heard):
        await post(switchboard, path, carrier.auth_token, form, signature=None if signed else NONSENSE)
        assert heard == [expected]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/c-5ca1e/media/1/token", TurnedAway(Knock.SOCKET, 403, Fault.UNSIGNED)),
        ("/c-5ca1e/media/1", TurnedAway(Knock.OTHER, 404, Fault.PATH)),
    ],
)
async def test_and_of_media_sockets(path: str, expected: TurnedAway) -> None:
    async with told() as (_, switchboard, network, heard):
        with pytest.raises(UpgradeRefused):
            await open_websocket(network, switchboard.addresses.asked(path, socket=True))
        assert heard == [expected]


async def test_a_flood_is_told_in_a_handful_of_lines() -> None:
    async with told() as (carrier, switchboard, _, heard):
        for _ in range(1_234):
            await post(switchboard, "/c-5ca1e/status", carrier.auth_token, signature=NONSENSE)
        assert heard == [TurnedAway(Knock.STATUS, 403, Fault.SIGNATURE, count) for count in (1, 10, 100, 1_000)]
        await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, signature=NONSENSE)
        assert heard[-1] == TurnedAway(Knock.FETCH, 403, Fault.SIGNATURE)
        assert switchboard.refused == 1_235


async def test_who_was_dropped_for_room_is_told_to_the_call_that_he_names() -> None:
    async with told() as (_, switchboard, _, heard):
        switchboard.turned_away("/c-5ca1e/media/1/token", 503)
        assert heard == [TurnedAway(Knock.SOCKET, 503, Fault.FULL)]


async def test_what_was_turned_away_is_a_line_of_the_call_file_before_the_call_is_over(tmp_path: Path) -> None:
    line = '"event":{"type":"TurnedAway","what":"fetch","status":403,"fault":"its signature does not fit"}'
    async with opened_dialer("no-answer") as dialer:
        carrier, switchboard = carrier_of(dialer), dialer.switchboard
        call = OutgoingCall(dialer, CALLEE, UNSCALED, call_id=CALL_ID, log=tmp_path)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call.run)
            await anyio.sleep(1)
            await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, signature=NONSENSE)
            assert [line in await file.read_text() async for file in anyio.Path(tmp_path).iterdir()] == [True]
            tasks.cancel_scope.cancel()
