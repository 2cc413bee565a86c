"""docs/outsiders.md: what the last run of `make outsiders` came to. Quiet: a function of what was kept."""

from __future__ import annotations

from tests.outside.outsiders import OUTSIDERS
from tests.outside.results import VERDICTS, Result, kept

HEAD = """# Outsiders

Programs that nobody here wrote, installed from PyPI and npm into environments of their own (`.outsiders`), unmodified,
and pointed at the built-in carrier and model. `make outsiders` runs them, prints this table and fails if anything is
wrong; it is part of `make every`. What the real carrier has and the built-in one has not is refused in our own name,
and counted so.

Written by the last run; the checks one by one stand in [outsiders.json](outsiders.json)."""


def page() -> str:
    """The page."""
    results = kept()
    lines = [HEAD, "", "| Outsider | Version | Must show | " + " | ".join(VERDICTS) + " |", "| --- " * 6 + "|"]
    shows = {each.name: each.shows for each in OUTSIDERS}
    ran = [each for each in results if not each.skipped]
    for each in ran:
        versions = ", ".join(f"{name} {version}" for name, version in each.packages.items())
        counts = " | ".join(str(each.count(verdict)) for verdict in VERDICTS)
        lines.append(f"| {each.name} | {versions} | {shows[each.name]} | {counts} |")
    lines += _listed("Not built here", ran, "not built here") + _listed("Wrong", ran, "wrong")
    if left := [each for each in results if each.skipped]:
        lines += ["", "## Not run", ""]
        lines += [f"- {each.name} ({shows[each.name]}): {each.skipped}." for each in left]
    return "\n".join(lines) + "\n"


def _listed(title: str, results: list[Result], verdict: str) -> list[str]:
    found = [f"- {each.name}: {one.check}" for each in results for one in each.checks if one.verdict == verdict]
    return ["", f"## {title}", "", *found] if found else []
