"""The way from the public URL to this process: proven, and started if asked. Knows nothing of calls."""

from __future__ import annotations

from voicecall_core.tunnel.arrivals import Arrivals
from voicecall_core.tunnel.program import PROGRAMS, Program
from voicecall_core.tunnel.proof import Proof
from voicecall_core.tunnel.public_path import reach
from voicecall_core.tunnel.quick_proof import prove
from voicecall_core.tunnel.running import Patience, Tunnel, open_tunnel

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
