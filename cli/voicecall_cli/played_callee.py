"""What is said of a callee whom a model plays: before the call, and what he has cost when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicecall_cli.console.text import counted
from voicecall_cli.settings import Settings
from voicecall_core.models import spent_usd
from voicecall_core.words.values import Usage

if TYPE_CHECKING:
    from voicecall_core import CallRecord
    from voicecall_core.simulator.carrier.players import Part

_WHY = {
    "by-himself": "he hung up by himself",
    "turns": "his turns were used up, and he hung up",
    "silence": "nobody spoke for too long, and he hung up",
    "lost": "his model was lost, which is no fault of the agent's",
}


def played_line(settings: Settings) -> str:
    """Who plays the callee, said before the call; empty if nobody does."""
    if settings.phone_rings or not settings.model_is_real:
        return ""
    from voicecall_core.simulation import scenario_named  # for those only who simulate something

    played_by = scenario_named(settings.scenario).played_by
    if played_by is None:
        return ""
    said = f"The callee is played by {played_by.model or settings.model}: not deterministic, no two calls are alike."
    if settings.say is not None:
        return f"{said} He does not hear an announcement."
    return f"{said} Its tokens cost money, too, and are told apart."


def played_object(record: CallRecord) -> dict[str, object] | None:
    """How he was played, as JSON knows it; None if nobody played him."""
    part = record.callee_part
    if part is None:
        return None
    return {
        "model": record.header.callee_model,
        "turns": part.turns,
        "left": part.left,
        "trouble": part.trouble or None,
        "tokens": _tokens(part.usage),
        "cost_usd": _cost(record, part),
    }


def part_line(record: CallRecord) -> str:
    """How he was played, said when the call is over; empty if nobody played him."""
    part = record.callee_part
    if part is None:
        return ""
    why = f"{_WHY[part.left]}{f': {part.trouble}' if part.trouble else ''}" if part.left else "the call ended"
    cost = _cost(record, part)
    price = "unknown" if cost is None else f"about ${cost:.4f}"
    tokens = counted(_tokens(part.usage), "token")
    return f"Callee ({record.header.callee_model}): {counted(part.turns, 'turn')}; {why}. Cost: {price}, {tokens}."


def _cost(record: CallRecord, part: Part) -> float | None:
    cost = spent_usd(part.usage, record.header.callee_model)
    return None if cost is None else round(cost, 6)


def _tokens(usage: Usage) -> int:
    return usage.text_in + usage.audio_in + usage.text_out + usage.audio_out
