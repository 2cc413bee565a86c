"""Forged webhooks and media sockets, sent to a program during a call, to see whether it looks at who is asking.

It disturbs the call no more than it must. Every form says what is true already: the call's own document is asked for
once more, and its callback is told the oldest news, that the call was initiated. A program that believes a forgery may
react to it all the same, so that the verdict about that call can differ from one without the probe. A media socket
comes with a call and a token that nobody knows, and is closed after two seconds.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import anyio

from voicecall_core.net.websocket import SocketEnded
from voicecall_core.simulator.carrier import media_messages, media_socket, webhook_client
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.webhook_forms import Params, fetch_form, status_form
from voicecall_core.simulator.verdict.findings import LineFinding, Severity, finding

STREAM_WITHIN_S = 5.0  # from the probe's beginning; a call without a stream is probed without one
REACTS_WITHIN_S = 0.3  # what a forged callback causes by REST
LISTENS_S = 2.0  # for what a program says on a forged media socket
_LOOK_S = 0.05
_OTHER_TOKEN = "0" * 32
_HOWS = {
    "unsigned-accepted": "without a signature",
    "bad-signature-accepted": "with the signature of another token",
    "foreign-signature-accepted": "with the right signature of another URL",
    "replay-accepted": "with a right signature, sent a second time word for word",
}


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL of the program's, and the form with which it is asked."""

    name: str
    url: str
    method: str
    form: Params
    document: bool


async def probe(context: CarrierContext, record: CallResource) -> tuple[LineFinding, ...]:
    """Send the forgeries about a call that is in progress; what was believed. Ends early if the call does.

    Begins once the call's stream has started, or after five seconds without one. Raises nothing for what the program
    does.
    """
    for _ in range(round(STREAM_WITHIN_S / _LOOK_S)):
        if _started(context, record) or record.over:
            break
        await anyio.sleep(_LOOK_S)
    found: list[LineFinding] = []
    for target in _targets(context, record):
        for rule, signed in _signatures(context, target):
            if not record.over:
                found += [each async for each in _sent(context, record, target, rule, signed)]
    if record.stream_url and not record.over:
        found += [each async for each in _sockets(context, record)]
    return tuple(found)


def _started(context: CarrierContext, record: CallResource) -> bool:
    return any(effect.what is What.STREAM_STARTED and effect.sid == record.sid for effect in context.log)


def _targets(context: CarrierContext, record: CallResource) -> Iterator[_Target]:
    wish, direction = record.wish, context.plan.direction
    if wish.url:
        yield _Target("the request for its document", wish.url, wish.method, fetch_form(record, direction), True)
    if wish.callback:
        form = status_form(record, direction, "initiated", 0, record.created_at)
        yield _Target("the status callback", wish.callback, wish.callback_method, form, False)


def _signatures(context: CarrierContext, target: _Target) -> Iterator[tuple[str, str]]:
    """Each forgery's rule with the signature that it bears. A GET's parameters are part of its URL: signed there."""
    token, url = context.account.token, target.url.partition("#")[0]
    form = target.form if target.method != "GET" else []
    yield "unsigned-accepted", ""
    yield "bad-signature-accepted", webhook_client.signature(_OTHER_TOKEN, url, form)
    yield "foreign-signature-accepted", webhook_client.signature(token, url + "/other", form)
    if target.method != "GET" and not target.document:  # a document that is asked for again is due again
        yield "replay-accepted", webhook_client.signature(token, url, form)


async def _sent(
    context: CarrierContext, record: CallResource, target: _Target, rule: str, signed: str
) -> AsyncIterator[LineFinding]:
    seen = len(context.log)
    reply = await webhook_client.forge(context, target.url, target.method, target.form, signed)
    if reply.error or not 200 <= reply.status < 300:
        return
    if target.document and b"<Response" not in reply.body:
        return  # answered with nothing: no document was given away
    if not target.document:
        await anyio.sleep(REACTS_WITHIN_S)
    wrote = any(each.what is What.REST and each.detail == "update" for each in context.log[seen:])
    again = rule == "replay-accepted"
    if again and not wrote:
        return
    grave = Severity.BROKEN if (target.document or wrote) and not again else Severity.WARNING
    text = f"A forgery of {target.name}, {_HOWS[rule]}, was answered with status {reply.status}"
    if target.document:
        text += " and a document."
    else:
        text += ", and the program wrote to the call." if wrote else "; whether it was believed cannot be seen."
    yield finding(rule, grave, context.now_ms(), text)


async def _sockets(context: CarrierContext, record: CallResource) -> AsyncIterator[LineFinding]:
    """Media sockets that are not the carrier's, for a call and with a token that nobody knows."""
    tries = (
        ("unsigned-stream-accepted", "", "without a signature"),
        ("badly-signed-stream-accepted", _OTHER_TOKEN, "with the signature of another token"),
    )
    for rule, token, how in tries:
        said = None if record.over else await _spoken_to(context, record.stream_url, token)
        if said is None:
            continue
        text = f"A forged media socket, {how}, for a call and with a token that nobody knows, was accepted"
        more = "spoken to" if said else f"left open; it was not spoken to within {LISTENS_S:.0f} s"
        yield finding(rule, Severity.BROKEN if said else Severity.WARNING, context.now_ms(), f"{text} and {more}.")


async def _spoken_to(context: CarrierContext, url: str, token: str) -> bool | None:
    """Whether the program says anything on a forged socket; None if it does not let it in, or closes it."""
    try:
        line = await media_socket.open_trunk(context.network, url, token, context.tls, context.routes)
    except media_socket.StreamFailed:
        return None
    stream_sid = context.new_sid("MZ")
    frames = media_messages.Frames(context.account.sid, context.new_sid("CA"), stream_sid)
    try:
        await line.socket.send(media_messages.CONNECTED)
        await line.socket.send(frames.start((("token", "forged"),)))
        with anyio.move_on_after(LISTENS_S):
            while True:
                if _is_speech(await line.socket.receive()):
                    return True
        return False
    except SocketEnded:
        return None
    finally:
        with anyio.CancelScope(shield=True):
            await line.socket.close()


def _is_speech(text: str | bytes) -> bool:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("event") == "media"
