"""What outsiders cost: the cheap questions first, the dear ones once and bounded, and room for the carrier always."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import anyio
import pytest

from tests.net.doors import read_all
from tests.placing import CALL_ID, opened_dialer, outgoing
from tests.runtime.test_switchboard import FORM, NONSENSE, media, post, ringing, told, upgrade
from voicecall_core.admission import FIELDS, LIMITS, Repeats, UpgradePace
from voicecall_core.call.endings import Outcome
from voicecall_core.carriers.twilio import carrier as twilio_carrier
from voicecall_core.carriers.twilio import signature as signatures
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.net.http_server import Request
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.websocket import open_websocket
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


async def test_what_is_badly_signed_costs_two_short_sums_for_each_token_and_one_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = urlencode([(f"n{number}", "ü" * 10) for number in range(FIELDS)])[: LIMITS.body_bytes].encode()
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
    assert len(largest) < LIMITS.body_bytes and 45 < FIELDS / 2


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
        for stream in held:
            await stream.aclose()


# --- upgrades --------------------------------------------------------------------------------------------------------


async def test_a_repeated_upgrade_is_slowed_down_and_the_carriers_own_gets_in_all_the_same() -> None:
    async with ringing() as (carrier, switchboard, session, network):
        fetched = await post(switchboard, "/c-5ca1e/twiml/1", carrier.auth_token, [("CallSid", session.call.sid)])
        assert b"<Stream" in fetched.body
        path, asked, real = media(switchboard, 1, 1), list[UpgradeAsked](), session.admits

        def admits(event: UpgradeAsked) -> bool:
            asked.append(event)
            return real(event)

        session.admits = admits  # type: ignore[method-assign]  # who counts, and lets through

        url = switchboard.addresses.asked(path, socket=True)
        signed = [("x-twilio-signature", sign(carrier.auth_token, url, []))]

        async def repeat() -> None:
            while True:  # and leave each open: the next one makes it close
                await open_websocket(network, url, headers=signed)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(repeat)
            await anyio.sleep(0.2)
            assert len(asked) == UpgradePace.AT_ONCE
            with anyio.fail_after(4 * UpgradePace.FIRST_WAIT_S):
                await open_websocket(network, url, headers=signed)
            tasks.cancel_scope.cancel()


async def test_whoever_repeats_an_upgrade_without_end_is_judged_ten_times_in_ten_seconds() -> None:
    pace, judged = UpgradePace(), 0
    with anyio.move_on_after(10):
        while await pace.may_ask():
            judged += 1
    assert judged in (9, 10)  # the last one's turn comes in the very instant


async def test_of_many_repeaters_a_few_wait_and_the_rest_is_refused_and_told() -> None:
    async with told() as (carrier, switchboard, network, heard):
        statuses: list[int] = []

        async def one() -> None:
            statuses.append(await upgrade(switchboard, network, media(switchboard, 1, 1), carrier.auth_token))

        async with anyio.create_task_group() as tasks:
            for _ in range(30):
                tasks.start_soon(one)
        judged = UpgradePace.AT_ONCE + UpgradePace.MOST_WAITING
        assert statuses.count(403) == judged and statuses.count(429) == 30 - judged
        often = [event for event in heard if isinstance(event, TurnedAway)]
        assert often == [TurnedAway(Knock.SOCKET, 429, Fault.OFTEN, count) for count in (1, 10)]
        assert len([event for event in heard if isinstance(event, UpgradeAsked)]) == judged


async def test_each_generation_has_a_pace_of_its_own_and_wrong_tokens_have_another() -> None:
    async with ringing() as (carrier, switchboard, _, network):
        for _ in range(8):
            await upgrade(switchboard, network, media(switchboard, 2, 1), carrier.auth_token)
        for _ in range(UpgradePace.AT_ONCE):
            with anyio.fail_after(0.1):
                assert await upgrade(switchboard, network, media(switchboard, 1, 1), carrier.auth_token) == 403


async def test_an_upgrade_whose_call_ends_while_it_waits_is_refused() -> None:
    async with opened_dialer("busy") as dialer:
        assert dialer.simulator is not None
        network, switchboard = dialer.simulator.network, dialer.switchboard
        assert isinstance(network, MemoryNetwork)
        token, path, session = dialer.simulator.carrier_server.auth_token, media(switchboard, 1, 1), None
        statuses: list[int] = []

        async def one() -> None:
            statuses.append(await upgrade(switchboard, network, path, token))

        async with anyio.create_task_group() as tasks:
            session = outgoing(dialer, CALL_ID).session
            async with switchboard.line(session):
                for _ in range(UpgradePace.AT_ONCE + 1):
                    tasks.start_soon(one)
                await anyio.sleep(0.1)
                assert statuses == [403] * UpgradePace.AT_ONCE
        assert statuses == [403] * (UpgradePace.AT_ONCE + 1) and switchboard.quiet


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
