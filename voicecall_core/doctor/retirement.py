"""Which models end when, and what takes their place. Knows nothing of today."""

from __future__ import annotations

from datetime import date

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
