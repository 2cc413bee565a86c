"""The official SDK, over real sockets, against the built-in carrier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import anyio
import pytest
from anyio import to_thread
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.twiml.voice_response import Connect, Stream, VoiceResponse

from tests.simulator.program import TO, Program, World, mark, say, world
from voicecall_core.net.network import TcpNetwork
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.heard import heard_clip
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.simulator.voices import clip

pytestmark = pytest.mark.real_sockets
T = TypeVar("T")
QUICK = CarrierPlan(queue_ms=5, ring_ms=20, answer_ms=100)


def plan(*acts: Any) -> Scenario:
    return Scenario("s", "", acts, Expectation("completed", "callee"), QUICK)


class Sdk:
    """The SDK's own synchronous client, each call in a thread."""

    def __init__(self, here: World) -> None:
        http = TwilioHttpClient(timeout=10)
        http.session.trust_env = False
        self.http = http
        self.client = Client(here.carrier.account_sid, here.carrier.auth_token, http_client=http)
        self.client.api.base_url = here.carrier.url

    async def __call__(self, what: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await to_thread.run_sync(partial(what, *args, **kwargs))


async def test_a_call_with_the_sdk_from_create_to_completed() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await say(socket, stream, clip("farewell").audio)
        await mark(socket, stream, "farewell")

    async with world(plan(Wait(100), Listen(), Speak("short"), HangUpPhone()), TcpNetwork()) as here:
        response, connect = VoiceResponse(), Connect()
        stream = Stream(url=here.program.stream_url)
        stream.parameter(name="token", value="t")
        connect.append(stream)
        response.append(connect)
        here.program.documents["/twiml"], here.program.talk = str(response), talk
        sdk = Sdk(here)
        call = await sdk(
            sdk.client.calls.create,
            to=TO,
            from_=here.carrier.number,
            url=here.program.url + "/twiml",
            status_callback=here.program.url + "/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            timeout=20,
            time_limit=60,
        )
        assert call.status == "queued" and call.direction == "outbound-api" and call.start_time is None
        with anyio.fail_after(15):
            while here.program.said()[-1:] != ["completed"]:  # noqa: ASYNC110  nothing tells when a webhook came
                await anyio.sleep(0.02)
        at = heard_clip(here.carrier.log, clip("farewell").audio)
        assert at is not None and at <= 60
        assert here.program.said() == ["initiated", "ringing", "in-progress", "completed"]
        assert all(hook.signed for hook in here.program.webhooks + here.program.upgrades)
        shown = await sdk(sdk.client.calls(call.sid).fetch)
        assert shown.status == "completed" and int(shown.duration) >= 1
        listed = await sdk(
            sdk.client.calls.list, to=TO, from_=here.carrier.number, start_time_after=datetime(2025, 12, 31, tzinfo=UTC)
        )
        assert [one.sid for one in listed] == [call.sid]
        sdk.http.session.close()


async def test_the_sdk_reads_refusals_and_hangs_up() -> None:
    async with world(plan(), TcpNetwork()) as here:
        here.program.documents["/twiml"] = '<Response><Pause length="60"/></Response>'
        sdk = Sdk(here)
        create = partial(sdk.client.calls.create, from_=here.carrier.number, url=here.program.url + "/twiml")
        with pytest.raises(TwilioRestException) as refused:
            await sdk(create, to="12")
        assert (refused.value.status, refused.value.code) == (400, 21211)
        call = await sdk(create, to=TO)
        with pytest.raises(TwilioRestException) as refused:
            await sdk(sdk.client.calls(call.sid).update, twiml="<Response/>")
        assert refused.value.code == 21220
        await anyio.sleep(0.4)
        assert (await sdk(sdk.client.calls(call.sid).update, status="completed")).status == "in-progress"
        await anyio.sleep(0.1)
        assert (await sdk(sdk.client.calls(call.sid).fetch)).status == "completed"
        with pytest.raises(TwilioRestException) as refused:
            await sdk(sdk.client.calls("CA" + "0" * 32).fetch)
        assert (refused.value.status, refused.value.code) == (404, 20404)
        pages = await sdk(partial(sdk.client.calls.list, page_size=1))
        assert [one.sid for one in pages] == [call.sid]
        sdk.http.session.close()
