"""What outsiders cost: the cheap questions first, the dear ones once and bounded, and room for the carrier always."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlencode

import anyio
import pytest

from tests.net.doors import read_all
from tests.placing import CALL_ID, opened_dialer, outgoing
from tests.runtime.test_switchboard import FORM, NONSENSE, SID, media, post, ringing, told, upgrade
from voicecall_core import diagnose
from voicecall_core.admission import ESCAPES, FIELDS, LIMITS, Repeats, UpgradePace
from voicecall_core.call.endings import Outcome
from voicecall_core.carriers.twilio import carrier as twilio_carrier
from voicecall_core.carriers.twilio import signature as signatures
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.net.http_server import Request
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.session import Session
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.switchboard import Switchboard
from voicecall_core.words.events import StatusReported, TurnedAway, UpgradeAsked
from voicecall_core.words.values import Fault, Knock

POST = "POST /c-5ca1e/status HTTP/1.1\r\nHost: h\r\n"


@contextmanager
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of all texts of which an HMAC is computed meanwhile."""
    real, sizes = signatures._signed, list[int]()

    def signed(token: str, url: str, joined: str, algorithm: str) -> str:
        sizes.append(len(url + joined))
        return real(token, url, joined, algorithm)

    with monkeypatch.context() as patched:
        patched.setattr(signatures, "_signed", signed)
        yield sizes


def port(switchboard: Switchboard) -> int:
    return int(switchboard.addresses.asked("").rpartition(":")[2])


async def said(network: MemoryNetwork, switchboard: Switchboard, sent: bytes) -> bytes:
    """All that is answered, the stream's end included, without ours."""
    async with await network.connect("x", port(switchboard)) as stream:
        await stream.send(sent)
        return await read_all(stream)


async def test_of_what_is_not_signed_no_body_is_awaited_and_no_signature_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with told() as (_, switchboard, network, heard):
        with computed(monkeypatch) as sizes:
            for header in ("", "X-Twilio-Signature: nonsense\r\n"):
                head = f"{POST}{header}Content-Length: {LIMITS.body_bytes}\r\n\r\n"
                with anyio.fail_after(0.1):
                    answer = await said(network, switchboard, head.encode())
                assert answer.startswith(b"HTTP/1.1 403 ") and b"no signature of the carrier's kind" in answer
        assert sizes == [] and heard == [TurnedAway(Knock.STATUS, 403, Fault.UNSIGNED)]
        assert (switchboard.refused, switchboard.outsiders) == (0, 2)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /nothing/here HTTP/1.1\r\nHost: h\r\n", 404),
        ("GET /c-5ca1e/status HTTP/1.1\r\nHost: h\r\n", 404),
        ("GET /c-5ca1e/media/1/token HTTP/1.1\r\nHost: h\r\n", 404),  # a socket is not asked for like that
        ("POST /c-5ca1e/media/1/token HTTP/1.1\r\nHost: h\r\n", 404),
    ],
)
async def test_where_nothing_is_nothing_is_computed(head: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told() as (_, switchboard, network, _):
        with computed(monkeypatch) as sizes, anyio.fail_after(0.1):
            sent = f"{head}X-Twilio-Signature: {NONSENSE}\r\nContent-Length: 8000\r\n\r\n"
            assert (await said(network, switchboard, sent.encode())).startswith(b"HTTP/1.1 %d " % status)
        assert sizes == []


@pytest.mark.parametrize("size", [LIMITS.body_bytes + 1, 65_536, 262_144])
@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_larger_than_the_carriers_is_refused_unread(
    size: int, chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f"{size:x}\r\n" + "x" * (size if chunked else 0)
    more = f"Transfer-Encoding: chunked\r\n\r\n{body}" if chunked else f"Content-Length: {size}\r\n\r\n"
    async with told() as (_, switchboard, network, heard):
        with computed(monkeypatch) as sizes, anyio.fail_after(0.1):
            sent = f"{POST}X-Twilio-Signature: {NONSENSE}\r\n{more}"
            assert (await said(network, switchboard, sent.encode())).startswith(b"HTTP/1.1 413 ")
        assert sizes == [] and heard == [TurnedAway(Knock.STATUS, 413, Fault.SIZE)]


async def test_a_form_has_no_more_fields_than_twice_the_carriers(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/c-5ca1e/status"
    async with ringing() as (carrier, switchboard, _, _):
        for more, status in ((FIELDS - len(FORM), 204), (FIELDS - len(FORM) + 1, 413)):
            form = [*FORM, *((f"n{number}", "") for number in range(more))]
            signature = sign(carrier.auth_token, switchboard.addresses.asked(path), form)
            with computed(monkeypatch) as sizes:
                assert (await post(switchboard, path, "", form, signature=signature)).status == status
            assert bool(sizes) is (status == 204)


async def test_a_form_has_no_more_escapes_than_four_times_the_carriers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ringing() as (_, switchboard, _, _):
        for count, status in ((ESCAPES, 403), (ESCAPES + 1, 413)):
            headers = (("x-twilio-signature", NONSENSE),)
            with computed(monkeypatch) as sizes:
                body = b"n=" + b"%41x" * count
                assert (await switchboard.answer(Request("POST", "/c-5ca1e/status", headers, body))).status == status
            assert bool(sizes) is (status == 403)


async def test_what_is_badly_signed_costs_two_short_sums_for_each_token_and_one_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = urlencode([(f"n{number}", "ü" + 70 * "u") for number in range(FIELDS)])[: LIMITS.body_bytes].encode()
    request = Request("POST", "/c-5ca1e/status", (("x-twilio-signature", NONSENSE),), body)
    reads: list[int] = []
    real = TwilioWebhooks.signed

    def signed(self: TwilioWebhooks, webhook: Request, url: str, *, upgrade: bool = False) -> bool:
        reads.append(id(webhook._form))
        return real(self, webhook, url, upgrade=upgrade)

    async with ringing() as (_, switchboard, _, _):
        monkeypatch.setattr(twilio_carrier.TwilioWebhooks, "signed", signed)
        with computed(monkeypatch) as sizes:
            assert (await switchboard.answer(request)).status == 403
        assert len(sizes) == 2 and max(sizes) < LIMITS.body_bytes
        assert reads == [id(request._form)]  # parsed once, and kept


def test_the_limits_let_through_whatever_the_carrier_sends() -> None:
    """A callback of a call has 29 fields today (geography of both numbers included), and its values are short."""
    largest = urlencode([(f"SomeLongParameterName{number}", "Zürich-Affoltern") for number in range(45)])
    assert len(largest) < LIMITS.body_bytes and 45 < FIELDS / 2 and largest.count("%") < ESCAPES / 4


async def test_a_webhook_that_is_repeated_without_end_is_told_to_the_call_a_few_times() -> None:
    async with told() as (carrier, switchboard, _, heard):
        statuses = [(await post(switchboard, "/c-5ca1e/status", carrier.auth_token)).status for _ in range(30)]
        assert statuses == [204] * Repeats.MOST + [429] * (30 - Repeats.MOST)
        assert len([event for event in heard if isinstance(event, StatusReported)]) == Repeats.MOST
        away = [event for event in heard if isinstance(event, TurnedAway)]
        assert away == [TurnedAway(Knock.STATUS, 429, Fault.OFTEN, count) for count in (1, 10)]
        assert (await post(switchboard, "/c-5ca1e/status", carrier.auth_token, [*FORM, ("x", "")])).status == 204
        assert (switchboard.refused, switchboard.outsiders) == (0, 0)


def test_of_requests_that_were_repeated_not_more_is_remembered_than_has_room() -> None:
    repeats = Repeats()
    for number in range(3 * Repeats.KEPT):
        assert not repeats.too_many(Request("POST", f"/c-{number}/status"))
    assert len(repeats._came) == Repeats.KEPT


@pytest.mark.parametrize(("path", "what"), [("/c-none/status", 403), ("/c-none", 404), ("/", 404), ("/.env", 404)])
async def test_what_names_no_call_is_told_to_all_as_a_outsiders(path: str, what: int) -> None:
    async with told() as (carrier, switchboard, _, heard):
        for _ in range(12):
            await post(switchboard, path, carrier.auth_token, signature="")
        fault = Fault.UNSIGNED if what == 403 else Fault.PATH
        assert heard == [TurnedAway(Knock.INTRUDER, what, fault, count) for count in (1, 10)]
        assert (switchboard.refused, switchboard.outsiders) == (0, 12)


# --- connections -----------------------------------------------------------------------------------------------------


async def test_the_carrier_gets_in_however_many_connections_are_held() -> None:
    """While it rings and while they talk: a thousand that say nothing, a thousand that never finish a head."""
    network = MemoryNetwork()
    async with opened_dialer("ordinary", network) as dialer:
        call, held = outgoing(dialer), []

        async def crowd() -> None:
            for number in range(2_000):
                held.append(stream := await network.connect("x", port(dialer.switchboard)))
                if number % 2:
                    await stream.send(b"POST /c-")
                await anyio.sleep(0.004)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(crowd)
            record = await call.run()
            tasks.cancel_scope.cancel()
        assert record.outcome is Outcome.COMPLETED and len(held) > 5 * LIMITS.connections
        assert [entry.event.count for entry in record.steps if isinstance(entry.event, TurnedAway)][:2] == [1, 10]
        noise = next(finding for finding in diagnose(record).findings if finding.rule == "scanner-noise")
        sentence = r"at least 1,\d\d\d requests that named no call were turned away: too many connections are open.*"
        assert re.fullmatch(sentence, noise.what)
        for stream in held:
            await stream.aclose()


# --- upgrades --------------------------------------------------------------------------------------------------------


MU_LAW = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
Open = Callable[[], Awaitable[WebSocket]]


def stream_of(sid: str, account_sid: str) -> list[str]:
    """What the carrier says at the beginning of a call's stream."""
    start = {"streamSid": "MZ" + "c" * 32, "callSid": sid, "accountSid": account_sid, "mediaFormat": MU_LAW}
    return ['{"event":"connected"}', json.dumps({"event": "start", "start": start, "streamSid": start["streamSid"]})]


@asynccontextmanager
async def flooded(*said: str, times: int = 4) -> AsyncIterator[tuple[SimulatedCarrier, Switchboard, Session, Open]]:
    """A call whose upgrade is repeated without end, by a client that says something; gives how to open one more."""
    async with ringing() as (carrier, switchboard, session, network), anyio.create_task_group() as tasks:
        path = media(switchboard, 1, 1)
        url = switchboard.addresses.asked(path, socket=True)
        signed = [("x-twilio-signature", sign(carrier.auth_token, url, []))]

        async def one_more() -> WebSocket:
            return await open_websocket(network, url, headers=signed)

        async def repeat() -> None:
            while True:
                with suppress(UpgradeRefused, OSError, SocketEnded):
                    socket = await one_more()
                    for message in said:
                        await socket.send(message)
                await anyio.sleep(0.004)

        for _ in range(times):
            tasks.start_soon(repeat)
        await anyio.sleep(1)
        yield carrier, switchboard, session, one_more
        tasks.cancel_scope.cancel()


def asked_of(session: Session) -> list[UpgradeAsked]:
    """The upgrades that the call's judge is asked about from now on."""
    asked, real = list[UpgradeAsked](), session.admits

    def admits(event: UpgradeAsked) -> bool:
        asked.append(event)
        return real(event)

    session.admits = admits  # type: ignore[method-assign]  # who counts, and lets through
    return asked


@pytest.mark.parametrize("said", [(), ('{"event":"connected"}',), tuple(stream_of(SID, "AC" + "b" * 32))])
async def test_the_carriers_own_socket_gets_in_while_its_upgrade_is_repeated_a_thousand_times_a_second(
    said: tuple[str, ...],
) -> None:
    """Begun while it rings, and going on: whoever repeats it can say all but how this call's stream begins."""
    async with flooded(*said) as (carrier, switchboard, session, one_more):
        asked = asked_of(session)
        form = [("CallSid", session.call.sid)]
        assert b"<Stream" in (await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, form)).body
        socket = await one_more()
        await anyio.sleep(0.05)  # as far as the carrier is away
        for message in stream_of(session.call.sid, carrier.account_sid):
            await socket.send(message)
        await anyio.sleep(0.05)
        assert session.call.guard.live and len(asked) == 1
        await anyio.sleep(0.5)
        assert session.call.guard.live and not socket.closed
        await socket.close()


async def test_whoever_overhears_even_the_beginning_of_the_stream_is_judged_ten_times_in_ten_seconds() -> None:
    pace, judged = UpgradePace(), 0
    with anyio.move_on_after(10):
        while await pace.may_ask():
            judged += 1
    assert judged in (9, 10)  # the last one's turn comes in the very instant


async def test_of_many_who_begin_the_stream_a_few_wait_and_the_rest_is_closed_and_told() -> None:
    async with told() as (carrier, switchboard, network, heard):
        url = switchboard.addresses.asked(media(switchboard, 1, 1), socket=True)
        signed = [("x-twilio-signature", sign(carrier.auth_token, url, []))]
        session, codes = switchboard._calls[CALL_ID], list[int]()

        async def one() -> None:
            try:
                socket = await open_websocket(network, url, headers=signed)
                for message in stream_of(session.call.sid, carrier.account_sid):
                    await socket.send(message)
                await socket.receive()
            except UpgradeRefused as refused:
                codes.append(refused.status)
            except SocketEnded as ended:
                codes.append(ended.code)

        async with anyio.create_task_group() as tasks:
            for _ in range(30):
                tasks.start_soon(one)
        at_once, waited = UpgradePace.AT_ONCE, UpgradePace.AT_ONCE + UpgradePace.MOST_WAITING
        assert (codes.count(403), codes.count(1008)) == (at_once, 30 - at_once)  # no stream is due yet
        often = [event for event in heard if isinstance(event, TurnedAway)]
        assert often == [TurnedAway(Knock.SOCKET, 429, Fault.OFTEN, count) for count in (1, 10)]
        assert len([event for event in heard if isinstance(event, UpgradeAsked)]) == at_once + waited


async def test_who_never_begins_the_stream_is_let_go_of_soon() -> None:
    async with told() as (carrier, switchboard, network, heard):
        url = switchboard.addresses.asked(media(switchboard, 1, 1), socket=True)
        signed = [("x-twilio-signature", sign(carrier.auth_token, url, []))]
        for _ in range(UpgradePace.AT_ONCE):
            assert await upgrade(switchboard, network, media(switchboard, 1, 1), carrier.auth_token) == 403
        with anyio.fail_after(UpgradePace.TRIAL_S + 0.1):
            with pytest.raises(SocketEnded, match="1008"):
                await (await open_websocket(network, url, headers=signed)).receive()
        assert [event for event in heard if isinstance(event, TurnedAway)][-1].fault is Fault.OFTEN


async def test_each_generation_has_a_pace_of_its_own_and_wrong_tokens_have_another() -> None:
    async with ringing() as (carrier, switchboard, _, network):
        for _ in range(8):
            await upgrade(switchboard, network, media(switchboard, 2, 1), carrier.auth_token)
        for _ in range(UpgradePace.AT_ONCE):
            with anyio.fail_after(0.1):
                assert await upgrade(switchboard, network, media(switchboard, 1, 1), carrier.auth_token) == 403


async def test_of_many_guessed_tokens_no_signature_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with told() as (_, switchboard, network, heard):
        with computed(monkeypatch) as sizes:
            for number in range(30):
                assert await upgrade(switchboard, network, f"/c-5ca1e/media/{number + 1}/token", "wrong") == 403
            once = len(sizes) // UpgradePace.AT_ONCE
            assert len(sizes) == once * UpgradePace.AT_ONCE > 0
        assert [(event.fault, event.count) for event in heard if isinstance(event, TurnedAway)] == [
            (Fault.SIGNATURE, 1),
            (Fault.PATH, 1),
            (Fault.PATH, 10),
        ]


async def test_an_upgrade_whose_call_ends_while_it_is_on_trial_is_closed() -> None:
    async with opened_dialer("busy") as dialer:
        assert dialer.simulator is not None
        network, switchboard = dialer.simulator.network, dialer.switchboard
        assert isinstance(network, MemoryNetwork)
        carrier, path = dialer.simulator.carrier_server, media(switchboard, 1, 1)
        url = switchboard.addresses.asked(path, socket=True)
        async with switchboard.line(outgoing(dialer, CALL_ID).session):
            for _ in range(UpgradePace.AT_ONCE):
                assert await upgrade(switchboard, network, path, carrier.auth_token) == 403
            signed = [("x-twilio-signature", sign(carrier.auth_token, url, []))]
            socket = await open_websocket(network, url, headers=signed)
        for message in stream_of(SID, carrier.account_sid):
            await socket.send(message)
        with pytest.raises(SocketEnded, match="1008"):
            await socket.receive()
        assert switchboard.quiet


def test_a_signature_of_either_kind_has_the_shape_of_one() -> None:
    webhooks = TwilioWebhooks(["token"])
    for given, bears in [
        (sign("token", "https://x.example/c-1/status", FORM), True),
        ("m" * 43 + "=", True),  # of the newer shared keys
        ("", False),
        ("m" * 28, False),
        ("m" * 26 + "==", False),
        ("m" * 500, False),
    ]:
        assert webhooks.bears_signature(Request("POST", "/", (("x-twilio-signature", given),))) is bears
