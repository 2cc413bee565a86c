"""What REST shows and changes beside the calls themselves: recordings, notifications, events, streams, the number.

Twilio: OpenAPI api_v2010. What the carrier has and this one has not is refused in our own name, never in the carrier's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import parse_qsl

from voicecall_core.net.http_server import Request, Response
from voicecall_core.simulator.carrier.account import ACCOUNT, ELSEWHERE
from voicecall_core.simulator.carrier.call import Lines, SimulatedCall
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.lists import Query, between, paged
from voicecall_core.simulator.carrier.recordings import Recording
from voicecall_core.simulator.carrier.rest_errors import (
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_IN_PROGRESS,
    RestRefused,
    reply,
)
from voicecall_core.simulator.carrier.rest_forms import Form, recording_of, stream_of

_SID = "[A-Z]{2}[0-9a-f]{32}"
_PATH = re.compile(
    rf"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{{32}})"
    rf"(?:/Calls/(?P<call>CA[0-9a-f]{{32}}))?/(?P<what>[A-Za-z]+)(?:/(?P<one>{_SID}))?(?P<kind>\.json|\.wav|\.mp3|)"
)
# Of a call; the carrier makes them at a POST and has no list of them.
NOT_BUILT = frozenset(
    {"Payments", "Siprec", "UserDefinedMessages", "UserDefinedMessageSubscriptions", "Transcriptions"}
)
# Of an account, with whatever lies below them.
_ELSEWHERE = re.compile(
    r"/2010-04-01/Accounts/AC[0-9a-f]{32}/(?P<what>" + "|".join(sorted(ELSEWHERE)) + r")(?:/[A-Za-z0-9/]*)?\.json"
)
_OF_A_RECORDING = re.compile(
    r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Recordings/RE[0-9a-f]{32}/(?P<what>AddOnResults|Transcriptions)\.json"
)


def is_elsewhere(method: str, path: str) -> bool:
    """Whether a request is about what is real at the carrier and not here at all."""
    return _ELSEWHERE.fullmatch(path) is not None or (method == "POST" and ACCOUNT.fullmatch(path) is not None)


def elsewhere(request: Request) -> Response:
    """The answer to it, in our own name."""
    found = _ELSEWHERE.fullmatch(request.path)
    return not_built(found["what"] if found is not None else "Making, changing and closing accounts")


def is_asked(path: str) -> bool:
    """Whether a path is of these resources."""
    found = _PATH.fullmatch(path)
    return (found is not None and found["what"] in _RESOURCES) or _OF_A_RECORDING.fullmatch(path) is not None


def resource_answer(context: CarrierContext, lines: Lines, request: Request) -> Response:
    """The answer to a request of somebody who showed the account's keys. Raises RestRefused."""
    if below := _OF_A_RECORDING.fullmatch(request.path):
        return _of_a_recording(context, request, below["what"])
    found = _PATH.fullmatch(request.path)
    if found is None or found["account"] != context.account.sid:
        raise RestRefused(NOT_FOUND)
    line = None
    if found["call"]:
        line = lines.get(found["call"])
        if line is None:
            raise RestRefused(NOT_FOUND)
    place = _Place(context, line, request, found["one"] or "", found["kind"])
    return _RESOURCES[found["what"]](place)


class _Place:
    """One request: of which call, which single thing of a kind (empty: all), and in which form."""

    def __init__(
        self, context: CarrierContext, line: SimulatedCall | None, request: Request, one: str, kind: str
    ) -> None:
        self.context, self.line, self.request, self.one, self.kind = context, line, request, one, kind

    @property
    def form(self) -> Form:
        return self.request.form()

    @property
    def query(self) -> Query:
        return _query_of(self.request)

    def page(self, name: str, found: list[dict[str, object]]) -> Response:
        """The page of them that is asked for."""
        return reply(200, paged(name, found, self.query, self.request.path))


def _query_of(request: Request) -> Query:
    return parse_qsl(request.target.partition("?")[2], keep_blank_values=True)


def _of_a_recording(context: CarrierContext, request: Request, what: str) -> Response:
    """Nothing: no recording is written down or handed on here, so that these lists are empty and true."""
    if request.method != "GET":
        raise RestRefused(METHOD_NOT_ALLOWED)
    account, sid = request.path.split("/")[3], request.path.split("/")[5]
    if account != context.account.sid or sid not in context.recordings:
        raise RestRefused(NOT_FOUND)
    name = {"AddOnResults": "add_on_results", "Transcriptions": "transcriptions"}[what]
    return reply(200, paged(name, [], _query_of(request), request.path))


def _recordings(place: _Place) -> Response:
    context, method = place.context, place.request.method
    if place.one:
        kept = context.recordings.get(place.one)
        if kept is None or (place.line is not None and kept.call_sid != place.line.record.sid):
            raise RestRefused(NOT_FOUND)
        return _recording(place, kept)
    if method == "POST" and place.line is not None:
        started = place.line.start_recording(recording_of(place.form))
        if started is None:
            raise RestRefused(NOT_IN_PROGRESS)
        return reply(201, started.json())
    _demand_get(place)
    wanted = place.line.record.sid if place.line is not None else dict(place.query).get("CallSid", "")
    made = between("DateCreated", place.query)
    found = [
        kept.json()
        for kept in reversed(context.recordings.values())
        if wanted in ("", kept.call_sid) and made(kept.began_at)
    ]
    return place.page("recordings", found)


def _recording(place: _Place, kept: Recording) -> Response:
    match place.request.method, place.kind:
        case "GET", ".json":
            return reply(200, kept.json())
        case "GET", ".wav" | "":
            return Response(200, kept.wav(), (("Content-Type", "audio/x-wav"),))
        case "GET", _:
            return not_built("MP3 files of recordings")
        case "DELETE", _:
            del place.context.recordings[kept.sid]
            return Response(204)
        case "POST", _ if place.line is not None and dict(place.form).get("Status") == "stopped":
            place.line.stop_recording(kept.sid)
            return reply(200, kept.json())
        case "POST", _:
            return not_built("Pausing a recording")
    raise RestRefused(METHOD_NOT_ALLOWED)


_TOLD = (What.WARNING, What.STREAM_FAILED)  # what a call's notifications tell of


def _notifications(place: _Place) -> Response:
    _demand_get(place)
    sid = place.line.record.sid if place.line is not None else ""
    context, dated, log = place.context, between("MessageDate", place.query), dict(place.query).get("Log", "")
    warned = [each for each in context.log if each.what in _TOLD and each.code and sid in ("", each.sid)]
    shown = [
        _notification(context, number, each)
        for number, each in enumerate(warned)
        if dated(context.epoch_of(each.at_ms)) and log in ("", "0")  # all are errors
    ]
    if place.one:
        found = next((each for each in shown if each["sid"] == place.one), None)
        if found is None:
            raise RestRefused(NOT_FOUND)
        return reply(200, found)
    return place.page("notifications", shown[::-1])


def _notification(context: CarrierContext, number: int, warned: Effect) -> dict[str, object]:
    at = formatdate(context.epoch_of(warned.at_ms)).replace("-0000", "+0000")
    sid = f"NO{number:032x}"
    return {
        "sid": sid,
        "account_sid": context.account.sid,
        "call_sid": warned.sid,
        "api_version": "2010-04-01",
        "error_code": str(warned.code),
        "log": "0",
        "message_date": at,
        "message_text": warned.detail,
        "more_info": f"https://www.twilio.com/docs/errors/{warned.code}",
        "request_method": "POST",
        "request_url": "",
        "request_variables": "",
        "response_body": "",
        "response_headers": "",
        "date_created": at,
        "date_updated": at,
        "uri": f"/2010-04-01/Accounts/{context.account.sid}/Notifications/{sid}.json",
    }


def _events(place: _Place) -> Response:
    """The webhooks of a call, as requests and answers."""
    _demand_get(place)
    assert place.line is not None, "only a call has events"
    sid = place.line.record.sid
    return place.page("events", [each.json() for each in place.context.webhooks if each.sid == sid])


def _streams(place: _Place) -> Response:
    if place.request.method != "POST" or place.line is None:
        raise RestRefused(METHOD_NOT_ALLOWED)
    line = place.line
    if place.one:
        if dict(place.form).get("Status") != "stopped" or not line.stop_fork(place.one):
            raise RestRefused(NOT_FOUND)
        return reply(200, _stream(place, place.one, "", "stopped"))
    wanted = stream_of(place.form)
    sid = line.start_fork(wanted)
    if not sid:
        raise RestRefused(NOT_IN_PROGRESS)
    return reply(201, _stream(place, sid, wanted.name, "in-progress"))


def _stream(place: _Place, sid: str, name: str, status: str) -> dict[str, object]:
    assert place.line is not None, "only a call has streams"
    call = place.line.record.sid
    return {
        "sid": sid,
        "account_sid": place.context.account.sid,
        "call_sid": call,
        "name": name or None,
        "status": status,
        "date_updated": formatdate(place.context.epoch_now()).replace("-0000", "+0000"),
        "uri": f"/2010-04-01/Accounts/{place.context.account.sid}/Calls/{call}/Streams/{sid}.json",
    }


def _numbers(place: _Place) -> Response:
    context, ours = place.context, place.context.account
    if not place.one and place.request.method == "POST":
        return not_built("Buying numbers")
    if not place.one:
        raise RestRefused(METHOD_NOT_ALLOWED)  # lists are the account's desk's
    if context.plan.account.number != "owned" or place.one != "PN" + ours.sid[2:]:
        raise RestRefused(NOT_FOUND)
    if place.request.method == "POST":
        context.desk.number = context.desk.number.changed(dict(place.form))
    elif place.request.method == "DELETE":
        return not_built("Releasing numbers")
    elif place.request.method != "GET":
        raise RestRefused(METHOD_NOT_ALLOWED)
    speaks = context.plan.account.number_speaks
    return reply(200, context.desk.number.json(ours.sid, ours.number, speaks, context.epoch_now()))


def _not_built(place: _Place) -> Response:
    if place.request.method == "GET":
        if place.request.path.endswith("/Transcriptions.json"):
            return place.page("transcriptions", [])
        raise RestRefused(METHOD_NOT_ALLOWED)
    return not_built(place.request.path.rpartition("/")[2].removesuffix(".json"))


def not_built(what: str) -> Response:
    """What is real at the carrier and not here; the words are ours."""
    message = f"{what}: real at Twilio, but not built into voicecall's simulated carrier."
    return reply(501, {"code": None, "message": message, "more_info": "docs/simulator.md", "status": 501})


def _demand_get(place: _Place) -> None:
    if place.request.method != "GET":
        raise RestRefused(METHOD_NOT_ALLOWED)


_RESOURCES: Mapping[str, Callable[[_Place], Response]] = {
    "Recordings": _recordings,
    "Notifications": _notifications,
    "Events": _events,
    "Streams": _streams,
    "IncomingPhoneNumbers": _numbers,
    **dict.fromkeys(NOT_BUILT, _not_built),
}
