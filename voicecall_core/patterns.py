"""Regular expressions as people write them into files: compiled, or a sentence that says why not."""

from __future__ import annotations

import re
import warnings

LONGEST = 1_000  # characters; one that anybody has written by hand is shorter


class NoPattern(ValueError):
    """It is no regular expression, or not one that can be used; its text says why."""


def compiled(text: str) -> re.Pattern[str]:
    """The pattern, which does not mind letters' case. Raises NoPattern."""
    if len(text) > LONGEST:
        raise NoPattern(f"it has {len(text):,} characters, {LONGEST:,} at most are read")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a later Python may read it otherwise
        try:
            return re.compile(text, re.IGNORECASE)
        except RecursionError:
            raise NoPattern("it is nested too deeply") from None
        except (re.error, OverflowError) as error:
            raise NoPattern(str(error)) from None
