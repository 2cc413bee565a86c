"""Checks of the way a webhook takes: a signed form out to the public URL, and back to this very process.

Knows nothing of calls; the form is made like the carrier's own, with blank values and awkward characters.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import anyio
import httpx2

from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.doctor import pages
from voicecall_core.doctor.arrivals import MARK, Arrival, Walked
from voicecall_core.doctor.examining import Check, percentiles
from voicecall_core.doctor.finding import Said, Section, critical, note, ok, warning
from voicecall_core.doctor.room import Room
from voicecall_core.doctor.way import start_tunnel

# Twilio: the user agent of its webhooks. Tunnels that show a warning page do so to browsers alone.
USER_AGENT = "TwilioProxy/1.1"
NEW_TUNNEL_S = 20.0
ROUNDS = 10
SLOW_S = 2.0  # a trial's fetch gives up after 5 s, others after 15 (docs/usage/trials); each also waits for our answer
_FORM = (
    ("Called", "+15005550006"),
    ("ToState", ""),
    ("CallerCountry", "US"),
    ("Direction", "outbound-api"),
    ("CallerZip", ""),
    ("CallerName", "Zo\u00eb & S\u00f6hne = 100% +1 \u20ac \u65e5\u672c"),
    ("CalledCity", ""),
    ("Note", "a b+c%20d/e?f#g\r\nh;i,j'\"~*()"),
    ("FromState", ""),
)
_QUERY = "?blank=&awkward=%C3%A4%20%2B%26%3D&last=1"
_ERROR, _NOT_XML = 11200, 12100


async def webhook(room: Room) -> Said:
    """Whether a webhook to the public URL reaches this process."""
    expected = "a form sent to the public URL arrives here"
    try:
        walked = room.walked = await _walked(room)
    except httpx2.HTTPError as error:
        found = f"no answer came ({error or type(error).__name__})"
        return critical(found, expected, error=_ERROR, fix=start_tunnel(room))
    if walked.arrival is not None:
        return ok("arrived", expected)
    return pages.named(walked, room, expected)


async def _walked(room: Room) -> Walked:
    """The walk; behind a tunnel of our own it is made again until something arrives, as its edge learns of it late."""
    began = anyio.current_time()
    while True:
        walked = await _walk(room)
        if walked.arrival is not None or not room.started or anyio.current_time() - began > NEW_TUNNEL_S:
            return walked
        await anyio.sleep(1.0)


async def _walk(room: Room) -> Walked:
    assert room.arrivals is not None
    mark = f"{room.nonce}-walk"
    target = f"/probe/{room.nonce}{_QUERY}"
    form = (*_FORM, ("Mark", mark))
    body = urlencode(form).encode()
    answer = await _post(room, target, body, sign(_key(room), _as_signed(room.base) + target, form), mark)
    return Walked(
        target, body, room.arrivals.found("walk"), answer.status_code, tuple(answer.headers.items()), answer.content
    )


def _key(room: Room) -> str:
    return room.subject.carrier.auth_token or room.nonce


def _as_signed(base: str) -> str:
    """Twilio: docs/usage/security: the port is part of what is signed for http, and not for https."""
    parts = urlsplit(base)
    return f"https://{parts.hostname}" if parts.scheme == "https" else base


async def _post(room: Room, target: str, body: bytes, signature: str, mark: str) -> httpx2.Response:
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature,
        MARK: mark,
    }
    return await room.ways.http.post(f"{room.base}{target}", content=body, headers=headers, follow_redirects=False)


def _came(room: Room) -> tuple[Walked, Arrival]:
    assert room.walked is not None and room.walked.arrival is not None
    return room.walked, room.walked.arrival


async def path(room: Room) -> Said:
    """Whether path and query arrive as they were sent."""
    walked, arrival = _came(room)
    expected = "the path and query that were sent"
    target = arrival.request.target
    if target == walked.target:
        return ok("unchanged", expected)
    sent = walked.target.replace(room.nonce, "...")
    came = target.replace(room.nonce, "...")
    fix = "Let the proxy pass the path on as it is (nginx: proxy_pass without a path; no strip_prefix, no rewrite)."
    return critical(f"sent {sent}, came {came}", expected, error=_ERROR, fix=fix)


async def form(room: Room) -> Said:
    """Whether the form arrives as it was sent, blank values included: its signature is made of them."""
    walked, arrival = _came(room)
    expected = "the form that was sent, blank values included"
    if arrival.request.body == walked.body:
        return ok("unchanged", expected)
    sent = parse_qsl(walked.body.decode(), keep_blank_values=True)
    came = arrival.request.form()
    if sorted(sent) == sorted(came):
        return note("encoded anew, with the same fields", expected)
    lost = [name for name, value in sent if (name, value) not in came]
    blank = [name for name, value in sent if not value and (name, value) not in came]
    what = f"blank values were dropped: {', '.join(blank)}" if blank else f"fields were changed: {', '.join(lost)}"
    fix = "Let the proxy pass the body on as it is; whoever parses forms on the way must keep blank values."
    return critical(what if lost else "fields were added", expected, error=_ERROR, fix=fix)


async def host(room: Room) -> Said:
    """What the proxy makes of Host, scheme and port. voicecall goes by the public URL alone, other programs do not."""
    _, arrival = _came(room)
    parts = urlsplit(room.base)
    request = arrival.request
    expected = f"Host: {parts.netloc}, scheme {parts.scheme}"
    scheme = request.header("x-forwarded-proto") or ("http" if parts.scheme == "http" else "not told")
    differs = [
        *([f"Host is {request.header('host')}"] if request.header("host").lower() != parts.netloc.lower() else []),
        *([f"X-Forwarded-Proto is {scheme}"] if scheme.partition(",")[0].strip().lower() != parts.scheme else []),
    ]
    if not differs:
        return ok("unchanged", expected)
    fix = "nginx: proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme;"
    return note(f"{', '.join(differs)}: no harm here, other programs take it for the signed URL", expected, fix=fix)


async def signature(room: Room) -> Said:
    """Whether the signature fits on arrival, by the judgement that a call's webhooks meet."""
    _, arrival = _came(room)
    expected = "a signature that fits what arrived"
    if arrival.signed:
        return ok("fits", expected)
    there = bool(arrival.request.header("x-twilio-signature"))
    found = "X-Twilio-Signature arrives, and does not fit" if there else "X-Twilio-Signature does not arrive"
    return critical(found, expected, error=_ERROR, fix="Let the proxy pass on the header X-Twilio-Signature as it is.")


async def answer(room: Room) -> Said:
    """Whether our own answer is what comes out at the public URL."""
    assert room.walked is not None
    walked = room.walked
    expected = "our own answer, unchanged"
    if walked.status == 200 and room.nonce.encode() in walked.answer:
        return ok("unchanged", expected)
    return replace(pages.named(walked, room, expected), error=_NOT_XML)


async def round_trip(room: Room) -> Said:
    """How long a webhook takes to this process and back."""
    expected = f"p95 below {SLOW_S:.0f} s"
    took = []
    body = urlencode(_FORM).encode()
    target = f"/probe/{room.nonce}"
    signature = sign(_key(room), _as_signed(room.base) + target, _FORM)
    for number in range(ROUNDS):
        began = anyio.current_time()
        try:
            await _post(room, target, body, signature, f"{room.nonce}-round-{number}")
        except httpx2.HTTPError as error:
            found = f"number {number + 1} of {ROUNDS} got no answer ({error or type(error).__name__})"
            return critical(found, expected, error=_ERROR, fix=start_tunnel(room))
        took.append(anyio.current_time() - began)
    half, most = percentiles(took)
    found = f"p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
    if most > SLOW_S:
        return warning(found, expected, error=_ERROR, fix="Try a tunnel with an edge near you, or another line.")
    return ok(found, expected)


_HERE = Section.TUNNEL
CHECKS = (
    Check(
        "webhook", _HERE, webhook, "a webhook reaches this process", ("port", "tls"),
        within_s=NEW_TUNNEL_S + 10.0, network=True, error=_ERROR,
    ),
    Check("path", _HERE, path, "path and query arrive unchanged", ("webhook",), network=True),
    Check("form", _HERE, form, "the form arrives unchanged", ("webhook",), network=True),
    Check("host", _HERE, host, "Host, scheme and port arrive as sent", ("webhook",), network=True),
    Check("signature", _HERE, signature, "the signature fits on arrival", ("path", "form"), network=True),
    Check("answer", _HERE, answer, "our answer comes back unchanged", ("path",), network=True),
    Check(
        "webhook-time", _HERE, round_trip, "webhooks are quick there and back", ("answer",),
        within_s=25.0, network=True, error=_ERROR,
    ),
)  # fmt: skip
