"""A greeting is taken down only if the model made all of it, and said what it was asked to say."""

from __future__ import annotations

from base64 import b64encode

from voicecall_core.models.base import AudioDelta
from voicecall_core.session.greeting_catcher import GreetingCatcher
from voicecall_core.words import events as e

SOUND = b"\x11" * 160
BEGAN = e.ResponseBegan(1, "r1", "greeting-1")
SPOKEN = e.Spoken(1, "i1", "r1", "hello there")
ENDED = e.ResponseEnded(1, "r1", "completed")


def caught(*told: e.Event | AudioDelta) -> tuple[str, bytes] | None:
    catcher = GreetingCatcher("Hello, there!")
    catcher.ask("greeting-1")
    for each in told:
        if isinstance(each, AudioDelta):
            catcher.spoke(each)
        else:
            catcher.said(each)
    return catcher.whole


def delta(response: str = "r1", item: str = "i1") -> AudioDelta:
    return AudioDelta(1, response, item, b64encode(SOUND).decode())


def test_a_greeting_that_was_made_to_its_end_is_taken_down() -> None:
    assert caught(BEGAN, delta(), SPOKEN, delta(), ENDED) == ("hello there", SOUND * 2)


def test_of_several_items_all_are() -> None:
    parts = (e.Spoken(1, "i1", "r1", "Hello"), e.Spoken(1, "i2", "r1", "there."))
    assert caught(BEGAN, delta(), delta(item="i2"), *parts, ENDED) == ("Hello there.", SOUND * 2)


def test_other_words_are_not() -> None:
    assert caught(BEGAN, delta(), e.Spoken(1, "i1", "r1", "Good day"), ENDED) is None
    assert caught(BEGAN, delta(), ENDED) is None


def test_one_that_was_cut_off_or_failed_is_not() -> None:
    assert caught(BEGAN, delta(), SPOKEN) is None
    assert caught(BEGAN, delta(), SPOKEN, e.ResponseEnded(1, "r1", "cancelled")) is None


def test_one_that_calls_a_tool_is_not() -> None:
    assert caught(BEGAN, delta(), SPOKEN, e.ToolCalled(1, "r1", "t1", "end_call"), ENDED) is None


def test_what_was_not_asked_for_is_not() -> None:
    assert caught(e.ResponseBegan(1, "r1"), delta(), SPOKEN, ENDED) is None
    assert caught(BEGAN, delta("r2"), SPOKEN, ENDED) is None


def test_the_second_attempt_begins_anew() -> None:
    lost = (BEGAN, delta())
    again = (e.ResponseBegan(1, "r2", "greeting-1"), delta("r2"), e.Spoken(1, "i1", "r2", "Hello there"))
    assert caught(*lost, *again, e.ResponseEnded(1, "r2", "completed")) == ("Hello there", SOUND)


def test_what_cannot_be_decoded_is_no_greeting() -> None:
    assert caught(BEGAN, AudioDelta(1, "r1", "i1", "abc"), SPOKEN, ENDED) is None
