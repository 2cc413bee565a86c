"""The verbs beside Say and Stream: what they do to a call, and what their actions are told."""

from __future__ import annotations

import io
import wave
from typing import Any

import anyio
import pytest

from tests.simulator.program import World, plan, world
from voicecall_core.net.http_server import Response
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier import twiml, verbs
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Press, Speak, Wait
from voicecall_core.simulator.voices import clip

HANGUP = "<Response><Hangup/></Response>"


def document(inner: str) -> str:
    return f"<Response>{inner}</Response>"


async def run(here: World, inner: str, **documents: Any) -> dict[str, str] | None:
    """Place a call with this document; what /act was told, if it was asked."""
    here.program.documents |= {"/twiml": document(inner), "/act": HANGUP} | documents
    assert await here.over(await here.place()) == "completed"
    told = [dict(hook.form) for hook in here.program.webhooks if hook.path == "/act"]
    assert len(told) <= 1 and all(hook.signed for hook in here.program.webhooks if hook.method == "POST")
    return told[0] if told else None


def texts(here: World) -> list[str]:
    return [effect.pii_text for effect in here.carrier.log if effect.what is What.SAY_BEGAN]


# --- Gather ---


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished_on"),
    [
        ("", "12#", "12", "#"),
        ('numDigits="2"', "123", "12", ""),
        ('finishOnKey="*"', "1#2*", "1#2", "*"),
        ('finishOnKey=""', "1#", "1#", ""),
        ('timeout="2"', "7", "7", ""),
    ],
)
async def test_gathered_keys_go_to_the_action(attributes: str, keys: str, digits: str, finished_on: str) -> None:
    acts = [act for key in keys for act in (Wait(300), Press(key))]
    async with world(plan(Wait(500), *acts)) as here:
        told = await run(here, f'<Gather action="/act" {attributes}><Say>Enter it, please.</Say></Gather><Hangup/>')
        assert told is not None and (told["Digits"], told["FinishedOnKey"]) == (digits, finished_on)
        assert here.details(What.GATHERED) == ["digits"]


async def test_a_key_ends_the_prompt() -> None:
    async with world(plan(Wait(500), Press("1"))) as here:
        await run(here, f'<Gather action="/act" numDigits="1"><Say>{"word " * 200}</Say></Gather>')
        began = next(effect for effect in here.carrier.log if effect.what is What.SAY_BEGAN)
        ended = next(effect for effect in here.carrier.log if effect.what is What.GATHERED)
        assert ended.at_ms - began.at_ms < 1_000


async def test_speech_is_gathered_as_text_and_waited_for_to_its_end() -> None:
    async with world(plan(Wait(1_000), Speak("question"))) as here:
        told = await run(here, '<Gather action="/act" input="speech" timeout="1" speechTimeout="auto"/>')
        assert told is not None and told["SpeechResult"] == clip("question").text and float(told["Confidence"]) > 0.5


async def test_keys_are_not_speech_and_speech_no_keys() -> None:
    async with world(plan(Wait(300), Press("5"))) as here:
        assert await run(here, '<Gather action="/act" input="speech" timeout="1"/><Say>Nothing.</Say>') is None
        assert texts(here) == ["Nothing."]
    async with world(plan(Wait(300), Speak("short"))) as here:
        assert await run(here, '<Gather action="/act" timeout="2"/><Say>Nothing.</Say>') is None


async def test_without_an_entry_the_next_verb_begins_after_the_prompt_and_the_timeout() -> None:
    async with world(plan()) as here:
        began = anyio.current_time()
        assert await run(here, '<Gather action="/act" timeout="3"><Pause length="2"/></Gather><Say>Bye.</Say>') is None
        said = next(effect for effect in here.carrier.log if effect.what is What.SAY_BEGAN)
        assert 5_000 <= said.at_ms <= 5_600 and anyio.current_time() - began > 5


async def test_an_empty_result_goes_to_the_action_if_that_is_wanted() -> None:
    async with world(plan()) as here:
        told = await run(here, '<Gather action="/act" timeout="1" actionOnEmptyResult="true"/><Say>No.</Say>')
        assert told is not None and told["Digits"] == "" and texts(here) == []


async def test_without_an_action_the_document_itself_is_asked_again() -> None:
    async with world(plan(Wait(300), Press("1"))) as here:
        here.program.documents["/twiml"] = [document('<Gather numDigits="1"/>'), HANGUP]
        await here.over(await here.place())
        asked = [hook for hook in here.program.webhooks if hook.path == "/twiml"]
        assert len(asked) == 2 and asked[1]["Digits"] == "1"


async def test_keys_that_nobody_waits_for_are_lost() -> None:
    async with world(plan(Wait(100), Press("9"), Wait(2_000), Press("1"))) as here:
        told = await run(here, '<Pause length="1"/><Gather action="/act" numDigits="1"/>')
        assert told is not None and told["Digits"] == "1"


# --- Record ---


async def test_a_recording_ends_in_silence_and_lies_where_the_action_is_told() -> None:
    async with world(plan(Wait(1_000), Speak("question"))) as here:
        recorded = '<Record action="/act" timeout="2" playBeep="false" recordingStatusCallback="/status"/>'
        told = await run(here, recorded.replace("/status", f"{here.program.url}/recorded"))
        assert told is not None and told["Digits"] == ""
        seconds = 1 + clip("question").ms / 1_000 + 2
        assert abs(int(told["RecordingDuration"]) - seconds) <= 1
        [kept] = here.carrier.recordings.values()
        with wave.open(io.BytesIO(kept.wav())) as file:
            assert (file.getframerate(), file.getsampwidth()) == (8_000, 2)
            assert abs(file.getnframes() / 8_000 - seconds) < 0.2
        hook = next(hook for hook in here.program.webhooks if hook.path == "/recorded")
        assert (hook["RecordingStatus"], hook["RecordingSid"]) == ("completed", told["RecordingSid"])
        assert hook["RecordingUrl"] == told["RecordingUrl"]


async def test_a_key_ends_a_recording_and_is_told() -> None:
    async with world(plan(Speak("question"), Press("*"))) as here:
        told = await run(here, '<Record action="/act"/>')
        assert told is not None and told["Digits"] == "*" and here.details(What.PLAYED) == ["beep"]


async def test_of_a_silent_recording_nothing_is_told_and_the_next_verb_begins() -> None:
    async with world(plan()) as here:
        assert await run(here, '<Record action="/act" timeout="1"/><Say>Bye.</Say>') is None
        assert texts(here) == ["Bye."] and here.details(What.RECORDED) == ["absent"]


async def test_who_hangs_up_while_he_is_recorded_has_left_a_message() -> None:
    async with world(plan(Wait(500), Speak("question"), HangUpPhone())) as here:
        told = await run(here, '<Record action="/act" timeout="5"/>')
        assert told is not None and told["Digits"] == "hangup" and told["CallStatus"] == "completed"


# --- Dial ---


@pytest.mark.parametrize(
    ("carrier", "expected"),
    [
        ({}, "completed"),
        ({"dialled_ends_as": "busy"}, "busy"),
        ({"dialled_ends_as": "failed"}, "failed"),
        ({"dialled_ms": None}, "no-answer"),
    ],
)
async def test_how_the_second_leg_went_is_told(carrier: dict[str, Any], expected: str) -> None:
    async with world(plan(**carrier)) as here:
        told = await run(here, '<Dial action="/act" timeout="5"><Number>+15555550123</Number></Dial><Say>No.</Say>')
        assert told is not None and told["DialCallStatus"] == expected and texts(here) == []
        assert (told.get("DialCallDuration", "") == "3") is (expected == "completed")
        leg = here.carrier.legs[told["DialCallSid"]].json()
        assert leg["parent_call_sid"] == told["CallSid"] and leg["direction"] == "outbound-dial"
        assert leg["status"] == expected


async def test_without_an_action_the_next_verb_begins_when_the_second_leg_is_over() -> None:
    async with world(plan()) as here:
        assert await run(here, "<Dial>+15555550123</Dial><Say>Back again.</Say>") is None
        assert texts(here) == ["Back again."] and here.details(What.PARTED) == ["completed"]


# --- Play, Say ---


def _wav(seconds: float) -> Response:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(round(32_000 * seconds)))
    return Response(200, out.getvalue(), (("Content-Type", "audio/wav"),))


async def test_a_file_is_fetched_and_takes_as_long_as_it_lasts() -> None:
    async with world(plan()) as here:
        await run(here, '<Play loop="2">/hello.wav</Play><Say>Bye.</Say>', **{"/hello.wav": _wav(2.0)})
        first = next(effect for effect in here.carrier.log if effect.what is What.PLAYED)
        said = next(effect for effect in here.carrier.log if effect.what is What.SAY_BEGAN)
        assert here.details(What.PLAYED) == ["file", "file"] and 4_000 <= said.at_ms - first.at_ms <= 4_100


@pytest.mark.parametrize(
    ("answer", "code"), [(Response(404), 11200), (Response(200, b"x", (("Content-Type", "text/plain"),)), 12300)]
)
async def test_a_file_that_cannot_be_played_is_warned_of_and_passed_over(answer: Response, code: int) -> None:
    async with world(plan()) as here:
        await run(here, "<Play>/hello.wav</Play><Say>Bye.</Say>", **{"/hello.wav": answer})
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [code]
        assert texts(here) == ["Bye."]


async def test_digits_are_played_and_waited_for() -> None:
    async with world(plan()) as here:
        await run(here, '<Play digits="1w2"/><Say>Bye.</Say>')
        assert here.details(What.PLAYED) == ["digits 1w2"]


async def test_ssml_is_kept_and_heard_as_its_words() -> None:
    script = twiml.read(b'<Response><Say>Hi <break time="1s"/><emphasis>there</emphasis> Ada</Say></Response>')
    [said] = script.verbs
    assert isinstance(said, verbs.Say) and said.pii_text == "Hi there Ada"
    assert '<break time="1s" />' in said.pii_ssml and "<emphasis>there</emphasis>" in said.pii_ssml


# --- Start and Stop ---


async def test_a_forked_stream_listens_beside_the_other_verbs_until_it_is_stopped() -> None:
    async with world(plan(Wait(300), Speak("question"))) as here:
        url = here.program.stream_url
        inner = f'<Start><Stream url="{url}" name="ear"><Parameter name="a" value="b"/></Stream></Start>'
        await run(
            here, inner + '<Pause length="2"/><Stop><Stream name="ear"/></Stop><Pause length="1"/><Say>Bye.</Say>'
        )
        start = here.program.heard("start")[0]["start"]
        assert start["tracks"] == ["inbound"] and start["customParameters"] == {"a": "b"}
        assert 80 <= len(here.program.heard("media")) <= 100
        assert len(here.program.heard("stop")) == 1 and here.details(What.FORK_ENDED) == ["stopped"]
        assert texts(here) == ["Bye."]


async def test_what_is_said_on_a_forked_stream_is_not_heard() -> None:
    async def talk(program: Any, socket: WebSocket) -> None:
        await program.until("start")
        await socket.send('{"event":"media","streamSid":"x","media":{"payload":"fn5+"}}')

    async with world(plan()) as here:
        here.program.talk = talk
        await run(here, f'<Start><Stream url="{here.program.stream_url}"/></Start><Pause length="1"/>')
        assert here.details(What.HEARD) == [] and here.details(What.FORK_ENDED) == ["call-ended"]


async def test_a_forked_stream_has_both_tracks_if_it_asks_for_them() -> None:
    async with world(plan()) as here:
        inner = f'<Start><Stream url="{here.program.stream_url}" track="both_tracks"/></Start><Pause length="1"/>'
        await run(here, inner)
        assert {message["media"]["track"] for message in here.program.heard("media")} == {"inbound", "outbound"}


# --- what is not built here ---


@pytest.mark.parametrize(
    "inner",
    [
        "<Enqueue>support</Enqueue>",
        "<Dial><Conference>Room</Conference></Dial>",
        '<Connect><ConversationRelay url="wss://x.example"/></Connect>',
        "<Start><Transcription/></Start>",
    ],
)
async def test_a_verb_of_the_carriers_that_is_not_here_is_said_to_be_missing_in_our_own_name(inner: str) -> None:
    async with world(plan()) as here:
        await run(here, inner + "<Say>Bye.</Say>")
        [warning] = [effect for effect in here.carrier.log if effect.what is What.WARNING]
        assert "not built here" in warning.detail and warning.code == 0
        assert texts(here) == ["Bye."]


async def test_what_is_no_verb_of_the_carriers_is_warned_of_in_its_name() -> None:
    async with world(plan()) as here:
        await run(here, "<Shout>Hello</Shout><Say>Bye.</Say>")
        [warning] = [effect for effect in here.carrier.log if effect.what is What.WARNING]
        assert warning.code == 12200
