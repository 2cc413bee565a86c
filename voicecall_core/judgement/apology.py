"""The apology of a call whose model is dead: where it can be said, and what follows it.

Knows nothing of why the model died.
"""

from __future__ import annotations

from voicecall_core.judgement import closing
from voicecall_core.judgement.books import Desk
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.rulings import Asker, Ruling
from voicecall_core.words.events import Timer
from voicecall_core.words.orders import PlayClip

APOLOGY = "apology"


def apologise(desk: Desk, cause: Cause) -> None:
    if desk.call.ending.cause is not None:
        return
    verdict = desk.ask(Asker.APOLOGY)
    if verdict.ruling is Ruling.HUNG_UP:
        closing.end(desk, cause)
    elif verdict.ruling is Ruling.REROUTED:
        play(desk)


def play(desk: Desk) -> None:
    desk.stop(Timer.GREETING, Timer.FAREWELL)
    desk.order(PlayClip(desk.call.guard.socket, APOLOGY))
    desk.wait(Timer.APOLOGY, desk.call.terms.limits.apology_s)


def apologised(desk: Desk) -> None:
    """The apology has played, or has taken longer than it may."""
    desk.stop(Timer.APOLOGY)
    closing.end(desk, desk.call.model.cause or Cause.MODEL_LOST)
