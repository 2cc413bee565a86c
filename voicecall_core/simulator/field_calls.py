"""What the calls of failures met in the field have in common: how they go, and how they end."""

from __future__ import annotations

from voicecall_core.simulator.scenario import Act, Expectation, HangUpPhone, Listen, Speak, Wait

GREETED: tuple[Act, ...] = (Wait(300), Speak("hello"), Listen())
TALK: tuple[Act, ...] = (*GREETED, Speak("answer"), Listen(), Speak("bye"), HangUpPhone())


def well(diagnosis: str = "healthy", *, cause: str = "callee", off: tuple[str, ...] = ("race",)) -> Expectation:
    """The call comes to a good end all the same, and fails without a guard."""
    return Expectation("completed", cause, guard_off="failed", diagnosis=diagnosis, guard_off_diagnosis=off)


def ill(outcome: str, cause: str, diagnosis: str, *, heard: bool = False) -> Expectation:
    return Expectation(outcome, cause, heard, "failed", diagnosis, ("race",))
