"""What a docstring says: the first paragraph, and a line for each argument in Google's style or Sphinx's."""

from __future__ import annotations

import re

_SECTION = re.compile(r"^(?:Args|Arguments|Parameters):\s*$")
_OTHER_SECTION = re.compile(r"^[A-Z][A-Za-z ]+:\s*$")
_GOOGLE = re.compile(r"^\s+\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<about>.*)$")
_SPHINX = re.compile(r"^\s*:param\s+(?:[^:]*\s)?(?P<name>\w+)\s*:\s*(?P<about>.*)$")
_FIELD = re.compile(r"^\s*:\w+")


def described(doc: str) -> tuple[str, dict[str, str]]:
    """The first paragraph as one line, and what is said of each argument."""
    lines = doc.strip().splitlines()
    about: list[str] = []
    for line in lines:
        if not line.strip() or _SECTION.match(line) or _FIELD.match(line):
            break
        about.append(line.strip())
    return " ".join(about), {name: " ".join(words).strip() for name, words in _arguments(lines).items()}


def _arguments(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name, within, depth = "", False, 0
    for line in lines:
        sphinx, google = _SPHINX.match(line), _GOOGLE.match(line) if within else None
        indent = len(line) - len(line.lstrip())
        if _SECTION.match(line):
            name, within, depth = "", True, 0
        elif sphinx is not None:
            name, depth = sphinx["name"], indent
            found[name] = [sphinx["about"]]
        elif google is not None and (not depth or indent <= depth):
            name, depth = google["name"], indent
            found[name] = [google["about"]]
        elif not line.strip() or _FIELD.match(line) or (within and _OTHER_SECTION.match(line)):
            name, within = "", within and not (_FIELD.match(line) or _OTHER_SECTION.match(line))
        elif name and indent > depth:
            found[name].append(line.strip())
    return found
