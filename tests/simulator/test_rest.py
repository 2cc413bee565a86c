"""The REST desk: creating, changing, showing and listing calls, and every way of being turned away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest

from tests.simulator.program import TO, World, world
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Expectation, Scenario

QUIET = Scenario("quiet", "", (), Expectation("completed", "callee"))
LONG = '<Response><Pause length="60"/></Response>'
QUICK: dict[str, Any] = {"answer_ms": 200}
KEYS = {
    "sid", "date_created", "date_updated", "parent_call_sid", "account_sid", "to", "to_formatted", "from",
    "from_formatted", "phone_number_sid", "status", "start_time", "end_time", "duration", "price", "price_unit",
    "direction", "answered_by", "annotation", "api_version", "forwarded_from", "group_sid", "caller_name", "queue_time",
    "trunk_sid", "uri", "subresource_uris",
}  # fmt: skip


def plan(**carrier: Any) -> Scenario:
    return replace(QUIET, carrier=CarrierPlan(**QUICK | carrier))


async def refused(answer: httpx2.Response, status: int, code: int) -> None:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}" and body["message"]


async def shown(here: World, sid: str) -> dict[str, Any]:
    return dict((await here.rest.get(here.calls_url.replace(".json", f"/{sid}.json"))).json())


async def test_create_answers_201_with_a_queued_call() -> None:
    async with world(plan()) as here:
        answer = await here.dial()
        call = answer.json()
        assert answer.status_code == 201 and set(call) == KEYS
        assert call["status"] == "queued" and call["direction"] == "outbound-api" and call["queue_time"] == "0"
        assert call["start_time"] is call["duration"] is call["price"] is call["answered_by"] is None
        assert call["date_created"] == "Thu, 01 Jan 2026 00:00:00 +0000"
        base = f"/2010-04-01/Accounts/{here.carrier.account_sid}/Calls/{call['sid']}"
        assert call["uri"] == base + ".json" and call["subresource_uris"]["recordings"] == base + "/Recordings.json"


async def test_a_call_is_shown_as_it_proceeds() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = LONG
        sid = await here.place()
        await anyio.sleep(0.1)
        assert (await shown(here, sid))["status"] == "queued"
        await anyio.sleep(0.1)
        ringing = await shown(here, sid)
        assert (ringing["status"], ringing["duration"], ringing["caller_name"], ringing["trunk_sid"]) == (
            "ringing", "0", "", "",
        )  # fmt: skip
        await anyio.sleep(3)
        assert (await shown(here, sid))["status"] == "in-progress"
        assert (await here.update(sid, Status="completed")).json()["status"] == "in-progress"
        await here.over(sid)
        ended = await shown(here, sid)
        assert (ended["status"], ended["duration"]) == ("completed", "3") and ended["end_time"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": None}, 21201),
        ({"From": None}, 21213),
        ({"To": "5550100"}, 21211),
        ({"To": "+0123456789"}, 21211),
        ({"From": "+15555550199"}, 21210),
        ({"Url": None}, 21205),
        ({"Url": "ftp://example.com/x"}, 21205),
        ({"StatusCallback": "nowhere"}, 21205),
        ({"Method": "PUT"}, 21209),
        ({"Timeout": "soon"}, 21208),
        ({"Url": None, "Twiml": "<Response>" + "x" * 4000}, 32018),
    ],
)
async def test_create_refuses(change: dict[str, Any], code: int) -> None:
    async with world(plan()) as here:
        await refused(await here.dial(**change), 400, code)
        assert here.carrier.calls == {}


async def test_keys_are_checked_before_anything() -> None:
    async with world(plan()) as here:
        here.rest.auth = httpx2.BasicAuth(here.carrier.account_sid, "wrong")
        await refused(await here.dial(To="nonsense"), 401, 20003)
        for header in ("", "Bearer x", "Basic ???"):
            bare = {"Authorization": header} if header else {}
            await refused(await here.rest.post(here.calls_url, headers=bare, auth=lambda request: request), 401, 20003)
        here.rest.auth = httpx2.BasicAuth(here.carrier.api_key, here.carrier.api_secret)
        assert (await here.dial()).status_code == 201


@pytest.mark.parametrize("path", ["/calls.json", "/Calls", "/Calls/CAnope.json", "/Calls/CA" + "0" * 32 + ".json"])
async def test_unknown_places_are_not_found(path: str) -> None:
    async with world(plan()) as here:
        await refused(await here.rest.get(here.calls_url.replace("/Calls.json", path)), 404, 20404)


@pytest.mark.parametrize(("code", "status"), [(21219, 400), (21215, 400), (20429, 429), (21216, 400), (99999, 400)])
async def test_the_plan_refuses_create(code: int, status: int) -> None:
    async with world(plan(create_refused=code, create_refused_times=2)) as here:
        await refused(await here.dial(), status, code)
        await refused(await here.dial(), status, code)
        assert (await here.dial()).status_code == 201


async def test_webhooks_may_come_before_creates_answer() -> None:
    async with world(plan(ring_ms=50, create_first_ms=2_000)) as here:
        here.program.documents["/twiml"] = LONG
        await here.place()
        assert here.program.said() == ["initiated", "ringing", "in-progress"]


async def test_a_lost_answer_to_create_leaves_a_call_that_can_be_found() -> None:
    async with world(plan(create_lost=True, listed_after_ms=900)) as here:
        here.program.documents["/twiml"] = LONG
        with pytest.raises(httpx2.RemoteProtocolError):
            await here.dial()
        query = {"To": TO, "From": here.carrier.number, "StartTime>": "2026-01-01T00:00:00Z"}
        assert (await here.rest.get(here.calls_url, params=query)).json()["calls"] == []
        await anyio.sleep(1)
        found = (await here.rest.get(here.calls_url, params=query)).json()["calls"]
        assert [call["sid"] for call in found] == list(here.carrier.calls)


async def test_the_list_is_filtered_and_paged_newest_first() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = LONG
        sids = [await here.place(), await here.place(To="+15555550101"), await here.place()]
        await here.update(sids[0], Status="completed")

        async def found(**query: Any) -> list[str]:
            answer = await here.rest.get(here.calls_url, params=query)
            return [call["sid"] for call in answer.json()["calls"]]

        assert await found() == sids[::-1]
        assert await found(To="+15555550101") == [sids[1]]
        assert await found(Status="canceled") == [sids[0]]
        assert await found(From="+1") == []
        assert await found(**{"StartTime<": "2025-12-31T23:59:59Z"}) == []
        assert await found(StartTime="2026-01-01") == sids[::-1]
        assert await found(StartTime="yesterday") == []
        first = (await here.rest.get(here.calls_url, params={"PageSize": 2})).json()
        assert first["next_page_uri"] and first["previous_page_uri"] is None and len(first["calls"]) == 2
        second = (await here.rest.get(here.carrier.url + first["next_page_uri"])).json()
        assert [call["sid"] for call in second["calls"]] == [sids[0]] and second["next_page_uri"] is None


async def test_only_a_call_in_progress_can_be_redirected() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = LONG
        sid = await here.place()
        await refused(await here.update(sid, Twiml="<Response/>"), 400, 21220)
        await anyio.sleep(1)
        await refused(await here.update(sid, Twiml="x" * 4001), 400, 32018)
        assert (await here.update(sid, Twiml="<Response><Hangup/></Response>")).status_code == 200
        assert await here.over(sid) == "completed"
        await refused(await here.update(sid, Twiml="<Response/>"), 400, 21220)
        await refused(await here.update(sid, Status="completed"), 400, 21220)
        await refused(await here.update(sid, Status="canceled"), 400, 21220)


async def test_canceled_spares_a_call_that_was_answered() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = '<Response><Pause length="3"/></Response>'
        ringing = await here.place()
        await anyio.sleep(0.3)
        await here.update(ringing, Status="canceled")
        assert await here.over(ringing) == "canceled"
        assert here.program.said() == ["initiated", "ringing", "canceled"]
        answered = await here.place()
        await anyio.sleep(1)
        assert (await here.update(answered, Status="canceled")).status_code == 200
        assert await here.over(answered) == "completed"
        assert here.carrier.calls[answered].record.seconds == 3


async def test_a_call_cancelled_in_the_queue_tells_nobody() -> None:
    async with world(plan(queue_ms=5_000)) as here:
        sid = await here.place()
        await here.update(sid, Status="canceled")
        assert await here.over(sid) == "canceled"
        assert here.program.webhooks == []


async def test_rest_is_down_from_the_first_hang_up_on() -> None:
    async with world(plan(rest_down_at_hang_up=True)) as here:
        here.program.documents["/twiml"] = LONG
        sid = await here.place()
        await anyio.sleep(1)
        assert (await here.update(sid, Twiml=LONG)).status_code == 200
        await refused(await here.update(sid, Status="completed"), 503, 20503)
        await refused(await here.update(sid, Twiml=LONG), 503, 20503)
        assert (await shown(here, sid))["status"] == "in-progress"


async def test_latencies_are_the_plans_and_effects_come_before_answers() -> None:
    async with world(plan(rest_ms={"create": 300, "update": 700, "fetch": 50, "list": 60})) as here:
        here.program.documents["/twiml"] = LONG
        sid = await here.place()
        await anyio.sleep(1)
        await here.update(sid, Status="completed")
        await shown(here, sid)
        await here.rest.get(here.calls_url)
        rest = [effect for effect in here.carrier.log if effect.what is What.REST]
        assert [effect.detail for effect in rest] == ["create", "update", "fetch", "list"]
        assert [effect.at_ms for effect in rest] == [300, 2000, 2050, 2110]
        ended = next(effect for effect in here.carrier.log if effect.what is What.ENDED)
        assert ended.at_ms == 2000


async def test_the_log_holds_no_number_and_no_secret() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = LONG
        sid = await here.place()
        await anyio.sleep(1)
        await here.update(sid, Status="completed")
        await here.over(sid)
        shown_text = repr(here.carrier.log) + repr(here.carrier) + repr(here.carrier.calls[sid].record)
        for secret in (TO, here.carrier.number, here.carrier.auth_token, here.carrier.api_secret, here.program.url):
            assert secret not in shown_text
