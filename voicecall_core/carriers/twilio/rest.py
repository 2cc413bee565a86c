"""Twilio's REST interface for calls, through the official SDK. Knows nothing of whose turn it is to write.

The SDK is imported on first use (150-250 ms) or by `warm`; it runs over the httpx2 client that it is given, so that no
other HTTP library, thread or event loop comes into play.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, Unpack
from urllib.parse import urlsplit

import anyio
import httpx2

from voicecall_core.carriers.base import CallTerms, RawRequest, RestRequest
from voicecall_core.carriers.twilio import API_URL, errors
from voicecall_core.carriers.twilio.create_request import Draft, Drafted, displayable, sdk_terms
from voicecall_core.carriers.twilio.errors import RestFault, carrier_error
from voicecall_core.carriers.twilio.webhooks import is_call_sid, status_named
from voicecall_core.errors import CarrierError, SettingsError
from voicecall_core.net.urls import is_loopback
from voicecall_core.words.values import TERMINAL, CallStatus

T = TypeVar("T")

ANSWER_LONGEST = 1024 * 1024  # bytes; a page of 20 calls is some 40 kB
CONNECT_SHARE = 0.4  # of the whole wait, for TCP and TLS each: so a connection that fails is told from a lost answer
RECENT_PAGE = 100  # calls, of all numbers
LOOK_UP_PAGE = 20  # calls; the newest come first, and the one sought was placed seconds ago
CLOCK_SLACK = timedelta(seconds=5)  # between our clock and Twilio's, whose dates have whole seconds

# When one of these is raised, nothing was sent to Twilio.
_BEFORE_SENDING = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
# Given no environment, or an empty one, the SDK reads the process's, and bends our URL to TWILIO_REGION or TWILIO_EDGE.
_NO_ENVIRONMENT = {"voicecall": "reads the environment in one place"}


class TwilioRest:
    """Places, changes and ends calls. Its methods raise CarrierError if Twilio refuses or does not answer in time.

    `username` and `password` are the account's SID and token, or an API key's. `base_url` replaces
    https://api.twilio.com; SettingsError if it is neither https nor http to this machine.
    """

    refusal = staticmethod(errors.refusal)

    def __init__(
        self,
        account_sid: str,
        username: str,
        password: str,
        http: httpx2.AsyncClient,
        base_url: str | None = None,
        answer_within_s: float = 10.0,
    ) -> None:
        self.account_sid = account_sid
        self._username = username
        self._password = password
        self._base_url = None if base_url is None else _checked(base_url)
        self._wire = _Wire(http, answer_within_s)
        self._client: Any = None

    @property
    def cold(self) -> bool:
        """Whether the SDK is yet to be imported."""
        return "twilio.rest" not in sys.modules

    def warm(self) -> None:
        """Imports the SDK and builds its client now. Blocks for some 250 ms the first time, then costs nothing."""
        if self._client is None:
            self._client = self._client_over(self._wire)

    async def create(self, **asked: Unpack[CallTerms]) -> str:
        """Places a call and returns its SID. Not idempotent: after `CarrierError.lost` the call may exist."""
        return await self._ask("place the call", lambda calls: calls.create_async(**sdk_terms(asked)), _sid_of)

    async def describe(self, **asked: Unpack[CallTerms]) -> RestRequest:
        """The request that `create` would send for the same arguments: made by the SDK, stopped short of the wire."""
        try:
            await self._client_over(Draft()).calls.create_async(**sdk_terms(asked))
        except Drafted as drafted:
            return displayable(drafted, self.account_sid)
        raise AssertionError("the SDK sent nothing")

    async def update(self, sid: str, document: str) -> None:
        """Puts TwiML in place of the document that a live call is running; this ends its media stream at once."""
        assert is_call_sid(sid), "it becomes part of a URL"
        await self._ask("change the call", lambda calls: calls(sid).update_async(twiml=document), _nothing)

    async def hang_up(self, sid: str) -> None:
        """Asks for the call's end. Returning means accepted (or nothing there to hang up), not yet ended.

        Always `completed`: `canceled` would spare a call that is answered in this very instant.
        """
        assert is_call_sid(sid), "it becomes part of a URL"
        try:
            await self._ask("hang up", lambda calls: calls(sid).update_async(status="completed"), _nothing)
        except CarrierError as error:
            if error.code != errors.NOT_IN_PROGRESS:
                raise

    def raw_hang_up(self, sid: str) -> RawRequest:
        """What `hang_up` sends, made without the SDK (its client may be what has failed)."""
        assert is_call_sid(sid), "it becomes part of a URL"
        login = b64encode(f"{self._username}:{self._password}".encode()).decode()
        headers = (("Authorization", f"Basic {login}"), ("Content-Type", "application/x-www-form-urlencoded"))
        base = self._base_url or API_URL
        url = f"{base}/2010-04-01/Accounts/{self.account_sid}/Calls/{sid}.json"
        return RawRequest("POST", url, headers, "Status=completed")

    async def fetch(self, sid: str) -> CallStatus:
        """The call's status. Twilio's reads lag behind its callbacks; a terminal status is final."""
        assert is_call_sid(sid), "it becomes part of a URL"
        return await self._ask("tell the call's status", lambda calls: calls(sid).fetch_async(), _status_of)

    async def look_up(self, *, to: str, from_number: str, placed_after: datetime) -> tuple[str, ...]:
        """The SIDs of the calls between these numbers since `placed_after` (an aware datetime), newest first.

        Filtered here by date: Twilio's own filter goes by start, which a call that is still queued does not have.
        """
        since = placed_after.astimezone(UTC) - CLOCK_SLACK
        return await self._ask(
            "list the calls",
            lambda calls: calls.list_async(to=to, from_=from_number, limit=LOOK_UP_PAGE, page_size=LOOK_UP_PAGE),
            lambda found: _sids_since(found, since),
        )

    async def up_since(self, placed_after: datetime) -> tuple[tuple[str, str], ...]:
        """SID and called number of the account's latest calls since `placed_after` that may be up, newest first."""
        since = placed_after.astimezone(UTC) - CLOCK_SLACK
        return await self._ask(
            "list the calls",
            lambda calls: calls.list_async(limit=RECENT_PAGE, page_size=RECENT_PAGE),
            lambda found: tuple(
                (_sid_of(call), str(call.to)) for call in _since(found, since) if _status_of(call) not in TERMINAL
            ),
        )

    async def _ask(self, doing: str, ask: Callable[[Any], Awaitable[Any]], read: Callable[[Any], T]) -> T:
        self.warm()
        try:
            return read(await ask(self._client.calls))
        except AssertionError:
            raise
        except RestFault as fault:
            error = carrier_error(doing, fault, (self._password,))
        except Exception as odd:  # what the SDK makes of JSON in an undocumented shape; nobody has a list of it
            reason = f"its shape is not the documented one ({type(odd).__name__})"
            error = carrier_error(doing, RestFault(reason, status=200))
        raise error from None  # what lies behind it may quote numbers

    def _client_over(self, wire: _Wire | Draft) -> Any:
        from twilio.rest import Client

        account = {"username": self._username, "password": self._password, "account_sid": self.account_sid}
        client = Client(**account, http_client=wire, environment=_NO_ENVIRONMENT)
        if self._base_url is not None:
            client.api.base_url = self._base_url
        return client


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the SDK reads of a response."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class _Wire:
    """The SDK's AsyncHttpClient in shape (naming it here would import all of the SDK), on an httpx2 client."""

    is_async = True

    def __init__(self, http: httpx2.AsyncClient, answer_within_s: float) -> None:
        self._http = http
        self._within_s = answer_within_s

    async def request(
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature; ours is the bound that counts
        allow_redirects: bool = False,
    ) -> _Answer:
        """Sends, and reads the whole answer; raises RestFault for anything but a 2xx with a JSON object."""
        wait = httpx2.Timeout(self._within_s, connect=self._within_s * CONNECT_SHARE)
        sending = self._http.stream(
            method, uri, params=params, data=data, headers=headers, auth=auth, timeout=wait, follow_redirects=False
        )
        with anyio.move_on_after(self._within_s):
            try:
                async with sending as response:
                    return _checked_answer(response.status_code, await _body_of(response))
            except _BEFORE_SENDING as failure:
                raise RestFault(f"no connection ({type(failure).__name__})", sent=False) from None
            except httpx2.HTTPError as failure:
                raise RestFault(f"the connection was lost ({type(failure).__name__})") from None
        raise RestFault(f"none came within {self._within_s:g} s")


async def _body_of(response: httpx2.Response) -> str:
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > ANSWER_LONGEST:
                raise RestFault(f"it is longer than {ANSWER_LONGEST} bytes")
    return body.decode("utf-8", "replace")


def _checked_answer(status: int, body: str) -> _Answer:
    if not 200 <= status < 300:
        raise RestFault(status=status, body=body)
    try:
        wanted = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        wanted = False
    if not wanted:
        raise RestFault("it is not a JSON object", status=status)
    return _Answer(status, body, {})


def _checked(base_url: str) -> str:
    """`base_url` without a trailing slash, if keys may be sent there."""
    fix = "Write https://HOST, or http://127.0.0.1:PORT for a server on this machine."
    try:
        url = urlsplit(base_url)
        host, _ = url.hostname or "", url.port
    except ValueError:
        host = ""
    if not host or url.scheme not in ("http", "https") or url.username or url.query or url.fragment:
        raise SettingsError("TWILIO_API_URL is not the address of a server.", setting="TWILIO_API_URL", fix=fix)
    if url.scheme == "http" and not is_loopback(host):
        text = f"TWILIO_API_URL would send your keys to {host} in the clear."
        raise SettingsError(text, setting="TWILIO_API_URL", fix=fix)
    return base_url.rstrip("/")


def _sid_of(call: Any) -> str:
    if not is_call_sid(call.sid):
        raise RestFault("it does not name the call", status=200)
    return str(call.sid)


def _status_of(call: Any) -> CallStatus:
    if not isinstance(call.status, str):
        raise RestFault("it does not say how the call stands", status=200)
    return status_named(call.status)


def _sids_since(calls: Iterable[Any], since: datetime) -> tuple[str, ...]:
    return tuple(_sid_of(call) for call in _since(calls, since))


def _since(calls: Iterable[Any], since: datetime) -> Iterator[Any]:
    """A call without a date is as yet unplaced, so it may be the one."""
    return (call for call in calls if call.date_created is None or call.date_created >= since)


def _nothing(call: Any) -> None:
    return None
