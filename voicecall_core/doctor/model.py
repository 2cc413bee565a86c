"""Checks of the realtime model: its host, its key, its name and until when it is served, a session as for a call."""

from __future__ import annotations

import json
import ssl
from datetime import date, timedelta
from urllib.parse import urlsplit

import anyio
import httpx2

from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.examination import Check
from voicecall_core.doctor.findings import Section, critical
from voicecall_core.doctor.session_trial import Trial
from voicecall_core.masking import last_four
from voicecall_core.models.openai_realtime.client import naming
from voicecall_core.models.openai_realtime.failures import words
from voicecall_core.models.openai_realtime.writing import transcription_of
from voicecall_core.net.network import drop, secure
from voicecall_core.words.checks import CheckResult, ok, skipped, warning

# openai-python 3.54: types/realtime/realtime_session_create_request.py (docstring of `model`); the gpt-4o-realtime
# models go with them by the vendor's list of deprecations.
_SPEAKING = (date(2027, 1, 20), "gpt-realtime-2.1")
_SPEAKING_SMALL = (date(2027, 1, 20), "gpt-realtime-2.1-mini")
# openai-python 3.54: types/realtime/audio_transcription.py
_HEARING = (date(2027, 2, 26), "gpt-transcribe")

_ENDS = {
    "gpt-realtime": _SPEAKING,
    "gpt-realtime-2025-08-28": _SPEAKING,
    "gpt-realtime-mini": _SPEAKING_SMALL,
    "gpt-realtime-mini-2025-12-15": _SPEAKING_SMALL,
    "whisper-1": _HEARING,
    "gpt-4o-transcribe": _HEARING,
    "gpt-4o-transcribe-diarize": _HEARING,
    "gpt-4o-mini-transcribe": _HEARING,
    "gpt-4o-mini-transcribe-2025-12-15": _HEARING,
}


def successor_of(model: str) -> tuple[date, str] | None:
    """The day on which a model is shut down and the one to take instead; None if no end is announced."""
    if model.startswith("gpt-4o-mini-realtime"):
        return _SPEAKING_SMALL
    if model.startswith("gpt-4o-realtime"):
        return _SPEAKING
    return _ENDS.get(model)


READY_SLOW_S = 4.0  # the phone rings for some 5 s: a session that takes longer makes the callee wait
_KEYS_PAGE = "https://platform.openai.com/api-keys"
_BILLING = "https://platform.openai.com/settings/organization/billing"
_KEY_FIX = f"Write a key of the project that is to pay into OPENAI_API_KEY: {_KEYS_PAGE}"
_MODEL_FIX = "voicecall doctor --only model --model gpt-realtime-2.1"
_FIXES = {
    "insufficient_quota": f"Add credit: {_BILLING}",
    "billing_hard_limit_reached": f"Raise the limit: {_BILLING}",
    "invalid_api_key": _KEY_FIX,
    "model_not_found": _MODEL_FIX,
    "rate_limit_exceeded": "Wait a minute and try again: voicecall doctor --only model",
}
_AGAIN = "voicecall doctor --only model; if it stays: https://status.openai.com"
_NO_KEY = "OPENAI_API_KEY is not set"
_GONE = "unreachable"
_PORTS = {"ws": 80, "wss": 443}


async def host(room: Examination) -> CheckResult:
    """Whether the model's host can be connected to, as a call does: straight, without a proxy."""
    if not room.subject.model.key:
        return skipped(_NO_KEY)
    url = urlsplit(room.subject.model.url)
    name, port = url.hostname or "", url.port or _PORTS[url.scheme]
    expected = "a connection, secured if the URL says wss"
    fix = f"curl -sSI https://{url.netloc}/"
    began = anyio.current_time()
    try:
        stream = await room.ways.network.connect(name, port)
        connected = anyio.current_time()
        if url.scheme == "wss":
            stream = await secure(stream, name, room.ways.tls or ssl.create_default_context())
        done = anyio.current_time()
        await drop(stream)
    except OSError as error:
        return critical(str(error) or type(error).__name__, expected, error=_GONE, fix=fix)
    secured = f", TLS {(done - connected) * 1000:.0f} ms" if url.scheme == "wss" else ""
    return ok(f"{name}: connected in {(connected - began) * 1000:.0f} ms{secured}", expected)


async def key(room: Examination) -> CheckResult:
    """Whether the key is accepted."""
    model = room.subject.model
    expected = "a key that the model's server accepts"
    shown = f"the key …{last_four(model.key)}"
    headers = {"Authorization": f"Bearer {model.key}"}
    try:
        answer = await room.ways.http.get(_page_of(model.url, model.brief.model), headers=headers)
    except httpx2.HTTPError as error:
        return critical(f"no answer: {error or type(error).__name__}", expected, error=_GONE, fix=_AGAIN)
    if answer.status_code in (401, 403):
        return critical(
            f"{shown}: refused (HTTP {answer.status_code})", expected, error="invalid_api_key", fix=_KEY_FIX
        )
    if answer.is_success:
        room.model_found = True
    elif answer.status_code == 404 and "model" in _code_of(answer.text):
        room.model_found = False
    else:  # a server that speaks the realtime interface alone
        return ok(f"{shown}: the server keeps no list of models; the session will tell", expected)
    return ok(f"{shown}: accepted", expected)


async def name(room: Examination) -> CheckResult:
    """Whether the model exists for this key."""
    model = room.subject.model.brief.model
    expected = "a model that this key may use"
    if room.model_found is False:
        return critical(f"{model}: no such model for this key", expected, error="model_not_found", fix=_MODEL_FIX)
    return ok(model if room.model_found else f"{model}: not listed; the session will tell", expected)


async def session(room: Examination) -> CheckResult:
    """Whether a session can be set up with the very update a call would send; each phase is timed."""
    model = room.subject.model
    trial = room.trial = Trial(
        room.ways.network, naming(model.url, model.brief.model), model.key, model.brief, room.ways.tls
    )
    room.tasks.start_soon(trial.line.run)
    ready = await trial.ready()
    expected = f"ready within {READY_SLOW_S:.0f} s"
    if not ready:
        return _failed(room, expected)
    phases = trial.phases
    took = sum(ms for _, ms in phases)
    found = f"ready in {took} ms: " + ", ".join(f"{stage} {ms}" for stage, ms in phases)
    if took > READY_SLOW_S * 1000:
        return warning(found, expected, fix=_AGAIN)
    return ok(found, expected)


async def speaks(room: Examination) -> CheckResult:
    """Whether the model answers: an account without credit opens sessions, and fails every response."""
    assert room.trial is not None
    began = anyio.current_time()
    ended = await room.trial.speak()
    expected = "an answer to one word"
    if ended is None:
        return _failed(room, expected)
    await room.trial.line.close()
    if ended.status == "failed":
        code = ended.reason or "failed"
        return critical(f"the response failed: {code}", expected, error=code, fix=_FIXES.get(code, _AGAIN))
    return ok(f"answered in {(anyio.current_time() - began) * 1000:.0f} ms", expected)


async def lifetime(room: Examination) -> CheckResult:
    """Whether the model, or the one that transcribes, is about to be shut down."""
    brief = room.subject.model.brief
    today = room.subject.now().date()
    expected = "models that are there to stay"
    transcription = transcription_of(brief)
    for each in (brief.model, transcription):
        if (found := successor_of(each)) is not None:
            return _retiring(each, *found, today, expected)
    return ok(f"{brief.model} and {transcription}: no end announced", expected)


def _retiring(model: str, end: date, successor: str, today: date, expected: str) -> CheckResult:
    fix = f"Set VOICECALL_MODEL={successor}"
    if today >= end:
        return critical(f"{model} was shut down on {end}", expected, error="model_not_found", fix=fix)
    left = (end - today) // timedelta(days=1)
    return warning(f"{model} will be shut down on {end}, in {left} days", expected, fix=fix)


def _failed(room: Examination, expected: str) -> CheckResult:
    assert room.trial is not None and room.trial.failed is not None
    failed = room.trial.failed
    fix = _FIXES.get(failed.code, _AGAIN)
    return critical(f"{failed.reason or failed.code}", expected, error=failed.code, fix=fix)


def _page_of(url: str, model: str) -> str:
    """Where the server says whether it has a model: beside its realtime address."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "wss" else "http"
    return f"{scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/models/{model}"


def _code_of(body: str) -> str:
    """Code and words of an error body, as far as there are any."""
    try:
        error = json.loads(body)["error"]
        return words(f"{error.get('code') or ''} {error.get('message') or ''}")
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


_HERE = Section.MODEL
CHECKS = (
    Check("model-host", _HERE, host, "its host can be reached", network=True, error=_GONE, fix=_AGAIN),
    Check("model-key", _HERE, key, "the key is accepted", ("model-host",), network=True, error=_GONE, fix=_AGAIN),
    Check("model-name", _HERE, name, "the model exists for this key", ("model-key",), network=True),
    Check(
        "model-session", _HERE, session, "a session is set up as for a call, each phase timed", ("model-name",),
        within_s=10.0, network=True, error="not_ready", fix=_AGAIN,
    ),
    Check(
        "model-speaks", _HERE, speaks, "the model answers, so there is credit", ("model-session",),
        within_s=15.0, network=True, error="no_answer", fix=_AGAIN,
    ),
    Check("model-lifetime", _HERE, lifetime, "no model is about to be shut down"),
)  # fmt: skip
