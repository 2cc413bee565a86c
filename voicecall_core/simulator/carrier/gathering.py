"""`<Gather>`: keys and speech of the callee, collected while prompts play (Twilio: docs/voice/twiml/gather)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import anyio

from voicecall_core.simulator.carrier.entries import Entries, Entry, Key, Sentence, SpeechBegan
from voicecall_core.simulator.carrier.verbs import Gather, Prompt

CONFIDENCE = "0.9"  # assumption: what is understood is understood well


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was entered; nothing at all if both are empty."""

    digits: str = ""
    finished_on: str = ""
    pii_speech: str = ""

    def form(self) -> tuple[tuple[str, str], ...]:
        """What the action's request says of it, beside the call."""
        if self.pii_speech:
            return (("SpeechResult", self.pii_speech), ("Confidence", CONFIDENCE))
        return (("Digits", self.digits), ("FinishedOnKey", self.finished_on))

    @property
    def nothing(self) -> bool:
        """Nobody entered anything."""
        return not (self.digits or self.pii_speech)


async def gather(verb: Gather, entries: Entries, play: Callable[[Prompt], Awaitable[None]]) -> Gathered:
    """Listen until all is entered, or nothing more for the verb's time after its prompts. An entry ends the prompts."""
    listening, prompting, found = anyio.CancelScope(), anyio.CancelScope(), Gathered()

    async def prompt() -> None:
        with prompting:
            for each in verb.prompts:
                await play(each)
            listening.deadline = anyio.current_time() + verb.timeout_s

    with entries:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(prompt)
            with listening:
                while not _complete(verb, found):
                    entry = await entries.next()
                    found = _with(verb, found, entry)
                    if _interrupts(verb, entry):
                        prompting.cancel()
                        listening.deadline = anyio.current_time() + _patience_s(verb, entry)
            tasks.cancel_scope.cancel()
    return found


def _interrupts(verb: Gather, entry: Entry) -> bool:
    return ("dtmf" if isinstance(entry, Key) else "speech") in verb.takes


def _patience_s(verb: Gather, entry: Entry) -> float:
    """How long the next entry is waited for; while he speaks, until he has finished."""
    match entry:
        case SpeechBegan():
            return math.inf
        case Sentence():
            return verb.speech_timeout_s
    return verb.timeout_s


def _with(verb: Gather, found: Gathered, entry: Entry) -> Gathered:
    match entry:
        case Key(digit) if "dtmf" in verb.takes:
            if digit in verb.finish_on:
                return replace(found, finished_on=digit)
            return replace(found, digits=found.digits + digit)
        case Sentence(text) if "speech" in verb.takes:
            return replace(found, pii_speech=f"{found.pii_speech} {text}".strip())
    return found


def _complete(verb: Gather, found: Gathered) -> bool:
    return bool(found.finished_on) or 0 < verb.digits <= len(found.digits)
