"""All rules, one table. Knows their names and weights, not what they look for."""

from __future__ import annotations

from voicecall_core.diagnosis import (
    carrier,
    documents,
    endings,
    greeting,
    model,
    opening,
    playback,
    race,
    rest,
    sockets,
    stream,
    turns,
)
from voicecall_core.diagnosis.finding import Rule

RULES: tuple[Rule, ...] = (
    *race.RULES,
    *documents.RULES,
    *sockets.RULES,
    *stream.RULES,
    *opening.RULES,
    *model.RULES,
    *rest.RULES,
    *carrier.RULES,
    *greeting.RULES,
    *playback.RULES,
    *turns.RULES,
    *endings.RULES,
)

BY_NAME = {rule.name: rule for rule in RULES}
assert len(BY_NAME) == len(RULES)
