"""One recorded call in the form that was asked for, to where it was asked to go."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import typer

from voicecall_cli.exits import Exit
from voicecall_cli.report.call_report import CallReport, open_report
from voicecall_cli.show import ShowRequest
from voicecall_cli.which import STDIN
from voicecall_core.callfile.reader import BEGINS
from voicecall_core.errors import CallFileError, SettingsError


def show_call(request: ShowRequest) -> int:
    """Write it. Raises CallFileError if the call file cannot be read, SettingsError if the form cannot be written."""
    report = _report(request)
    text = _FORMS[request.form](report)
    target = request.output
    if target is None and request.form == "html":
        target = Path(f"{report.record.header.terms.call_id}.html")
    if target is None or str(target) == STDIN:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return Exit.OK
    _write(target, text, request.path)
    typer.echo(f"{target}: written, {_size(len(text))}{'' if request.words else ', without what was said'}.", err=True)
    return Exit.OK


def _report(request: ShowRequest) -> CallReport:
    if str(request.path) == STDIN:
        raise typer.BadParameter("A call is shown from its file; voicecall replay - reads standard input.")
    try:
        return open_report(request.path, words=request.words)
    except CallFileError as error:
        if "is not a call file" in error.message and not error.fix:
            raise CallFileError(
                error.message, line=error.line, fix="Another program's log is read by voicecall replay FILE."
            ) from None
        raise


def _text(report: CallReport) -> str:
    from voicecall_cli.report.text import text_of

    return text_of(report)


def _json(report: CallReport) -> str:
    from voicecall_cli.report.objects import report_object

    return json.dumps(report_object(report), ensure_ascii=False) + "\n"


def _html(report: CallReport) -> str:
    from voicecall_cli.report.page import page_of

    return page_of(report)


def _vcon(report: CallReport) -> str:
    from voicecall_cli.report.vcon import vcon_of
    from voicecall_core.simulation import utc_now

    return json.dumps(vcon_of(report, utc_now()), ensure_ascii=False) + "\n"


_FORMS = {"text": _text, "json": _json, "html": _html, "vcon": _vcon}


def _write(target: Path, text: str, source: Path) -> None:
    """Write it for its owner alone: it tells what people said. Never over a call file or a recording."""
    if _is_record(target, source):
        raise SettingsError(f"{target} is a call's own file.", setting="--output", fix="Name another one.")
    try:
        number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        fix = "There is no room left." if error.errno == errno.ENOSPC else "Name another one with -o FILE."
        raise SettingsError(
            f"{target} cannot be written: {error.strerror or error}.", setting="--output", fix=fix
        ) from None


def _is_record(target: Path, source: Path) -> bool:
    if target.suffix == ".wav":
        return True
    try:
        if target.samefile(source):
            return True
        with target.open("rb") as file:
            return file.read(len(BEGINS)) == BEGINS
    except OSError:
        return False


def _size(characters: int) -> str:
    return f"{characters / 1_000_000:.1f} MB" if characters >= 1_000_000 else f"{max(1, characters // 1000):,} kB"
