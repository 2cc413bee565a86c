"""Both ways at once, over real WebSockets in memory, on the mock clock."""

from __future__ import annotations

import anyio
import pytest

from tests.media.phone import Line, Phone, called
from voicecall_core.media.leg import LEAD_MS
from voicecall_core.models.base import AudioDelta
from voicecall_core.net.network import TcpNetwork
from voicecall_core.words.events import (
    AudioBegan,
    AudioEnded,
    AudioRanDry,
    AudioSent,
    Event,
    MarkReturned,
    ModelFailed,
    ResponseEnded,
    SocketClosed,
    SpeechStarted,
    StreamStarted,
)

LEAD_S = LEAD_MS / 1000


def padded(audio: bytes) -> bytes:
    return audio + b"\xff" * (-len(audio) % 160)


async def test_a_minute_of_speech_is_heard_whole_and_never_far_ahead() -> None:
    async with called() as call:
        phone = await call.phone()
        began = anyio.current_time()
        audio = call.speak(60_000)
        await anyio.sleep(61)
        assert phone.heard == audio
        assert phone.lead_s <= LEAD_S + 1e-6
        assert 0.2 < phone.lead_s <= 0.3 + 1e-6, (
            "more has to be cleared at an interruption, less is no help in a hiccup"
        )
        departures = phone.events("media")
        assert departures[0] == pytest.approx(began, abs=0.001)
        assert departures[-1] - departures[0] == pytest.approx(60 - LEAD_S, abs=0.001)
        first, last = phone.playing[0][0], phone.playing[-1][0]
        assert last - first == pytest.approx(59.98, abs=0.001), "no gap between any two frames"


async def test_each_item_is_reported_at_its_edges() -> None:
    async with called() as call:
        phone = await call.phone()
        await anyio.sleep(0.5)
        heard = padded(call.speak(1_005, "i1")) + call.speak(500, "i2")
        await anyio.sleep(3)
        assert phone.heard == heard
        assert [event for event in call.events if not isinstance(event, StreamStarted)] == [
            AudioBegan(1, "r1", "i1"),
            AudioEnded(1, "r1", "i1", 1_005),
            AudioBegan(1, "r1", "i2"),
            AudioEnded(1, "r1", "i2", 500),
            AudioSent(1, "i1", "r1", 500),
            AudioSent(1, "i2", "r1", call.of(AudioSent)[1].stream_ms),
            MarkReturned(1, "i1", "r1", 1_520),
            MarkReturned(1, "i2", "r1", 2_020),
        ]


async def test_a_greeting_is_held_until_the_audio_is_opened_and_leaves_at_once() -> None:
    """Field failure M11, M13: nobody hears it while it rings, everybody hears its first word."""
    async with called() as call:
        audio = call.speak(2_000, "greeting")
        phone = await call.phone(live=False)
        await anyio.sleep(1)
        assert phone.events("media") == []
        opened = anyio.current_time()
        call.bridge.open_audio(1)
        await anyio.sleep(3)
        assert phone.events("media")[0] - opened < 0.005
        assert phone.heard == audio


async def test_audio_opened_before_the_stream_has_started_waits_for_it() -> None:
    async with called() as call:
        phone = await call.phone(started=False, talking=False)
        audio = call.speak(100)
        await anyio.sleep(1)
        assert phone.arrived == []
        await phone.start()
        await anyio.sleep(1)
        assert phone.heard == audio


async def test_clear_empties_both_buffers_at_once_and_its_marks_come_back() -> None:
    """Field failure M7, M8."""
    async with called() as call:
        phone = await call.phone()
        audio = call.speak(200, "i1") + call.speak(5_000, "i2")
        await anyio.sleep(0.1)
        cleared = anyio.current_time()
        call.bridge.clear(1)
        call.bridge.mute("r1")
        call.speak(300, "i2")
        await anyio.sleep(2)
        assert phone.events("clear") == [pytest.approx(cleared, abs=0.001)]
        assert len(phone.heard) <= 160 * 6
        assert audio.startswith(phone.heard)
        assert [mark.item for mark in call.of(MarkReturned)] == ["i1"]
        assert call.bridge.playing()[1] == ()
        assert max(phone.events("media")) <= cleared
        reply = call.speak(400, "i3", "r2")
        await anyio.sleep(1)
        assert phone.heard.endswith(reply)


async def test_a_muted_response_ends_within_the_lead() -> None:
    async with called() as call:
        phone = await call.phone()
        call.speak(5_000, "i1", "r1")
        await anyio.sleep(1)
        call.bridge.mute("r1")
        next_reply = call.speak(200, "i2", "r2")
        await anyio.sleep(5)
        assert len(phone.heard) <= (1_000 + LEAD_MS + 20) * 8 + len(next_reply)
        assert phone.heard.endswith(next_reply)
        assert [mark.item for mark in call.of(MarkReturned)] == ["i2"], "a mark would say that i1 was heard"


async def test_a_clip_goes_through_the_stream_and_its_mark_bears_its_name() -> None:
    async with called() as call:
        phone = await call.phone()
        call.bridge.play_clip(1, "sorry")
        await anyio.sleep(1)
        assert phone.heard == padded(b"sorry" * 80)
        assert call.of(AudioSent)[0].item == call.of(MarkReturned)[0].item == "sorry"
        assert call.of(AudioSent)[0].response == call.of(MarkReturned)[0].response == "clip"
        assert call.of(AudioBegan) == []


async def test_how_far_playback_has_come_is_told_with_the_speech_that_interrupts() -> None:
    """Field failure M3, M4, M6: what a truncation needs, from stream time and bytes alone."""
    async with called() as call:
        call.takes_session(Line())
        phone = await call.phone()
        await anyio.sleep(0.5)
        call.speak(400, "i1")
        call.speak(3_000, "i2", done=False)
        await anyio.sleep(1)
        call.bridge.model_said(SpeechStarted(1, 700))
        (told,) = call.of(SpeechStarted)
        assert told.audio_ms == 700
        assert told.stream_ms == phone.stream_ms() // 20 * 20
        (play,) = told.playing
        assert (play.item, play.generated_ms, play.acked_ms) == ("i2", 3_000, 0)
        heard_of_i2 = len(phone.heard) // 8 - 400
        claim = min(play.sent_ms, told.stream_ms - play.acked_at_ms)
        assert heard_of_i2 - 40 <= claim <= heard_of_i2 + 20


async def test_items_of_another_session_are_not_the_calls_business_and_do_not_play() -> None:
    """Field failure M25."""
    async with called() as call:
        call.takes_session(Line(1))
        phone = await call.phone()
        old = call.speak(300, "old", session=1)
        spare = Line(2)
        call.bridge.attach(spare)
        call.speak(1_000, "spare", session=2)
        assert [play.item for play in call.bridge.playing()[1]] == ["old"]
        call.bridge.detach(1)
        call.bridge.forward_audio(2)
        assert call.bridge.playing()[1] == ()
        call.speak(1_000, "late", session=1)
        new = call.speak(1_000, "new", session=2)
        assert [play.item for play in call.bridge.playing()[1]] == ["new"]
        await anyio.sleep(2)
        assert phone.heard == old + new, "what had been said plays on"


async def test_what_was_acknowledged_is_told_with_the_speech_that_interrupts_and_is_no_event() -> None:
    """Law 9's lower bound: the last whole second that came back."""
    async with called() as call:
        call.takes_session(Line())
        phone = await call.phone()
        await anyio.sleep(0.5)
        call.speak(5_000, done=False)
        await anyio.sleep(2.5)
        call.bridge.model_said(SpeechStarted(1, 700))
        (play,) = call.of(SpeechStarted)[0].playing
        assert play.acked_ms == 2_000
        assert 2_500 <= play.acked_at_ms <= 2_540
        assert play.acked_ms <= len(phone.heard) // 8 <= play.sent_ms
        call.bridge.clear(1)
        await anyio.sleep(1)
        assert len(phone.events("mark")) == 2
        assert not call.of(MarkReturned)


async def test_an_item_that_runs_dry_is_told_once_and_that_it_sounds_again() -> None:
    async with called() as call:
        await call.phone()
        call.speak(500, done=False)
        await anyio.sleep(0.45)
        assert not call.of(AudioRanDry), "it still plays"
        await anyio.sleep(3)
        (dry,) = call.of(AudioRanDry)
        assert (dry.socket, dry.item, dry.response) == (1, "i1", "r1")
        assert 500 <= dry.stream_ms <= 540
        call.speak(500)
        await anyio.sleep(2)
        assert len(call.of(AudioRanDry)) == 1
        assert [sent.item for sent in call.of(AudioSent)] == ["i1", "i1"]
        assert [mark.item for mark in call.of(MarkReturned)] == ["i1"]


async def test_an_item_of_which_more_came_just_in_time_is_found_dry_after_that() -> None:
    async with called() as call:
        await call.phone()
        call.speak(200, done=False)
        await anyio.sleep(0.1)
        call.speak(100, done=False)
        await anyio.sleep(3)
        (dry,) = call.of(AudioRanDry)
        assert 300 <= dry.stream_ms <= 340


async def test_speech_that_comes_in_pieces_and_in_time_never_runs_dry() -> None:
    async with called() as call:
        phone = await call.phone()
        for _ in range(20):
            call.speak(200, done=False)
            await anyio.sleep(0.19)
        call.speak(200)
        await anyio.sleep(1)
        assert len(phone.heard) == 21 * 200 * 8
        assert not call.of(AudioRanDry)
        assert len(call.of(AudioSent)) == 1


async def test_a_clip_tells_when_it_sounds_and_when_it_has_played() -> None:
    async with called() as call:
        call.takes_session(Line())
        phone = await call.phone()
        audio = call.speak(200)
        call.bridge.play_clip(1, "one-moment")
        await anyio.sleep(2)
        assert phone.heard == audio + padded(b"one-moment" * 80)
        assert [(sent.item, sent.response) for sent in call.of(AudioSent)] == [("i1", "r1"), ("one-moment", "clip")]
        assert [(mark.item, mark.response) for mark in call.of(MarkReturned)] == [("i1", "r1"), ("one-moment", "clip")]


async def test_a_response_or_session_that_ends_without_its_dones_ends_its_items() -> None:
    async with called() as call:
        phone = await call.phone()
        audio = call.speak(130, "i1", "r1", done=False)
        call.bridge.model_said(ResponseEnded(1, "r1", "cancelled"))
        assert call.events[-2:] == [AudioEnded(1, "r1", "i1", 130), ResponseEnded(1, "r1", "cancelled")]
        more = call.speak(130, "i2", "r2", done=False)
        call.bridge.model_said(ModelFailed(1, "lost", ""))
        await anyio.sleep(1)
        assert phone.heard == padded(audio) + padded(more)
        assert [mark.item for mark in call.of(MarkReturned)] == ["i1", "i2"]


async def test_audio_that_is_none_is_counted() -> None:
    async with called() as call:
        call.bridge.model_spoke(AudioDelta(1, "r", "i", "A"))
        call.bridge.model_spoke(AudioDelta(1, "r", "i", ""))
        assert call.events == []
        assert call.bridge.gauges().unusable == 1


# --- streams that drop, and the next ----------------------------------------------------------------------------


async def dropped(phone: Phone) -> None:
    await phone.ws.close()
    await anyio.sleep(0.01)


async def test_a_stream_that_comes_back_goes_on_where_sending_had_come() -> None:
    async with called() as call:
        call.takes_session(Line())
        first = await call.phone(1)
        audio = call.speak(3_000)
        await anyio.sleep(1)
        await dropped(first)
        heard_first = first.heard
        lost_ms = call.bridge.gauges().lost_ms
        assert 0 < lost_ms <= LEAD_MS
        await anyio.sleep(2)
        second = await call.phone(2)
        await anyio.sleep(0.5)
        (play,) = call.bridge.playing()[1]
        assert play.acked_at_ms <= 20, "stream times begin anew"
        await anyio.sleep(3)
        rest = second.heard
        assert audio.startswith(heard_first) and audio.endswith(rest)
        assert 0 <= len(audio) - len(heard_first) - len(rest) <= LEAD_MS * 8
        assert [mark.socket for mark in call.of(MarkReturned)] == [2]
        assert len(call.of(AudioSent)) == 1


async def test_a_newer_socket_takes_over_from_a_live_one() -> None:
    async with called() as call:
        line = Line()
        call.bridge.attach(line)
        call.bridge.forward_audio(1)
        first = await call.phone(1, talking=False)
        second = await call.phone(2, talking=False)
        audio = call.speak(1_000)
        await first.say(b"a" * 160)
        await second.say(b"b" * 160)
        await anyio.sleep(2)
        assert (first.heard, second.heard) == (b"", audio)
        assert line.frames == [b"b" * 160]
        await dropped(first)
        assert call.bridge.playing()[0] > 0, "the end of the old one is not the end of the new one"


async def test_what_is_decided_at_a_sockets_end_finds_it_gone() -> None:
    async with called() as call:

        def reach(event: Event) -> None:
            if isinstance(event, SocketClosed):
                call.bridge.clear(1)
                call.bridge.open_audio(1)
                call.bridge.play_clip(1, "sorry")

        call.on = reach
        await dropped(await call.phone(1))
        second = await call.phone(2)
        await anyio.sleep(1)
        assert second.heard == padded(b"sorry" * 80)


@pytest.mark.real_sockets
async def test_a_held_greeting_over_the_machines_own_sockets() -> None:
    async with called(network=TcpNetwork()) as call:
        audio = call.speak(600)
        phone = await call.phone(live=False)
        await anyio.sleep(0.1)
        call.bridge.open_audio(1)
        await anyio.sleep(0.9)
        assert phone.heard == audio
        assert [mark.item for mark in call.of(MarkReturned)] == ["i1"]
        assert phone.lead_s <= LEAD_S + 0.02


async def test_gauges() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await phone.say(b"\x80" * 160)
        call.speak(1_000)
        await anyio.sleep(0.01)
        gauges = call.bridge.gauges()
        assert gauges.callee_db == pytest.approx(0.0)
        assert -40 < gauges.agent_db < 0
        assert (gauges.frames_in, gauges.frames_out, gauges.waiting_ms) == (1, LEAD_MS // 20, 1_000 - LEAD_MS)


async def test_a_recorder_hears_both_sides_and_of_every_clear() -> None:
    class Tape:
        def __init__(self) -> None:
            self.heard: list[tuple[str, int]] = []

        def callee(self, stream_ms: int, payload: str) -> None:
            self.heard.append(("callee", stream_ms))

        def agent(self, stream_ms: int, payload: str) -> None:
            self.heard.append(("agent", stream_ms))

        def cleared(self, stream_ms: int) -> None:
            self.heard.append(("cleared", stream_ms))

    tape = Tape()
    async with called(recorder=tape) as call:
        phone = await call.phone(talking=False)
        await anyio.sleep(0.1)
        await phone.say()
        await anyio.sleep(0.01)
        call.speak(60)
        await anyio.sleep(0.01)
        call.bridge.clear(1)
        began = tape.heard[0][1]
        now = began + 20 + 10  # his frame had come whole, and 10 ms later the agent spoke
        assert tape.heard == [
            ("callee", began),
            *(("agent", now + ms) for ms in (0, 20, 40)),
            ("cleared", now + 10),
        ]
