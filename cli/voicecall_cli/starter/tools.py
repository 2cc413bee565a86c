"""The tools of the agent in agent.toml: the model may call every function that stands here."""

from __future__ import annotations

MOST_GUESTS = 8


def book_table(people: int, day: str, time: str) -> str:
    """Book a table at the restaurant.

    Args:
        people: How many guests come.
        day: The day, as the guest says it.
        time: The time of day, as 20:00.
    """
    if people > MOST_GUESTS:
        return f"There is no table for more than {MOST_GUESTS}."
    return f"Your table for {people} is booked, {day} at {time}. The number of the booking is seventeen."
