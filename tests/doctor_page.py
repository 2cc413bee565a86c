"""docs/doctor.md, made from the table of checks and the table of faults that test them. Knows no check by name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.doctor.faults import FAULTS, Fault
from voicecall_core.carriers.twilio.errors import explain
from voicecall_core.doctor.examination import Check
from voicecall_core.doctor.findings import Section
from voicecall_core.doctor.table import CHECKS

_INTRO = """\
`voicecall doctor` finds out before the phone rings whether a call would work, proves each part end to end, and says
what to type where it would not. Nobody is called. `voicecall doctor --sim` does the same against the built-in carrier
and model and a loop-back tunnel, to show what healthy looks like.

All checks run at once, each within its own time; a check that builds on one that failed is skipped because of it.
A section that is well is one line, and of any other what is not well is shown; `-v` shows a line for each check.
`ok` is as it should be, `note` is worth knowing and hinders nothing, `warning` makes a call worse, `critical` would
stop it. The exit code is 0, with a warning 1, with something critical 2. Secrets are shown by their last four
characters at most, phone numbers masked.

- `--to NUMBER` looks at the number you mean to call: is it valid, is its country allowed?
- `--only NAME`, repeated as you like, runs a section (`machine`, `twilio`, `model`, `tunnel`, `limits`) or a check by
  its name, with all that it needs.
- `--no-network` looks at this machine alone.
- `--json` writes an object a line: `name`, `section`, `status`, `found`, `expected`, `error` (`code` and `meaning`, or
  null), `fix`, `took_ms`. `voicecall doctor --json | jq 'select(.status == "critical")'`
- `VOICECALL_ALLOW_LOOPBACK=on` takes a public URL on this machine for a good one, `VOICECALL_CA_FILE` adds an
  authority of your own.

`model-speaks` asks the model for one word in text, some 50 tokens: an account without credit opens sessions and then
fails every response.

Each fault below is put in from outside of the checks by a test, which sees that exactly the check it stands with
changes, and no other. The number is the error that Twilio would have reported in the call, or the model."""


def page(made: str) -> str:
    """The whole page; `made` says that it is generated."""
    lines = ["# Doctor", "", _INTRO, "", made]
    for section in Section:
        checks = [check for check in CHECKS if check.section is section]
        lines += ["", f"## {section.heading}", "", *_table(checks)]
    return "\n".join(lines) + "\n"


def _table(checks: list[Check]) -> Iterator[str]:
    yield "| Check | What it proves | Fault | Then | Error |"
    yield "| --- | --- | --- | --- | --- |"
    for check in checks:
        for number, fault in enumerate(each for each in FAULTS if each.check == check.name):
            name, about = ("", "") if number else (f"`{check.name}`", check.about)
            yield f"| {name} | {about} | {fault.about} | {fault.status.value} | {_error(fault)} |"


def _error(fault: Fault) -> str:
    if not fault.error:
        return ""
    meaning = explain(fault.error).what if isinstance(fault.error, int) else ""
    return f"{fault.error}: {meaning}" if meaning else f"`{fault.error}`"
