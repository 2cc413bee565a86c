"""Documents: fetched, failing, falling back, replaced, and what their verbs do."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.simulator.program import World, world
from voicecall_core.net.http_server import Response
from voicecall_core.simulator.carrier import twiml, verbs
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Expectation, Scenario

HANGUP = "<Response><Hangup/></Response>"


def plan(**carrier: Any) -> Scenario:
    return Scenario("s", "", (), Expectation("completed", "callee"), CarrierPlan(answer_ms=100, **carrier))


def of(here: World, *whats: What) -> list[tuple[str, str]]:
    return [(effect.detail, effect.source) for effect in here.carrier.log if effect.what in whats]


def xml(body: str, kind: str = "text/xml") -> Response:
    return Response(200, body.encode(), (("Content-Type", kind),) if kind else ())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(404), 11200),
        (Response(500), 11200),
        (Response(204), 11770),
        (xml("  "), 11770),
        (xml("<Response>"), 12100),
        (xml("<Reply/>"), 12100),
        (xml('<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>'), 12100),
        (xml(HANGUP, "application/json"), 12300),
        (xml("<Response>" + " " * 65_536 + "</Response>"), 11750),
        (Response(302), 11200),
    ],
)
async def test_a_document_that_cannot_be_run_ends_the_call_with_an_apology(answer: Response, code: int) -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = answer
        assert await here.over(await here.place()) == "completed"
        said = [effect.code for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE]
        assert said == [code] and of(here, What.SAY_BEGAN) == []


@pytest.mark.parametrize("kind", ["text/xml; charset=utf-8", "application/xml", "text/html", "text/plain", ""])
async def test_content_types_that_are_run(kind: str) -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = xml(HANGUP, kind)
        await here.over(await here.place())
        assert of(here, What.RAN) == [("Hangup", "fetch")]


async def test_the_fallback_is_told_what_failed() -> None:
    async with world(plan()) as here:
        here.program.documents |= {"/twiml": Response(500), "/fallback": HANGUP}
        await here.over(await here.place(FallbackUrl=here.program.url + "/fallback"))
        asked = next(hook for hook in here.program.webhooks if hook.path == "/fallback")
        assert asked.form[-2:] == [("ErrorCode", "11200"), ("ErrorUrl", here.program.url + "/twiml")]
        assert asked.signed and of(here, What.RAN) == [("Hangup", "fallback")]


async def test_a_fragment_orders_retries_and_is_neither_sent_nor_signed() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = [Response(503), Response(503), xml(HANGUP)]
        await here.over(await here.place(Url=here.program.url + "/twiml#rc=2&rp=ct,5xx"))
        fetches = [hook for hook in here.program.webhooks if hook.path == "/twiml"]
        assert len(fetches) == 3 and all(hook.signed for hook in fetches)
        assert len({hook.headers["i-twilio-idempotency-token"] for hook in fetches}) == 1
        assert of(here, What.RAN) == [("Hangup", "fetch")]


async def test_without_orders_only_a_failed_connection_is_tried_again() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = [Response(503), xml(HANGUP)]
        await here.over(await here.place())
        assert len([hook for hook in here.program.webhooks if hook.path == "/twiml"]) == 1
        await here.over(await here.place(Url="http://127.0.0.1:9/twiml"))
        assert [effect.code for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE] == [11200, 11205]


async def test_a_fetch_is_given_up_after_fifteen_seconds() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = HANGUP
        here.program.slow_s["/twiml"] = 16
        await here.over(await here.place())
        asked = next(e.at_ms for e in here.carrier.log if e.what is What.WEBHOOK_SENT and e.detail == "fetch")
        failed = next(effect for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE)
        assert failed.code == 11200 and failed.at_ms - asked == 15_000


async def test_redirections_of_http_are_followed() -> None:
    async with world(plan()) as here:
        moved = Response(307, b"", (("Location", "/there"),))
        here.program.documents |= {"/twiml": moved, "/there": HANGUP}
        await here.over(await here.place())
        assert of(here, What.RAN) == [("Hangup", "fetch")] and all(hook.signed for hook in here.program.webhooks)
        here.program.documents["/there"] = moved
        await here.over(await here.place())
        assert [effect.code for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE] == [11215]


async def test_a_get_carries_its_names_in_the_query() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = HANGUP
        await here.over(await here.place(Method="GET"))
        fetch = next(hook for hook in here.program.webhooks if hook.path == "/twiml")
        assert fetch.method == "GET" and fetch.signed and fetch.form == []


async def test_verbs_run_in_order_and_unknown_ones_are_skipped() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = (
            "<Response><Say>Good morning to you</Say><Dance/><Pause/><say>no</say><Redirect>next</Redirect></Response>"
        )
        here.program.documents["/next"] = HANGUP
        await here.over(await here.place())
        assert of(here, What.RAN) == [("Say Pause Redirect", "fetch"), ("Hangup", "redirect")]
        log = here.carrier.log
        assert [effect.code for effect in log if effect.what is What.WARNING] == [12200, 12200]
        began = next(effect for effect in log if effect.what is What.SAY_BEGAN)
        assert began.pii_text == "Good morning to you" and "morning" not in repr(began)
        ended = next(effect for effect in log if effect.what is What.ENDED)
        assert ended.at_ms - began.at_ms == pytest.approx(19 * 60 + 1000, abs=30)


async def test_an_inline_document_needs_no_fetch() -> None:
    async with world(plan()) as here:
        await here.over(await here.place(Url=None, Twiml=HANGUP))
        assert [hook.path for hook in here.program.webhooks] == ["/status"] * 4
        assert of(here, What.RAN) == [("Hangup", "create")]


async def test_a_say_only_call_is_never_harmed() -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = "<Response><Say>Hello</Say><Hangup/></Response>"
        await here.over(await here.place())
        assert of(here, What.SAY_BEGAN) == [("", "fetch")] and harmed(here.carrier.log) is None


async def test_an_update_by_url_replaces_what_runs() -> None:
    async with world(plan()) as here:
        here.program.documents |= {"/twiml": '<Response><Pause length="99"/></Response>', "/other": HANGUP}
        sid = await here.place()
        await anyio.sleep(1)
        await here.update(sid, Url=here.program.url + "/other")
        assert await here.over(sid) == "completed"
        assert of(here, What.RAN) == [("Pause", "fetch"), ("Hangup", "update")]


async def test_an_update_before_the_fetch_is_answered_throws_its_document_away() -> None:
    async with world(plan()) as here:
        here.program.slow_s["/twiml"] = 0.2
        here.program.documents["/twiml"] = here.program.stream()
        sid = await here.place()
        await anyio.sleep(0.35)
        await here.update(sid, Twiml="<Response><Say>Hello from the fallback</Say><Hangup/></Response>")
        await here.over(sid)
        assert of(here, What.RECEIVED, What.DISCARDED) == [("Say Hangup", "update"), ("Connect/Stream", "fetch")]
        assert here.program.upgrades == []
        assert "place taken" in (harmed(here.carrier.log, sid) or "")
        assert harmed(here.carrier.log, "CAother") is None


async def test_a_say_answered_to_a_later_fetch_is_no_harm() -> None:
    async def talk(program: Any, socket: Any) -> None:
        await program.until("media", 5)
        await socket.close()

    async with world(plan()) as here:
        here.program.talk = talk
        here.program.documents |= {
            "/twiml": here.program.stream("<Redirect>/sorry</Redirect>"),
            "/sorry": "<Response><Say>Sorry</Say></Response>",
        }
        await here.over(await here.place())
        assert of(here, What.SAY_BEGAN) == [("", "redirect")] and harmed(here.carrier.log) is None


def test_what_is_read_from_a_document() -> None:
    script = twiml.read(
        b'<?xml version="1.0"?><Response><Connect>'
        b'<Stream url="wss://a.example/m" name="n" statusCallback="https://a/s" statusCallbackMethod="get">'
        b'<Parameter name="a" value="&amp;b"/></Stream></Connect><Pause length="1"/></Response>'
    )
    stream, pause = script.verbs
    assert stream == verbs.Stream("wss://a.example/m", "n", "https://a/s", "GET", (("a", "&b"),))
    assert pause == verbs.Pause(1) and script.words == "Connect/Stream Pause" and not script.error


@pytest.mark.parametrize(("length", "fine"), [(498, True), (499, False)])
def test_a_parameter_is_shorter_than_500_characters(length: int, fine: bool) -> None:
    parameter = b'<Parameter name="a" value="%s"/>' % (b"x" * length)
    script = twiml.read(
        b'<Response><Connect><Stream url="wss://a.example">%s</Stream></Connect></Response>' % parameter
    )
    (stream,) = script.verbs
    assert isinstance(stream, verbs.Stream) and (stream.fault == 0) is fine
