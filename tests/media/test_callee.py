"""The callee's voice on its way to the model: held, forwarded, said again, heard by our own ear."""

from __future__ import annotations

from base64 import b64encode

import anyio
import pytest

from tests.media.phone import Line, Phone, called
from voicecall_core.words.events import ModelFailed, SpeechStarted, TurnCommitted, VoiceBegan, VoiceEnded
from voicecall_core.words.terms import Limits

# --- the callee, on the way to the model ------------------------------------------------------------------------


async def test_nothing_the_callee_says_between_start_and_ready_is_lost() -> None:
    """Law 14; field failure M36."""
    async with called() as call:
        line = Line()
        phone = await call.phone(talking=False, live=False)
        call.bridge.attach(line)
        said = [bytes([n % 256]) * 160 for n in range(520)]
        for n, audio in enumerate(said):
            await phone.say(audio)
            await anyio.sleep(0.02)
            if n == 3:
                call.bridge.open_audio(1)
            if n == 500:
                assert line.sent == []
                call.bridge.forward_audio(1)
        assert line.frames == said
        assert call.bridge.gauges().dropped_in == 0
        assert line.sent[0] == b64encode(said[0]).decode()


async def test_beyond_what_a_model_may_take_the_oldest_goes_and_is_counted() -> None:
    async with called(Limits(model_ready_s=1.0)) as call:
        line = Line()
        call.bridge.attach(line)
        await call.phone()
        await anyio.sleep(5)
        held = call.bridge.gauges().held_ms
        assert held == 3_000
        call.bridge.forward_audio(1)
        assert len(line.sent) == 150
        gauges = call.bridge.gauges()
        assert (gauges.held_ms, gauges.dropped_in) == (0, gauges.frames_in - 150)


@pytest.mark.parametrize("live", [True, False])
async def test_of_what_is_too_much_to_be_held_the_newest_is_kept(live: bool) -> None:
    """Whether it waits for the model, or for the audio to be opened on its socket."""
    async with called(Limits(model_ready_s=1.0)) as call:
        line = Line()
        call.bridge.attach(line)
        phone = await call.phone(talking=False, live=live)
        said = [bytes([n]) * 160 for n in range(200)]
        for audio in said:
            await phone.say(audio)
        await anyio.sleep(0.1)
        call.bridge.open_audio(1)
        call.bridge.forward_audio(1)
        assert line.frames == said[-150:]


async def test_while_a_lost_session_is_replaced_the_callee_is_held_for_the_next() -> None:
    async with called() as call:
        first, second = Line(1), Line(2)
        call.bridge.attach(first)
        call.bridge.forward_audio(1)
        await call.phone()
        await anyio.sleep(1)
        call.bridge.model_said(ModelFailed(1, "lost", ""))
        sent = len(first.sent)
        await anyio.sleep(1)
        assert len(first.sent) == sent
        call.bridge.attach(second)
        await anyio.sleep(1)
        call.bridge.forward_audio(1)
        assert not second.sent, "ordered for a session that is not attached any more"
        call.bridge.forward_audio(2)
        assert len(second.sent) == call.bridge.gauges().frames_in - sent


async def test_the_callee_is_held_again_when_his_session_is_closed() -> None:
    async with called() as call:
        first, second = Line(1), Line(2)
        call.takes_session(first)
        call.bridge.attach(second)
        await call.phone()
        await anyio.sleep(1)
        assert (len(first.sent), second.sent) == (call.bridge.gauges().frames_in, []), "a spare one hears nothing"
        call.bridge.detach(2)
        await anyio.sleep(0.1)
        assert len(first.sent) == call.bridge.gauges().frames_in, "the loss of a spare one changes nothing"
        call.bridge.detach(1)
        sent = len(first.sent)
        await anyio.sleep(1)
        third = Line(3)
        call.takes_session(third)
        assert (len(first.sent), len(third.sent)) == (sent, call.bridge.gauges().frames_in - sent)


async def said_frame_by_frame(phone: Phone, frames: int, first: int = 0) -> None:
    """Frames that are told apart by their bytes, and are quiet to our own ear."""
    for n in range(first, first + frames):
        await phone.say(bytes([0xFF - n % 8, n // 8 % 8 + 0xF0]) * 80)
        await anyio.sleep(0.02)


async def test_a_turn_that_went_down_with_its_session_is_said_again_to_the_next() -> None:
    """From half a second before it was noticed, and before what was held meanwhile."""
    async with called() as call:
        first, second = Line(1), Line(2)
        call.takes_session(first)
        phone = await call.phone(talking=False)
        await said_frame_by_frame(phone, 40)
        call.bridge.model_said(SpeechStarted(1, 0))
        await said_frame_by_frame(phone, 20, 40)
        call.bridge.model_said(TurnCommitted(1, "turn"))
        await said_frame_by_frame(phone, 10, 60)
        call.bridge.model_said(ModelFailed(1, "lost", ""))
        await said_frame_by_frame(phone, 5, 70)
        call.takes_session(second, again=True)
        assert second.frames[:-5] == first.frames[40 - 25 :]
        assert len(second.frames) == 25 + 30 + 5
        await said_frame_by_frame(phone, 1, 75)
        assert len(second.frames) == 61


async def test_it_is_not_said_again_unless_that_is_asked_for() -> None:
    async with called() as call:
        call.takes_session(Line(1))
        phone = await call.phone(talking=False)
        call.bridge.model_said(SpeechStarted(1, 0))
        await said_frame_by_frame(phone, 20)
        call.bridge.detach(1)
        second = Line(2)
        call.takes_session(second)
        assert second.sent == []


async def test_of_a_turn_without_end_its_last_half_minute_is_kept() -> None:
    async with called() as call:
        first, second = Line(1), Line(2)
        call.takes_session(first)
        phone = await call.phone(talking=False)
        call.bridge.model_said(SpeechStarted(1, 0))
        await said_frame_by_frame(phone, 1_600)
        call.bridge.detach(1)
        call.takes_session(second, again=True)
        assert second.frames == first.frames[-1_500:]


async def test_a_turn_that_our_own_ear_heard_is_kept_from_before_it_was_loud() -> None:
    async with called() as call:
        first, second = Line(1), Line(2)
        call.takes_session(first)
        phone = await call.phone(talking=False)
        await said_frame_by_frame(phone, 50)
        for _ in range(20):
            await phone.say(b"\x20" * 160)
            await anyio.sleep(0.02)
        assert len(call.of(VoiceBegan)) == 1
        call.bridge.detach(1)
        call.takes_session(second, again=True)
        quiet = second.frames.index(b"\x20" * 160)
        assert quiet >= 300 / 20 - 4, "what is before the first syllable is kept too"
        assert second.frames[quiet:] == [b"\x20" * 160] * 20


@pytest.mark.parametrize(
    ("response", "committed", "kept"),
    [
        ("answer", True, False),
        ("answer", False, False),
        ("greeting", False, True),  # it goes on while he speaks into it
        ("greeting", True, False),  # and after his words were complete: they were none that had to be answered
        ("clip", True, True),
    ],
)
async def test_a_turn_is_forgotten_once_it_is_answered(response: str, committed: bool, kept: bool) -> None:
    async with called() as call:
        call.takes_session(Line(1))
        phone = await call.phone(talking=False)
        call.speak(100, "i1", "greeting")
        await said_frame_by_frame(phone, 20)
        call.bridge.model_said(SpeechStarted(1, 0))
        await said_frame_by_frame(phone, 20, 20)
        if committed:
            call.bridge.model_said(TurnCommitted(1, "turn"))
        if response == "clip":
            call.bridge.play_clip(1, "one-moment")
        else:
            call.speak(100, "i2", response)
        await anyio.sleep(0.1)
        call.bridge.detach(1)
        second = Line(2)
        call.takes_session(second, again=True)
        assert bool(second.sent) == kept


# --- our own ear ------------------------------------------------------------------------------------------------

LOUD, QUIET = b"\x20" * 160, b"\xff" * 160


async def say(phone: Phone, audio: bytes, ms: int) -> None:
    for _ in range(ms // 20):
        await phone.say(audio)
        await anyio.sleep(0.02)


async def test_a_voice_on_the_live_leg_is_told_and_its_end() -> None:
    async with called() as call:
        phone = await call.phone(talking=False)
        await say(phone, QUIET, 1_000)
        await say(phone, LOUD, 1_000)
        await say(phone, QUIET, 2_000)
        (began,), (ended,) = call.of(VoiceBegan), call.of(VoiceEnded)
        assert (began.socket, ended.socket) == (1, 1)
        assert 1_200 <= began.stream_ms <= 1_320
        assert 2_700 <= ended.stream_ms <= 2_820


async def test_a_socket_that_is_not_live_has_no_voice() -> None:
    async with called() as call:
        phone = await call.phone(talking=False, live=False)
        await say(phone, LOUD, 1_000)
        assert not call.of(VoiceBegan)


async def test_the_end_of_a_voice_that_only_the_model_hears_is_told_too() -> None:
    """The line is quiet, the model's detection says speech and would never say that it stopped."""
    async with called() as call:
        call.takes_session(Line())
        phone = await call.phone(talking=False)
        await say(phone, QUIET, 1_000)
        assert not call.of(VoiceEnded)
        call.bridge.model_said(SpeechStarted(1, 0))
        await say(phone, QUIET, 2_000)
        (ended,) = call.of(VoiceEnded)
        assert 1_700 <= ended.stream_ms <= 1_820
