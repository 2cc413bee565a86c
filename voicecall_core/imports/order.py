"""Before and after in the facts of one call. Knows nothing of what the facts are looked at for.

Lines with one and the same stamp count as happening at once: nothing among them is before or after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicecall_core.imports.facts import Fact, Found

Facts = Sequence[Found]


def later(found: Found, than: Found) -> bool:
    """Whether a fact surely happened after another: at one stamp, nothing is before or after."""
    if found.at is None or than.at is None:
        return found.line > than.line
    return found.at > than.at


def within(start: Found, end: Found, seconds: float) -> bool:
    """Whether the second fact follows the first within so many seconds, as far as their stamps tell."""
    return start.at is None or end.at is None or 0 <= end.at - start.at <= seconds


def last(
    facts: Facts,
    than: Found,
    fits: Callable[[Fact], bool],
    *,
    after: Found | None = None,
    strictly: bool = False,
    seconds: float = float("inf"),
) -> Found | None:
    """The last fitting fact that is not after another (`strictly`: surely before it), and after a third if given."""
    return next(
        (
            found
            for found in reversed(facts)
            if fits(found.fact)
            and (later(than, found) if strictly else found is not than and not later(found, than))
            and (after is None or not later(after, found))
            and within(found, than, seconds)
        ),
        None,
    )


def first(facts: Facts, than: Found, fits: Callable[[Fact], bool], seconds: float) -> Found | None:
    """The first fitting fact that is not before another, and no later than so many seconds after it."""
    return next(
        (
            found
            for found in facts
            if found is not than and fits(found.fact) and not later(than, found) and within(than, found, seconds)
        ),
        None,
    )


def ms_between(start: Found, end: Found | None) -> int | None:
    """From one fact to another in whole ms, `None` if one of them has no stamp."""
    if end is None or end.at is None or start.at is None:
        return None
    return round((end.at - start.at) * 1000)
