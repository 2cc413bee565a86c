"""The bridge's orders one by one, where nothing else that happens would carry them out as well."""

from __future__ import annotations

from base64 import b64encode

import anyio
import pytest

from tests.media.phone import ACCOUNT, Line, called
from voicecall_core.media.gauges import QUIET_DB
from voicecall_core.media.leg import LEAD_MS, PING_EVERY_S
from voicecall_core.media.playout import Playout
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.net.http_server import Request
from voicecall_core.net.opening import Offer
from voicecall_core.words.events import AudioBegan, AudioEnded, MarkReturned, ModelFailed, SocketClosed

SECOND = b"\x10" * 8_000


async def test_a_clear_leaves_at_once_though_nothing_else_is_to_be_sent() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        call.speak(100)
        await anyio.sleep(0.01)
        cleared = anyio.current_time()
        call.bridge.clear(1)
        await anyio.sleep(0.01)
        assert phone.events("clear") == [pytest.approx(cleared, abs=0.001)]
        assert len(phone.heard) < 160 * 5


async def test_a_clear_for_a_socket_that_is_gone_drops_what_waits_all_the_same() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        call.speak(1_000)
        await anyio.sleep(0.01)
        call.bridge.clear(7)
        assert call.bridge.gauges().waiting_ms == 0
        await anyio.sleep(0.5)
        assert phone.events("clear") == []


async def test_a_socket_is_closed_as_ordinarily_ended_unless_told_otherwise() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await call.bridge.close(1)
        await anyio.sleep(0.1)
        assert phone.close_code == 1000
        await call.bridge.close(1)  # gone already
        await anyio.sleep(3)
        assert call.carried == 1


async def test_a_call_that_is_cancelled_whole_still_closes_its_socket_in_order() -> None:
    async with called() as call:
        whole = anyio.CancelScope()

        async def carry(request: Request, offer: Offer) -> None:
            with whole:
                await call.bridge.carry(1, await offer.accept(), account_sid=ACCOUNT)

        setattr(call, "upgrade", carry)  # noqa: B010 - a method, for this call
        phone = await call.phone(talking=False)
        whole.cancel()
        await anyio.sleep(0.1)
        assert phone.close_code == 1000


async def test_a_ping_that_nobody_answers_is_counted_also_on_a_stream_without_media() -> None:
    async with called() as call:
        await call.phone(talking=False, listening=False)
        await anyio.sleep(2 * PING_EVERY_S + 1)
        assert call.bridge.gauges().unanswered_pings == 1


async def test_a_reason_that_is_too_long_for_a_close_frame_is_cut_between_letters() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await call.bridge.close(1, 1008, "ä" * 100)
        await anyio.sleep(0.1)
        assert phone.close_code == 1008
        (closed,) = call.of(SocketClosed)
        assert closed.reason in ("", "ä" * 60)


async def test_a_clip_and_speech_that_come_while_nothing_is_sent_leave_at_once() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await anyio.sleep(1)
        call.bridge.play_clip(1, "one-moment")
        await anyio.sleep(0.01)
        assert len(phone.events("media")) > 0
        await anyio.sleep(2)
        assert [mark.item for mark in call.of(MarkReturned)] == ["one-moment"]
        sent = len(phone.events("media"))
        call.speak(60)
        await anyio.sleep(0.01)
        assert len(phone.events("media")) == sent + 3


async def test_the_last_frame_of_a_response_that_ends_without_a_done_leaves_at_once() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        call.bridge.model_spoke(AudioDelta(1, "r1", "i1", b64encode(b"\x10" * 100).decode()))
        await anyio.sleep(0.5)
        assert phone.events("media") == []  # less than a frame: more may come
        call.bridge.model_said(ModelFailed(1, "1006", "gone"))
        await anyio.sleep(0.1)
        assert len(phone.events("media")) == 1
        assert [ended.generated_ms for ended in call.of(AudioEnded)] == [12]
        assert len(call.of(ModelFailed)) == 1


async def test_an_items_beginning_is_told_once_and_not_of_an_empty_piece() -> None:
    async with called() as call:
        for piece in ("", b64encode(b"\x10" * 160).decode(), b64encode(b"\x10" * 160).decode()):
            call.bridge.model_spoke(AudioDelta(1, "r1", "i1", piece))
        assert call.of(AudioBegan) == [AudioBegan(1, "r1", "i1")]
        call.bridge.model_spoke(AudioDone(1, "r1", "i1"))
        call.bridge.model_spoke(AudioDone(1, "r1", "i1"))
        assert call.of(AudioEnded) == [AudioEnded(1, "r1", "i1", 40)]


async def test_before_anything_is_heard_both_sides_are_quiet_and_nothing_is_counted() -> None:
    async with called() as call:
        gauges = call.bridge.gauges()
        assert (gauges.callee_db, gauges.agent_db) == (QUIET_DB, QUIET_DB)
        assert (gauges.frames_in, gauges.frames_out, gauges.waiting_ms, gauges.held_ms) == (0, 0, 0, 0)
        assert (gauges.dropped_in, gauges.dropped_out_ms, gauges.lost_ms, gauges.unusable) == (0, 0, 0, 0)
        assert gauges.unanswered_pings == 0
        assert call.bridge.playing() == (0, ())


async def test_what_a_stream_takes_with_it_is_counted_once() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        call.speak(1_000)
        await anyio.sleep(0.001)
        await phone.ws.close(1000)
        await anyio.sleep(0.1)
        assert 0 < call.bridge.gauges().lost_ms <= LEAD_MS
        assert call.bridge.gauges().waiting_ms > 0


async def test_what_had_left_on_a_stream_that_is_gone_is_not_playing_any_more() -> None:
    async with called() as call:
        call.takes_session(Line(1))
        phone = await call.phone(talking=False)
        call.speak(100)
        await anyio.sleep(0.01)
        assert [play.item for play in call.bridge.playing()[1]] == ["i1"]
        await phone.ws.close(1000)
        await anyio.sleep(0.01)
        assert call.bridge.playing() == (0, ())


async def test_opening_the_live_socket_once_more_changes_nothing() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        audio = call.speak(400)
        await anyio.sleep(0.05)
        call.bridge.open_audio(1)
        call.bridge.open_audio(9)
        await anyio.sleep(1)
        assert phone.heard == audio
        assert call.bridge.gauges().lost_ms == 0


async def test_a_socket_that_was_taken_over_from_says_nothing_more_and_its_marks_count_for_nothing() -> None:
    async with called() as call:
        older = await call.phone(1, talking=False)
        audio = call.speak(1_000)
        await anyio.sleep(0.3)
        newer = await call.phone(2, talking=False)
        sent = len(older.events("media"))
        await anyio.sleep(2)
        assert len(older.events("media")) == sent
        assert newer.heard == audio[sent * 160 :]
        assert [(mark.socket, mark.item) for mark in call.of(MarkReturned)] == [(2, "i1")]


async def test_what_the_callee_says_is_held_for_the_next_session_and_given_once() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        first, second = Line(1), Line(2)
        call.takes_session(first)
        await phone.say()
        await anyio.sleep(0.01)
        call.bridge.detach(1)
        await phone.say()
        await phone.say()
        await anyio.sleep(0.01)
        assert (len(first.sent), call.bridge.gauges().held_ms) == (1, 40)
        call.bridge.forward_audio(2)  # not open
        assert call.bridge.gauges().held_ms == 40
        call.takes_session(second)
        assert (len(second.sent), call.bridge.gauges().held_ms) == (2, 0)


def test_a_muted_item_of_which_nothing_has_left_does_not_play() -> None:
    playout = Playout()
    playout.add(1, "r1", "i1", SECOND)
    playout.add(1, "r2", "i2", SECOND)
    playout.take(0)
    playout.mute("r2")
    assert [play.item for play in playout.playing(1, 0)] == ["i1"]
    playout.mute("r1")
    assert [play.item for play in playout.playing(1, 0)] == ["i1"]  # what has left plays on
