"""docs/diagnosis.md, made from the table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from voicecall_core.diagnosis.findings import Rule
from voicecall_core.diagnosis.table import RULES

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

No call that did not end well is healthy: if none of the rules says why, or only blemishes were found, the finding is
`bad-ending`: its cause in words, what it cost the callee, what to do ([How a call ends](endings.md)). And nothing is
certain that rests on what did not come, if anything was turned away at the door in the call's name.

The numbers lead to [failures met in the field](failures.md): what each one is, and where it can be seen.

{made}
"""


def page(table: Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]], made: str) -> str:
    """The whole page; `table` writes one, and `made` is the line that says how it was made."""
    rules = [_rule(rule) for rule in sorted(RULES, key=lambda rule: -rule.weight)]
    lines = [_TOP.format(made=made), "## The rules", ""]
    lines += table(("Rule", "Weight", "Met in the field", "What it looks for", "What to do"), rules)
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> tuple[str, ...]:
    met = ", ".join(f"[{number}](failures.md#{number})" for number in rule.failures)
    return f"`{rule.name}`", str(rule.weight), met, rule.about, rule.fix
