"""One media socket: what the carrier says on it, and how it can end."""

from __future__ import annotations

import anyio
import pytest

from tests.media.phone import CALL, called
from voicecall_core.media.leg import ODD_IN_A_ROW, PING_EVERY_S, PONG_WITHIN_S
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.words.events import DigitPressed, MediaStalled, SocketClosed, StreamStarted, StreamStopped
from voicecall_core.words.terms import Limits


class Heard:
    """A recorder that keeps when each frame of the callee's was said."""

    def __init__(self) -> None:
        self.times: list[int] = []

    def callee(self, stream_ms: int, payload: str) -> None:
        self.times.append(stream_ms)

    def agent(self, stream_ms: int, payload: str) -> None:
        """Not asked for."""

    def cleared(self, stream_ms: int) -> None:
        """Not asked for."""


async def test_a_stream_from_start_to_stop() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        digit = {"track": "inbound_track", "digit": "5"}
        await phone.send({"event": "dtmf", "streamSid": "MZ1", "sequenceNumber": "5", "dtmf": digit})
        await phone.send({"event": "stop", "sequenceNumber": "6", "streamSid": "MZ1", "stop": {"callSid": CALL}})
        await phone.ws.close(1000)
        await anyio.sleep(1)
        assert call.events == [
            StreamStarted(1, "MZ1", CALL, True, "audio/x-mulaw 8000 1"),
            DigitPressed(1, "5"),
            StreamStopped(1),
            SocketClosed(1, 1000),
        ]
        assert call.carried == 1


async def test_a_second_start_is_told_and_changes_nothing() -> None:
    async with called() as call:
        phone = await call.phone(live=False)
        await phone.start("AC-other")
        await anyio.sleep(0.1)
        await phone.start("")
        await anyio.sleep(0.1)
        assert [start.account_ok for start in call.of(StreamStarted)] == [True, False, True]


AUDIO = '{"event":"media","media":{"track":"inbound","timestamp":"%s","payload":"%s"}}'
ODD = ["{", "[]", '{"event":"hold-music"}', AUDIO % (1, "fw="), AUDIO % (1, "é"), AUDIO % ("soon", "fw==")]


@pytest.mark.parametrize("odd", ODD)
async def test_odd_messages_are_counted_and_skipped(odd: str) -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        for _ in range(3):
            for _ in range(ODD_IN_A_ROW - 1):
                await phone.ws.send(odd)
            await phone.say()
        await anyio.sleep(1)
        gauges = call.bridge.gauges()
        assert (gauges.unusable, gauges.frames_in) == (3 * (ODD_IN_A_ROW - 1), 3)
        assert not call.of(SocketClosed)


@pytest.mark.parametrize("odd", ODD)
async def test_odd_messages_in_a_row_close_the_socket_with_a_reason(odd: str) -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        for _ in range(ODD_IN_A_ROW):
            await phone.ws.send(odd)
        await anyio.sleep(3)
        (closed,) = call.of(SocketClosed)
        assert closed.code == phone.close_code == 1008
        assert closed.reason.startswith(f"{ODD_IN_A_ROW} messages in a row")
        assert call.bridge.gauges().unusable == ODD_IN_A_ROW


async def test_audio_before_the_start_is_odd() -> None:
    async with called() as call:
        phone = await call.phone(started=False, talking=False, live=False)
        await phone.say()
        await phone.start()
        await phone.say()
        await anyio.sleep(0.1)
        gauges = call.bridge.gauges()
        assert (gauges.unusable, gauges.frames_in) == (1, 1)


@pytest.mark.parametrize("wild", ["99999999999999", "86400000", "60000"])
async def test_a_wild_timestamp_moves_no_clock_and_its_audio_is_heard(wild: str) -> None:
    """The stream's time decides how much of an item was heard, and where a recording lays a frame."""
    heard = Heard()
    async with called(recorder=heard) as call:
        phone = await call.phone(talking=False)
        for n in range(100):
            if n in (0, 50, 51, 70):
                await phone.ws.send(AUDIO % (wild, "fw=="))
            else:
                await phone.say()
            await anyio.sleep(0.02)
        assert not call.of(SocketClosed)
        assert call.bridge.playing()[0] == pytest.approx(2_000, abs=50)
        assert heard.times == pytest.approx(range(0, 2_000, 20), abs=50)
        assert call.bridge.gauges().unusable == 4


async def test_a_clock_that_is_set_back_goes_on_with_ours() -> None:
    heard = Heard()
    async with called(recorder=heard) as call:
        phone = await call.phone(talking=False)
        await anyio.sleep(5)
        await phone.say()
        for _ in range(200):
            phone.began = anyio.current_time()
            await phone.say()
            await anyio.sleep(0.02)
        assert call.bridge.playing()[0] == pytest.approx(9_000, abs=50)
        assert heard.times == sorted(heard.times)
        assert not call.of(SocketClosed), "what can be heard is no odd message"


async def test_audio_that_was_held_up_on_the_way_keeps_its_own_times() -> None:
    heard = Heard()
    async with called(recorder=heard) as call:
        phone = await call.phone(talking=False)
        phone.began -= 5  # five seconds of it come at once
        for _ in range(250):
            await phone.say()
            phone.began -= 0.02
        await anyio.sleep(0.1)
        assert heard.times == pytest.approx(range(5_000, 10_000, 20), abs=50)
        assert call.bridge.gauges().unusable == 0


async def test_who_never_starts_is_turned_away() -> None:
    async with called() as call:
        phone = await call.phone(started=False, talking=False, live=False)
        await anyio.sleep(9.9)
        assert phone.close_code == 0
        await anyio.sleep(0.2)
        assert phone.close_code == 1008, "ten seconds: the carrier sends `start` at once"
        await anyio.sleep(3)
        assert [event for event in call.events if not isinstance(event, SocketClosed)] == []
        assert call.carried == 1


async def test_a_stream_that_falls_silent_is_told_once_a_stall() -> None:
    """Field failure M23: a dead transport may never close."""
    async with called(Limits(media_stalled_s=5.0)) as call:
        phone = await call.phone(talking=False)
        await anyio.sleep(30)
        assert call.of(MediaStalled) == [MediaStalled(1, 5_000)]
        await phone.say()
        await anyio.sleep(4)
        await phone.say()
        await anyio.sleep(30)
        assert call.of(MediaStalled) == [MediaStalled(1, 5_000)] * 2


async def test_a_socket_that_breaks_is_told_as_1006() -> None:
    async with called() as call:
        await call.phone()
        assert isinstance(call.network, MemoryNetwork)
        call.network.cut(call.port)
        await anyio.sleep(0.1)
        assert call.events[-1] == SocketClosed(1, 1006)


async def test_a_socket_is_closed_when_ordered() -> None:
    async with called() as call:
        phone = await call.phone()
        await call.bridge.close(1, 1008, "wrong call")
        await call.bridge.close(7)
        await anyio.sleep(1)
        assert phone.close_code == 1008
        assert call.carried == 1


async def test_a_carrier_that_does_not_read_is_let_go() -> None:
    async with called() as call:
        await call.phone(listening=False)
        call.speak(120_000)
        await anyio.sleep(60)
        assert call.events[-1] == SocketClosed(1, 1006)
        assert call.bridge.gauges().waiting_ms > 0


async def test_a_reason_that_no_close_frame_can_hold_is_cut_between_letters() -> None:
    async with called() as call:
        phone = await call.phone()
        await call.bridge.close(1, 1008, "\u00fc" * 200)
        await anyio.sleep(1)
        assert phone.close_code == 1008
        assert call.events[-1] == SocketClosed(1, 1008, "\u00fc" * 60)


async def test_stream_time_never_runs_backwards() -> None:
    """Truncation counts from it: frames that come in another order than they were made change nothing."""
    async with called() as call:
        phone = await call.phone(talking=False)
        await anyio.sleep(2)
        await phone.say()
        phone.began = anyio.current_time() - 1
        await phone.say()
        await anyio.sleep(0.1)
        stream_ms, _ = call.bridge.playing()
        assert stream_ms == pytest.approx(2_000, abs=10)


async def test_the_media_socket_is_pinged_and_a_missing_pong_ends_nothing_while_media_flows() -> None:
    async with called() as call:
        phone = await call.phone()
        await anyio.sleep(2.5 * PING_EVERY_S)
        assert call.bridge.gauges().unanswered_pings == 0
        await phone.ws.close()
    async with called() as call:
        phone = await call.phone(listening=False)  # it does not read, so that it answers nothing
        await anyio.sleep(2.5 * (PING_EVERY_S + PONG_WITHIN_S))
        assert call.bridge.gauges().unanswered_pings == 2
        assert not call.of(MediaStalled) and not call.of(SocketClosed)


async def test_how_long_the_carrier_has_been_silent_is_told_and_the_level_falls_with_it() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await phone.say()
        await anyio.sleep(0.01)
        assert call.bridge.gauges().silent_ms <= 20
        loud = call.bridge.gauges().callee_db
        await anyio.sleep(2)
        gauges = call.bridge.gauges()
        assert 1_900 <= gauges.silent_ms <= 2_100 and gauges.callee_db <= loud
