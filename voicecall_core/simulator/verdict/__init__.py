"""What a program did wrong in a call on the built-in carrier, judged from outside.

verdict = judged(carrier.log, sid, model.log)
verdict.findings            # empty for a program that did nothing wrong
"""

from voicecall_core.simulator.verdict.findings import LineFinding, LineVerdict, Severity
from voicecall_core.simulator.verdict.judgement import judged, judged_all

__all__ = ["LineFinding", "LineVerdict", "Severity", "judged", "judged_all"]
