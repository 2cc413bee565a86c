"""A recorded call written into a directory of tests. Knows nothing of how it is made smaller, or masked."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cli.console import palette
from cli.console.figures import counted
from cli.console.plain import plain
from cli.exits import Exit
from cli.showing import put, remarks
from voicecall_core.diagnosis import diagnose
from voicecall_core.errors import SettingsError
from voicecall_core.judgement.call import Call, Step
from voicecall_core.replay.judging import judged
from voicecall_core.replay.keeping import file_name, kept
from voicecall_core.replay.reading import Recording
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Terms

_NAMES = 100  # tests of one name


def keep(recording: Recording, directory: Path, out: Console) -> int:
    """Write the test, unless the same one is there already. Raises SettingsError if it cannot be written."""
    header = recording.opened()
    events: list[Event] = []
    different = 0
    call: Call | None = None
    for one in judged(header.terms, recording):
        call = one.after
        different += bool(one.differences)
        if one.step is not None:
            events.append(one.step.event)
    assert call is not None or not events
    lines = kept(header, events, also=_diagnosed)
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
    return f"{words}, laws broken: {laws}" if laws else words


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
