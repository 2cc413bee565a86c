"""What REST shows beside the calls: each address that is advertised answers, and nothing claimed is not there."""

from __future__ import annotations

import io
import wave
from typing import Any

import anyio
import pytest

from tests.simulator.program import World, plan, world
from voicecall_core.simulator.scenarios.scenario import Speak, Wait

LONG = '<Response><Pause length="20"/></Response>'


async def get(here: World, path: str, status: int = 200) -> Any:
    answer = await here.rest.get(here.carrier.url + path)
    assert answer.status_code == status, answer.text
    return answer.json()


def base(here: World) -> str:
    return f"/2010-04-01/Accounts/{here.carrier.account_sid}"


async def up(here: World) -> str:
    """A call that is in progress."""
    here.program.documents["/twiml"] = LONG
    sid = await here.place()
    await anyio.sleep(1)
    return sid


async def test_every_address_that_a_call_advertises_answers() -> None:
    async with world(plan()) as here:
        call = await get(here, f"{base(here)}/Calls/{await up(here)}.json")
        answers = {
            name: (await here.rest.get(here.carrier.url + path)) for name, path in call["subresource_uris"].items()
        }
        kinds = {name: (answer.status_code, answer.json().get("code")) for name, answer in answers.items()}
        listed = {"notifications", "recordings", "events", "transcriptions"}
        assert {name for name, kind in kinds.items() if kind == (200, None)} == listed
        assert {kind for name, kind in kinds.items() if name not in listed} == {(405, 20004)}


@pytest.mark.parametrize("what", ["Payments", "Siprec", "UserDefinedMessages", "Transcriptions"])
async def test_what_is_not_built_says_so_in_its_own_name(what: str) -> None:
    async with world(plan()) as here:
        answer = await here.rest.post(f"{here.carrier.url}{base(here)}/Calls/{await up(here)}/{what}.json", data={})
        assert answer.status_code == 501 and answer.json()["code"] is None
        assert "not built into voicecall" in answer.json()["message"]


async def test_a_recording_is_started_stopped_shown_fetched_and_deleted() -> None:
    async with world(plan(Wait(1_500), Speak("question"))) as here:
        calls = f"{here.carrier.url}{base(here)}/Calls/{await up(here)}"
        made = (await here.rest.post(calls + "/Recordings.json", data={})).json()
        await anyio.sleep(2)
        await here.rest.post(f"{calls}/Recordings/{made['sid']}.json", data={"Status": "stopped"})
        await anyio.sleep(0.1)
        shown = await get(here, made["uri"])
        assert (made["status"], shown["status"], shown["duration"]) == ("in-progress", "completed", "2")
        assert [each["sid"] for each in (await get(here, f"{base(here)}/Recordings.json"))["recordings"]] == [
            made["sid"]
        ]
        file = await here.rest.get(here.carrier.url + made["uri"].replace(".json", ".wav"))
        with wave.open(io.BytesIO(file.content)) as sound:
            assert 15_500 <= sound.getnframes() <= 16_500
        assert (await here.rest.delete(here.carrier.url + made["uri"])).status_code == 204
        await get(here, made["uri"], 404)


async def test_of_a_call_that_is_over_nothing_is_recorded() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = "<Response/>"
        sid = await here.place()
        await here.over(sid)
        answer = await here.rest.post(f"{here.carrier.url}{base(here)}/Calls/{sid}/Recordings.json", data={})
        assert (answer.status_code, answer.json()["code"]) == (400, 21220)


async def test_warnings_are_the_calls_notifications() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = "<Response><Shout/></Response>"
        sid = await here.place()
        await here.over(sid)
        [found] = (await get(here, f"{base(here)}/Calls/{sid}/Notifications.json"))["notifications"]
        assert (found["error_code"], found["call_sid"]) == ("12200", sid)
        assert (await get(here, found["uri"]))["sid"] == found["sid"]
        assert (await get(here, f"{base(here)}/Notifications.json"))["notifications"] == [found]


async def test_a_listening_stream_is_started_and_stopped() -> None:
    async with world(plan()) as here:
        calls = f"{here.carrier.url}{base(here)}/Calls/{await up(here)}"
        form = {"Url": here.program.stream_url, "Name": "ear", "Parameter1.Name": "a", "Parameter1.Value": "b"}
        made = (await here.rest.post(calls + "/Streams.json", data=form)).json()
        start = await here.program.until("start")
        assert start["streamSid"] == made["sid"] and start["start"]["customParameters"] == {"a": "b"}
        stopped = await here.rest.post(f"{calls}/Streams/{made['sid']}.json", data={"Status": "stopped"})
        assert stopped.json()["status"] == "stopped" and await here.program.until("stop")


async def test_the_number_is_fetched_and_set() -> None:
    async with world(plan()) as here:
        [listed] = (await get(here, f"{base(here)}/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        shown = await get(here, listed["uri"])
        assert shown == listed and shown["voice_url"] == ""
        url = here.carrier.url + listed["uri"]
        form = {"VoiceUrl": "http://127.0.0.1:9/voice", "VoiceMethod": "GET", "FriendlyName": "Mine"}
        changed = (await here.rest.post(url, data=form)).json()
        assert (changed["voice_url"], changed["voice_method"], changed["friendly_name"]) == (*form.values(),)
        assert await get(here, listed["uri"]) == changed
        assert (await here.rest.post(url, data={"VoiceUrl": "nowhere"})).json()["code"] == 21502


async def test_lists_are_filtered_by_parent_and_end() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = "<Response><Dial>+15555550123</Dial></Response>"
        sid = await here.place()
        await here.over(sid)
        [leg] = (await get(here, f"{base(here)}/Calls.json?ParentCallSid={sid}"))["calls"]
        assert (await get(here, leg["uri"]))["parent_call_sid"] == sid
        assert (await get(here, f"{base(here)}/Calls.json?EndTime%3C=2025-01-01"))["calls"] == []
        assert len((await get(here, f"{base(here)}/Calls.json?EndTime%3E=2025-01-01"))["calls"]) == 2


async def test_a_call_that_is_over_is_deleted() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = "<Response/>"
        sid = await here.place()
        await here.over(sid)
        path = f"{base(here)}/Calls/{sid}.json"
        assert (await here.rest.delete(here.carrier.url + path)).status_code == 204
        await get(here, path, 404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"To": "sip:ada@example.com"}, 21211),
        ({"To": "client:ada"}, 21211),
        ({"SendDigits": "12x"}, 21206),
        ({"MachineDetection": "Perhaps"}, 21263),
        ({"RecordingStatusCallback": "nowhere", "Record": "true"}, 21205),
    ],
)
async def test_create_refuses(change: dict[str, str], code: int) -> None:
    async with world(plan()) as here:
        answer = await here.dial(**change)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
