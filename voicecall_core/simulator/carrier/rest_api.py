"""The carrier's REST interface: calls are created, changed, shown and listed here."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterable
from email.utils import formatdate
from urllib.parse import parse_qsl

import anyio

from voicecall_core.net.http_server import Request, Response
from voicecall_core.simulator.carrier import account, resources
from voicecall_core.simulator.carrier.call import Lines, SimulatedCall
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.lists import Query, between, paged
from voicecall_core.simulator.carrier.rest_errors import (
    BAD_CREDENTIALS,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_IN_PROGRESS,
    UNAVAILABLE,
    RestRefused,
    refusal,
    reply,
)
from voicecall_core.simulator.carrier.rest_forms import asked_of, origin_of, wish_of
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Scenario

_Test = Callable[[CallResource], bool]


def page(records: Iterable[CallResource], query: Query, path: str) -> dict[str, object]:
    """One page, newest calls first, with the addresses of its neighbours."""
    tests = [test for name, value in query if (test := _filter(name, value)) is not None]
    # assumption: a call that has not started counts from its creation
    began, ended = between("StartTime", query), between("EndTime", query)
    found = [
        record.json()
        for record in reversed(list(records))
        if all(test(record) for test in tests)
        and began(record.answered_at or record.created_at)
        and ended(record.ended_at)
    ]
    return paged("calls", found, query, path)


def _filter(name: str, value: str) -> _Test | None:
    match name:
        case "To":
            return lambda record: record.to == value
        case "From":
            return lambda record: record.from_ == value
        case "Status":
            return lambda record: record.json()["status"] == value
        case "ParentCallSid":
            return lambda record: record.parent_sid == value
    return None


_PATH = re.compile(r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})/Calls(?:/(?P<call>CA[0-9a-f]{32}))?\.json")


class RestApi:
    """Answers REST requests about the calls in `lines`."""

    def __init__(self, context: CarrierContext, lines: Lines, played: Callable[[str], Scenario] | None = None) -> None:
        """`played` says which scenario is played in a call to a number; the carrier's own unless it is given."""
        self._context = context
        self._played = played or (lambda number: context.scenario)
        self._lines = lines
        self._down = False
        self._refused = 0
        self._refused_update = False

    async def answer(self, request: Request) -> Response | None:
        """The answer; None if the connection dies before it leaves."""
        sid, about, number, came = "", "other", self._context.next_rest_request(), self._context.now_ms()
        try:
            sid, about = self._place(request)
            response = await getattr(self, f"_{about}")(request, sid)
        except RestRefused as refused:
            response = refusal(refused.code)
        status = 0 if response is None else response.status
        asked = asked_of(request.form()) if about == "update" else ""
        took = self._context.now_ms() - came
        self._context.note(sid, What.REST, about, source=asked, code=status, request=number, took_ms=took)
        assert response is None or isinstance(response, Response)
        return response

    def date(self) -> str:
        """The carrier's own date, as its answers carry it."""
        return formatdate(self._context.epoch_now(), usegmt=True)

    def _place(self, request: Request) -> tuple[str, str]:
        """The call's SID, if one is named, and what is asked. Raises Refused."""
        ours = self._context.account
        pairs = {(ours.sid, ours.token), (ours.api_key, ours.api_secret)}
        if not any(_same(_credentials(request), pair) for pair in pairs):
            raise RestRefused(BAD_CREDENTIALS)
        if desk := _desk_for(request):
            return "", desk
        place = _PATH.fullmatch(request.path)
        if place is None or place["account"] != ours.sid:
            raise RestRefused(NOT_FOUND)
        sid = place["call"] or ""
        if sid and sid not in self._lines:
            if request.method == "GET" and sid in self._context.legs:
                return sid, "leg"
            raise RestRefused(NOT_FOUND)
        if request.method == "DELETE" and sid:
            return sid, "delete"
        if request.method not in ("GET", "POST"):
            raise RestRefused(METHOD_NOT_ALLOWED)
        if request.method == "GET":
            return sid, "fetch" if sid else "list"
        return sid, "update" if sid else "create"

    async def _create(self, request: Request, _: str) -> Response | None:
        form = request.form()
        context = self._context.playing(self._played(dict(form).get("To", "")))
        plan = context.plan
        await self._take_time("create", plan)
        if plan.create_refused and not 0 < plan.create_refused_times <= self._refused:
            self._refused += 1
            raise RestRefused(plan.create_refused)
        ours = self._context.account
        wish = wish_of(form, ours.number)
        for _each in range(2 if plan.create_doubled else 1):
            record = CallResource(self._context.new_sid("CA"), ours.sid, wish, self._context.epoch_now())
            line = self._lines[record.sid] = SimulatedCall(context, record)
            shown = record.json(fresh=True)
            self._context.tasks.start_soon(line.run)
        await anyio.sleep(plan.create_first_ms / 1000)
        return None if plan.create_lost else reply(201, shown)

    async def _update(self, request: Request, sid: str) -> Response:
        status = dict(request.form()).get("Status", "")
        plan = self._lines[sid].plan
        self._down = self._down or (plan.rest_down_at_hang_up and bool(status))
        await self._take_time("update", plan)
        if self._down:
            raise RestRefused(UNAVAILABLE)
        line, origin = self._lines[sid], origin_of(request.form())
        accepted = True
        if origin is not None and plan.update_refused and not self._refused_update:
            self._refused_update = True
            raise RestRefused(plan.update_refused)
        if status == "completed":
            # assumption: an update of a call that is over is refused, whatever it asks for
            accepted = line.hang_up("api")
        elif status == "canceled":
            accepted = line.cancel()
        elif origin is not None:
            accepted = line.redirect(origin)
        if not accepted:
            raise RestRefused(NOT_IN_PROGRESS)
        return reply(200, line.record.json())  # as it is: accepted is not yet carried out

    async def _fetch(self, _: Request, sid: str) -> Response:
        await self._take_time("fetch", self._lines[sid].plan)
        return reply(200, self._lines[sid].record.json())

    async def _list(self, request: Request, _: str) -> Response:
        await self._take_time("list")
        since = self._context.epoch_now() - self._context.plan.listed_after_ms / 1000
        known = [*(line.record for line in self._lines.values()), *self._context.legs.values()]
        records = [record for record in known if record.created_at <= since]
        query = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        return reply(200, page(records, query, request.path))

    async def _leg(self, _: Request, sid: str) -> Response:
        return reply(200, self._context.legs[sid].json())

    async def _delete(self, _: Request, sid: str) -> Response:
        """Forget a call that is over."""
        if not self._lines[sid].record.over:
            raise RestRefused(NOT_IN_PROGRESS)  # assumption: which code it is
        del self._lines[sid]
        return Response(204)

    async def _resource(self, request: Request, _: str) -> Response:
        await self._take_time("resource")
        return resources.resource_answer(self._context, self._lines, request)

    async def _elsewhere(self, request: Request, _: str) -> Response:
        return resources.elsewhere(request)

    async def _account(self, request: Request, _: str) -> Response:
        await self._take_time("account")
        user, _ = _credentials(request)
        now = self._context.epoch_now()
        return reply(
            200,
            account.account_answer(
                self._context.plan.account,
                self._context.account,
                self._context.desk.number,
                user,
                request.target,
                now,
            ),
        )

    async def _take_time(self, about: str, plan: CarrierPlan | None = None) -> None:
        """The plan's latency; what is asked takes effect after it, and is answered at once."""
        await anyio.sleep((plan or self._context.plan).rest_ms.get(about, 0) / 1000)


def _desk_for(request: Request) -> str:
    """Which desk answers what is not about the calls themselves; empty: it is."""
    if request.method == "GET" and account.is_asked(request.path):
        return "account"
    if resources.is_elsewhere(request.method, request.path):
        return "elsewhere"
    return "resource" if resources.is_asked(request.path) else ""


def _credentials(request: Request) -> tuple[str, str]:
    scheme, _, coded = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(one, other, strict=True))
