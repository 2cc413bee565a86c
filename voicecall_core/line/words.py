"""What takes effect at the carrier, said in words: one line for one effect. Knows nothing of who shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicecall_core.simulator.carrier.effects import Effect, What

_Words = Callable[[Effect], str]

_HUNG_UP = {
    "callee": "the other side hung up",
    "api": "the program hung up by REST",
    "document": "the document came to its end",
    "time-limit": "the call's time limit was reached",
}
_FIXED: Mapping[What, str] = {
    What.PLACED: "the carrier took the call",
    What.QUEUED: "queued",
    What.INITIATED: "initiated",
    What.RINGING: "ringing",
    What.ANSWERED: "answered",
    What.JOINED: "the second leg was answered; both hear each other",
    What.STREAM_OPENED: "the media socket is open",
    What.STREAM_STARTED: "the media stream began",
    What.STALLED: "the other side's sound stalls, as planned",
}


def said(effect: Effect) -> str:
    """The effect in words. No number, no address and nothing that was spoken is in them."""
    if effect.what in _FIXED:
        return _FIXED[effect.what]
    return _SAID[effect.what](effect)


def request_of(effect: Effect) -> str:
    """What a verdict calls the request that an effect is of; empty if it is of none."""
    if not effect.request:
        return ""
    return f"{'REST request' if effect.what is What.REST else 'webhook'} {effect.request}"


def _rest(effect: Effect) -> str:
    about = {"other": "a request that could not be read", "account": "a question about the account"}
    asked = f" ({effect.source})" if effect.source else ""
    what = f"{about.get(effect.detail, effect.detail)}{asked}"
    return f"REST request {effect.request}: {what}, answered with {effect.code or 'nothing'}"


def _webhook(effect: Effect) -> str:
    kind, _, status = effect.detail.partition(":")
    number = f"webhook {effect.request}" if effect.request else "webhook"
    return f"{number}: {kind} callback {status}" if status else f"{number}: {kind}"


def _failed(effect: Effect) -> str:
    code = f"{effect.code}: "
    return f"the media stream failed: {code}{effect.detail.removeprefix(code)}"


_SAID: Mapping[What, _Words] = {
    What.REST: _rest,
    What.WEBHOOK_SENT: lambda effect: f"{_webhook(effect)} sent",
    What.WEBHOOK_ANSWERED: lambda effect: (
        f"{_webhook(effect)} answered with {effect.code}" if effect.code else f"{_webhook(effect)}: no answer"
    ),
    What.WEBHOOK_LOST: lambda effect: f"{_webhook(effect)} lost, as planned",
    What.RECEIVED: lambda effect: f"document received ({effect.source}): {effect.detail or 'empty'}",
    What.DISCARDED: lambda effect: f"document discarded, an update had taken its place ({effect.source})",
    What.RAN: lambda effect: f"document runs ({effect.source}): {effect.detail or 'empty'}",
    What.SAY_BEGAN: lambda effect: f"<Say> is heard ({effect.source})",
    What.PLAYED: lambda effect: f"plays: {effect.detail}",
    What.GATHERED: lambda effect: f"<Gather> ended: {effect.detail}",
    What.RECORDED: lambda effect: f"recording {effect.detail}, {effect.code} s",
    What.DIALLED: lambda effect: "a second leg was called",
    What.PARTED: lambda effect: f"the second leg is over: {effect.detail}",
    What.FORKED: lambda effect: "a listening stream began",
    What.FORK_ENDED: lambda effect: f"the listening stream ended: {effect.detail}",
    What.ERROR_MESSAGE: lambda effect: f"the carrier apologises to the callee: {effect.code}",
    What.DETECTED: lambda effect: f"machine detection: {effect.detail}",
    What.STREAM_FAILED: _failed,
    What.STREAM_ENDED: lambda effect: f"the media stream ended: {effect.detail}",
    What.HEARD: lambda effect: f"the other side heard {len(effect.audio) / 8000:.1f} s",
    What.MARK_SET: lambda effect: "the program asked for a mark",
    What.MARKED: lambda effect: "a mark went back",
    What.CLEARED: lambda effect: f"cleared, {effect.code} ms unheard",
    What.SPOKE: lambda effect: "the other side begins to speak",
    What.SAID: lambda effect: "the other side has spoken",
    What.DIGIT: lambda effect: "the other side pressed a key",
    What.REJECTED: lambda effect: f"rejected: {effect.detail}",
    What.HUNG_UP: lambda effect: _HUNG_UP.get(effect.detail, effect.detail),
    What.ENDED: lambda effect: f"the call is over: {effect.detail}",
    What.WARNING: lambda effect: f"warning {effect.code}: {effect.detail}",
}

assert set(What) == set(_FIXED) | set(_SAID), "every effect has its words"
