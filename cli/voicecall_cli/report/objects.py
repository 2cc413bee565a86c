"""A call as one JSON object: its row, and what was said, found, ruled and timed."""

from __future__ import annotations

from voicecall_cli.json_format import numbered
from voicecall_cli.replay_json import finding_object
from voicecall_cli.report.call_report import CallReport
from voicecall_core.archive.summary import as_object
from voicecall_core.call.as_heard import HeardLine
from voicecall_core.call.conversation import ToolRun
from voicecall_core.call.hearing import Reply
from voicecall_core.importers.places import Places
from voicecall_core.words.codec import to_object


def report_object(report: CallReport) -> dict[str, object]:
    """The report. What people said stands under keys that begin with `pii_`, and is null where it was left out."""
    call = report.call
    told = {
        "file": str(report.record.call_file),
        "recording": str(report.recording) if report.recording else None,
        **as_object(report.summary),
        "findings": found_objects(report),
        "pii_message": (call.terms.pii_say or None) if report.words else None,
        "conversation": [line_object(line, report.words) for line in report.conversation],
        "conversation_left_out": call.transcript.left_out,
        "replies_timed": [reply_of(each) for each in call.heard.replies],
        "tools": [tool_object(run, report.words) for run in call.conversation.tools],
        "spoke": [{"who": each.who, "from_s": each.begin, "to_s": each.end} for each in call.heard.stretches],
        "verdicts": [{"at_s": at, **to_object(verdict)} for at, verdict in call.verdicts],
        "moments": {str(moment): at for moment, at in call.timing.first.items()},
        "laws_broken": [law.text for law in call.broken],
    }
    return numbered(told)


def found_objects(report: CallReport) -> list[dict[str, object]]:
    """Everything that the diagnosis found, the heaviest first."""
    places = Places((str(report.record.call_file),))
    return [finding_object(finding, places) for finding in report.diagnosis.findings]


def reply_of(reply: Reply) -> dict[str, object]:
    """One reply as it was measured."""
    return {
        "at_s": reply.at,
        "waited_s": reply.wait_s,
        "ours_s": reply.ours_s,
        "model_s": reply.model_s,
        "over": reply.wait_s is None,
        "barge_in": reply.barge_in,
    }


def line_object(line: HeardLine, words: bool) -> dict[str, object]:
    """A line of the conversation."""
    return {
        "who": line.who,
        "at_s": line.at,
        "pii_heard": line.pii_heard if words else None,
        "pii_unheard": line.pii_rest if words else None,
        "fate": line.fate,
        "heard_ms": line.heard_ms if line.who == "agent" else None,
        "made_ms": line.made_ms if line.who == "agent" else None,
        "waited_s": line.wait_s,
        "waited_ours_s": line.ours_s,
        "clip": line.clip or None,
    }


def tool_object(run: ToolRun, words: bool) -> dict[str, object]:
    """A tool that the model called."""
    return {
        "name": run.name,
        "at_s": run.at,
        "outcome": run.outcome,
        "took_s": None if run.outcome is None else run.took_s,
        "pii_arguments": run.pii_arguments if words else None,
        "pii_output": run.pii_output if words and run.outcome is not None else None,
    }
