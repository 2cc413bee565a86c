"""Recorded calls, one after the other, in the way that was asked for. Knows nothing of how a call is drawn or judged.

Several files are several calls: one that cannot be read is said, and the next one is looked at.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio
from rich.console import Console
from rich.text import Text

from cli.console import palette
from cli.console.differences import difference_head, difference_lines
from cli.console.figures import counted
from cli.console.plain import plain
from cli.exits import Exit
from cli.foreign import is_ours, tell_log
from cli.showing import put, remarks, show
from cli.wishes import Wishes
from voicecall_core.errors import CallFileError
from voicecall_core.imports.kinds import Kind
from voicecall_core.replay.judging import judged
from voicecall_core.replay.reading import Recording, opened
from voicecall_core.words.terms import Policy

STDIN = "-"


def replay_all(files: Sequence[str], wishes: Wishes) -> int:
    """Every file in turn; the exit code is the worst of theirs. Raises CallFileError if there is only one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of few letters shows what it can
    out = Console(highlight=False)
    codes = [int(Exit.OK)]
    for index, name in enumerate(files):
        if index:
            out.print()
        try:
            with _source(name) as source:
                codes.append(_replay(source, "Standard input" if name == STDIN else name, wishes, out))
        except CallFileError as error:
            if len(files) == 1:
                raise
            put(Console(stderr=True, highlight=False), [Text(plain(error.message), style=palette.BAD)])
            codes.append(Exit.CALL_FILE)
    return max(codes)


@contextmanager
def _source(name: str) -> Iterator[io.BufferedReader]:
    if name == STDIN:
        if sys.stdin is None or not isinstance(sys.stdin.buffer, io.BufferedReader):
            raise CallFileError("Standard input is closed.")
        yield sys.stdin.buffer
        return
    with opened(Path(name)) as file:
        yield file


def _replay(source: io.BufferedReader, name: str, wishes: Wishes, out: Console) -> int:
    """One file: a call file in the way that was asked for, any other log as what it tells."""
    if wishes.kind not in (None, Kind.CALL) or (wishes.kind is None and not _is_ours(source, name)):
        if wishes.mode or wishes.follow:
            raise CallFileError(f"{wishes.mode or '--follow'} needs a call file of this program; {name} is none.")
        return tell_log(source, name, wishes.kind, out)
    recording = Recording(source, name)
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
            from cli.keeping import keep

            return keep(recording, wishes.directory, out)
    return anyio.run(show, recording, source, wishes, out)


def _is_ours(source: io.BufferedReader, name: str) -> bool:
    try:
        return is_ours(source)
    except OSError as error:
        raise CallFileError(f"{name} cannot be read: {error.strerror or error}.") from None


def _check(recording: Recording, out: Console) -> int:
    """Judge every step again, and show where today's verdicts and orders are not the recorded ones."""
    header = recording.opened()
    count = different = 0
    for one in judged(header.terms, recording):
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


def _otherwise(recording: Recording, policy: Policy, out: Console) -> int:
    """Say what the other policy would have done, up to the first write that differs, and what would have followed."""
    from cli.console.parting import divergence_lines, same_lines
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


def _every_order(recording: Recording, out: Console) -> int:
    """Walk every order in which the recorded events could have come."""
    from cli.console.walked import walked_lines
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
