"""All rules, one table. Knows their names and weights, not what they look for."""

from __future__ import annotations

from voicecall_core.diagnosis import (
    carrier_rules,
    conversation_rules,
    document_rules,
    door,
    model_rules,
    silence,
    stream_rules,
    utterance_rules,
)
from voicecall_core.diagnosis.findings import Rule

RULES: tuple[Rule, ...] = (
    *document_rules.WRITE_RULES,
    *document_rules.DOCUMENT_RULES,
    *door.RULES,
    *stream_rules.SOCKET_RULES,
    *stream_rules.STREAM_RULES,
    *model_rules.OPENING_RULES,
    *model_rules.SESSION_RULES,
    *carrier_rules.REST_RULES,
    *carrier_rules.CARRIER_RULES,
    *utterance_rules.UTTERANCE_RULES,
    *conversation_rules.PLAYBACK_RULES,
    *conversation_rules.TURN_RULES,
    *silence.RULES,
    *carrier_rules.ENDING_RULES,
)

BY_NAME = {rule.name: rule for rule in RULES}
assert len(BY_NAME) == len(RULES)
