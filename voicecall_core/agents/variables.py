"""Variables of an agent: which there are, what they stand for in one call, and texts with them filled in.

    [variables]
    name = {}                                     # has to be given
    shop = "Luigi's"                              # given, or this
    time = { default = "7", about = "When" }      # the same, in words

What is filled in is text and nothing else: no variable is looked for inside of a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicecall_core.agents.values import TEXT_MAX, Wrong
from voicecall_core.errors import SettingsError, did_you_mean
from voicecall_core.lined_toml import Table

VALUE_MAX = 4_000  # characters
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
_MARK = re.compile(r"\{\{|\}\}|\{(?P<name>" + _NAME + r")\}|[{}]")
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # Unicode: controls, halves of characters, ends of lines and of paragraphs


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of one call, by name."""

    values: Mapping[str, str] = field(repr=False)

    def filled(self, text: str) -> str:
        """`text` with them in it; `{{` and `}}` are braces. Raises Wrong for one that is unknown."""

        def value(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None:
                if len(found[0]) == 2:
                    return found[0][0]
                raise Wrong(f"has a {found[0]} that belongs to no variable", f"Write {found[0] * 2} for a brace.")
            if name not in self.values:
                fix = did_you_mean(name, self.values) + f"Declare it, [variables] {name} = ''; a brace is written {{{{."
                raise Wrong(f"names {{{name}}}, which is no variable", fix)
            return self.values[name]

        whole = _MARK.sub(value, text)
        if len(whole) > TEXT_MAX:
            raise Wrong(f"has {len(whole):,} characters, its variables filled in", f"{TEXT_MAX:,} is the most.")
        return whole


def names_in(text: str) -> frozenset[str]:
    """The variables that a text names."""
    return frozenset(found["name"] for found in _MARK.finditer(text) if found["name"])


def variables_of(file: Table, given: Mapping[str, str]) -> Variables:
    """The file's variables with what was given for this call. Raises SettingsError, with the line or the name."""
    declared = file.table("variables")
    values = {} if declared is None else {name: _default(declared, name) for name in declared.keys()}
    for name, text in given.items():
        if name not in values:
            meant = did_you_mean(name, values) or f"It has {', '.join(values)}. " if values else "It has none. "
            raise SettingsError(
                f"--set {name}: {file.name} has no such variable.",
                setting="--set",
                fix=f"{meant}Each is declared under [variables].",
            )
        if fault := value_fault(text):
            raise SettingsError(f"--set {name}: its value {fault}.", setting="--set", fix="Write plain text.")
    found = {name: given.get(name, default) for name, default in values.items()}
    for name, value in found.items():
        if declared is not None and value is None:
            fix = f"Give it one, --set {name}=..., or write a default here."
            raise declared.wrong(name, f"{name} has no value", fix)
    return Variables({name: value for name, value in found.items() if value is not None})


def _default(declared: Table, name: str) -> str | None:
    """The value that a variable has unless another is given; None if there is none."""
    if not re.fullmatch(_NAME, name):
        raise declared.wrong(name, f"{name!r} is no variable's name", "Write letters, digits and _, no digit first.")
    if isinstance(declared.raw(name), dict):
        described = declared.table(name)
        assert described is not None
        described.only("default", "about")
        described.text("about", "")
        default = described.text("default", "") if "default" in described else None
    else:
        default = declared.text(name, "")
    if default is not None and (fault := value_fault(default)):
        raise declared.wrong(name, f"the value of {name} {fault}", "Write plain text.")
    return default


def value_fault(text: str) -> str:
    """Why a text cannot be a variable's value, as the end of a sentence; empty if it can."""
    if len(text) > VALUE_MAX:
        return f"has {len(text):,} characters, and {VALUE_MAX:,} is the most"
    if any(unicodedata.category(each) in _UNSEEN for each in text):
        return "holds a line break or another control character"
    return ""
