"""Recorded calls, one after the other, in the way that was asked for."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from rich.console import Console
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.comparison import difference_head, difference_lines
from voicecall_cli.console.text import counted, plain
from voicecall_cli.exits import Exit, worst
from voicecall_cli.replay import ReplayRequest
from voicecall_cli.replay_json import show_object
from voicecall_cli.replay_log import is_ours, read_file, tell_logs, tell_unread
from voicecall_cli.replay_view import put, remarks, show
from voicecall_cli.which import STDIN
from voicecall_core.call.step import Call, Step
from voicecall_core.callfile.excerpt import excerpt_lines, file_name
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.callfile.rejudging import rejudge
from voicecall_core.diagnosis import diagnose
from voicecall_core.errors import CallFileError, SettingsError
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.whole_log import ReadLog
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Policy, Terms

_NAMES = 100  # tests of one name


def keep(recording: CallFile, directory: Path, out: Console) -> int:
    """Write the test, unless the same one is there already. Raises SettingsError if it cannot be written."""
    header = recording.opened()
    events: list[Event] = []
    different = 0
    call: Call | None = None
    for one in rejudge(header.terms, recording):
        call = one.after
        different += bool(one.differences)
        if one.step is not None:
            events.append(one.step.event)
    assert call is not None or not events
    lines = excerpt_lines(header, events, also=_diagnosed)
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    path, written = _written(directory, file_name(header, call) if call is not None else "call", text)
    said = "written" if written else "there already"
    count = f"{counted(len(lines) - 1, 'step')} of {len(events)}"
    put(out, [Text.assemble((plain(str(path)), palette.STRONG), f": {said}, {count}, expects {_ends(lines[0])}.")])
    put(out, remarks(recording, different))
    if different:
        put(out, [Text("The test expects what today's judge says; change its lines where that is wrong.")])
    return Exit.OK


def _diagnosed(terms: Terms, steps: Sequence[Step], call: Call) -> Hashable:
    """The diagnosis stays the same, finding by finding."""
    found = diagnose(terms, steps, call)
    return tuple((finding.rule, finding.sure) for finding in found.findings)


def _ends(header: dict[str, Any]) -> str:
    expects = header["expects"]
    laws = ", ".join(str(law) for law in expects["laws_broken"])
    words = ": ".join(each for each in (expects["outcome"] or "no end", expects["cause"]) if each)
    return f"{words}, invariants broken: {laws}" if laws else words


def _written(directory: Path, stem: str, text: str) -> tuple[Path, bool]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in _paths(directory, stem):
            if not path.exists():
                path.write_text(text, encoding="utf-8")
                return path, True
            if path.read_text(encoding="utf-8") == text:
                return path, False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"The test cannot be written into {directory}: {reason}.", setting="--save-as-test", fix="Name another one."
        ) from None
    raise SettingsError(f"{directory} holds {_NAMES} tests called {stem} already.", setting="--save-as-test")


def _paths(directory: Path, stem: str) -> Iterator[Path]:
    yield directory / f"{stem}.jsonl"
    for number in range(2, _NAMES + 1):
        yield directory / f"{stem}-{number}.jsonl"


def replay_all(files: Sequence[str], wishes: ReplayRequest) -> int:
    """Every call file in turn, then the logs of other programs; the exit code is the worst of theirs.

    Of two as bad the first. Raises CallFileError if there is only one file.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of few letters shows what it can
    out = Console(highlight=False)
    codes = [int(Exit.OK)]
    logs: list[ReadLog] = []  # of other programs: what they tell of one call is told together
    shown = 0
    for name in files:
        try:
            with _source(name) as source:
                called = "Standard input" if name == STDIN else name
                foreign = _is_foreign(source, called, wishes)
                if foreign and not wishes.unread:
                    logs.append(read_file(source, called, wishes))
                    continue
                if shown and not wishes.as_json:
                    out.print()
                shown += 1
                shows = tell_unread if foreign else _replay
                codes.append(shows(source, called, wishes, out))
        except CallFileError as error:
            if len(files) == 1:
                raise
            put(Console(stderr=True, highlight=False), [Text(plain(error.message), style=palette.BAD)])
            codes.append(Exit.CALL_FILE)
    codes += tell_logs(logs, wishes, out, first=not shown)
    return worst(codes)


@contextmanager
def _source(name: str) -> Iterator[io.BufferedReader]:
    if name == STDIN:
        if sys.stdin is None or not isinstance(sys.stdin.buffer, io.BufferedReader):
            raise CallFileError("Standard input is closed.")
        yield sys.stdin.buffer
        return
    with opened(Path(name)) as file:
        if _never_ends(file):
            raise CallFileError(f"{name} is a device that never ends, not a log.", fix="Give a file, or a pipe.")
        yield file


def _never_ends(file: io.BufferedReader) -> bool:
    """Whether it is a device such as /dev/zero: no terminal, and no /dev/null, which ends at once."""
    return stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty() and bool(file.peek(1))


def _is_foreign(source: io.BufferedReader, name: str, wishes: ReplayRequest) -> bool:
    """Whether it is another program's log. Raises CallFileError if more was asked for than a log can answer."""
    if wishes.kind is LogKind.CALL or (wishes.kind is None and _is_ours(source, name)):
        if wishes.unread:
            raise CallFileError(f"{name} is a call file of this program: every line of it is understood.")
        return False
    if wishes.mode or wishes.follow:
        raise CallFileError(f"{wishes.mode or '--follow'} needs a call file of this program; {name} is none.")
    return True


def _replay(source: io.BufferedReader, name: str, wishes: ReplayRequest, out: Console) -> int:
    """A call file in the way that was asked for."""
    recording = CallFile(source, name)
    match wishes.mode:
        case "--check":
            return _check(recording, out)
        case "--guard":
            assert wishes.guard is not None
            return _otherwise(recording, wishes.guard, out)
        case "--every-order":
            return _every_order(recording, out)
        case "--save-as-test":
            assert wishes.directory is not None
            return keep(recording, wishes.directory, out)
    return anyio.run(show_object if wishes.as_json else show, recording, source, wishes, out)


def _is_ours(source: io.BufferedReader, name: str) -> bool:
    try:
        return is_ours(source)
    except OSError as error:
        raise CallFileError(f"{name} cannot be read: {error.strerror or error}.") from None


def _check(recording: CallFile, out: Console) -> int:
    """Judge every step again, and show where today's verdicts and orders are not the recorded ones."""
    header = recording.opened()
    count = different = 0
    for one in rejudge(header.terms, recording):
        count += 1
        if not one.differences:
            continue
        if not different:
            put(out, [difference_head(width=out.width)])
        different += 1
        put(out, difference_lines(one, width=out.width))
    put(out, remarks(recording))
    verdict = f"{counted(different, 'line')} differ{'s' if different == 1 else ''}" if different else "none differs"
    style = palette.BAD if different else palette.GOOD
    put(
        out, [Text.assemble(f"{plain(recording.name)}: {counted(count, 'step')} judged again, ", (verdict, style), ".")]
    )
    return Exit.DIFFERENT if different else Exit.OK


def _otherwise(recording: CallFile, policy: Policy, out: Console) -> int:
    """Say what the other policy would have done, up to the first write that differs, and what would have followed."""
    from voicecall_cli.console.comparison import divergence_lines, same_lines
    from voicecall_core.checker.counterfactual import Counterfactual

    header = recording.opened()
    put(out, [Text(f"{plain(recording.name)}: recorded with guard {header.terms.policy}.")])
    other = Counterfactual(header.terms, policy)
    divergence = None
    for recorded in recording:
        if (entry := recorded.entry) is not None and (divergence := other.follow(entry)) is not None:
            ascii = not out.encoding.startswith("utf")
            put(out, divergence_lines(divergence, recorded, other.unlike, width=out.width, ascii=ascii))
            break
    else:
        put(out, same_lines(policy, recording.steps, other.unlike))
    put(out, remarks(recording))
    return Exit.OK if divergence is None else Exit.DIFFERENT


def _every_order(recording: CallFile, out: Console) -> int:
    """Walk every order in which the recorded events could have come."""
    from voicecall_cli.console.comparison import walked_lines
    from voicecall_core.checker.interleavings import every_order

    header = recording.opened()
    with Console(stderr=True).status("") as status:
        found = every_order(
            header.terms,
            (entry for recorded in recording if (entry := recorded.entry) is not None),
            progress=lambda left, known: status.update(f"{counted(known, 'state')} ..."),
        )
    put(out, [Text(f"{plain(recording.name)}: every order in which it could have happened.")])
    put(out, walked_lines(found, width=out.width, ascii=not out.encoding.startswith("utf")))
    put(out, remarks(recording))
    return Exit.DIFFERENT if found.broken or not found.complete else Exit.OK
