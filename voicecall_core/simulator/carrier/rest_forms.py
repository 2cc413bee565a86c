"""Create's and update's forms, read and checked. Knows nothing of the calls they concern.

Twilio: docs/voice/api/call-resource. Parameters that this carrier has no use for (CallerId, Byoc ...) are accepted and
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicecall_core.simulator.carrier.call_records import CallRequest
from voicecall_core.simulator.carrier.documents import Inline, Origin, Remote
from voicecall_core.simulator.carrier.recordings import RecordingWish
from voicecall_core.simulator.carrier.rest_errors import RestRefused
from voicecall_core.simulator.carrier.twiml import read, stream_fault
from voicecall_core.simulator.carrier.verbs import Stream
from voicecall_core.simulator.carrier.web_urls import is_web_url
from voicecall_core.simulator.carrier.whole_numbers import whole

Form = Sequence[tuple[str, str]]

TWIML_CHARACTERS = 4000
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
UNUSABLE = "+15005550001"  # Twilio: docs/iam/test-credentials, magic input for calls: a From that is not valid
_DIGITS = re.compile(r"[0-9A-Da-d#*wW]{1,32}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def wish_of(form: Form, own_number: str) -> CallRequest:
    """What create asks for. Raises Refused."""
    given = dict(form)
    to, from_ = given.get("To", ""), given.get("From", "")
    _demand(not given.get("ApplicationSid"), 21218)  # there is no application here
    _demand(bool(to), 21201)
    _demand(bool(from_), 21213)
    _demand(_E164.fullmatch(to) is not None, 21211)
    _demand(from_ != UNUSABLE, 21212)
    _demand(from_ == own_number, 21210)
    url, twiml = given.get("Url", ""), _twiml(given)
    _demand(bool(twiml) or is_web_url(url), 21205)
    for name in ("FallbackUrl", "StatusCallback", "AsyncAmdStatusCallback", "RecordingStatusCallback"):
        _demand(not given.get(name) or is_web_url(given[name]), 21205)
    digits, detection = given.get("SendDigits", ""), given.get("MachineDetection", "")
    _demand(not digits or _DIGITS.fullmatch(digits) is not None, 21206)
    _demand(detection in ("", "Enable", "DetectMessageEnd"), 21263)
    return CallRequest(
        detection="" if digits else detection,  # Twilio: SendDigits switches it off
        detection_async=given.get("AsyncAmd", "").lower() == "true",
        detection_callback=given.get("AsyncAmdStatusCallback", ""),
        detection_callback_method=_method(given, "AsyncAmdStatusCallbackMethod"),
        detection_s=max(3, min(whole(given.get("MachineDetectionTimeout", ""), 30), 59)),
        send_digits=digits,
        record=recording_of(form, "OutboundAPI") if given.get("Record", "").lower() == "true" else None,
        to=to,
        from_=from_,
        url=url,
        method=_method(given, "Method"),
        twiml=twiml,
        fallback_url=given.get("FallbackUrl", ""),
        fallback_method=_method(given, "FallbackMethod"),
        callback=given.get("StatusCallback", ""),
        callback_method=_method(given, "StatusCallbackMethod"),
        events=_events(form),
        ring_s=_seconds(given, "Timeout", 60, 600),
        limit_s=_seconds(given, "TimeLimit", 4 * 3600, 24 * 3600),
    )


def origin_of(form: Form) -> Origin | None:
    """The document that update brings, if it brings one. Raises Refused."""
    given = dict(form)
    twiml, url = _twiml(given), given.get("Url", "")
    if twiml:
        return Inline(twiml, "update")
    if not url:
        return None
    _demand(is_web_url(url), 21205)
    return Remote(url, _method(given, "Method"), "update")


def asked_of(form: Form) -> str:
    """What an update asks for, without addresses and words: Twiml with its verbs, Url, or Status."""
    given = dict(form)
    if twiml := given.get("Twiml", ""):
        script = read(twiml.encode())
        return " ".join(("Twiml", script.words, *script.not_built))
    if given.get("Url"):
        return "Url"
    return f"Status {given['Status'][:20]}" if given.get("Status") else ""


def recording_of(form: Form, source: str = "StartCallRecordingAPI") -> RecordingWish:
    """What a form asks for about a recording. Raises Refused."""
    given = dict(form)
    callback = given.get("RecordingStatusCallback", "")
    _demand(not callback or is_web_url(callback), 21205)
    method = _method(given, "RecordingStatusCallbackMethod")
    return RecordingWish(callback, method, _recording_events(form), source)


def stream_of(form: Form) -> Stream:
    """The forked stream that a form asks for; its parameters are named `Parameter1.Name`, `Parameter1.Value`."""
    given = dict(form)
    names = [name.removesuffix(".Name") for name in given if name.startswith("Parameter") and name.endswith(".Name")]
    parameters = tuple((given[f"{each}.Name"], given.get(f"{each}.Value", "")) for each in names)
    return Stream(
        given.get("Url", ""),
        given.get("Name", ""),
        given.get("StatusCallback", ""),
        _method(given, "StatusCallbackMethod"),
        parameters,
        stream_fault(given.get("Url", ""), "inbound_track", parameters),
        forked=True,
        track=given.get("Track", "inbound_track"),
    )


def _demand(fine: bool, code: int) -> None:
    if not fine:
        raise RestRefused(code)


def _twiml(given: dict[str, str]) -> str:
    twiml = given.get("Twiml", "")
    _demand(len(twiml) <= TWIML_CHARACTERS, 32018)
    return twiml


def _method(given: dict[str, str], name: str) -> str:
    method = given.get(name, "POST").upper()
    _demand(method in ("GET", "POST"), 21209)
    return method


def _seconds(given: dict[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    _demand(whole(text, 0) > 0, 21208)  # assumption: the code for a bad TimeLimit
    return min(whole(text, 0), most)


def _events(form: Form) -> frozenset[str]:
    """The key once per event, as the SDK sends it, or once with spaces, as the tutorial has it."""
    asked = {event for name, value in form if name == "StatusCallbackEvent" for event in value.split()}
    return frozenset(asked & EVENTS) or frozenset({"completed"})


def _recording_events(form: Form) -> frozenset[str]:
    asked = {event for name, value in form if name == "RecordingStatusCallbackEvent" for event in value.split()}
    return frozenset(asked & RECORDING_EVENTS) or frozenset({"completed"})
