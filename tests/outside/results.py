"""What came of one outsider's checks, and what the last run kept. Quiet: reads and writes nothing but the kept file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

KEPT = Path(__file__).parent.parent.parent / "docs" / "outsiders.json"
VERDICTS = ("ok", "not built here", "wrong")


@dataclass(frozen=True, slots=True)
class Checked:
    """One check; `verdict` is one of VERDICTS, `said` why it is not ok."""

    check: str
    verdict: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One outsider's run; `skipped` says why there was none."""

    name: str
    packages: dict[str, str] = field(default_factory=dict)
    checks: tuple[Checked, ...] = ()
    skipped: str = ""

    def count(self, verdict: str) -> int:
        """How many checks came to that."""
        return Counter(each.verdict for each in self.checks)[verdict]

    def line(self) -> str:
        """One line for a terminal."""
        if self.skipped:
            return f"{self.name}: not run: {self.skipped}"
        versions = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        return f"{self.name} ({versions}): " + ", ".join(f"{self.count(each)} {each}" for each in VERDICTS)


def kept(path: Path = KEPT) -> list[Result]:
    """The last run."""
    return [
        Result(each["name"], each["packages"], tuple(Checked(**one) for one in each["checks"]), each["skipped"])
        for each in json.loads(path.read_text("utf-8"))
    ]
