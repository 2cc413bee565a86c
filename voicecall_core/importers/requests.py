"""Access lines, requests sent, sockets opened and closed: what they stand for by path and status.

Knows the lines of uvicorn, gunicorn, nginx, morgan, httpx, urllib3 and websockets. A path is somebody
else's choice: what it means is concluded from the words in it, and so is less than sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.carrier_messages import model_upgraded
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Saying, Told, told
from voicecall_core.importers.wording import asserts
from voicecall_core.words.events import Created, CreateRefused

_QUOTED = re.compile(r"\"(?P<method>GET|POST|PUT|PATCH) (?P<target>\S{1,2000})(?: HTTP/[\d.]+)?\"? (?P<status>\d{3})\b")
_BARE = re.compile(r"\b(?P<method>GET|POST) (?P<target>/\S{1,2000}) (?P<status>[1-5]\d\d)\b")
_REST = re.compile(r"/2010-04-01/Accounts/\w+/Calls(?:/(?P<sid>CA\w+))?\.json", re.IGNORECASE)
_SENT = re.compile(r"\b(?P<method>POST|GET|DELETE)\b.{0,40}?/2010-04-01/")
_ANSWER = re.compile(r"(?:HTTP/[\d.]+|status(?: ?code)?:?)[ \"]{1,3}(?P<status>\d{3})\b", re.IGNORECASE)
_CLOSED = re.compile(r"(?i)\bconnection closed\b|\bclient disconnected\b|\b(?:twilio|media).{0,20} disconnected\b")
_CODE = re.compile(r"\b(?:code|closed)\W{1,3}(1\d{3}|[34]\d{3})\b")
_MODEL_OPEN = re.compile(
    r"(?i)\bconnected to (?:the )?openai\b|\bopenai.{0,24}(?:websocket|realtime).{0,12} (?:open|connected)"
)

_STATUS_PATH = re.compile(
    r"(?:status[-_]?callback|call[-_/]?status|voice[-_/]?status|twilio.*status|type=status|events?/status)|/status/?$"
)
_STREAM_REPORT = re.compile(r"stream[-_]?(?:status|callback|event)")
_FETCH_PATH = re.compile(
    r"twiml|/(?:[\w-]*[-_])?(?:voice|answer|incoming|outbound|outgoing|inbound)(?:[-_/]?(?:call|webhook|xml))?(?:[./]|$)"
    r"|/connect/?$"
)
_MEDIA_PATH = re.compile(r"media|stream|ws|socket|realtime")


def may_hold_request(line: str) -> bool:
    """A quick look: lines that fail it tell of no request and no socket."""
    return (
        "POST " in line
        or "GET " in line
        or "WebSocket" in line
        or "onnect" in line
        or "api.twilio.com" in line
        or "/2010-04-01/" in line
    )


def requests_in(text: str) -> Iterator[Saying]:
    """What the request, the socket or the write on a line says."""
    if _REST.search(text):
        yield from _rest(text)
        return
    if match := _QUOTED.search(text) or _BARE.search(text):
        yield from _webhook(match["method"], match["target"].lower(), int(match["status"]))
        return
    low = text.lower()
    if "openai" in low and _MODEL_OPEN.search(text) and asserts(text, r"openai"):
        yield Saying(model_upgraded, sure=Sure.LIKELY)
    elif ("closed" in low or "disconnected" in low) and _CLOSED.search(text):
        code = _CODE.search(text)
        yield Saying(_gone(int(code[1]) if code else 1005), Begins.NO, Sure.LIKELY)


def _upgraded(thread: Thread, line: int) -> Iterator[Fact]:
    yield thread.upgraded()


def _gone(code: int) -> Say:
    return lambda thread, line: thread.closed(code)


def _rest(text: str) -> Iterator[Saying]:
    """A request to the carrier: a create, or a write to a call whose content the line does not tell."""
    match, sent, answer = _REST.search(text), _SENT.search(text), _ANSWER.search(text)
    if match is None or sent is None or sent["method"] != "POST":
        return
    bare = re.search(r"json[^\"]*\" (\d{3})\b", text)
    status = int(bare[1] if bare else answer["status"] if answer else 0)
    if match["sid"]:
        refused = status >= 400
        said = told(Told.WRITE_REFUSED if refused else Told.WRITE, f"HTTP {status}" if status else "")
        yield Saying(said, message=True)
    elif status >= 400:
        yield Saying(lambda thread, line: [CreateRefused(0, f"HTTP {status}")], Begins.ALWAYS, message=True)
    elif status:
        yield Saying(lambda thread, line: [Created(thread.sid)], Begins.ALWAYS, message=True)


def _webhook(method: str, target: str, status: int) -> Iterator[Saying]:
    if method == "GET" and status == 101:
        if _MEDIA_PATH.search(target):
            yield Saying(_upgraded, sure=Sure.LIKELY)
        return
    path = target.partition("?")[0]
    if _STREAM_REPORT.search(target):
        return
    sort = "status" if _STATUS_PATH.search(target) else "fetch" if _FETCH_PATH.search(path) else ""
    if not sort or (method != "POST" and "twiml" not in path):
        return
    if status in (401, 403):
        yield Saying(told(Told.SIGNATURE_REFUSED, f"HTTP {status}"), sure=Sure.LIKELY, web=True)
    elif status >= 400:
        yield Saying(told(Told.ERROR, f"a webhook was answered with HTTP {status}"), sure=Sure.LIKELY, web=True)
    else:
        begins = Begins.OFTEN if sort == "fetch" else Begins.PERHAPS
        yield Saying(lambda thread, line: _webhook_came(thread, sort), begins, Sure.LIKELY, web=True)


def _webhook_came(thread: Thread, sort: str) -> Iterator[Fact]:
    """A webhook by its access line, unless its form was told before: then this is that one's answer."""
    if thread.forms[sort] > 0:
        thread.forms[sort] -= 1
    elif sort == "status":
        yield Foreign(Told.STATUS)
    else:
        yield thread.fetched()
