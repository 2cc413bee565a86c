"""The life of a call: which states, which callbacks, in which form."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import anyio
import pytest

from tests.simulator.program import TO, World, world
from voicecall_core.net.http_server import Response
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Press,
    Scenario,
    Wait,
)

QUIET = Scenario("quiet", "", (), Expectation("completed", "callee"))
PAUSE = '<?xml version="1.0"?><Response><Pause length="2"/></Response>'


def plan(*acts: Act, **carrier: Any) -> Scenario:
    return replace(QUIET, callee=acts, carrier=CarrierPlan(**carrier))


def whats(here: World) -> list[str]:
    unwanted = (What.REST, What.WEBHOOK_SENT, What.WEBHOOK_ANSWERED)
    return [effect.what.value for effect in here.carrier.log if effect.what not in unwanted]


async def test_a_short_call_in_all_its_states() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = PAUSE
        sid = await here.place()
        assert await here.over(sid) == "completed"
        assert whats(here) == [
            "placed", "queued", "initiated", "ringing", "answered", "received", "ran", "hung-up", "ended",
        ]  # fmt: skip
        record = here.carrier.calls[sid].record
        assert record.seconds == 2 and record.queue_ms == 20


async def test_a_status_callback_has_the_real_names_in_the_real_order() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = PAUSE
        sid = await here.place()
        await here.over(sid)
        last = here.program.webhooks[-1]
        assert [name for name, _ in last.form] == (
            "Called ToState CallerCountry Direction Timestamp CallbackSource SipResponseCode CallerState ToZip "
            "SequenceNumber To CallSid ToCountry CallerZip CalledZip ApiVersion CallStatus CalledCity Duration From "
            "CallDuration AccountSid CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState FromZip "
            "FromState"
        ).split()
        assert (last["CallStatus"], last["SequenceNumber"], last["CallDuration"], last["Duration"]) == (
            "completed", "3", "2", "1",
        )  # fmt: skip
        assert last["To"] == last["Called"] == TO and last["From"] == last["Caller"] == here.carrier.number
        assert last["CallerCity"] == "" and last["Direction"] == "outbound-api"
        assert parsedate_to_datetime(last["Timestamp"]).isoformat() == "2026-01-01T00:00:03+00:00"
        assert last.headers["user-agent"] == "TwilioProxy/1.1"
        assert last.headers["content-type"] == "application/x-www-form-urlencoded"
        assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", last.headers["i-twilio-idempotency-token"])
        assert all(hook.signed for hook in here.program.webhooks)


async def test_the_fetch_comes_after_the_answer_with_its_own_names() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = PAUSE
        await here.over(await here.place())
        fetch = next(hook for hook in here.program.webhooks if hook.path == "/twiml")
        assert [name for name, _ in fetch.form] == (
            "Called ToState CallerCountry Direction CallerState ToZip CallSid To CallerZip ToCountry ApiVersion "
            "CalledZip CalledCity CallStatus From AccountSid CalledCountry CallerCity ToCity FromCountry Caller "
            "FromCity CalledState FromZip FromState"
        ).split()
        assert fetch["CallStatus"] == "in-progress"


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial", None])
async def test_the_direction_is_the_plans(direction: str | None) -> None:
    async with world(plan(direction=direction)) as here:
        here.program.documents["/twiml"] = PAUSE
        await here.over(await here.place())
        for hook in here.program.webhooks:
            assert dict(hook.form).get("Direction") == direction


async def test_only_events_asked_for_are_sent_but_all_are_counted() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = PAUSE
        await here.over(await here.place(StatusCallbackEvent="answered completed"))
        told = [
            (hook["CallStatus"], hook["SequenceNumber"]) for hook in here.program.webhooks if hook.path == "/status"
        ]
        assert told == [("in-progress", "2"), ("completed", "3")]
        here.program.webhooks.clear()
        await here.over(await here.place(StatusCallbackEvent=None))
        assert here.program.said() == ["completed"]


@pytest.mark.parametrize(
    ("ends_as", "sip", "said"),
    [
        ("busy", "486", ["initiated", "ringing", "busy"]),
        ("no-answer", "487", ["initiated", "ringing", "no-answer"]),
        ("failed", "404", ["initiated", "failed"]),
    ],
)
async def test_a_call_that_is_not_answered(ends_as: str, sip: str, said: list[str]) -> None:
    async with world(plan(ends_as=ends_as, answer_ms=500)) as here:
        sid = await here.place(Timeout="7")
        assert await here.over(sid) == ends_as
        assert here.program.said() == said
        last = here.program.webhooks[-1]
        assert (last["SipResponseCode"], last["Duration"], last["CallDuration"]) == (sip, "0", "0")
        rang = next(effect.at_ms for effect in here.carrier.log if effect.what is What.RINGING or ends_as == "failed")
        ended = next(effect.at_ms for effect in here.carrier.log if effect.what is What.ENDED)
        assert ends_as != "no-answer" or ended - rang == 7_000


async def test_nobody_answers_within_the_timeout_asked_for() -> None:
    async with world(plan(answer_ms=None)) as here:
        assert await here.over(await here.place(Timeout="3")) == "no-answer"


async def test_callbacks_late_lost_and_doubled() -> None:
    lost, doubled = frozenset({"initiated"}), frozenset({"completed"})
    faults = plan(callback_ms={"ringing": 1_000}, callbacks_lost=lost, callbacks_doubled=doubled, answer_ms=100)
    async with world(faults) as here:
        here.program.documents["/twiml"] = PAUSE
        await here.over(await here.place())
        assert here.program.said() == ["in-progress", "ringing", "completed", "completed"]
        assert [effect.detail for effect in here.carrier.log if effect.what is What.WEBHOOK_LOST] == [
            "status:initiated"
        ]


async def test_shuffled_callbacks_are_the_seeds() -> None:
    async def order(seed: int) -> list[str]:
        async with world(plan(callbacks_shuffled=True, answer_ms=50, ring_ms=50), seed=seed) as here:
            here.program.documents["/twiml"] = "<Response><Hangup/></Response>"
            await here.over(await here.place())
            return here.program.said()

    orders = [await order(seed) for seed in range(4)]
    assert orders == [await order(seed) for seed in range(4)]
    assert len({tuple(one) for one in orders}) > 1


async def test_a_callback_that_is_not_accepted_is_warned_of_and_not_repeated() -> None:
    async with world(QUIET) as here:
        here.program.documents |= {"/twiml": PAUSE, "/status": Response(500)}
        await here.over(await here.place())
        assert len(here.program.said()) == 4
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [15003] * 4


async def test_a_slow_callback_does_not_hold_up_the_next() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = PAUSE
        here.program.slow_s["/status"] = 30
        sid = await here.place()
        await here.over(sid)
        assert here.program.said() == ["initiated", "ringing", "in-progress", "completed"]
        await anyio.sleep(20)
        answered = [
            effect for effect in here.carrier.log if effect.what is What.WEBHOOK_ANSWERED and "status" in effect.detail
        ]
        sent = [effect for effect in here.carrier.log if effect.what is What.WEBHOOK_SENT and "status" in effect.detail]
        assert [b.at_ms - a.at_ms for a, b in zip(sent, answered, strict=True)] == [15_000] * 4


async def test_the_time_limit_ends_the_call() -> None:
    async with world(QUIET) as here:
        here.program.documents["/twiml"] = '<Response><Pause length="500"/></Response>'
        sid = await here.place(TimeLimit="60")
        assert await here.over(sid) == "completed"
        assert here.carrier.calls[sid].record.seconds == 60
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [32015]


async def test_the_callee_hangs_up_and_nothing_runs_on() -> None:
    async with world(plan(Press("5"), Wait(700), HangUpPhone())) as here:
        here.program.documents["/twiml"] = '<Response><Pause length="500"/><Say>too late</Say></Response>'
        sid = await here.place()
        assert await here.over(sid) == "completed"
        ends = [
            (effect.what, effect.detail) for effect in here.carrier.log if effect.what in (What.HUNG_UP, What.DIGIT)
        ]
        assert ends == [(What.DIGIT, "5"), (What.HUNG_UP, "callee")]
        assert What.SAY_BEGAN not in {effect.what for effect in here.carrier.log}
