"""How a media socket comes about, or does not, and who is told."""

from __future__ import annotations

import anyio
import pytest

from tests.simulator.program import plan, world
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import Wait

LATER = '<Pause length="1"/><Redirect>/twiml2</Redirect>'


async def test_the_upgrade_is_signed_and_bare() -> None:
    async with world(plan(Wait(500))) as here:
        await here.begin()
        await here.program.until("start")
        upgrade = here.program.upgrades[0]
        assert upgrade.signed and upgrade.path == "/media"
        assert upgrade.headers["user-agent"] == "Twilio.TmeWs/1.0"
        assert upgrade.headers["sec-websocket-version"] == "13"
        unwanted = {"origin", "sec-websocket-extensions", "sec-websocket-protocol"}
        assert not unwanted & set(upgrade.headers)


@pytest.mark.parametrize("refusal", [403, 404, 503])
async def test_a_refused_upgrade_is_reported_and_the_call_goes_on(refusal: int) -> None:
    async with world(plan(Wait(500))) as here:
        here.program.refuse_with = refusal
        here.program.documents["/twiml2"] = "<Response><Hangup/></Response>"
        sid = await here.begin(LATER, f'name="n1" statusCallback="{here.program.url}/streams"')
        assert await here.over(sid) == "completed"
        failed = next(effect for effect in here.carrier.log if effect.what is What.STREAM_FAILED)
        assert failed.code == 31920
        report = next(hook for hook in here.program.webhooks if hook.path == "/streams")
        assert report.signed and report["StreamEvent"] == "stream-error" and report["StreamError"].startswith("31920")
        assert report["StreamName"] == "n1" and report["Timestamp"].endswith("Z") and report["CallSid"] == sid


@pytest.mark.parametrize(
    ("url", "attributes", "code"),
    [
        ("http://127.0.0.1:1/media", "", 31922),
        ("ws://example.com/media", "", 31922),
        ("wss://example.com/media?token=1", "", 31920),
        ("wss://example.com/media", 'track="both_tracks"', 31941),
        ("ws://127.0.0.1:9/media", "", 31902),
    ],
)
async def test_streams_that_cannot_be(url: str, attributes: str, code: int) -> None:
    async with world(plan(Wait(500))) as here:
        document = f'<Response><Connect><Stream url="{url}" {attributes}/></Connect></Response>'
        here.program.documents["/twiml"] = document
        assert await here.over(await here.place()) == "completed"
        assert [effect.code for effect in here.carrier.log if effect.what is What.STREAM_FAILED] == [code]


async def test_the_plan_can_fail_the_stream() -> None:
    async with world(plan(Wait(500), stream_error=31910)) as here:
        sid = await here.begin("", f'statusCallback="{here.program.url}/streams"')
        await here.over(sid)
        report = next(hook for hook in here.program.webhooks if hook.path == "/streams")
        assert report["StreamError"].startswith("31910")
        assert here.program.upgrades == []


async def test_a_stream_that_never_comes() -> None:
    async with world(plan(Wait(500), stream_ms=None)) as here:
        sid = await here.begin()
        await anyio.sleep(40)
        assert here.program.upgrades == []
        await here.update(sid, Status="completed")
        assert await here.over(sid) == "completed"


async def test_streams_report_their_start_and_stop() -> None:
    async with world(plan(Wait(500))) as here:
        sid = await here.begin("", f'statusCallback="{here.program.url}/streams"')
        await here.program.until("media", 5)
        await here.update(sid, Status="completed")
        await here.over(sid)
        reports = [hook for hook in here.program.webhooks if hook.path == "/streams"]
        assert [report["StreamEvent"] for report in reports] == ["stream-started", "stream-stopped"]
        assert reports[0]["StreamName"] == reports[0]["StreamSid"] and all(report.signed for report in reports)
