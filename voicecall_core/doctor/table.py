"""Every check, in the order in which it is read. Knows nothing of how any of them works."""

from __future__ import annotations

from voicecall_core.doctor import belts, carrier, machine, model, way
from voicecall_core.doctor.examining import Check

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *carrier.CHECKS,
    *model.CHECKS,
    *way.CHECKS,
    *belts.CHECKS,
)
