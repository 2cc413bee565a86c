"""Rehearsals as JSON objects: a line for each run as it is done, and one that closes them."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_cli.json_format import numbered
from voicecall_core.rehearsal.baseline import Regression, figures_of
from voicecall_core.rehearsal.results import Result, Run, Tally


def run_object(run: Run) -> dict[str, object]:
    """One run."""
    return numbered(
        {
            "rehearsal": run.name,
            "about": run.about,
            "run": run.number,
            "result": str(run.result),
            "trouble": run.trouble or None,
            "outcome": run.outcome or None,
            "cause": run.cause or None,
            "expectations": [
                {
                    "line": each.line,
                    "expected": each.expected,
                    "result": str(each.judgement),
                    "at_s": each.at,
                    "pii_what": each.what,
                }
                for each in run.verdicts
            ],
            "first_word_s": run.first_word_s,
            "waits_s": list(run.waits_s),
            "cost_usd": run.cost_usd,
            "call_s": run.call_s,
            "took_s": run.took_s,
            "call_file": str(run.call_file) if run.call_file else None,
        }
    )


def closing_object(found: Sequence[Tally], worse: Sequence[Regression], code: int) -> dict[str, object]:
    """All of them together."""
    results = [tally.result for tally in found]
    return numbered(
        {
            "rehearsals": len(found),
            **{str(result): results.count(result) for result in Result},
            "figures": {tally.name: _figures(tally) for tally in found},
            "worse": [{"rehearsal": each.name, "figure": each.figure, "what": each.what} for each in worse],
            "exit": code,
        }
    )


def _figures(tally: Tally) -> dict[str, object]:
    figures = figures_of(tally)
    return {name: getattr(figures, name) for name in figures.__dataclass_fields__}
