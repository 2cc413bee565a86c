"""What a check says. Knows nothing of how it was found out, nor of how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.carriers.twilio.codes import explain

_TAIL = 4
_LONG_ENOUGH = 16  # four characters of a shorter secret would be too much of it


class Section(StrEnum):
    """Where a check belongs; `heading` is what stands above it."""

    MACHINE = "machine"
    TWILIO = "twilio"
    MODEL = "model"
    TUNNEL = "tunnel"
    BELTS = "belts"

    @property
    def heading(self) -> str:
        return "This machine" if self is Section.MACHINE else self.value.capitalize()


class Status(StrEnum):
    """How a check ended: `note` is worth knowing and hinders nothing, `critical` would stop a call."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Said:
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


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check said, with its name, its section and how long it took."""

    name: str
    section: Section
    said: Said
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


def ok(found: str, expected: str = "") -> Said:
    """As it should be."""
    return Said(Status.OK, found, expected)


def note(found: str, expected: str = "", *, error: int | str = 0, fix: str = "") -> Said:
    """Worth knowing; hinders nothing."""
    return Said(Status.NOTE, found, expected, error, fix)


def warning(found: str, expected: str, *, error: int | str = 0, fix: str) -> Said:
    """A call would go on, worse than it could."""
    return Said(Status.WARNING, found, expected, error, fix)


def critical(found: str, expected: str, *, error: int | str = 0, fix: str = "") -> Said:
    """A call would not come about, or be of no use. Without a `fix` the error's own is taken."""
    if not fix and error and isinstance(error, int):
        fix = explain(error).fix
    return Said(Status.CRITICAL, found, expected, error, fix)


def skipped(because: str) -> Said:
    """Not looked at: something that it builds on is not there."""
    return Said(Status.SKIPPED, because)


def tail(secret: str) -> str:
    """The last four characters of a secret, none of a short one."""
    return "\u2026" + (secret[-_TAIL:] if len(secret) >= _LONG_ENOUGH else "")


def short(sid: str) -> str:
    """A SID by its two letters and its last four."""
    return f"{sid[:2]}\u2026{sid[-_TAIL:]}"
