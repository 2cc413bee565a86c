"""What rehearsals came to at a time when they were found good, and whether they are worse today.

    {"voicecall_baseline": 1,
     "tolerances": {"latency": 0.2, "latency_ms": 100, "pass_rate": 0.0, "cost": 0.2},
     "rehearsals": {"rehearsals/order.toml": {"runs": 1, "pass_rate": 1.0, "reply_p50_ms": 820, ...}}}

The tolerances are the reader's to change; renewing the file leaves them as they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from voicecall_core.errors import SettingsError
from voicecall_core.rehearsal.results import Tally, spread
from voicecall_core.whole_file import write_whole

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How much worse is not worse yet.

    `latency` (part of what it was) and `latency_ms`: a time has to exceed both; `pass_rate`: how much lower, of 1;
    `cost`: part of what it was.
    """

    latency: float = 0.2
    latency_ms: float = 100
    pass_rate: float = 0.0
    cost: float = 0.2


@dataclass(frozen=True, slots=True)
class Figures:
    """What one rehearsal came to in all its runs; None where there was nothing to measure."""

    runs: int
    pass_rate: float
    reply_p50_ms: int | None = None
    reply_p95_ms: int | None = None
    first_word_p50_ms: int | None = None
    cost_usd: float | None = None  # of one run


@dataclass(frozen=True, slots=True)
class Baseline:
    """What rehearsals came to, by their names."""

    figures: Mapping[str, Figures] = field(default_factory=dict)
    tolerances: Tolerances = Tolerances()


@dataclass(frozen=True, slots=True)
class Regression:
    """A rehearsal that is worse than it was: which figure, and by how much, as a sentence."""

    name: str
    figure: str
    what: str


def figures_of(tally: Tally) -> Figures:
    """What a rehearsal came to."""
    cost, waits = tally.cost_usd, spread(tally.waits_s)
    return Figures(
        len(tally.runs),
        round(tally.pass_rate, 4),
        _ms(waits.p50),
        _ms(waits.p95),
        _ms(spread(tally.first_words_s).p50),
        None if cost is None else round(cost / len(tally.runs), 6),
    )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def regressions(baseline: Baseline, found: Iterable[Tally]) -> list[Regression]:
    """What is worse than it was, beyond the tolerances. What the baseline does not know is not compared."""
    worse: list[Regression] = []
    for tally in found:
        before, now = baseline.figures.get(tally.name), figures_of(tally)
        if before is not None:
            worse += [Regression(tally.name, figure, what) for figure, what in _worse(before, now, baseline.tolerances)]
    return worse


def _worse(before: Figures, now: Figures, most: Tolerances) -> Iterable[tuple[str, str]]:
    if now.pass_rate < before.pass_rate - most.pass_rate - 1e-9:
        yield "pass_rate", f"{now.pass_rate:.0%} of its runs passed, and {before.pass_rate:.0%} did before"
    for figure, words in _TIMES.items():
        was, ms = getattr(before, figure), getattr(now, figure)
        if was is not None and ms is not None and ms > was * (1 + most.latency) and ms > was + most.latency_ms:
            yield figure, f"{words} was {ms} ms, and {was} ms before"
    if before.cost_usd is not None and now.cost_usd is not None:
        if now.cost_usd > before.cost_usd * (1 + most.cost) + 1e-9:
            yield "cost_usd", f"a run cost {now.cost_usd:.4f} USD, and {before.cost_usd:.4f} before"


_TIMES = {
    "reply_p50_ms": "half of all replies came within a time that",
    "reply_p95_ms": "the slowest reply of twenty",
    "first_word_p50_ms": "the first word after the answer, at its median,",
}


def read_baseline(path: Path) -> Baseline:
    """Read the file. Raises SettingsError if it is none."""
    try:
        record = json.loads(path.read_bytes())
        if not isinstance(record, dict) or record.get("voicecall_baseline") != FORMAT:
            raise ValueError(f"it does not begin with voicecall_baseline: {FORMAT}")
        figures = {str(name): Figures(**_known(Figures, each)) for name, each in record["rehearsals"].items()}
        return Baseline(figures, Tolerances(**_known(Tolerances, record.get("tolerances", {}))))
    except OSError as error:
        raise SettingsError(
            f"The baseline {path} cannot be read: {error.strerror or error}.",
            fix=f"voicecall test --update-baseline {path} writes one.",
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SettingsError(
            f"{path} is no baseline: {error}.", fix=f"voicecall test --update-baseline {path} writes one."
        ) from None


def _known(record: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that there are. Raises ValueError for any other, and for what is no number."""
    names = [each.name for each in fields(record)]
    may_lack = [each.name for each in fields(record) if each.default is None]
    for name, value in given.items():
        if name not in names:
            raise ValueError(f"there is no {name!r}")
        if value is None and name in may_lack:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ValueError(f"{name} is {value!r}")
    return dict(given)


def write_baseline(path: Path, found: Iterable[Tally]) -> None:
    """Write what these came to; what the file says of others, and its tolerances, stay. Raises SettingsError."""
    before = read_baseline(path) if path.exists() else Baseline()
    figures = {**before.figures, **{tally.name: figures_of(tally) for tally in found}}
    record = {
        "voicecall_baseline": FORMAT,
        "tolerances": asdict(before.tolerances),
        "rehearsals": {name: asdict(figures[name]) for name in sorted(figures)},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{json.dumps(record, indent=2, ensure_ascii=False)}\n".encode(errors="backslashreplace"))
    except OSError as error:
        raise SettingsError(f"The baseline {path} cannot be written: {error.strerror or error}.") from None
