"""A call that lasts: a step at its end takes no more than one at its beginning, and what is said late is kept right."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

from tests.call.story import Story, greeted
from voicecall_core.call.step import Call, step
from voicecall_core.words import events as e

TURNS = 1_000  # some two hours of talk; ten thousand steps
COPIED = 2_000  # bytes: a list of two thousand that is copied is 16,000


def turn(number: int) -> list[e.Event]:
    """The callee asks, the agent answers."""
    callee, agent, response = f"u{number}", f"i{number + 1}", f"r{number + 1}"
    return [
        e.SpeechStarted(1, number),
        e.SpeechStopped(1, number),
        e.TurnCommitted(1, callee),
        e.ResponseBegan(1, response),
        e.AudioBegan(1, response, agent),
        e.AudioSent(1, agent, response, number),
        e.Spoken(1, agent, response, "Yes ", final=False),
        e.Spoken(1, agent, response, "please.", final=False),
        e.Heard(1, callee, "May I?"),
        e.AudioEnded(1, response, agent, 600),
        e.Spoken(1, agent, response, "Yes please."),
        e.ResponseEnded(1, response, "completed"),
        e.DigitPressed(1, "1"),
        e.MarkReturned(1, agent, response, number),
    ]


def taken(call: Call, events: list[e.Event]) -> list[int]:
    """The bytes that each of the steps needs at most, beyond the call before it."""
    needed = []
    for event in events:
        event = replace(event, at=round(call.at + 0.1, 1))
        gc.collect(0)
        tracemalloc.start()
        call = step(call, event).call
        needed.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return needed


def test_a_step_copies_nothing_that_grows_with_the_call() -> None:
    story = greeted()
    story.tell(*turn(1), *turn(2))
    early = taken(story.call, turn(3))
    for number in range(3, TURNS):
        story.tell(*turn(number))
    late = taken(story.call, turn(TURNS))
    assert len(story.call.transcript) > 1_900 and len(story.call.heard.stretches) > 1_900
    assert len(story.call.troubles) > 900 and len(story.call.notes) > 900
    grown = [b - a for a, b in zip(early, late, strict=True)]
    assert max(grown) < COPIED, grown


def test_words_that_come_late_find_their_line_and_those_that_come_far_too_late_are_one_of_their_own() -> None:
    def lines(story: Story, item: str) -> list[tuple[str, bool]]:
        return [(line.pii_text, line.final) for line in story.call.transcript if line.item == item]

    story = greeted()
    story.tell(e.Heard(1, "u1", "May", final=False))
    for number in range(2, 30):
        story.tell(*turn(number))
    story.tell(e.Heard(1, "u1", " I", final=False))
    assert lines(story, "u1") == [("May I", False)]
    for number in range(30, 80):
        story.tell(*turn(number))
    story.tell(e.Heard(1, "u1", "May I ask?"))
    assert lines(story, "u1") == [("May I", False), ("May I ask?", True)]
