"""docs/call-file.md: the format of a call file, its tables made from the very classes that are written.

Knows nothing of how a file is written or read.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import EnumType
from typing import Any, get_type_hints

from voicecall_core.call.guard import Verdict
from voicecall_core.callfile.migrations import CONVERTERS, Converter
from voicecall_core.callfile.writer import FORMAT
from voicecall_core.words.events import EVENTS
from voicecall_core.words.orders import ORDERS, Document
from voicecall_core.words.terms import Limits, Terms
from voicecall_core.words.values import ItemPlay, Usage

WITHOUT_WORDS = """jq -c 'delpaths([paths | select(.[-1] | strings | startswith("pii_"))])' call.jsonl"""
REFUSALS = """jq -c '.at as $at | .verdicts[]? | select(.ruling == "refused") | [$at, .asker, .reason]' call.jsonl"""
SAID = """jq -r 'select(.event.pii_text and .event.final != false) | "\\(.at) \\(.event.pii_text)"' call.jsonl"""

HEADER = {
    "voicecall": f"The format's version, today {FORMAT}.",
    "tool": "The program that wrote the file, with its version.",
    "call": "Our own id for the call.",
    "began": "When the call was created, as an ISO date with its offset from UTC: the only wall clock in the file.",
    "to": "Who was called, masked.",
    "from": "Who called, masked; empty if that is not known.",
    "scenario": "What the built-in carrier and model played; absent where a phone rang.",
    "seed": "With which seed they did; absent where a phone rang.",
    "simulated": "Which of the two alone was built in, `carrier` or `model`; absent for both, and for none.",
    "callee_model": "The model that played the callee: the call is not deterministic; absent if none did.",
    "terms": "On which terms the call was placed, see below.",
    "expects": "Only in a call that is kept as a test: how it must end, and which laws it must break.",
}
STEP = {
    "at": "Seconds since the call was created, on one monotonic clock.",
    "event": "What happened: its `type`, and its fields. Everything the judge needs is here.",
    "verdicts": "What the guard said, in order; absent if it was not asked.",
    "orders": "What was ordered, in order, each with its `type`; absent if nothing was.",
}


def page(table: Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]], made: str) -> str:
    """The whole page; `table` writes one in Markdown."""
    lines = ["# The call file", "", *ABOUT.strip().splitlines(), "", made]
    for title, fields in (("The header, line 1", HEADER), ("A step, every other line", STEP)):
        lines += ["", f"## {title}", "", *table(("Key", "What it is"), ((f"`{k}`", v) for k, v in fields.items()))]
    for name, kind in (("terms", Terms), ("terms.limits", Limits), ("verdicts[]", Verdict), ("document", Document)):
        lines += ["", f"## `{name}`", "", *table(("Key", "Kind", "Default"), _fields(kind))]
    for name, play in (("playing[]", ItemPlay), ("usage", Usage)):
        lines += ["", f"## `{name}`", "", *table(("Key", "Kind", "Default"), _fields(play))]
    lines += ["", "## Events", "", *table(("Type", "Fields", "What happened"), _kinds(EVENTS))]
    lines += ["", "## Orders", "", *table(("Type", "Fields", "What is to be done"), _kinds(ORDERS))]
    return "\n".join(lines) + "\n"


def _what_changed(converter: Converter) -> str:
    """The first paragraph of a converter's docstring, without the versions it leads from and to."""
    text = " ".join(inspect.cleandoc(converter.__doc__ or "").split("\n\n")[0].split())
    return text.split(": ", 1)[1]


VERSIONS = "\n".join(f"- Format {version + 1}: {_what_changed(rung)}" for version, rung in CONVERTERS.items())

ABOUT = f"""
`voicecall dial` writes one call file a call: JSON Lines, UTF-8, one JSON object a line. The first line is the header,
every other line is one step: what happened, what the guard said to it, what was ordered. A line is written and flushed
before it is acted on, so that the file can be read after `kill -9`; half a last line is left out and said.

A field that has its default is left out. `voicecall replay --check` judges a file again with today's code.

## What is private

Phone numbers are masked. What people said, and what the agent was to say, stands under keys that begin with `pii_`,
however deep. One filter takes all of it out, and the rest can still be replayed and checked:

    {WITHOUT_WORDS}

There is no key, token or `Authorization` header in the file. Keys pressed by the callee (`DigitPressed`) and texts of
the carrier's and the model's errors (`reason`) are in it. `voicecall replay --save-as-test` masks these too, and every
identifier.

Two more to begin with, the guard's refusals and what was said:

    {REFUSALS}
    {SAID}

## Other versions

A new type of event, and a new field that has a default, need no new format: a step whose event is not known is left out
and counted, a field that is not known is passed over. Everything else, another default and a new order for an old event
included, gets a new version number and a converter from the version before it; old files climb that ladder while they
are read. A file of a later version is refused, with exit code 30.

{VERSIONS}
"""


def _fields(kind: Any) -> Iterable[Sequence[str]]:
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        yield f"`{field.name}`", _in_words(hints[field.name]), _default(field)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "always written"
    if dataclasses.is_dataclass(field.default):
        return "all of its own"
    shown = str(field.default) if not isinstance(field.default, bool) else str(field.default).lower()
    return f"`{shown}`" if field.default not in ("", ()) else "empty"


def _in_words(hint: Any) -> str:
    """A type as a reader of JSON names it."""
    if isinstance(hint, EnumType):
        return ", ".join(f"`{member.value}`" for member in list[Any](hint))
    words = {str: "text", int: "number", float: "seconds", bool: "true or false", Limits: "object"}
    return words.get(hint) or ("list" if "tuple" in str(hint) else "object")


def _kinds(kinds: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for name, kind in kinds.items():
        fields = [f.name for f in dataclasses.fields(kind) if f.name != "at"]
        about = re.sub(r"\s+", " ", inspect.getdoc(kind) or "")
        yield f"`{name}`", ", ".join(f"`{field}`" for field in fields), about
