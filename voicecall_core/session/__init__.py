"""One call from dial to its last line: what it was asked for, its errands to both strangers, its waits."""

from voicecall_core.session.plan import Plan, Strangers, create_terms
from voicecall_core.session.session import Session, Watcher

__all__ = ["Plan", "Session", "Strangers", "Watcher", "create_terms"]
