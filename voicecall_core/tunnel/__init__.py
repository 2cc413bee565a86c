"""The way from the public URL to this process. Knows nothing of calls.

    prove      does what goes out to the public URL come back to this very process?
"""

from __future__ import annotations

from voicecall_core.tunnel.prove import PROVE_WITHIN_S, Probe, prove

__all__ = ["PROVE_WITHIN_S", "Probe", "prove"]
