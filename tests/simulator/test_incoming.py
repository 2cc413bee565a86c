"""Calls that come in: rung, taken or rejected by the program's first document, and carried like any other."""

from __future__ import annotations

import pytest

from tests.simulator.program import Program, plan, say, world
from voicecall_core.net.http_server import Response
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Listen, Press, Speak, Wait
from voicecall_core.simulator.voices import clip

CALLER = "+15555550177"


async def test_the_first_document_takes_the_call_while_it_rings() -> None:
    async with world(plan(Wait(500), HangUpPhone())) as here:
        here.program.documents["/voice"] = '<Response><Pause length="9"/></Response>'
        line = here.carrier.call_in(CALLER, here.program.url + "/voice")
        assert await here.over(line.record.sid) == "completed"
        asked = next(hook for hook in here.program.webhooks if hook.path == "/voice")
        assert asked.signed and (asked["Direction"], asked["CallStatus"]) == ("inbound", "ringing")
        assert (asked["From"], asked["To"]) == (CALLER, here.carrier.number)
        shown = line.record.json()
        assert shown["direction"] == "inbound" and shown["status"] == "completed"
        assert here.details(What.HUNG_UP) == ["callee"]


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer"), ("", "no-answer")])
async def test_a_rejected_call_is_never_answered(reason: str, status: str) -> None:
    async with world(plan(Wait(500), HangUpPhone())) as here:
        attribute = f' reason="{reason}"' if reason else ""
        here.program.documents["/voice"] = f"<Response><Reject{attribute}/></Response>"
        line = here.carrier.call_in(CALLER, here.program.url + "/voice")
        assert await here.over(line.record.sid) == status
        assert here.details(What.ANSWERED) == [] and here.details(What.SPOKE) == []
        assert line.record.json()["duration"] == "0"


async def test_the_numbers_own_settings_say_where_to_ask_and_whom_to_tell() -> None:
    async with world(plan(Wait(300), HangUpPhone())) as here:
        number = f"{here.carrier.url}/2010-04-01/Accounts/{here.carrier.account_sid}/IncomingPhoneNumbers"
        [known] = (await here.rest.get(number + ".json")).json()["incoming_phone_numbers"]
        form = {
            "VoiceUrl": here.program.url + "/broken",
            "VoiceFallbackUrl": here.program.url + "/voice",
            "StatusCallback": here.program.url + "/status",
        }
        await here.rest.post(f"{number}/{known['sid']}.json", data=form)
        here.program.documents |= {"/broken": Response(500), "/voice": '<Response><Pause length="5"/></Response>'}
        line = here.carrier.call_in(CALLER)
        assert await here.over(line.record.sid) == "completed"
        assert [hook.path for hook in here.program.webhooks] == ["/broken", "/voice", "/status"]
        assert here.program.webhooks[-1]["CallStatus"] == "completed"


async def test_without_an_address_the_caller_hears_the_carriers_apology() -> None:
    async with world(plan()) as here:
        line = here.carrier.call_in(CALLER)
        assert await here.over(line.record.sid) == "completed"
        assert [effect.code for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE] == [11100]


async def test_keys_of_a_caller_reach_a_gather_and_his_voice_a_stream() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await say(socket, (await program.until("start"))["streamSid"], clip("greeting").audio)

    acts = (Wait(800), Press("4"), Listen(), Speak("answer"), HangUpPhone())
    async with world(plan(*acts)) as here:
        here.program.talk = talk
        here.program.documents |= {
            "/voice": '<Response><Gather numDigits="1" action="/chosen"/></Response>',
            "/chosen": here.program.stream(),
        }
        line = here.carrier.call_in(CALLER, here.program.url + "/voice")
        assert await here.over(line.record.sid) == "completed"
        assert next(hook for hook in here.program.webhooks if hook.path == "/chosen")["Digits"] == "4"
        assert line.heard == clip("greeting").audio and here.details(What.SAID) == ["answer"]
