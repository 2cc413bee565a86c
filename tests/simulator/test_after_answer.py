"""Between the answer and the first document: machines, digits, trial accounts; and the queue before it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.simulator.program import World, plan, world
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import TONE, PlaySound, Press, Speak, Wait

LISTENS = '<Response><Pause length="20"/></Response>'
VOICEMAIL = (Wait(500), Speak("question"), PlaySound(TONE, bytes(3_200)))


async def asked(here: World, **changes: Any) -> dict[str, str]:
    """Place a call; what its first document's request said."""
    here.program.documents["/twiml"] = LISTENS
    await here.over(await here.place(**changes))
    return dict(next(hook.form for hook in here.program.webhooks if hook.path == "/twiml"))


def at(here: World, what: What) -> int:
    return next(effect.at_ms for effect in here.carrier.log if effect.what is what)


@pytest.mark.parametrize(
    ("carrier", "wanted", "found"),
    [
        ({}, "Enable", "human"),
        ({"answered_by": "machine"}, "Enable", "machine_start"),
        ({"answered_by": "fax"}, "Enable", "fax"),
        ({}, "DetectMessageEnd", "human"),
        ({"answered_by": "machine"}, "DetectMessageEnd", "machine_end_beep"),
        ({"detection_ms": 60_000}, "Enable", "unknown"),
    ],
)
async def test_who_has_answered_is_told_with_the_first_document(
    carrier: dict[str, Any], wanted: str, found: str
) -> None:
    async with world(plan(*VOICEMAIL, **carrier)) as here:
        form = await asked(here, MachineDetection=wanted)
        assert form["AnsweredBy"] == found
        assert int(form["MachineDetectionDuration"]) == at(here, What.DETECTED) - at(here, What.ANSWERED)
        sent = next(
            effect.at_ms for effect in here.carrier.log if effect.what is What.WEBHOOK_SENT and effect.detail == "fetch"
        )
        assert sent >= at(here, What.DETECTED)
        [call] = here.carrier.calls.values()
        assert call.record.json()["answered_by"] == found


async def test_the_end_of_the_message_is_the_end_of_its_tone() -> None:
    async with world(plan(*VOICEMAIL, answered_by="machine")) as here:
        await asked(here, MachineDetection="DetectMessageEnd")
        tone = [effect.at_ms for effect in here.carrier.log if effect.what is What.SAID and effect.detail == TONE]
        assert at(here, What.DETECTED) == tone[0]


async def test_beside_the_documents_the_callback_is_told() -> None:
    async with world(plan(*VOICEMAIL, answered_by="machine")) as here:
        url = here.program.url + "/who"
        form = await asked(here, MachineDetection="Enable", AsyncAmd="true", AsyncAmdStatusCallback=url)
        assert "AnsweredBy" not in form
        told = next(hook for hook in here.program.webhooks if hook.path == "/who")
        assert told.signed and told["AnsweredBy"] == "machine_start" and int(told["MachineDetectionDuration"]) == 2_500


async def test_digits_are_sent_before_the_first_document_and_switch_detection_off() -> None:
    async with world(plan()) as here:
        form = await asked(here, SendDigits="12ww#", MachineDetection="Enable")
        assert "AnsweredBy" not in form and here.details(What.PLAYED) == ["digits 12ww#"]
        assert at(here, What.RAN) - at(here, What.ANSWERED) >= 1_750


async def test_a_trial_account_speaks_first_and_waits_for_a_key() -> None:
    async with world(plan(Wait(3_000), Press("1"), trial="key-press")) as here:
        await asked(here)
        said, ran = at(here, What.SAY_BEGAN), at(here, What.RAN)
        assert said < at(here, What.DIGIT) < ran


async def test_without_a_key_a_trial_accounts_call_ends() -> None:
    async with world(plan(trial="key-press")) as here:
        here.program.documents["/twiml"] = LISTENS
        assert await here.over(await here.place()) == "completed"
        assert here.details(What.RAN) == []


async def test_a_trial_account_has_no_streams() -> None:
    async with world(plan(trial="no-stream")) as here:
        sid = await here.begin()
        await here.over(sid)
        said = [effect.pii_text for effect in here.carrier.log if effect.what is What.SAY_BEGAN]
        assert said == ["The Stream verb is not available on trial accounts."] and here.program.upgrades == []


async def test_one_call_a_second_leaves_the_queue() -> None:
    async with world(plan(calls_per_second=1)) as here:
        here.program.documents["/twiml"] = "<Response><Hangup/></Response>"
        sids = [await here.place() for _ in range(3)]
        for sid in sids:
            await here.over(sid)
        began = [effect.at_ms for effect in here.carrier.log if effect.what is What.INITIATED]
        assert [round((b - a) / 100) for a, b in itertools.pairwise(began)] == [10, 10]
        shown = [here.carrier.calls[sid].record.json()["queue_time"] for sid in sids]
        assert [int(str(each)) // 900 for each in shown] == [0, 1, 2]


async def test_a_whole_call_is_recorded_and_its_end_says_where() -> None:
    async with world(plan(Wait(500), Speak("question"))) as here:
        here.program.documents["/twiml"] = '<Response><Pause length="4"/></Response>'
        recorded = {"Record": "true", "RecordingStatusCallback": here.program.url + "/recorded"}
        sid = await here.place(**recorded, RecordingStatusCallbackEvent="in-progress completed")
        await here.over(sid)
        told = [hook["RecordingStatus"] for hook in here.program.webhooks if hook.path == "/recorded"]
        assert told == ["in-progress", "completed"]
        last = next(
            hook for hook in here.program.webhooks if hook.path == "/status" and hook["CallStatus"] == "completed"
        )
        [kept] = here.carrier.recordings.values()
        assert last["RecordingSid"] == kept.sid and last["RecordingUrl"].endswith(kept.path)
        assert 3.9 <= len(kept.audio) / 8_000 <= 4.2
