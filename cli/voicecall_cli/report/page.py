"""A call as one HTML page with everything in it: nothing is fetched, and no text of anybody's becomes markup.

The template escapes by itself. Styles and the script are in the page, allowed by their hashes alone, so that the page's
own policy forbids whatever else might find its way in.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from voicecall_cli.console import header as words
from voicecall_cli.console.summary import summary_rows
from voicecall_cli.console.text import clock, plain, span
from voicecall_cli.report.call_report import CallReport, title_of
from voicecall_cli.report.page_parts import (
    handshake,
    ladder_rows,
    said_lines,
    strip_of,
    tone_of_outcome,
    verdict_rows,
)
from voicecall_cli.report.sound import SoundPiece, sound_pieces
from voicecall_core.archive.folder import in_utc
from voicecall_core.diagnosis.report import headline, report_lines, sentence
from voicecall_core.errors import SettingsError

_HERE = Path(__file__).parent
_SOUND_MOST = 256 * 1024 * 1024  # bytes of a recording: two hours; what browsers still open as part of a page


def page_of(report: CallReport) -> str:
    """The page. Raises SettingsError if the recording beside the call file cannot be read."""
    return page_with(
        "page.html.j2",
        call=call_part(report),
        call_id=report.record.header.terms.call_id,
        tool=report.record.header.tool,
        outcome=str(report.call.ending.outcome or report.summary.state),
    )


def page_with(template: str, **values: object) -> str:
    """A page from one of the templates, with the styles and the script that all pages have."""
    style, script = (Markup((_HERE / name).read_text("utf-8")) for name in ("page.css", "page.js"))
    page = _environment().get_template(template)
    return page.render(style=style, script=script, policy=_policy(style, script), **values)


def call_part(report: CallReport, *, mark: str = "", level: int = 1, with_sound: bool = True) -> Markup:
    """All that a page says of one call, under a heading of that level; `mark` tells its names from another call's.

    Raises SettingsError if the recording beside the call file cannot be read.
    """
    sound, without = _sound(report.recording if with_sound else None)
    call, header = report.call, report.record.header
    part = _environment().get_template("call.html.j2")
    return Markup(
        part.render(
            mark=mark,
            level=level,
            call_id=header.terms.call_id,
            began=f"{in_utc(header.began):%Y-%m-%d %H:%M:%S}",
            tool=header.tool,
            outcome=str(call.ending.outcome or report.summary.state),
            tone=tone_of_outcome(call.ending.outcome),
            cause=words.cause(call),
            incomplete=report.record.incomplete,
            diagnosis=report.diagnosis,
            over=call.ending.outcome is not None,
            healthy=_healthy(report),
            summary=[(name, text.plain) for name, text in summary_rows(call, title_of(report))],
            strip=strip_of(report),
            sound=sound,
            without=without,
            pieces=_pieces(sound_pieces(report.record.steps)) if sound else "",
            message=report.message,
            said=said_lines(report),
            with_words=report.words,
            handshake=handshake(call, report.end),
            verdicts=verdict_rows(report),
            ladder=ladder_rows(report),
        )
    )


def _healthy(report: CallReport) -> str:
    """What is said where there is no finding; of a call that has not ended no more than that."""
    if report.call.ending.outcome is None:
        return "Nothing is found so far; the record ends before the call did."
    return sentence(report_lines(report.diagnosis)[0].partition(": ")[2].removesuffix("."))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(clock=clock, span=span, headline=headline, sentence=sentence)
    return environment


def _shown(value: object) -> object:
    """What is written into the page: a text without control characters, which no page may hold."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(style: str, script: str) -> str:
    style_hash, script_hash = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    return (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _sound(recording: Path | None) -> tuple[Markup, str]:
    """The recording as it stands in the page; or none, and why."""
    if recording is None:
        return Markup(), ""
    try:
        if recording.stat().st_size > _SOUND_MOST:
            return Markup(), f"The recording is too long to be part of a page; it is {recording.name}."
        return Markup(b64encode(recording.read_bytes()).decode()), ""
    except OSError as error:
        raise SettingsError(
            f"The recording {recording} cannot be read: {error.strerror or error}.", fix="--no-words leaves it out."
        ) from None


def _pieces(pieces: Sequence[SoundPiece]) -> str:
    return " ".join(f"{piece.call_s:g},{piece.sound_s:g}" for piece in pieces)
