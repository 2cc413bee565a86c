"""twilio-python: the synchronous and the asynchronous client, the validator and the builders of documents."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from checks import check, given, refused, version
from own_port import OwnPort, own_port
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

TO, NUMBER = "+15555550100", given("NUMBER")
NOBODY = "CA" + "0" * 32
STATES = ["initiated", "ringing", "answered", "completed"]


def main() -> None:
    version("twilio")
    client = at_the_simulator(Client(given("SID"), given("TOKEN")))
    with own_port() as port:
        port.documents["/pause"] = document(lambda said: said.pause(length=30))
        port.documents["/next"] = document(lambda said: (said.say("One moment."), said.pause(length=30)))
        calls(client, port)
        lists(client)
        recordings(client, port)
        verbs(client, port)
        incoming(client, port)
        asyncio.run(asynchronous(port))
    accounts(client)
    refusals(client)


def at_the_simulator(client: Client) -> Client:
    client.api.base_url = client.monitor.base_url = client.voice.base_url = given("API")
    return client


def document(fill) -> str:
    said = VoiceResponse()
    fill(said)
    return str(said)


def placed(client: Client, port: OwnPort, path: str = "/pause", **more):
    call = client.calls.create(
        to=TO,
        from_=NUMBER,
        url=port.url + path,
        status_callback=port.url + "/status",
        status_callback_event=STATES,
        **more,
    )
    return call


def up(client: Client, port: OwnPort, path: str = "/pause", **more):
    call = placed(client, port, path, **more)
    port.until(lambda: port.at(path, call.sid))
    return call


def over(client: Client, port: OwnPort, sid: str) -> None:
    client.calls(sid).update(status="completed")
    port.until(lambda: "completed" in [form["CallStatus"] for form in port.at("/status", sid)])


def calls(client: Client, port: OwnPort) -> None:
    with check("calls.create: queued, outbound-api, not begun"):
        call = placed(client, port)
        assert (call.status, call.direction, call.start_time, call.to) == ("queued", "outbound-api", None, TO)
    with check("calls.fetch: in progress, times are dates"):
        port.until(lambda: "in-progress" in [form["CallStatus"] for form in port.at("/status", call.sid)])
        shown = client.calls(call.sid).fetch()
        assert (shown.status, shown._from) == ("in-progress", NUMBER) and shown.start_time.tzinfo is not None
    with check("calls.update(twiml): accepted, the call stays up"):
        assert call.update(twiml=document(lambda said: said.pause(length=20))).status == "in-progress"
    with check("calls.update(url): the next document is asked for"):
        call.update(url=port.url + "/next", method="POST")
        port.until(lambda: port.at("/next", call.sid))
    with check("events.list: the call's webhooks"):
        assert len(call.events.list()) >= 3
    with check("events.list: the request and the answer of each"):
        event = call.events.list()[0]
        assert event.request["url"].startswith(port.url) and event.response["response_code"] in (200, 204)
    with check("calls.update(status=completed): over"):
        over(client, port, call.sid)
        shown = client.calls(call.sid).fetch()
        assert (shown.status, shown.duration.isdigit()) == ("completed", True) and shown.end_time >= shown.start_time
    with check("status callbacks: each state once, in order"):
        said = [form["CallStatus"] for form in port.at("/status", call.sid)]
        assert said == ["initiated", "ringing", "in-progress", "completed"], said
    with check("RequestValidator: every webhook is signed"):
        validator = RequestValidator(given("TOKEN"))
        assert all(validator.validate(port.url + path, form, signed) for path, form, signed in port.came)
    with check("RequestValidator: a changed form is not"):
        path, form, signed = port.came[0]
        assert not validator.validate(port.url + path, {**form, "To": "+15555550199"}, signed)
    with check("calls.update of a call that is over: 21220"):
        refuses(lambda: call.update(twiml="<Response/>"), 400, 21220)
    with check("calls.update(status=canceled) before the answer"):
        early = placed(client, port)
        early.update(status="canceled")
        port.until(lambda: client.calls(early.sid).fetch().status == "canceled")
    with check("calls.delete: gone"):
        assert client.calls(early.sid).delete() is True
        refuses(client.calls(early.sid).fetch, 404, 20404)


def lists(client: Client) -> None:
    newest = client.calls.list(limit=20)
    with check("calls.list: newest first"):
        assert len(newest) >= 1 and newest == sorted(newest, key=lambda each: each.date_created, reverse=True)
    with check("calls.list(status)"):
        assert {each.status for each in client.calls.list(status="completed")} == {"completed"}
        assert client.calls.list(status="busy") == []
    with check("calls.list(to, from_)"):
        assert client.calls.list(to=TO, from_=NUMBER, limit=1) and client.calls.list(to="+15555550199") == []
    with check("calls.list(start_time, start_time_after, start_time_before)"):
        today, tomorrow = date.today(), date.today() + timedelta(days=2)
        assert client.calls.list(start_time_after=today - timedelta(days=2))
        assert client.calls.list(start_time_after=tomorrow) == []
        assert client.calls.list(start_time_before=tomorrow)
    with check("calls.list(parent_call_sid)"):
        assert client.calls.list(parent_call_sid=NOBODY) == []
    with check("calls.stream(page_size=1): walks all pages"):
        for _ in range(3):
            client.calls.create(to=TO, from_=NUMBER, twiml="<Response/>")
        known = {each.sid for each in client.calls.list()}
        assert len(known) >= 4 and {each.sid for each in client.calls.stream(page_size=1)} == known
    with check("calls.page: next_page and previous_page"):
        first = client.calls.page(page_size=2)
        second = first.next_page()
        assert [each.sid for each in second.previous_page()] == [each.sid for each in client.calls.page(page_size=2)]
    with check("calls.list(limit): no more than that"):
        assert len(client.calls.list(limit=2, page_size=1)) == 2


def recordings(client: Client, port: OwnPort) -> None:
    call = up(client, port)
    with check("recordings.create: in progress"):
        made = call.recordings.create(recording_status_callback=port.url + "/recording")
        assert (made.status, made.call_sid, made.channels) == ("in-progress", call.sid, 1)
    with check("recordings.update(paused), (in-progress)"):
        assert call.recordings(made.sid).update(status="paused").status == "paused"
        assert call.recordings(made.sid).update(status="in-progress").status == "in-progress"
    with check("recordings.update(stopped): completed, and a callback says so"):
        call.recordings(made.sid).update(status="stopped")
        port.until(lambda: port.at("/recording"))
        assert port.at("/recording")[0]["RecordingStatus"] == "completed"
        assert client.recordings(made.sid).fetch().status == "completed"
    with check("recordings.list: of the account, of the call, by call_sid"):
        listed = (client.recordings.list(), call.recordings.list(), client.recordings.list(call_sid=call.sid))
        assert [[each.sid for each in one] for one in listed] == [[made.sid]] * 3
        assert client.recordings.list(call_sid=NOBODY) == []
    with check("recordings.list(date_created): of that day"):
        assert client.recordings.list(date_created_after=date.today() + timedelta(days=2)) == []
    with check("recordings.list(page_size=1, limit=1)"):
        assert len(client.recordings.list(limit=1, page_size=1)) == 1
    with check("recordings.delete: gone"):
        assert client.recordings(made.sid).delete() is True
        refuses(client.recordings(made.sid).fetch, 404, 20404)
    with check("streams.create and update(stopped)"):
        stream = call.streams.create(url="wss://127.0.0.1:9/media", name="ear")
        assert (stream.status, stream.name) == ("in-progress", "ear")
    with check("transcriptions.create"):
        call.transcriptions.create(name="words")
    with check("siprec.create"):
        call.siprec.create(name="other")
    with check("payments.create"):
        call.payments.create(idempotency_key="1", status_callback=port.url + "/paid")
    with check("user_defined_messages.create"):
        call.user_defined_messages.create(content="{}")
    over(client, port, call.sid)


def verbs(client: Client, port: OwnPort) -> None:
    with check("VoiceResponse: say, play digits, gather, redirect"):

        def fill(said: VoiceResponse) -> None:
            said.play(digits="1w2")
            gather = said.gather(num_digits=1, timeout=1, action=port.url + "/gathered")
            gather.say("Press one.")
            said.redirect(port.url + "/pause")

        port.documents["/gather"] = document(fill)
        call = up(client, port, "/gather")
        port.until(lambda: port.at("/pause", call.sid) or port.at("/gathered", call.sid))
        over(client, port, call.sid)
    with check("VoiceResponse: hangup"):
        port.documents["/hangup"] = document(lambda said: said.hangup())
        call = up(client, port, "/hangup")
        port.until(lambda: client.calls(call.sid).fetch().status == "completed")
    with check("notifications.list, fetch: a document that does not parse is 12100"):
        port.documents["/broken"] = "<Response><Say>"
        call = up(client, port, "/broken")
        port.until(lambda: client.calls(call.sid).fetch().status in ("completed", "failed"))
        notes = call.notifications.list()
        assert [each.error_code for each in notes] == ["12100"], notes
        assert client.notifications(notes[0].sid).fetch().call_sid == call.sid
    with check("a verb that is not built here: no notification in the carrier's name"):
        port.documents["/pay"] = document(lambda said: said.pay())
        call = up(client, port, "/pay")
        port.until(lambda: client.calls(call.sid).fetch().status in ("completed", "failed"))
        assert call.notifications.list() == []


def incoming(client: Client, port: OwnPort) -> None:
    number = client.incoming_phone_numbers.list(phone_number=NUMBER)
    with check("incoming_phone_numbers.list(phone_number)"):
        assert [each.phone_number for each in number] == [NUMBER] and number[0].capabilities["voice"] is True
    with check("incoming_phone_numbers.fetch"):
        assert client.incoming_phone_numbers(number[0].sid).fetch().phone_number == NUMBER
    with check("incoming_phone_numbers.update(voice_url)"):
        number[0].update(voice_url=port.url + "/pause", voice_method="POST")
        assert client.incoming_phone_numbers(number[0].sid).fetch().voice_url == port.url + "/pause"
    with check("incoming_phone_numbers.update with a bad URL: 21502"):
        refuses(lambda: number[0].update(voice_url="nowhere"), 400, 21502)
    with check("incoming_phone_numbers.list(friendly_name)"):
        assert client.incoming_phone_numbers.list(friendly_name="of nobody") == []


async def asynchronous(port: OwnPort) -> None:
    http = AsyncTwilioHttpClient(timeout=10)
    client = at_the_simulator(Client(given("SID"), given("TOKEN"), http_client=http))
    with check("AsyncTwilioHttpClient: create_async, fetch_async, update_async"):
        call = await client.calls.create_async(to=TO, from_=NUMBER, url=port.url + "/pause")
        assert (await client.calls(call.sid).fetch_async()).sid == call.sid
        while (await client.calls(call.sid).fetch_async()).status != "in-progress":
            await asyncio.sleep(0.05)
        await call.update_async(status="completed")
    with check("AsyncTwilioHttpClient: list_async, stream_async"):
        listed = [each.sid for each in await client.calls.list_async(limit=3)]
        streamed = [each.sid async for each in await client.calls.stream_async(limit=3, page_size=1)]
        assert listed == streamed and len(listed) == 3
    with check("AsyncTwilioHttpClient: delete_async"):
        while (await client.calls(call.sid).fetch_async()).status != "completed":
            await asyncio.sleep(0.05)
        assert await client.calls(call.sid).delete_async() is True
    await http.close()


def accounts(client: Client) -> None:
    with check("api.accounts.fetch: active"):
        shown = client.api.accounts(given("SID")).fetch()
        assert (shown.sid, shown.status, shown.type) == (given("SID"), "active", "Full")
    with check("api.accounts.list"):
        assert [each.sid for each in client.api.accounts.list()] == [given("SID")]
    with check("api.accounts: every subresource_uri is told"):
        told = client.api.accounts(given("SID")).fetch().subresource_uris
        assert {"calls", "recordings", "notifications", "incoming_phone_numbers", "messages"} <= set(told), told
    with check("balance.fetch"):
        balance = client.balance.fetch()
        assert float(balance.balance) >= 0 and balance.currency == "USD"
    with check("outgoing_caller_ids.list"):
        assert isinstance(client.outgoing_caller_ids.list(), list)
    with check("monitor.alerts.list"):
        assert isinstance(client.monitor.v1.alerts.list(), list)
    with check("voice.dialing_permissions.countries.fetch"):
        assert client.voice.v1.dialing_permissions.countries("US").fetch().low_risk_numbers_enabled is True
    with check("messages.create"):
        client.messages.create(to=TO, from_=NUMBER, body="Hello")
    with check("conferences.list"):
        client.conferences.list()
    with check("applications.list"):
        client.applications.list()


def refuses(what, status: int, code: int) -> None:
    try:
        what()
    except TwilioRestException as error:
        assert refused(error, status, code), f"{error.status} {error.code} {error.msg}"
    else:
        raise AssertionError("it was not refused")


def refusals(client: Client) -> None:
    def create(**more):
        return lambda: client.calls.create(**{"to": TO, "from_": NUMBER, "twiml": "<Response/>", **more})

    for name, more, code in (
        ("a callee that is no number", {"to": "12"}, 21211),
        ("a caller id of somebody else", {"from_": "+15555550177"}, 21210),
        ("neither url nor twiml", {"twiml": ""}, 21205),
        ("a url that is none", {"url": "nowhere", "twiml": ""}, 21205),
        ("digits that are none", {"send_digits": "abcxyz"}, 21206),
        ("an application that there is not", {"application_sid": "AP" + "0" * 32}, 21218),
    ):
        with check(f"calls.create, {name}: {code}"):
            refuses(create(**more), 400, code)
    with check("a wrong token: 20003"):
        wrong = at_the_simulator(Client(given("SID"), "0" * 32))
        refuses(wrong.balance.fetch, 401, 20003)
    with check("API key and secret in place of the token"):
        at_the_simulator(Client(given("KEY"), given("SECRET"), given("SID"))).calls.list(limit=1)


main()
