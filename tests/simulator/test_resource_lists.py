"""What somebody else's client found missing in lists, accounts and events: each address and filter answers truly."""

from __future__ import annotations

import anyio
import pytest

from tests.simulator.program import World, plan, world
from tests.simulator.test_resources import base, get, up


async def post(here: World, path: str, **form: str) -> tuple[int, str]:
    answer = await here.rest.post(here.carrier.url + path, data=form)
    return answer.status_code, answer.json()["message"]


async def test_an_event_shows_its_request_and_its_answer() -> None:
    async with world(plan()) as here:
        event = (await get(here, f"{base(here)}/Calls/{await up(here)}/Events.json"))["events"][0]
        assert event["request"]["url"].startswith(here.program.url) and event["request"]["method"] == "POST"
        assert event["request"]["parameters"]["AccountSid"] == here.carrier.account_sid
        assert event["response"]["response_code"] in (200, 204) and event["response"]["request_duration"] >= 0


async def test_the_list_of_accounts_has_the_one() -> None:
    async with world(plan()) as here:
        listed = await get(here, "/2010-04-01/Accounts.json")
        assert [each["sid"] for each in listed["accounts"]] == [here.carrier.account_sid]


async def test_every_address_that_the_account_advertises_answers() -> None:
    async with world(plan()) as here:
        told = (await get(here, base(here) + ".json"))["subresource_uris"]
        statuses = {name: (await here.rest.get(here.carrier.url + path)) for name, path in told.items()}
        assert {answer.status_code for answer in statuses.values()} == {200, 501}
        assert statuses["calls"].status_code == statuses["recordings"].status_code == 200
        assert "not built into voicecall" in statuses["messages"].json()["message"]


@pytest.mark.parametrize("path", ["/Messages.json", "/Conferences/CF1/Participants.json", "/IncomingPhoneNumbers.json"])
async def test_what_an_account_has_and_this_one_has_not_is_told_in_our_own_name(path: str) -> None:
    async with world(plan()) as here:
        status, message = await post(here, base(here) + path)
        assert status == 501 and "not built into voicecall" in message


async def test_an_account_is_not_changed_here_and_that_is_told_in_our_own_name() -> None:
    async with world(plan()) as here:
        assert (await post(here, base(here) + ".json", FriendlyName="x"))[0] == 501
        assert (await post(here, "/2010-04-01/Accounts.json"))[0] == 501


async def test_numbers_are_listed_by_their_name() -> None:
    async with world(plan()) as here:
        numbers = f"{base(here)}/IncomingPhoneNumbers.json"
        for query, count in (("", 1), ("?FriendlyName=nobody", 0), ("?PhoneNumber=%2B15005550001", 0)):
            assert len((await get(here, numbers + query))["incoming_phone_numbers"]) == count


async def test_recordings_are_listed_by_date_and_page_by_page() -> None:
    async with world(plan()) as here:
        calls = f"{here.carrier.url}{base(here)}/Calls/{await up(here)}"
        for _ in range(2):
            await here.rest.post(calls + "/Recordings.json", data={})
        await anyio.sleep(0.05)
        listed = f"{base(here)}/Recordings.json"
        for query, count in (("", 2), ("?DateCreated>=2090-01-01", 0), ("?DateCreated<=2090-01-01", 2)):
            assert len((await get(here, listed + query))["recordings"]) == count
        first = await get(here, listed + "?PageSize=1")
        second = await get(here, first["next_page_uri"])
        assert len(first["recordings"]) == len(second["recordings"]) == 1
        assert first["recordings"] != second["recordings"] and second["next_page_uri"] is None


async def test_what_a_recording_advertises_answers() -> None:
    async with world(plan()) as here:
        calls = f"{here.carrier.url}{base(here)}/Calls/{await up(here)}"
        made = (await here.rest.post(calls + "/Recordings.json", data={})).json()
        told = made["subresource_uris"]
        assert (await get(here, told["transcriptions"]))["transcriptions"] == []
        assert (await get(here, told["add_on_results"]))["add_on_results"] == []
        await get(here, told["transcriptions"].replace(made["sid"], "RE" + "0" * 32), 404)


async def test_a_stream_that_never_opened_is_among_the_calls_notifications() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = (
            '<Response><Connect><Stream url="wss://127.0.0.1:9/media"/></Connect></Response>'
        )
        sid = await here.place()
        await here.over(sid)
        shown = await get(here, f"{base(here)}/Calls/{sid}/Notifications.json")
        failed = [each.code for each in here.carrier.log if each.what == "stream-failed"]
        assert [int(each["error_code"]) for each in shown["notifications"]] == failed != []
