"""Another program's log on its way to the screen: what it is taken for, how far it is read, what it tells."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain, wrapped
from voicecall_cli.exits import OUTCOMES, Exit, exit_for_replay, worst
from voicecall_cli.replay import ReplayRequest
from voicecall_cli.replay_json import log_objects, put_objects, unread_objects
from voicecall_cli.replay_view import put
from voicecall_core.callfile.reader import BEGINS
from voicecall_core.diagnosis import report_lines
from voicecall_core.errors import CallFileError
from voicecall_core.importers.formats.check import load_format
from voicecall_core.importers.formats.matching import Formats, built_in
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.joined import reports_of
from voicecall_core.importers.lines import lines_of
from voicecall_core.importers.log_kinds import LogKind, recognise, sniffed, tried
from voicecall_core.importers.report import tell, unread_lines
from voicecall_core.importers.twilio_records import MOST_READ
from voicecall_core.importers.verdict import Race
from voicecall_core.importers.whole_log import LogReport, ReadLog, read_log, unread_in

_OURS = re.compile(rb'\s*\{\s*"voicecall"')
_BOM = b"\xef\xbb\xbf"
_WITH_BAR = 4 * 1024 * 1024  # bytes: less is read before anybody could see a bar


def is_ours(source: io.BufferedReader) -> bool:
    """Whether it begins as a call file does, or has not yet begun. Takes nothing away from it."""
    head = source.peek(len(BEGINS)).removeprefix(_BOM)
    return not head.strip() or bool(_OURS.match(head)) or BEGINS.startswith(head)


def read_file(source: io.BufferedReader, name: str, wishes: ReplayRequest) -> ReadLog:
    """What a log tells of its calls, not yet judged. Raises CallFileError if it tells of no call."""
    formats = _formats(wishes)
    with _opened(source, wishes, formats) as (kind, lines):
        if kind is None or kind is LogKind.CALL:
            raise CallFileError(f"{name} is no recorded call.", fix=tried())
        found = read_log(lines, kind, name, formats)
    if not found.calls:
        count = counted(found.lines, "line")
        raise CallFileError(f"{name} was read as {kind}, {count}, and tells of no call.", fix=tried())
    return found


def document_of(source: io.BufferedReader) -> Iterator[str]:
    """The lines of a document however long they are: what a REST interface answers is often a single one."""
    yield from source.read(MOST_READ).decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    if source.read(1):
        yield " " * MOST_READ  # more than is read: the reader says where it ends


def tell_logs(logs: Sequence[ReadLog], wishes: ReplayRequest, out: Console, *, first: bool) -> list[int]:
    """Say what logs tell of their calls, those together that tell of the same; the exit codes are the answers.

    `first`: nothing was printed before.
    """
    codes = []
    for found in reports_of(logs):
        code = _exit_for(found)
        codes.append(int(code))
        if wishes.as_json:
            put_objects(out, log_objects(found, code))
            continue
        if not first:
            out.print()
        first = False
        _put_sentences(found, out)
    return codes


def tell_unread(source: io.BufferedReader, name: str, wishes: ReplayRequest, out: Console) -> int:
    """Show the lines of a log that nothing is understood of, by their template; whether it tells of a call or not."""
    formats = _formats(wishes)
    with _opened(source, wishes, formats) as (kind, lines):
        kind = kind or LogKind.SERVER
        found = unread_in(lines, kind, formats)
    if wishes.as_json:
        put_objects(out, unread_objects(found, name, kind))
    else:
        put(out, (Text(plain(line)) for line in unread_lines(found)))
    return Exit.OK


def _formats(wishes: ReplayRequest) -> Formats:
    return load_format(wishes.format) if wishes.format is not None else built_in()


@contextmanager
def _opened(
    source: io.BufferedReader, wishes: ReplayRequest, formats: Formats
) -> Iterator[tuple[LogKind | None, Iterator[str]]]:
    """The kind of a log, and its lines from the first."""
    kind = wishes.kind
    with _progress(source) as progress:
        lines = document_of(source) if kind is LogKind.TWILIO else lines_of(source, progress)
        if kind is None and source.seekable():
            kind = recognise(lines, formats=formats)
            source.seek(0)
            lines = document_of(source) if kind is LogKind.TWILIO else lines_of(source, progress)
        elif kind is None:
            kind, lines = sniffed(lines, formats)
        yield kind, lines


def _put_sentences(found: LogReport, out: Console) -> None:
    heads = {
        line
        for call in found.calls
        if call.diagnosis.findings
        for line in report_lines(call.diagnosis)
        if line[0] != " "
    }
    put(out, (line for sentence in tell(found) for line in _lines(sentence, heads, out)))


def _exit_for_own(call: ImportedCall) -> Exit:
    outcome = call.outcome if call.outcome in OUTCOMES else None
    return exit_for_replay(outcome, found=bool(call.diagnosis.findings))


def _exit_for(found: LogReport) -> int:
    """What a log says to the shell: a failure first, then whether the race can be excluded.

    This program's own lines say what its call files do: what their calls came to.
    """
    if found.kind is LogKind.PLAIN:
        return worst(_exit_for_own(call) for call in found.calls)
    if found.shows_failure:
        return Exit.DIFFERENT
    return Exit.OK if found.race is Race.ABSENT else Exit.CANNOT_TELL


def _lines(sentence: str, heads: Collection[str], out: Console) -> Iterator[Text]:
    """A sentence in lines as wide as the terminal; one line where there is none, fit for grep."""
    bare = sentence.lstrip()
    indent = len(sentence) - len(bare)
    style = palette.BAD if bare in heads else palette.STRONG if bare.startswith("Call ") else ""
    parts = wrapped(plain(bare), max(30, out.width - indent - 4)) if out.is_terminal else [plain(bare)]
    for index, part in enumerate(parts):
        yield Text(" " * (indent + (4 if index else 0)) + part, style=style)


@contextmanager
def _progress(source: io.BufferedReader) -> Iterator[Callable[[int], None] | None]:
    """A bar on stderr, if the log is long and somebody looks at it."""
    status = os.fstat(source.fileno())
    console = Console(stderr=True)
    if not console.is_terminal or (stat.S_ISREG(status.st_mode) and status.st_size < _WITH_BAR):
        yield None
        return
    total = status.st_size if stat.S_ISREG(status.st_mode) else None
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)
