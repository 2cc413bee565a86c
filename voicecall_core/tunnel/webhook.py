"""The steps of a webhook: a signed form out to the public URL, and back to this very process.

The form is made like the carrier's own, with blank values and awkward characters.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import anyio
import httpx2

from voicecall_core.tunnel import faults
from voicecall_core.tunnel.arrivals import Arrival
from voicecall_core.tunnel.proof import Proof, Walked
from voicecall_core.words.checks import CheckResult, critical, note, ok, percentiles, warning

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


async def webhook(proof: Proof) -> CheckResult:
    """Whether a webhook to the public URL reaches this process."""
    expected = "a form sent to the public URL arrives here"
    try:
        walked = proof.walked = await _walked(proof)
    except httpx2.HTTPError as error:
        return faults.unreached(error, proof, expected)
    if walked.arrival is not None:
        return ok("arrived", expected)
    return faults.answered(walked.answer, proof, expected)


async def _walked(proof: Proof) -> Walked:
    """The walk; behind a tunnel of our own it is made again until something arrives, as its edge learns of it late."""
    began = anyio.current_time()
    while True:
        walked = await _walk(proof)
        if walked.arrival is not None or not proof.fresh or anyio.current_time() - began > NEW_TUNNEL_S:
            return walked
        await anyio.sleep(1.0)


async def _walk(proof: Proof) -> Walked:
    mark = proof.mark()
    target = proof.target + _QUERY
    form = (*_FORM, ("Mark", mark))
    answer = await _post(proof, target, form, mark)
    return Walked(target, urlencode(form).encode(), proof.door.found(mark), answer)


async def _post(proof: Proof, target: str, form: tuple[tuple[str, str], ...], mark: str) -> httpx2.Response:
    url = proof.base + target
    headers = proof.requests.headers(url, form, mark)
    return await proof.http.post(url, content=urlencode(form).encode(), headers=headers, follow_redirects=False)


def _came(proof: Proof) -> tuple[Walked, Arrival]:
    assert proof.walked is not None and proof.walked.arrival is not None
    return proof.walked, proof.walked.arrival


async def path(proof: Proof) -> CheckResult:
    """Whether path and query arrive as they were sent."""
    walked, arrival = _came(proof)
    expected = "the path and query that were sent"
    target = arrival.request.target
    if target == walked.target:
        return ok("unchanged", expected)
    sent, came = (each.replace(proof.door.nonce, "...") for each in (walked.target, target))
    found = f"the path of a request is changed on the way: sent {sent}, came {came}"
    fix = "Let the proxy pass the path on as it is (nginx: proxy_pass without a path; no strip_prefix, no rewrite)."
    return critical(found, expected, error=faults.HTTP, fix=fix)


async def form(proof: Proof) -> CheckResult:
    """Whether the form arrives as it was sent, blank values included: its signature is made of them."""
    walked, arrival = _came(proof)
    expected = "the form that was sent, blank values included"
    if arrival.request.body == walked.body:
        return ok("unchanged", expected)
    sent = parse_qsl(walked.body.decode(), keep_blank_values=True)
    came = arrival.request.form()
    if sorted(sent) == sorted(came):
        return note("encoded again, with the same fields", expected)
    lost = [name for name, value in sent if (name, value) not in came]
    blank = [name for name, value in sent if not value and (name, value) not in came]
    what = f"blank values were dropped: {', '.join(blank)}" if blank else f"fields were changed: {', '.join(lost)}"
    found = f"the form of a request is changed on the way: {what if lost else 'fields were added'}"
    fix = "Let the proxy pass the form on as it is; anybody who parses forms on the way must keep blank values."
    return critical(found, expected, error=faults.HTTP, fix=fix)


async def host(proof: Proof) -> CheckResult:
    """What the proxy makes of Host, scheme and port. voicecall goes by the public URL alone, other programs do not."""
    _, arrival = _came(proof)
    parts = urlsplit(proof.base)
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


async def signature(proof: Proof) -> CheckResult:
    """Whether the signature fits on arrival, by the judgement that a call's webhooks meet."""
    _, arrival = _came(proof)
    return signed(arrival, proof, error=faults.HTTP, passed_on="as it is")


def signed(arrival: Arrival | None, proof: Proof, *, error: int, passed_on: str) -> CheckResult:
    """Whether a signature fits on arrival; the header has to be `passed_on`."""
    expected = "a signature that fits what arrived"
    if arrival is not None and arrival.signed:
        return ok("fits", expected)
    header = proof.requests.signature_header
    there = arrival is not None and bool(arrival.request.header(header.lower()))
    found = f"{header} arrives, and does not fit" if there else f"{header} does not arrive"
    fix = f"Let the proxy pass on the header {header} {passed_on}."
    return critical(found, expected, error=error, fix=fix)


async def answer(proof: Proof) -> CheckResult:
    """Whether our own answer is what comes out at the public URL."""
    walked, _ = _came(proof)
    expected = "our own answer, unchanged"
    if walked.answer.status_code == 200 and proof.door.nonce.encode() in walked.answer.content:
        return ok("unchanged", expected)
    return replace(faults.answered(walked.answer, proof, expected), error=faults.NOT_XML)


async def round_trip(proof: Proof) -> CheckResult:
    """How long a webhook takes to this process and back."""
    expected = f"p95 below {SLOW_S:.0f} s"
    took = []
    for number in range(ROUNDS):
        began = anyio.current_time()
        try:
            await _post(proof, proof.target, _FORM, proof.mark())
        except httpx2.HTTPError as error:
            found = f"number {number + 1} of {ROUNDS} got no answer ({error or type(error).__name__})"
            return critical(found, expected, error=faults.HTTP, fix=proof.start_tunnel)
        took.append(anyio.current_time() - began)
    half, most = percentiles(took)
    found = f"p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
    if most > SLOW_S:
        return warning(found, expected, error=faults.HTTP, fix="Try a tunnel with an edge near you, or another line.")
    return ok(found, expected)
