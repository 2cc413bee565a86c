"""docs/simulator.md: what the built-in carrier and model take for granted, collected from their own code."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from voicecall_core.simulator.carrier.resources import NOT_BUILT as RESOURCES
from voicecall_core.simulator.carrier.twiml import NOT_BUILT as VERBS

SIMULATOR = Path(__file__).resolve().parent.parent / "voicecall_core" / "simulator"
MARK = re.compile(r"\bassumptions?\b", re.IGNORECASE)
_CODE_MOST = 70  # letters of a line of code

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]]

ABOUT = """\
The built-in carrier and model are written from Twilio's and OpenAI's documents, from what was seen on their wires, and
from what people report. Where none of these says what happens, something has to happen all the same: then the code says
*assumption*. These are all of them, with the line of code that rests on each; a program that depends on one has learnt
nothing about the real line from having worked here.

Programs that nobody here wrote are run against both ([outsiders.md](outsiders.md)). What each scenario plays is in
[scenario-file.md](scenario-file.md), how another program is led here in [sim.md](sim.md)."""

MODEL = """\
- It understands nothing. It hears by energy, finds the words of what it heard by the bytes of clips and of what the
  simulated callee says, and answers with its scenario's clips or with replies that the scenario gives it
  (`[[phone.reply]]`): it gets a turn's text beside its audio.
- It reads no instructions: it is a stand-in for a model, not a small one.
- Only the Realtime interface is there (`/v1/realtime`). GPT-Live (`/v1/live/sessions`) is not built: too little of its
  protocol is published to be strict about it."""


def assumptions(file: Path) -> Iterator[tuple[str, str]]:
    """A line of code and what it takes for granted, for each place of a file that says so."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and MARK.search(token.string):
            row = token.start[0] - 1
            code = lines[row][: token.start[1]].strip()
            said = [token.string.lstrip("# ")]
            while not code:  # a comment of its own, above what it is about
                row += 1
                code = lines[row].strip()
                if code.startswith("#"):
                    said.append(code.lstrip("# "))
                    code = ""
            yield code, " ".join(said)
        elif token.type == tokenize.STRING and MARK.search(token.string):
            told = " ".join(token.string.strip("\"' \n").split())
            sentences = [each for each in re.split(r"(?<=[.:]) (?=[A-Z`a])", told) if MARK.search(each)]
            yield _definition(lines, token.start[0] - 1), " ".join(sentences)


def _definition(lines: Sequence[str], row: int) -> str:
    """The line that a docstring is about; a file's own has none."""
    while row:
        row -= 1
        if found := re.match(r"\s*(?:async )?((?:def|class) \w+)", lines[row]):
            return found[1]
    return ""


def page(table: Table, made: str) -> str:
    """The whole page."""
    rows = [
        (f"{file.parent.name}/{file.stem}", f"`{_short(code)}`" if code else "", told.removeprefix("assumption: "))
        for file in sorted(SIMULATOR.rglob("*.py"))
        for code, told in assumptions(file)
    ]
    assert len(rows) > 20, "the assumptions are found"
    parts = ["# The simulated line", "", ABOUT, "", made, "", "## What is assumed", ""]
    parts += table(("Where", "Code", "Assumed"), rows)
    parts += ["", "## What is not built", ""]
    parts += ["Verbs that are real at Twilio and skipped here, in our own name: " + _listed(VERBS) + ".", ""]
    parts += ["REST below a call that is refused with 501, in our own name: " + _listed(RESOURCES) + ".", ""]
    parts += ["## What the model is not", "", MODEL]
    return "\n".join(parts) + "\n"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _short(code: str) -> str:
    return code if len(code) <= _CODE_MOST else code[: _CODE_MOST - 1] + "…"
