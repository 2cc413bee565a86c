"""What a check says. Knows nothing of how it was found out, nor of how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.carriers.twilio.errors import explain
from voicecall_core.words import checks
from voicecall_core.words.checks import CheckResult


class Section(StrEnum):
    """Where a check belongs; `heading` is what stands above it."""

    MACHINE = "machine"
    TWILIO = "twilio"
    MODEL = "model"
    TUNNEL = "tunnel"
    LIMITS = "limits"

    @property
    def heading(self) -> str:
        return _HEADINGS[self]


_HEADINGS = {
    Section.MACHINE: "This machine",
    Section.TWILIO: "Twilio",
    Section.MODEL: "Model",
    Section.TUNNEL: "Public URL and tunnel",
    Section.LIMITS: "Safety limits",
}


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What a check said, with its name, its section and how long it took."""

    name: str
    section: Section
    said: CheckResult
    took_ms: int

    @property
    def meaning(self) -> str:
        """What the carrier's error means, empty if there is none or it is the model's."""
        error = self.said.error
        return explain(error).what if isinstance(error, int) and error else ""

    def as_object(self) -> dict[str, object]:
        """The finding as JSON shows it."""
        error = {"code": self.said.error, "meaning": self.meaning} if self.said.error else None
        return {
            "name": self.name,
            "section": self.section.value,
            "status": self.said.status.value,
            "found": self.said.found,
            "expected": self.said.expected,
            "error": error,
            "fix": self.said.fix,
            "took_ms": self.took_ms,
        }


def critical(found: str, expected: str, *, error: int | str = 0, fix: str = "") -> CheckResult:
    """A call would not come about, or be of no use. Without a `fix` the error's own is taken."""
    if not fix and error and isinstance(error, int):
        fix = explain(error).fix
    return checks.critical(found, expected, error=error, fix=fix)
