"""docs/verdict.md, made from the rules by which a program's calls on the built-in carrier are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from voicecall_cli.exits import Exit
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.verdict.findings import RULES, Severity
from voicecall_core.simulator.verdict.line_file import VERSION

_TOP = """\
# The verdict about a program

A program that places or takes calls on the built-in carrier is judged by what took effect there: by the carrier's log
and the built-in model's, never by what the program says of itself. The rules are the invariants that hold for this
program's own calls ([proof.md](proof.md)), as far as they can be seen from outside. Against false alarms this program's
own calls are judged by them in every built-in scenario: with the guard on none is called broken, and with it off each
call that is harmed is.

A finding is *broken* if the call was harmed for certain, or would be at the real carrier; a *warning* if it harms calls
and whether it was meant cannot be seen from outside, or whether it did harm depends; a *note* is worth knowing. What is
concluded from times alone is said so: "by the times the in-progress callback most likely caused it".

Where several calls are up at once, which of the model's sessions was whose cannot be told; what the model was told is
then not judged, and the verdict says so.

{made}
"""

_FORMS = """\
## Forged webhooks

On request the line forges webhooks and media sockets during a call, to see whether the program looks at who is asking:
the request for the call's document and its status callback, without a signature, with the signature of another token,
and with the right one of another URL; the callback word for word a second time; media sockets without a signature and
with a wrong one, for a call and with a token that nobody knows. The forms say only what is true already: the document
is asked for again, the callback says that the call was initiated. A program that believes a forgery may react to it all
the same: judge such a call by these rules, and the call itself without them.

## Exit code and JUnit XML

The exit code is `{code}` if anything is broken; warnings and notes do not change it. As JUnit XML each call is a case,
which fails if something is broken, with rule, time and request; the whole verdict stands in the output of the suite. A
run without any call is an error.

## As an object

| Key | What it is |
| --- | --- |
| `verdict` | The gravest of the findings: {words}, or `clean`. |
| `sid` | The call. |
| `findings[].rule` | The rule, as in the table above. |
| `findings[].law` | The number of the invariant in [proof.md](proof.md); null if none speaks of it. |
| `findings[].severity` | How grave it is. |
| `findings[].at_s` | When, in seconds since the line was opened. |
| `findings[].what` | The finding in a sentence. |
| `findings[].request` | Whose doing it was: `REST request N` or `webhook N`, counted since the opening; or null. |
| `not_judged` | What could not be judged, in words. |

## The file of a call

One JSON object a line; `voicecall replay FILE` reads it as the kind `line` ([imports.md](imports.md)) and explains it
by the rules of the diagnosis. Sound is told by its length; secrets, addresses and phone numbers are no part of it; what
was said lies under keys that begin with `pii_`.

| Line | Keys |
| --- | --- |
| the header, first | `voicecall_line` (the format, {version}), `sid`, `began`, `direction`, `tool` |
| what took effect at the carrier | `ms`, `what`, and those of the keys below that say something |
| what took place at the model | `ms`, `model` (what), `session`, and its details |
| a finding, last | `ms`, `finding` (its rule), `law`, `severity`, `told`, `request` |

`began` is ISO 8601 with its zone, and every `ms` counts from there; `direction` is outbound, or inbound for a call to
the program. The keys of an effect are `detail`, `source`, `code`, `request`, `took_ms`, `stream_ms`, `audio_ms` and
`pii_text`; `what` is one of: {whats}.
"""


def page(table: Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]], made: str) -> str:
    """The whole page; `table` writes one, and `made` is the line that says how it was made."""
    rows = [(f"`{name}`", str(rule.law or ""), rule.about) for name, rule in RULES.items()]
    lines = [_TOP.format(made=made), "## The rules", "", *table(("Rule", "Law", "What it asks, how grave, why"), rows)]
    forms = _FORMS.format(
        code=int(Exit.LINE_BROKEN),
        words=", ".join(f"`{grave}`" for grave in Severity),
        version=VERSION,
        whats=", ".join(f"`{what}`" for what in What),
    )
    return "\n".join(lines) + "\n\n" + forms
