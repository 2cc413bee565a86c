"""Rules about the carrier's REST answers: refused, lost, in flight. Knows no webhook."""

from __future__ import annotations

from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, first
from voicecall_core.words.events import (
    Created,
    CreateLost,
    CreateRefused,
    Refusal,
    RestAnswer,
    StatusReported,
    UpdateAnswered,
)
from voicecall_core.words.orders import CreateCall, HangUp, UpdateCall

GONE = frozenset({Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND})  # what a hang-up wants


def _create_lost(story: Story) -> Found | None:
    lost = first(story.events(CreateLost))
    if lost is None:
        return None
    return Found("the carrier's answer to the placing of the call never came", (lost.n,))


def _create_refused(story: Story) -> Found | None:
    refused = story.events(CreateRefused)
    if not refused or story.events(Created) or story.answered:
        return None
    what = f"the carrier did not take the call (error {refused[-1].it.code or 'not told'})"
    return Found(what, tuple(each.n for each in refused), story.absence)


def _create_unanswered(story: Story) -> Found | None:
    asked = first(story.orders(CreateCall))
    answered = any(story.events(kind) for kind in (Created, CreateRefused, CreateLost))
    if asked is None or answered or story.answered or story.events(StatusReported):
        return None
    return Found("the call was to be placed, and nothing tells whether it was", (asked.n,))


def _writes(story: Story) -> list[At[HangUp] | At[UpdateCall]]:
    return sorted([*story.orders(HangUp), *story.orders(UpdateCall)], key=lambda each: each.n)


def _write_lost(story: Story) -> Found | None:
    for write in _writes(story):
        lost = first(
            story.events(UpdateAnswered),
            lambda each, number=write.it.number: each.it.number == number and each.it.answer is RestAnswer.LOST,  # type: ignore[misc]
        )
        if lost is not None:
            waited = lost.it.at - story.at(write.n)
            how = f"failed at a request (error {lost.it.code})" if lost.it.code else f"did not answer in {waited:.0f} s"
            return Found(f"the carrier {how}: whether it was carried out is not known", (write.n, lost.n))
    return None


def _hang_up_failed(story: Story) -> Found | None:
    numbers = {each.it.number: each.n for each in story.orders(HangUp)}
    failed = [
        each
        for each in story.events(UpdateAnswered)
        if each.it.number in numbers and each.it.answer is RestAnswer.REFUSED and each.it.refusal not in GONE
    ]
    if not failed:
        return None
    what = f"hanging up was refused {len(failed)} times (error {failed[-1].it.code})"
    return Found(what, tuple(each.n for each in failed))


def _in_flight(story: Story) -> Found | None:
    answered = {each.it.number: each.n for each in story.events(UpdateAnswered)}
    pending: list[At[HangUp]] = []
    for order in story.orders(HangUp):
        open_ones = [
            each
            for each in pending
            if each.it.sid == order.it.sid and answered.get(each.it.number, order.n + 1) > order.n
        ]
        if open_ones:
            return Found("a second hang-up was sent while one was in flight", (open_ones[-1].n, order.n))
        pending.append(order)
    return None


_REST = "Look at the carrier's status page and at the way to it; a lost answer is looked up, never repeated blindly."

RULES = (
    Rule("create-lost", ("56",), 46, "the answer to create never came", _REST, _create_lost),
    Rule(
        "create-refused",
        (),
        87,
        "the carrier did not take the call",
        "Look the error's number up: it says which number, permission or limit it is about.",
        _create_refused,
    ),
    Rule("create-unanswered", ("15",), 57, "create was asked for, with no result", _REST, _create_unanswered),
    Rule("write-lost", ("56",), 62, "a REST write's answer was lost", _REST, _write_lost),
    Rule("hang-up-failed", (), 61, "the carrier refused to hang up", _REST, _hang_up_failed),
    Rule(
        "hang-ups-in-flight",
        ("17",),
        41,
        "two hang-ups at once",
        "Wait for the answer to the first.",
        _in_flight,
    ),
)
