"""The files of a run's calls, which `voicecall replay` reads: one for each call, in a folder."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from voicecall_core.line.line import Line
from voicecall_core.simulator.carrier.call import SimulatedCall
from voicecall_core.simulator.verdict import LineVerdict
from voicecall_core.simulator.verdict.judgement import sessions_of
from voicecall_core.simulator.verdict.line_file import line_file
from voicecall_core.whole_file import write_whole

TOOL = "voicecall sim"


def write_call(folder: Path, line: Line, call: SimulatedCall, verdict: LineVerdict, began: datetime) -> Path:
    """Write one call's file, readable by its owner alone; where it is. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    log, sid = line.carrier.log, call.record.sid
    sessions, _ = sessions_of(log, sid, line.model.log)
    direction = "inbound" if call.record.direction == "inbound" else "outbound"
    told = line_file(verdict, log, sessions, began=began.isoformat(), direction=direction, tool=TOOL)
    path = folder / f"{began:%Y%m%d-%H%M%S}-{sid[-8:]}.jsonl"
    write_whole(path, "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in told).encode())
    return path
