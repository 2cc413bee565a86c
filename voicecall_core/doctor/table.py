"""Every check, in the order in which it is read. Knows nothing of how any of them works."""

from __future__ import annotations

from voicecall_core.doctor import carrier, limits, machine, model, public_path
from voicecall_core.doctor.examination import Check

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *carrier.CHECKS,
    *model.CHECKS,
    *public_path.CHECKS,
    *limits.CHECKS,
)
