"""How a check ended, as a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a check ended: `note` is worth knowing and hinders nothing, `critical` would stop a call."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found out. `error` is the carrier's (or the model's) error that it would have become.

    `fix` is a command to be copied, or the exact place to go to. For a skipped check `found` says because of what.
    """

    status: Status
    found: str
    expected: str = ""
    error: int | str = 0
    fix: str = ""

    @property
    def passed(self) -> bool:
        """Whether those that build on it may go on."""
        return self.status in (Status.OK, Status.NOTE, Status.WARNING)


def ok(found: str, expected: str = "") -> CheckResult:
    """As it should be."""
    return CheckResult(Status.OK, found, expected)


def note(found: str, expected: str = "", *, error: int | str = 0, fix: str = "") -> CheckResult:
    """Worth knowing; hinders nothing."""
    return CheckResult(Status.NOTE, found, expected, error, fix)


def warning(found: str, expected: str, *, error: int | str = 0, fix: str) -> CheckResult:
    """A call would go on, worse than it could."""
    return CheckResult(Status.WARNING, found, expected, error, fix)


def critical(found: str, expected: str, *, error: int | str = 0, fix: str = "") -> CheckResult:
    """A call would not come about, or be of no use."""
    return CheckResult(Status.CRITICAL, found, expected, error, fix)


def skipped(because: str) -> CheckResult:
    """Not looked at: something that it builds on is not there."""
    return CheckResult(Status.SKIPPED, because)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 95th percentile: of few values the nearest one above."""
    ordered = sorted(values)
    half, most = (ordered[max(0, math.ceil(len(ordered) * share) - 1)] for share in (0.50, 0.95))
    return half, most
