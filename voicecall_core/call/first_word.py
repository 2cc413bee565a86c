"""Which way the callee's first word came. Decides nothing."""

from __future__ import annotations

from enum import StrEnum

from voicecall_core.call.state import Call
from voicecall_core.call.timing import Moment
from voicecall_core.words.terms import Kind


class FirstWord(StrEnum):
    """From where, or when it was made; a greeting that was pipelined was asked for before the session was ready."""

    KEPT = "kept"
    BEFORE_DIALLING = "made before dialling"
    RINGING = "made while ringing"
    PIPELINED = "made after the answer, pipelined"
    ANSWERED = "made after the answer"


def first_word(call: Call) -> FirstWord | None:
    """None if nothing has left, or something else than a greeting came first."""
    first, between = call.timing.first, call.timing.between
    waited = between(Moment.GREETING_READY, Moment.FIRST_AUDIO)
    if call.terms.kind is not Kind.STREAM or waited is None or waited < 0:
        return None
    if call.terms.keeps_greeting:
        return FirstWord.KEPT
    if call.terms.greets_first:
        return FirstWord.BEFORE_DIALLING
    if first[Moment.GREETING_READY] <= first.get(Moment.ANSWERED, 0.0):
        return FirstWord.RINGING
    early = (between(Moment.GREETING_ASKED, Moment.MODEL_READY) or 0.0) > 0
    return FirstWord.PIPELINED if early else FirstWord.ANSWERED
