"""One call from dial to its last line: what it was asked for, its commands to carrier and model, its timers."""

from voicecall_core.session.plan import CallPlan, Endpoints, create_terms
from voicecall_core.session.session import Session, Watcher

__all__ = ["CallPlan", "Endpoints", "Session", "Watcher", "create_terms"]
