"""The way from the public URL to this process: proven, and started if asked. Knows nothing of calls."""

from __future__ import annotations

from voicecall_core.tunnel.arrivals import Arrivals
from voicecall_core.tunnel.opening import Patience, Tunnel, open_tunnel
from voicecall_core.tunnel.programs import PROGRAMS, Program
from voicecall_core.tunnel.proof import Proof
from voicecall_core.tunnel.prove import prove
from voicecall_core.tunnel.reach import reach

__all__ = [
    "PROGRAMS",
    "Arrivals",
    "Patience",
    "Program",
    "Proof",
    "Tunnel",
    "open_tunnel",
    "prove",
    "reach",
]
