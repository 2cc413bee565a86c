"""Which concept a line is by the format files, and with which fields. Asked before any free wording is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.concepts import CONCEPTS, status_named
from voicecall_core.importers.correlation import CALL, SID, STREAM
from voicecall_core.importers.formats.file import OPENCLAW, Format, Pattern, parsed
from voicecall_core.importers.log_facts import Begins, Saying
from voicecall_core.words.values import TERMINAL

_HEAD = 2_000  # characters of a line on which patterns are tried
_CUT = 200  # characters of the stamp and of what stands before it
_FAILURES = ("error", "fatal", "critical", "fehler")
_NAMES = {"call_id": CALL, "call_sid": SID, "stream_sid": STREAM}


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class Found:
    """What a format says of a line. `own`: the format is one of a program that does nothing but calls."""

    concept: str
    fields: Mapping[str, str]
    own: bool

    @property
    def names(self) -> dict[str, str]:
        """The names of the call that the fields hold, by sort."""
        return {_NAMES[field]: value for field, value in self.fields.items() if field in _NAMES and value}

    def saying(self, text: str) -> Saying:
        """The same as a saying; `text` is the whole line's."""
        concept = CONCEPTS[self.concept]
        late = self.concept == "status-callback" and status_named(self.fields.get("status", "")) in TERMINAL
        begins = Begins.PERHAPS if late else concept.begins
        say = concept.says({"text": text, **self.fields})
        return Saying(say, begins, Sure.LIKELY, own=self.own, names=self.names)

    @property
    def failed(self) -> bool:
        """Whether the line's level says that something failed, and its concept is no failure itself."""
        return self.concept != "error" and self.fields.get("level", "").lower() in _FAILURES


class Formats:
    """Several formats, asked in their order."""

    def __init__(self, formats: Iterable[Format]) -> None:
        self.formats = tuple(formats)
        self._tried = tuple(
            (each.kind == OPENCLAW, each.marks, each.patterns) for each in self.formats if each.patterns
        )
        self._own_marks = tuple(dict.fromkeys(mark for own, marks, _ in self._tried if own for mark in marks))
        unmarked = {pattern.needle for each in self.formats if not each.marks for pattern in each.patterns}
        self.needles = tuple(
            dict.fromkeys(mark for _, marks, _ in self._tried for mark in marks)
        )  # as they are written
        self.low_needles = tuple(sorted(unmarked))  # in small letters

    def tagged(self, text: str) -> bool:
        """Whether a line bears the mark of a program that makes calls and nothing else."""
        return _any_in(self._own_marks, text)

    def found(self, text: str, whole: str, *, tag: bool) -> Found | None:
        """What the first pattern that fits says; `text` is the line behind its stamp, `whole` all of it.

        `tag`: the line is known to be of such a program, although its mark may stand outside of its text.
        """
        low = ""
        for own, marks, patterns in self._tried:
            if marks and not (own and tag) and not _any_in(marks, whole):
                continue
            low = low or whole[: _HEAD + _CUT].lower()
            for pattern in patterns:
                if pattern.needle in low and (fields := _fields(pattern, text, whole)) is not None:
                    return Found(pattern.concept, fields, own)
        return None


def _any_in(marks: tuple[str, ...], whole: str) -> bool:
    for mark in marks:  # a loop: `any` of a generator takes twice as long
        if mark in whole:
            return True
    return False


def _fields(pattern: Pattern, text: str, whole: str) -> dict[str, str] | None:
    """What a pattern reads out of a line; one that reads the stamp itself is tried on the whole of it."""
    match = pattern.pattern.search((whole if "stamp" in pattern.pattern.groupindex else text)[:_HEAD])
    if match is None:
        return None
    return {**pattern.given, **{name: value for name, value in match.groupdict().items() if value}}


@cache
def built_in() -> Formats:
    """The formats that are shipped."""
    folder = resources.files("voicecall_core.importers.formats")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return Formats(parsed(each.read_bytes(), each.name) for each in files)


def with_own(own: Format) -> Formats:
    """A user's format, asked first, and the built-in ones."""
    return Formats((own, *built_in().formats))


def shipped() -> list[tuple[Format, str]]:
    """The built-in formats, each with where its file is, to be copied."""
    folder = resources.files("voicecall_core.importers.formats")
    return [(each, str(folder / f"{each.name}.toml")) for each in built_in().formats]
