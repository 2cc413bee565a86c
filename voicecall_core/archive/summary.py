"""What a call file comes to in one row: the one reader's record and the one diagnosis, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from voicecall_core.call.replies import longest_wait_s, reply_times
from voicecall_core.call.timing import Moment
from voicecall_core.diagnosis import Diagnosis
from voicecall_core.diagnosis.report import sentence
from voicecall_core.errors import CallFileError
from voicecall_core.models import spent_usd
from voicecall_core.records import CallRecord, diagnose, read_call
from voicecall_core.words.terms import Kind


class State(StrEnum):
    """What a file tells. UNFINISHED: it ends before its call did, or the call is still being made.

    UNREADABLE: a damaged call file, or none at all.
    """

    OVER = "over"
    UNFINISHED = "unfinished"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One row. Of a file that cannot be read only `state` and `trouble` say anything.

    Times are in seconds, None if there was nothing to time. `cost_usd`: the model's tokens, estimated; 0 for a
    simulated call, None if the price is not known. `diagnosis` is the heaviest finding's rule, `finding` its sentence.
    """

    state: State
    trouble: str = ""
    call: str = ""
    began: str = ""
    to: str = ""
    scenario: str = ""
    guard: str = ""
    sid: str = ""
    outcome: str = ""
    cause: str = ""
    diagnosis: str = ""
    sure: str = ""
    finding: str = ""
    findings: tuple[str, ...] = ()
    start_to_first_audio_s: float | None = None
    answer_to_first_audio_s: float | None = None
    replies: int = 0
    reply_p50_s: float | None = None
    reply_p95_s: float | None = None
    worst_reply_s: float | None = None
    longest_wait_s: float | None = None
    talked_s: float | None = None
    cost_usd: float | None = None

    @property
    def is_call(self) -> bool:
        """Whether it is a call file that could be read."""
        return self.state is not State.UNREADABLE


def summary_of_file(path: Path) -> CallSummary:
    """The row of one file, whatever it is. Never fails for what a file may hold."""
    try:
        record = read_call(path)
        return summary_of(record, diagnose(record))
    except CallFileError as error:
        return CallSummary(State.UNREADABLE, trouble=error.message.replace(str(path), path.name))
    except AssertionError as error:  # today's judge fails on an event: the file is there all the same
        return CallSummary(State.UNREADABLE, trouble=str(error))


def summary_of(record: CallRecord, found: Diagnosis) -> CallSummary:
    """The row of one call, and what was found in it."""
    header, call = record.header, record.call
    heaviest = found.findings[0] if found.findings else None
    replies = reply_times(call.heard.replies)
    first, first_word = call.timing.first, call.timing.answer_to_first_audio
    streamed = header.terms.kind is Kind.STREAM
    ended = first.get(Moment.ENDING, first.get(Moment.OVER, call.at))
    return CallSummary(
        state=State.OVER if call.ending.outcome else State.UNFINISHED,
        trouble=record.incomplete,
        call=header.terms.call_id,
        began=header.began.isoformat(timespec="milliseconds"),
        to=str(header.callee),
        scenario=header.scenario,
        guard=str(header.terms.policy),
        sid=call.sid,
        outcome=str(call.ending.outcome or ""),
        cause=str(call.ending.cause or ""),
        diagnosis=found.rule if call.ending.outcome or found.findings else "",  # what has not ended is not healthy yet
        sure=str(heaviest.sure) if heaviest else "",
        finding=sentence(heaviest.what) if heaviest else "",
        findings=tuple(finding.rule for finding in found.findings),
        start_to_first_audio_s=call.timing.start_to_first_audio,
        answer_to_first_audio_s=first_word,
        replies=replies.count,
        reply_p50_s=replies.p50_s,
        reply_p95_s=replies.p95_s,
        worst_reply_s=replies.worst_s,
        longest_wait_s=max(longest_wait_s(call), first_word or 0.0) if call.answered and streamed else None,
        talked_s=round(ended - first[Moment.STARTED], 3) if Moment.STARTED in first else None,
        cost_usd=0.0 if header.scenario and not header.half else spent_usd(call.usage, header.terms.model),
    )


def as_object(summary: CallSummary) -> dict[str, Any]:
    """The row as JSON knows it; what it does not say is null."""
    return {name: _plain(getattr(summary, name)) for name in CallSummary.__dataclass_fields__}


def from_object(record: dict[str, Any]) -> CallSummary:
    """The row that `as_object` wrote. Raises ValueError, TypeError or KeyError if it is none."""
    if set(record) != set(CallSummary.__dataclass_fields__):
        raise ValueError("not a row of today")
    texts = {name: "" if value is None else value for name, value in record.items()}
    timed = {name: record[name] for name in record if name.endswith(("_s", "_usd"))}
    findings = tuple(str(each) for each in record["findings"])
    return CallSummary(**{**texts, **timed, "state": State(record["state"]), "findings": findings})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value if value != "" else None
