"""What the probe sends to a program, and what it says of one that believes everything and of one that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import anyio

from tests.placing import opened_dialer, outgoing
from tests.simulator.program import World, plan, world
from tests.simulator.test_verdict_calls import mended
from voicecall_core.call.endings import Outcome
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.opening import Offer
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Wait
from voicecall_core.simulator.security_probe import probe
from voicecall_core.simulator.verdict import LineFinding, judged

SCENARIO = plan(Wait(14_000), HangUpPhone())


def suspicious(here: World) -> None:
    """It turns away what is not signed, webhooks and media sockets alike."""
    mended(here)
    answer, upgrade = here.program.answer, here.program.upgrade

    async def looked_at(request: Request) -> Response:
        reply = await answer(request)
        return reply if here.program.webhooks[-1].signed else Response(403)

    async def looked_into(request: Request, offer: Offer) -> None:
        if not here.program._webhook(request, here.program.stream_url).signed:
            return await offer.refuse(403)
        await upgrade(request, offer)

    here.program.answer, here.program.upgrade = looked_at, looked_into  # type: ignore[method-assign]


async def probed(prepare: Callable[[World], None]) -> tuple[tuple[LineFinding, ...], World, str]:
    async with world(SCENARIO) as here:
        prepare(here)
        sid = await here.place()
        found = await probe(here.carrier.context, here.carrier.calls[sid].record)
        await here.over(sid)
    return found, here, sid


async def test_a_program_that_believes_everything_is_named() -> None:
    found, here, sid = await probed(mended)
    graves = [(each.rule, str(each.severity)) for each in found]
    three = ["unsigned-accepted", "bad-signature-accepted", "foreign-signature-accepted"]
    assert graves[:6] == [*((rule, "broken") for rule in three), *((rule, "warning") for rule in three)]
    assert graves[6:] == [("unsigned-stream-accepted", "broken"), ("badly-signed-stream-accepted", "broken")]
    assert all(each.law == 12 for each in found)
    told = judged(here.carrier.log, sid).with_more(found)
    assert told.broken and [each.at_ms for each in told.findings] == sorted(each.at_ms for each in told.findings)


async def test_a_program_that_looks_at_who_is_asking_has_no_finding() -> None:
    found, here, sid = await probed(suspicious)
    assert found == ()
    assert judged(here.carrier.log, sid).findings == ()
    forged = [each for each in here.program.webhooks if not each.signed]
    assert len(forged) == 6 and {each["CallSid"] for each in forged} == {sid}
    assert {each["CallStatus"] for each in forged if each.path == "/status"} == {"initiated"}


async def test_a_forged_socket_that_is_let_in_and_not_spoken_to_is_a_warning() -> None:
    def lets_in(here: World) -> None:
        suspicious(here)
        here.program.upgrade = type(here.program).upgrade.__get__(here.program)  # type: ignore[method-assign]
        here.program.talk = None

    found, _, _ = await probed(lets_in)
    assert [(each.rule, str(each.severity)) for each in found] == [
        ("unsigned-stream-accepted", "warning"),
        ("badly-signed-stream-accepted", "warning"),
    ]


async def test_a_forgery_that_makes_the_program_write_is_certain_and_a_repeat_is_named_too() -> None:
    def writes(here: World) -> None:
        mended(here)
        answer = here.program.answer

        async def eager(request: Request) -> Response:
            form = dict(request.form())
            if request.path == "/status" and form["CallStatus"] == "initiated" and here.program.heard("start"):
                await here.update(form["CallSid"], Status="completed-not")
            return await answer(request)

        here.program.answer = eager  # type: ignore[method-assign]

    found, _, _ = await probed(writes)
    callbacks = [(each.rule, str(each.severity)) for each in found if "status callback" in each.sentence]
    assert callbacks[0] == ("unsigned-accepted", "broken") and callbacks[-1] == ("replay-accepted", "warning")


async def test_a_call_that_ends_is_probed_no_further() -> None:
    async with world(replace(SCENARIO, callee=(Wait(200), HangUpPhone()))) as here:
        mended(here)
        sid = await here.place()
        await here.over(sid)
        assert await probe(here.carrier.context, here.carrier.calls[sid].record) == ()
        assert all(each.signed for each in here.program.webhooks)


async def test_this_program_turns_every_forgery_away_and_its_call_goes_on() -> None:
    found: list[tuple[LineFinding, ...]] = []
    async with opened_dialer("ordinary") as dialer, anyio.create_task_group() as tasks:
        assert dialer.simulator is not None
        carrier = dialer.simulator.carrier_server

        async def forge() -> None:
            while not carrier.calls:  # noqa: ASYNC110 - the carrier tells nobody of a new call
                await anyio.sleep(0.05)
            (line,) = carrier.calls.values()
            found.append(await probe(carrier.context, line.record))

        tasks.start_soon(forge)
        made = await outgoing(dialer).run()
        tasks.cancel_scope.cancel()
        (sid,) = carrier.calls
        assert made.outcome is Outcome.COMPLETED
        assert found == [()] and judged(carrier.log, sid, dialer.simulator.model_server.log).findings == ()
