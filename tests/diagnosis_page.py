"""docs/diagnosis.md, made from the table of rules, the museum and the scenarios. Knows no rule by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.diagnosis.near_misses import FILES
from voicecall_core.diagnosis.finding import Rule
from voicecall_core.diagnosis.museum import NUMBERS, WHY_NOT
from voicecall_core.diagnosis.table import RULES
from voicecall_core.simulator.scenarios import SCENARIOS

_TOP = """\
# Diagnosis

What went wrong in a call is found by rules, each a small function of its own. They read the order and the presence of
events and the codes of the protocols, never the text of an error: the worst failure of this field, a greeting that is
cut off by a document written over its stream, leaves no error anywhere. No model is asked, and the same file always
gets the same answer.

A finding has a rule, a sentence, the lines that prove it, what to do, and how sure it is: *certain* if no other
explanation fits the order of events, *likely* if it is concluded from what is missing, *possible* if chance could look
the same. Findings come by weight: the heaviest is the cause, lighter ones are its consequences or blemishes beside it.
A call without findings is healthy, and its slowest hop from the answer to the first sound is named.

{made}
"""

_MUSEUM = """\
## The museum

Failures met in the field, by number (1 to 64 telephony, M1 to M40 the model's side). A row that strangers or callees
cause is a scenario (`voicecall dial +15555550100 --sim --scenario NAME`), and its call is healthy where this program
takes no harm from it; `--guard off` shows the harm. A row without a scenario is a fault of the program's own, which
this one does not make: a call file written by hand stands for it, in `tests/diagnosis/calls/`.
"""


def page(made: str) -> str:
    """The whole page; `made` is the line that says how it was made."""
    rules = [_rule(rule) for rule in sorted(RULES, key=lambda rule: -rule.weight)]
    lines = [_TOP.format(made=made), "## The rules", ""]
    lines += _table(("Rule", "Weight", "Museum", "What it looks for", "What to do"), rules)
    lines += ["", _MUSEUM]
    lines += _table(
        ("Number", "Rule, or why there is none", "Scenario, or call file"), (_number(number) for number in NUMBERS)
    )
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> tuple[str, ...]:
    return (f"`{rule.name}`", str(rule.weight), ", ".join(rule.museum), rule.about, rule.fix)


def _number(number: str) -> tuple[str, ...]:
    rules = ", ".join(f"`{rule.name}`" for rule in RULES if number in rule.museum)
    shown = [f"`{name}`" for name, scenario in SCENARIOS.items() if number in scenario.museum]
    by_hand = [f"`{rule.name}.jsonl`" for rule in RULES if number in rule.museum and rule.name in FILES]
    return number, rules or f"none: {WHY_NOT[number]}", ", ".join(shown or by_hand)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
