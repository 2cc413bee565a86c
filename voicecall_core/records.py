"""What is left of a call: its record, made live or read from a call file, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.step import Call, Entry, new_call
from voicecall_core.callfile.writer import CallFileHeader

if TYPE_CHECKING:
    from voicecall_core.diagnosis import Diagnosis
    from voicecall_core.simulator.carrier.players import Part


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as it was recorded.

    `steps` are what happened, each with the verdicts on it and the orders it led to, and its line if it was read from
    a file; `event.at` counts seconds from the dialling. `call` is the state after the last step: its ending,
    transcript, timing. `call_file` and `recording` are what was written, if anything was; `incomplete` and
    `recording_incomplete` say why they do not hold everything, and are empty if they do. `callee_part`: how a model has
    played the callee, and its tokens, which are none of the call's; None if none did, or the record was read.
    """

    header: CallFileHeader
    steps: tuple[Entry, ...]
    call: Call
    call_file: Path | None = None
    incomplete: str = ""
    recording: Path | None = None
    recording_incomplete: str = ""
    callee_part: Part | None = None

    @property
    def outcome(self) -> Outcome | None:
        """What became of the call; None if the record ends before it did."""
        return self.call.ending.outcome

    @property
    def cause(self) -> Cause | None:
        """What ended it."""
        return self.call.ending.cause


def read_call(path: str | Path, *, words: bool = True) -> CallRecord:
    """Read a call file, and judge its events again; without `words` what people said is left out, however it is asked.

    A last line that was cut off is left out, and so are events of a type that this version does not know. Raises
    CallFileError if there is no such file, or it is no call file, or one of its lines cannot be read.
    """
    from voicecall_core.callfile.reader import CallFile, opened
    from voicecall_core.callfile.rejudging import rejudge
    from voicecall_core.callfile.wordless import Wordless

    steps = []
    with opened(Path(path)) as source:
        recording = CallFile(source if words else Wordless(source), str(path))
        header = recording.opened()
        call = new_call(header.terms)
        for one in rejudge(header.terms, recording):
            call = one.after
            if (entry := one.recorded.entry) is not None:
                steps.append(entry)
    torn = f"It ends within line {recording.torn}." if recording.torn else ""
    return CallRecord(header, tuple(steps), call, Path(path), torn)


def diagnose(record: CallRecord) -> Diagnosis:
    """What went wrong in a call: findings with their proof and what to do, the heaviest first; none if it was healthy.

    Works from the order of events and from protocols' codes alone, and never fails.
    """
    from voicecall_core.diagnosis import diagnose as diagnose_steps

    return diagnose_steps(record.header.terms, record.steps, record.call)
