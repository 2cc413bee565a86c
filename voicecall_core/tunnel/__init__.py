"""The way from the public URL to this process: proven, and started if asked. Knows nothing of calls."""

from __future__ import annotations

from voicecall_core.tunnel.opening import Patience, Tunnel, open_tunnel
from voicecall_core.tunnel.programs import PROGRAMS, Program
from voicecall_core.tunnel.prove import PROVE_WITHIN_S, Probe, prove
from voicecall_core.tunnel.reach import reach

__all__ = [
    "PROGRAMS",
    "PROVE_WITHIN_S",
    "Patience",
    "Probe",
    "Program",
    "Tunnel",
    "open_tunnel",
    "prove",
    "reach",
]
