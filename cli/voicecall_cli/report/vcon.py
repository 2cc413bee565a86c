"""A call as a vCon, the IETF's container for a conversation (draft-ietf-vcon-vcon-core).

What was recorded is the dialog; what was said stands beside it as its transcript. Without a recording each thing that
was heard is a dialog of its own, and a call that nobody answered is an incomplete one. Numbers stay masked, and so are
in a name: a masked number is no address. The parameter `vcon`, which the draft has given up, is left out.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from voicecall_cli.report.call_report import CallReport
from voicecall_cli.report.objects import found_objects, line_object
from voicecall_cli.report.sound import sound_pieces
from voicecall_core.archive.folder import in_utc
from voicecall_core.archive.summary import as_object
from voicecall_core.call.endings import Outcome
from voicecall_core.call.timing import Moment
from voicecall_core.errors import SettingsError

Vcon = dict[str, object]

CALLEE, AGENT = 0, 1  # as the recording's channels lie
_PARTIES = {"callee": CALLEE, "agent": AGENT}
_VENDOR = "voicecall"


def vcon_of(report: CallReport, made: datetime) -> Vcon:
    """The vCon, made at that moment. Raises SettingsError if the recording cannot be read."""
    header = report.record.header
    dialog = _dialog(report)
    about = list(range(len(dialog)))
    analysis: list[Vcon] = [_analysis("report", about, _findings(report), header.tool)]
    if report.recording is not None:
        lines = [line_object(line, report.words) for line in report.conversation]
        analysis.append(_analysis("transcript", about, lines, header.tool))
    return {
        "uuid": str(_uuid(report)),
        "created_at": _date(made),
        "subject": f"Call {header.terms.call_id}: {report.call.ending.outcome or report.summary.state}",
        "parties": [{"name": f"callee, {header.callee}"}, {"name": "agent"}],
        "dialog": dialog,
        "analysis": analysis,
        "attachments": [],
    }


def _uuid(report: CallReport) -> UUID:
    """Of version 8: the same for the same call, another one for the same without its words."""
    header = report.record.header
    named = f"{header.terms.call_id} {header.began.isoformat()} {report.words}"
    digest = bytearray(sha256(named.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def _dialog(report: CallReport) -> list[Vcon]:
    if not report.call.answered:
        first = report.call.timing.first.get(Moment.DIALLED, 0.0)
        return [
            {
                "type": "incomplete",
                "start": _at(report, first),
                "duration": round(report.end - first, 3),
                "parties": [CALLEE, AGENT],
                "originator": AGENT,
                "disposition": _disposition(report.call.ending.outcome),
            }
        ]
    if report.recording is not None:
        return [_recording(report, report.recording)]
    return _texts(report)


def _disposition(outcome: Outcome | None) -> str:
    """Why nobody answered, in one of the draft's words."""
    match outcome:
        case Outcome.BUSY:
            return "busy"
        case Outcome.NO_ANSWER | Outcome.CANCELLED:
            return "no-answer"
    return "failed"


def _recording(report: CallReport, path: Path) -> Vcon:
    try:
        sound = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The recording {path} cannot be read: {error.strerror or error}.", fix="--no-words leaves it out."
        ) from None
    pieces = sound_pieces(report.record.steps)
    begin = pieces[0].call_s if pieces else report.call.timing.first.get(Moment.STARTED, 0.0)
    return {
        "type": "recording",
        "start": _at(report, begin),
        "duration": round(max(0.0, report.end - begin), 3),
        "parties": [CALLEE, AGENT],
        "originator": AGENT,
        "mediatype": "audio/x-wav",
        "filename": path.name,
        "body": urlsafe_b64encode(sound).rstrip(b"=").decode(),
        "encoding": "base64url",
    }


def _texts(report: CallReport) -> list[Vcon]:
    """What was heard, each with who said it first among its parties; without words nothing but the times."""
    if report.message:
        terms = report.record.header.terms
        said = [(AGENT, report.call.timing.first.get(Moment.ANSWERED, 0.0), terms.pii_say.strip())]
    else:
        lines = [line for line in report.conversation if line.pii_heard.strip() and not line.waits]
        said = [(_PARTIES[line.who], line.at, line.pii_heard.strip()) for line in lines]
    return [
        {
            "type": "text",
            "start": _at(report, at),
            "parties": [party, 1 - party],
            "originator": party,
            "mediatype": "text/plain",
            "body": text if report.words else "",
            "encoding": "none",
        }
        for party, at, text in said
    ]


def _findings(report: CallReport) -> Vcon:
    return {**as_object(report.summary), "findings": found_objects(report)}


def _analysis(kind: str, dialog: list[int], body: object, tool: str) -> Vcon:
    return {
        "type": kind,
        "dialog": dialog,
        "vendor": _VENDOR,
        "product": tool,
        "schema": f"{_VENDOR} {kind}",
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def _at(report: CallReport, seconds: float) -> str:
    return _date(in_utc(report.record.header.began) + timedelta(seconds=seconds))


def _date(moment: datetime) -> str:
    return in_utc(moment).isoformat(timespec="milliseconds")
