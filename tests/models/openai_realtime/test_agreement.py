"""Whether a session is set up as it was asked to be: as it says itself, or leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.openai_realtime.scripted import BRIEF, said
from voicecall_core.models.openai_realtime.agreement import difference
from voicecall_core.models.openai_realtime.writing import session_update

ASKED = session_update(BRIEF, held=True, event_id="set-up")
VAD = {"type": "server_vad", "create_response": False, "interrupt_response": False}
MU_LAW = {"type": "audio/pcmu"}


def _updated(**session: Any) -> str:
    return said("session.updated", session=session)


def _nested(turns: Any = VAD, voice: Any = "marin", heard: Any = MU_LAW, spoken: Any = MU_LAW) -> str:
    hearing, speech = {"format": heard, "turn_detection": turns}, {"format": spoken, "voice": voice}
    return _updated(audio={"input": hearing, "output": speech})


@pytest.mark.parametrize(
    ("updated", "differs"),
    [
        (_nested(voice="alloy"), "the voice alloy"),
        (_nested(voice={"id": "voice_1"}), "the voice voice_1"),
        (_nested(heard={"type": "audio/pcm", "rate": 24_000}), "the input format audio/pcm"),
        (_nested(spoken={"type": "audio/pcma"}), "the output format audio/pcma"),
        (_nested(turns={**VAD, "type": "semantic_vad"}), "the turn detection semantic_vad"),
        (_nested(turns={**VAD, "create_response": True}), "create_response true"),
        (_nested(turns={**VAD, "interrupt_response": True}), "interrupt_response true"),
        (_nested(turns=None), "the turn detection none"),
        (_updated(voice="alloy"), "the voice alloy"),
        (_updated(output_audio_format="pcm16"), "the output format audio/pcm"),
        (_updated(turn_detection=None), "the turn detection none"),
    ],
)
def test_what_differs_is_named(updated: str, differs: str) -> None:
    assert differs in difference(ASKED, updated)


@pytest.mark.parametrize(
    "updated",
    [
        _nested(),
        _nested(spoken={"type": "audio/pcmu", "rate": 8_000}, turns={**VAD, "threshold": 0.7}),
        _nested(voice=None, heard=None, spoken=None, turns={"type": "server_vad", "create_response": None}),
        _updated(voice="marin", input_audio_format="g711_ulaw", output_audio_format="g711_ulaw", turn_detection=VAD),
        _updated(),
        _updated(audio=7, voice=8, turn_detection=[]),
        said("session.updated", session=None),
        said("session.updated"),
    ],
)
def test_what_agrees_or_is_left_out_says_nothing_against_it(updated: str) -> None:
    assert difference(ASKED, updated) == ""
