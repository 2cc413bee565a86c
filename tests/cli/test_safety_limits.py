from __future__ import annotations

from tests.cli.shell import settings
from voicecall_cli.dial_summary import price_line
from voicecall_cli.options import BY_FIELD


def test_the_price_of_a_minute_says_what_is_in_it_and_how_many_there_can_be() -> None:
    assert price_line(settings()) == (
        "Cost: about $0.06 a minute for gpt-realtime-2.1, the carrier's minutes and the transcription not counted. "
        "It ends after 10 min at the latest."
    )


def test_a_price_that_nobody_knows_is_not_invented() -> None:
    assert price_line(settings(flags={"model": "other"})).startswith("Cost: unknown a minute for other")


def test_an_announcement_costs_the_carriers_minutes_alone() -> None:
    line = price_line(settings(flags={"say": "Good morning.", "max_duration_s": "90"}))
    assert line == "Cost: the carrier's minutes alone; no model is used. It ends after 1.5 min at the latest."


def test_the_default_greeting_says_that_an_ai_is_speaking() -> None:
    assert "this is an AI assistant" in BY_FIELD["greeting"].default
    assert "you are an AI" in BY_FIELD["instructions"].default


def test_every_limit_is_on_by_default() -> None:
    found = settings()
    assert (found.max_duration_s, found.max_duration_cap_s, found.ring_timeout_s) == (600, 3600, 30)
