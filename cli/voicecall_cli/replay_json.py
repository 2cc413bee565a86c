"""What `replay --json` prints: an object for each call of another program's log, and one that closes each file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from io import BufferedReader

from rich.console import Console
from rich.text import Text

from voicecall_cli.exits import Exit
from voicecall_cli.json_format import numbered
from voicecall_cli.replay import ReplayRequest
from voicecall_cli.replay_view import Feed, put
from voicecall_core.callfile.reader import CallFile
from voicecall_core.diagnosis import Diagnosis, Finding, diagnose
from voicecall_core.diagnosis.findings import HEALTHY, NOTHING_FOUND
from voicecall_core.diagnosis.report import sentence
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.places import Places
from voicecall_core.importers.unread import Templates
from voicecall_core.importers.verdict import race_of_record
from voicecall_core.importers.whole_log import LogReport

Shown = dict[str, object]


def put_objects(out: Console, objects: Iterable[Shown]) -> None:
    """One object a line, in letters that any pipe carries."""
    put(out, (Text(json.dumps(numbered(each), ensure_ascii=not out.encoding.startswith("utf"))) for each in objects))


def log_objects(found: LogReport, code: int) -> Iterator[Shown]:
    """A log, or several that were told together: call by call, then what it comes to."""
    heaviest = max((f for call in found.calls for f in call.diagnosis.findings), key=lambda f: f.weight, default=None)
    yield from (_of_call(call, found.places) for call in found.calls)
    files = [
        {"file": log.name, "kind": str(log.kind), "lines": log.lines, "skipped": log.skipped} for log in found.logs
    ]
    yield {
        "file": ", ".join(found.places.files),
        "kind": ", ".join(dict.fromkeys(str(log.kind) for log in found.logs)) or str(found.kind),
        "calls": len(found.calls),
        "lines": found.lines,
        "skipped": found.skipped,
        "unkept": found.unkept,
        "files": files,
        "race": found.race,
        "diagnosis": heaviest.rule if heaviest else _without_finding(found),
        "not_told": list(found.unknown),
        "exit": code,
    }


def _without_finding(found: LogReport) -> str:
    return HEALTHY if found.calls and all(call.diagnosis.complete for call in found.calls) else NOTHING_FOUND


def _of_call(call: ImportedCall, places: Places) -> Shown:
    return {
        "call": call.key,
        "call_id": call.names.call_id or None,
        "sid": call.names.sid or None,
        "stream_sid": call.names.stream_sid or None,
        "race": call.verdict.race,
        "because": call.verdict.why,
        "diagnosis": call.diagnosis.rule,
        "findings": [finding_object(finding, places) for finding in call.diagnosis.findings],
        "failures": [
            {
                **_place(places, failure.line),
                "text": failure.pii_text,
                "meaning": failure.meaning or None,
                "fix": failure.fix or None,
            }
            for failure in call.failures
        ],
        "writes": [places.of(line)[1] for line in call.writes],
        "written": [{**_place(places, line), "what": call.written.get(line)} for line in call.writes],
        "not_told": list(call.unknown),
        "unread": {
            "lines": call.unread.count,
            "examples": [{**_place(places, each.number), "text": each.pii_text} for each in call.unread.examples],
        },
    }


def unread_objects(found: Templates, name: str, kind: LogKind) -> Iterator[Shown]:
    """The lines that nothing was understood of: template by template, then how many."""
    groups = found.groups()
    for each in groups:
        yield {"count": each.count, "template": each.text, "line": each.number, "text": each.example}
    yield {
        "file": name,
        "kind": str(kind),
        "lines": found.lines,
        "templates": len(groups),
        "ungrouped": found.ungrouped,
        "exit": int(Exit.OK),
    }


def _place(places: Places, line: int) -> Shown:
    file, number = places.of(line)
    return {"file": file, "line": number}


def finding_object(finding: Finding, places: Places) -> Shown:
    """A finding with its proof and what to do."""
    return {
        "rule": finding.rule,
        "sure": finding.sure,
        "what": sentence(finding.what),
        "proof": [
            {**_place(places, each.line), "at_s": round(each.at, 3), "text": each.words} for each in finding.proof
        ],
        "fix": finding.fix,
    }


async def show_object(recording: CallFile, source: BufferedReader, wishes: ReplayRequest, out: Console) -> int:
    """A call file: the one object that closes it, when it has been read to its end."""
    feed = Feed(recording, source, wishes.follow)
    header = await feed.header()
    async for _ in feed.steps():
        pass
    assert feed.call is not None
    found = diagnose(header.terms, feed.told, feed.call)
    put_objects(out, [_of_record(feed, recording.name, found)])
    return feed.exit


def _of_record(feed: Feed, name: str, found: Diagnosis) -> Shown:
    assert feed.call is not None
    return {
        "file": name,
        "kind": "call",
        "outcome": feed.call.ending.outcome,
        "cause": feed.call.ending.cause,
        "race": race_of_record(found, over=feed.over),
        "diagnosis": found.rule if feed.over or found.findings else None,
        "findings": [finding_object(finding, Places((name,))) for finding in found.findings],
        "sid": feed.call.sid,
        "start_to_first_audio_s": feed.call.timing.start_to_first_audio,
        "exit": int(feed.exit),
    }
