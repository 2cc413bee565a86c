"""What REST shows and changes beside the calls themselves: recordings, notifications, events, streams, the number.

Twilio: OpenAPI api_v2010. What the carrier has and this one has not is refused in our own name, never in the carrier's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import parse_qsl

from voicecall_core.net.http_server import Request, Response
from voicecall_core.simulator.carrier.call import Lines, SimulatedCall
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import Effect, What
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
_PAGE_SIZE = 50


def is_asked(path: str) -> bool:
    """Whether a path is of these resources."""
    found = _PATH.fullmatch(path)
    return found is not None and found["what"] in _RESOURCES


def resource_answer(context: CarrierContext, lines: Lines, request: Request) -> Response:
    """The answer to a request of somebody who showed the account's keys. Raises RestRefused."""
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
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.request.target.partition("?")[2], keep_blank_values=True))

    def page(self, name: str, found: list[dict[str, object]]) -> Response:
        """All of them on one page."""
        shown = found[:_PAGE_SIZE] if "PageSize" not in self.query else found
        path = self.request.path
        return reply(
            200,
            {
                name: shown,
                "page": 0,
                "page_size": max(_PAGE_SIZE, len(shown)),
                "start": 0,
                "end": max(len(shown) - 1, 0),
                "uri": path,
                "first_page_uri": path,
                "previous_page_uri": None,
                "next_page_uri": None,
            },
        )


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
    wanted = place.line.record.sid if place.line is not None else place.query.get("CallSid", "")
    found = [kept.json() for kept in reversed(context.recordings.values()) if wanted in ("", kept.call_sid)]
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


def _notifications(place: _Place) -> Response:
    _demand_get(place)
    sid = place.line.record.sid if place.line is not None else ""
    warned = [each for each in place.context.log if each.what is What.WARNING and each.code and sid in ("", each.sid)]
    shown = [_notification(place.context, number, each) for number, each in enumerate(warned)]
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
    answered = [
        each for each in place.context.log if each.what is What.WEBHOOK_ANSWERED and each.sid == place.line.record.sid
    ]
    shown: list[dict[str, object]] = [
        {
            "request": {"method": "POST", "url": "", "parameters": {"about": each.detail}},
            "response": {"response_code": each.code, "content_type": "", "response_body": "", "date_created": ""},
        }
        for each in answered
    ]
    return place.page("events", shown)


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
    if not place.one:
        raise RestRefused(METHOD_NOT_ALLOWED)  # numbers are not bought here, and lists are the account's desk's
    if context.plan.account.number != "owned" or place.one != "PN" + ours.sid[2:]:
        raise RestRefused(NOT_FOUND)
    if place.request.method == "POST":
        context.desk.number = context.desk.number.changed(dict(place.form))
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
