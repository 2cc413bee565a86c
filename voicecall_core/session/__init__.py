"""One call from dial to its last line: what it was asked for, its commands to carrier and model, its timers."""

from voicecall_core.session.plan import CallPlan, Endpoints, create_terms
from voicecall_core.session.session import LATE_WITHIN_S, Session, Watcher

__all__ = ["LATE_WITHIN_S", "CallPlan", "Endpoints", "Session", "Watcher", "create_terms"]
