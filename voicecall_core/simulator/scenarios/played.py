"""Reads who the callee is whom a model plays: `[phone.played_by]` of a file. Knows no model."""

from __future__ import annotations

from voicecall_core.lined_toml import Table
from voicecall_core.simulator.scenarios.plan_tables import LONGEST_MS
from voicecall_core.simulator.scenarios.scenario import LONGEST_TEXT, PlayedBy

KEYS = ("persona", "goal", "turns", "says_first", "goodbye", "patience", "model", "voice")
LONGEST_PART = 4_000  # letters of a persona, or of a goal
MOST_TURNS = 100
_LEAST_PATIENCE_MS = 1_000


def played_by_of(table: Table) -> PlayedBy:
    """Who he is. Raises SettingsError with the line."""
    table.only(*KEYS)
    usual = PlayedBy("")
    return PlayedBy(
        persona=_text(table, "persona", LONGEST_PART),
        goal=_text(table, "goal", LONGEST_PART) if "goal" in table else "",
        turns=table.whole("turns", usual.turns, low=1, high=MOST_TURNS),
        says_first=_text(table, "says_first", LONGEST_TEXT) if "says_first" in table else "",
        goodbye=_text(table, "goodbye", LONGEST_TEXT) if "goodbye" in table else usual.goodbye,
        patience_ms=table.ms("patience", usual.patience_ms, low=_LEAST_PATIENCE_MS, high=LONGEST_MS),
        model=_text(table, "model", LONGEST_TEXT) if "model" in table else "",
        voice=_text(table, "voice", LONGEST_TEXT) if "voice" in table else "",
    )


def _text(table: Table, key: str, longest: int) -> str:
    text = table.text(key).strip()
    if len(text) > longest:
        raise table.wrong(key, f"{key} has {len(text):,} letters", f"Write {longest:,} at most.")
    return text
