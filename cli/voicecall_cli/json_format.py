"""The number of the form in which `--json` prints objects. What each of their keys means: docs/json.md."""

from __future__ import annotations

from collections.abc import Mapping

# Raised when a key is taken away, renamed, or means something else; a key more is no new form.
FORMAT = 1


def numbered(told: Mapping[str, object]) -> dict[str, object]:
    """An object with the number of its form behind its own keys."""
    return {**told, "format": FORMAT}
