"""The REST calls, made by the official SDK over a connection of ours, and every way in which they can fail."""

from __future__ import annotations

import base64
import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import anyio
import httpx2
import pytest

from voicecall_core.carriers.base import CallTerms, RestRequest
from voicecall_core.carriers.twilio.create_request import sdk_terms
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.errors import CarrierError, SettingsError
from voicecall_core.words.values import CallStatus

AC, CA, SK = ("AC" + "a" * 32, "CA" + "b" * 32, "SK" + "c" * 32)
TO, FROM = "+15555550100", "+15555550199"
TERMS: CallTerms = {
    "to": TO,
    "from_number": FROM,
    "url": "https://voice.example.com/c-1/twiml/1",
    "fallback_url": "https://voice.example.com/c-1/fallback/1",
    "status_url": "https://voice.example.com/c-1/status",
    "ring_timeout_s": 30,
    "time_limit_s": 660,
}
FORM = [
    ("To", TO),
    ("From", FROM),
    ("Method", "POST"),
    ("FallbackUrl", "https://voice.example.com/c-1/fallback/1"),
    ("FallbackMethod", "POST"),
    ("StatusCallback", "https://voice.example.com/c-1/status"),
    ("StatusCallbackEvent", "initiated"),
    ("StatusCallbackEvent", "ringing"),
    ("StatusCallbackEvent", "answered"),
    ("StatusCallbackEvent", "completed"),
    ("StatusCallbackMethod", "POST"),
    ("Timeout", "30"),
    ("TimeLimit", "660"),
    ("Url", "https://voice.example.com/c-1/twiml/1"),
]


def test_a_time_limit_below_a_minute_is_not_asked_for() -> None:
    assert [sdk_terms({**TERMS, "time_limit_s": limit})["time_limit"] for limit in (31, 61)] == [60, 61]


class Twilio:
    """The far end of the connection: answers every request alike and remembers them."""

    def __init__(
        self,
        status: int = 200,
        body: object = None,
        *,
        fails: Exception | None = None,
        takes_s: float = 0.0,
        base_url: str | None = None,
        username: str = SK,
    ) -> None:
        self.requests: list[httpx2.Request] = []
        self.status, self.body, self.fails, self.takes_s = status, body, fails, takes_s
        self.http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        self.rest = TwilioRest(AC, username, "hunter2-secret", self.http, base_url, answer_within_s=10)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        await anyio.sleep(self.takes_s)
        if self.fails is not None:
            raise self.fails
        if isinstance(self.body, str | bytes):
            return httpx2.Response(self.status, content=self.body)
        return httpx2.Response(self.status, json=self.body)

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.requests[-1].content.decode(), keep_blank_values=True)


def call(**fields: object) -> dict[str, object]:
    """A call as Twilio's create answers it."""
    empty = dict.fromkeys(("date_created", "start_time", "end_time", "duration", "price", "answered_by", "group_sid"))
    return {**empty, "sid": CA, "account_sid": AC, "to": TO, "from": FROM, "status": "queued", **fields}


def refusal(code: int, status: int, message: str) -> dict[str, object]:
    page = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": page, "status": status}


async def every_error_of(twilio: Twilio) -> list[CarrierError]:
    """The error of each of the five requests."""
    rest = twilio.rest
    asks: list[Callable[[], Any]] = [
        lambda: rest.create(**TERMS),
        lambda: rest.update(CA, "<Response/>"),
        lambda: rest.hang_up(CA),
        lambda: rest.fetch(CA),
        lambda: rest.look_up(to=TO, from_number=FROM, placed_after=datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    errors = []
    for ask in asks:
        with pytest.raises(CarrierError) as caught:
            await ask()
        assert caught.value.__cause__ is None and caught.value.__suppress_context__
        for text in (caught.value.message, caught.value.fix):
            assert TO not in text and FROM not in text and "hunter2" not in text and text.endswith((".", '"'))
        errors.append(caught.value)
    return errors


async def test_create_places_the_call_with_all_four_callbacks() -> None:
    twilio = Twilio(201, call())
    assert await twilio.rest.create(**TERMS) == CA
    request = twilio.requests[-1]
    assert (request.method, str(request.url)) == ("POST", f"https://api.twilio.com/2010-04-01/Accounts/{AC}/Calls.json")
    assert sorted(twilio.form) == sorted(FORM)
    assert request.headers["user-agent"].startswith("twilio-python/")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == f"{SK}:hunter2-secret".encode()


@pytest.mark.parametrize(("asked_s", "limit"), [(31, "60"), (60, "60"), (61, "61")])
async def test_a_time_limit_below_a_minute_is_raised_to_one(asked_s: int, limit: str) -> None:
    twilio = Twilio(201, call())
    terms = TERMS.copy()
    terms["time_limit_s"] = asked_s
    await twilio.rest.create(**terms)
    assert ("TimeLimit", limit) in twilio.form


async def test_update_and_hang_up() -> None:
    twilio = Twilio(200, call(status="in-progress"))
    await twilio.rest.update(CA, "<Response><Hangup/></Response>")
    assert str(twilio.requests[-1].url).endswith(f"/Accounts/{AC}/Calls/{CA}.json")
    assert twilio.form == [("Twiml", "<Response><Hangup/></Response>")]
    await twilio.rest.hang_up(CA)
    assert twilio.form == [("Status", "completed")]


async def test_hanging_up_what_is_not_in_progress_is_accepted_but_updating_it_is_not() -> None:
    twilio = Twilio(400, refusal(21220, 400, "Call is not in-progress. Cannot redirect."))
    await twilio.rest.hang_up(CA)
    with pytest.raises(CarrierError) as caught:
        await twilio.rest.update(CA, "<Response/>")
    assert caught.value.code == 21220 and not caught.value.retryable and not caught.value.lost


async def test_a_raw_hang_up_is_what_the_sdk_sends() -> None:
    twilio = Twilio(200, call(status="in-progress"))
    await twilio.rest.hang_up(CA)
    sent, raw = twilio.requests[-1], twilio.rest.raw_hang_up(CA)
    assert (raw.method, raw.url, raw.body.encode()) == (sent.method, str(sent.url), sent.content)
    assert all(sent.headers[name] == value for name, value in raw.headers)
    assert "hunter2" not in repr(raw)


async def test_all_calls_since_then_that_may_be_up_with_their_numbers() -> None:
    then = datetime(2026, 4, 14, 10, 0, tzinfo=UTC)
    dates = {"CA" + "1" * 32: None, "CA" + "2" * 32: then, "CA" + "3" * 32: then - timedelta(minutes=1)}
    calls = [call(sid=sid, to=TO, date_created=date and format_datetime(date)) for sid, date in dates.items()]
    calls.append(call(sid="CA" + "4" * 32, to=TO, date_created=format_datetime(then), status="completed"))
    twilio = Twilio(200, {"calls": calls, "page": 0, "page_size": 100, "next_page_uri": None, "uri": "/x"})
    assert await twilio.rest.up_since(then) == tuple((sid, TO) for sid in tuple(dates)[:2])


@pytest.mark.parametrize(("said", "status"), [("ringing", CallStatus.RINGING), ("constructor", CallStatus.UNKNOWN)])
async def test_fetch(said: str, status: CallStatus) -> None:
    assert await Twilio(200, call(status=said)).rest.fetch(CA) is status


async def test_look_up_finds_calls_since_then_and_undated_ones() -> None:
    then = datetime(2026, 4, 14, 10, 0, 0, 400_000, tzinfo=UTC)
    dates = {
        "CA" + "1" * 32: None,
        "CA" + "2" * 32: then + timedelta(seconds=9),
        "CA" + "3" * 32: then.replace(microsecond=0),
        "CA" + "4" * 32: then - timedelta(minutes=1),
    }
    calls = [call(sid=sid, date_created=date and format_datetime(date)) for sid, date in dates.items()]
    twilio = Twilio(200, {"calls": calls, "page": 0, "page_size": 20, "next_page_uri": None, "uri": "/x"})
    assert await twilio.rest.look_up(to=TO, from_number=FROM, placed_after=then) == tuple(dates)[:3]
    asked = dict(twilio.requests[-1].url.params)
    assert asked == {"To": TO, "From": FROM, "PageSize": "20"}
    assert len(twilio.requests) == 1


async def test_look_up_finds_nothing() -> None:
    twilio = Twilio(200, {"calls": [], "page": 0, "page_size": 20})
    assert await twilio.rest.look_up(to=TO, from_number=FROM, placed_after=datetime(2026, 1, 1, tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    ("status", "code", "message", "words"),
    [
        (401, 20003, "Authenticate", "do not belong together"),
        (400, 21219, f"The number {TO} is unverified. Trial accounts ...", "trial account"),
        (400, 21210, f"The source phone number provided, {FROM}, is not yet verified", "neither owned nor verified"),
        (400, 21215, f"Account not authorized to call {TO}.", "country"),
        (404, 20404, "The requested resource was not found", "no such thing"),
    ],
)
async def test_a_refusal_says_code_meaning_fix_and_twilios_words(
    status: int, code: int, message: str, words: str
) -> None:
    for error in await every_error_of(Twilio(status, refusal(code, status, message))):
        assert (error.code, error.status, error.retryable, error.lost) == (code, status, False, False)
        assert f"error {code}" in error.message and words in error.message and error.fix
        assert "Twilio said: " in error.message


async def test_the_newer_form_of_an_error() -> None:
    body = {"type": "https://x", "title": "Bad", "status": 400, "code": 21211, "detail": f"{TO} is no number"}
    for error in await every_error_of(Twilio(400, body)):
        assert error.code == 21211 and "+15•••••100 is no number" in error.message


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(429, refusal(20429, 429, "Too Many Requests"), 20429), (429, "slow down", 0), (422, "", 0)],
)
async def test_only_what_was_not_processed_may_be_sent_again(status: int, body: object, code: int) -> None:
    for error in await every_error_of(Twilio(status, body)):
        assert (error.code, error.retryable, error.lost) == (code, True, False)


@pytest.mark.parametrize("body", [refusal(20503, 503, "Service unavailable"), "<html>502</html>", ""])
async def test_after_a_server_error_the_request_may_have_been_processed(body: object) -> None:
    for error in await every_error_of(Twilio(503, body)):
        assert error.status == 503 and error.lost and not error.retryable


@pytest.mark.parametrize(
    "fails",
    [httpx2.ConnectError(f"no route for {TO}"), httpx2.ConnectTimeout("x"), httpx2.PoolTimeout("x")],
)
async def test_no_connection_may_be_tried_again(fails: Exception) -> None:
    for error in await every_error_of(Twilio(fails=fails)):
        assert error.retryable and not error.lost and error.code == 0


@pytest.mark.parametrize(
    "fails",
    [
        httpx2.ReadTimeout("x"),
        httpx2.WriteTimeout("x"),
        httpx2.ReadError("x"),
        httpx2.WriteError("x"),
        httpx2.RemoteProtocolError("x"),
        httpx2.DecodingError("x"),
    ],
)
async def test_a_connection_lost_after_sending_leaves_it_open(fails: Exception) -> None:
    for error in await every_error_of(Twilio(fails=fails)):
        assert error.lost and not error.retryable and error.fix


async def test_an_answer_that_does_not_come_in_time_is_lost() -> None:
    began = anyio.current_time()
    errors = await every_error_of(Twilio(200, call(), takes_s=3600))
    assert anyio.current_time() - began == pytest.approx(50)
    assert all(error.lost and not error.retryable and "10 s" in error.message for error in errors)


async def test_an_answer_just_in_time() -> None:
    assert await Twilio(201, call(), takes_s=9.9).rest.create(**TERMS) == CA


@pytest.mark.parametrize(
    "body",
    ["", "<html>", "[]", "null", "[" * 50_000, "{}", call(sid="CA1", status=3), call(sid=None, status=None), b"\xff"],
)
async def test_an_answer_of_the_wrong_shape_is_a_carrier_error(body: object) -> None:
    twilio = Twilio(200, body)
    asks: list[Callable[[], Any]] = [lambda: twilio.rest.create(**TERMS), lambda: twilio.rest.fetch(CA)]
    for ask in asks:
        with pytest.raises(CarrierError) as caught:
            await ask()
        assert caught.value.lost and "no usable answer" in caught.value.message


@pytest.mark.parametrize(
    "body", [{}, {"calls": 3}, {"calls": [3]}, {"calls": [call(sid="x")]}, {"a": [], "b": []}, {"meta": 3, "calls": []}]
)
async def test_a_list_of_the_wrong_shape_is_a_carrier_error(body: object) -> None:
    with pytest.raises(CarrierError):
        await Twilio(200, body).rest.look_up(to=TO, from_number=FROM, placed_after=datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_redirect_is_not_followed_with_the_keys() -> None:
    twilio = Twilio(302, "")
    for error in await every_error_of(twilio):
        assert error.status == 302 and not error.lost and "TWILIO_API_URL" in error.fix
    assert len(twilio.requests) == 5


async def test_an_endless_answer_is_cut_off() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 65536

    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=endless()))
    rest = TwilioRest(AC, AC, "x", httpx2.AsyncClient(transport=transport))
    with pytest.raises(CarrierError, match="longer than"):
        await rest.fetch(CA)
    assert read < 20


async def test_a_secret_that_comes_back_is_blotted_out() -> None:
    twilio = Twilio(400, refusal(20003, 400, "Your password hunter2-secret is wrong"))
    assert "password **** is wrong" in (await every_error_of(twilio))[0].message


async def test_describe_shows_what_create_sends_and_sends_nothing() -> None:
    twilio = Twilio(201, call())
    described = await twilio.rest.describe(**TERMS)
    assert twilio.requests == []
    await twilio.rest.create(**TERMS)
    assert [name for name, _ in described.parameters] == [name for name, _ in twilio.form]
    unmasked = {"To": TO, "From": FROM}
    assert [(name, unmasked.get(name, said)) for name, said in described.parameters] == twilio.form
    assert described == RestRequest(
        "POST",
        "https://api.twilio.com/2010-04-01/Accounts/AC…aaaa/Calls.json",
        described.parameters,
        "Basic SK…cccc : ****",
    )
    for secret in (TO, FROM, AC, SK, "hunter2"):
        assert secret not in repr(described)


@pytest.mark.parametrize("base", ["http://127.0.0.1:4010", "http://localhost:4010/", "http://[::1]:4010"])
async def test_a_server_in_twilios_place(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    twilio = Twilio(201, call(), base_url=base)
    await twilio.rest.create(**TERMS)
    assert str(twilio.requests[-1].url) == f"{base.rstrip('/')}/2010-04-01/Accounts/{AC}/Calls.json"


async def test_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    twilio = Twilio(201, call(), base_url="https://api.dublin.ie1.twilio.com")
    await twilio.rest.create(**TERMS)
    assert twilio.requests[-1].url.host == "api.dublin.ie1.twilio.com"


@pytest.mark.parametrize(
    "base",
    [
        "http://api.twilio.com",
        "http://10.0.0.1:80",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "api.twilio.com",
        "https://",
        "https://me:pw@h.example",
        "https://h.example?x",
        "https://h.example:port",
        "http://[::1",
        "",
    ],
)
def test_keys_leave_in_the_clear_for_this_machine_only(base: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Twilio(base_url=base)
    assert caught.value.setting == "TWILIO_API_URL" and caught.value.fix and "pw" not in caught.value.message


@pytest.mark.parametrize("sid", ["", "CA1", f"../{CA}"])
async def test_what_is_no_sid_never_becomes_part_of_a_url(sid: str) -> None:
    twilio = Twilio(200, call())
    for ask in (lambda: twilio.rest.hang_up(sid), lambda: twilio.rest.fetch(sid), lambda: twilio.rest.update(sid, "")):
        with pytest.raises(AssertionError):
            await ask()
    assert twilio.requests == []


def test_our_connection_has_the_shape_the_sdk_wants() -> None:
    from twilio.http import AsyncHttpClient

    from voicecall_core.carriers.twilio.rest import _Wire

    assert list(inspect.signature(_Wire.request).parameters) == list(
        inspect.signature(AsyncHttpClient.request).parameters
    )
    assert _Wire.is_async


def test_the_sdk_is_imported_late_and_without_a_second_http_stack_for_async() -> None:
    program = (
        "import sys, httpx2; from voicecall_core.carriers.twilio.rest import TwilioRest\n"
        "rest = TwilioRest('AC', 'AC', 'x', httpx2.AsyncClient())\n"
        "assert 'twilio' not in sys.modules\n"
        "rest.warm()\n"
        "assert 'twilio.rest' in sys.modules and 'aiohttp' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
