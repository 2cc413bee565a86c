"""The view of an examination: pure functions from findings to what is drawn. Knows nothing of how they came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from voicecall_cli.console.palette import BAD, CARE, CARRIER, FAINT, GOOD, STRONG
from voicecall_cli.console.text import plain
from voicecall_core.doctor.findings import CheckFinding, Section
from voicecall_core.doctor.subject import Subject
from voicecall_core.words.checks import Status

_STATE, _NAME = 10, 19
_INDENT = 2 + _STATE + _NAME
_DEEP = 2 + _STATE + 2
_COLOURS = {
    Status.OK: GOOD,
    Status.NOTE: CARRIER,
    Status.WARNING: CARE,
    Status.CRITICAL: BAD,
    Status.SKIPPED: FAINT,
}
_HEADING = 24
_UNWELL = (Status.WARNING, Status.CRITICAL)
_SET_UP = "settings"  # the check that tells what is not there, as the guide does
_NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "OPENAI_API_KEY")


def brief_section(which: Section, findings: Sequence[CheckFinding], width: int, *, guided: bool = False) -> list[Text]:
    """One line for a section that is well; of any other its heading, and what is not well.

    Where the guide follows (`guided`) neither what is well, nor what is not set up yet is said twice.
    """
    if guided:
        findings = [each for each in findings if each.said.status in _UNWELL and each.name != _SET_UP]
        return section(which, findings, width) if findings else []
    others = [each for each in findings if each.said.status is not Status.OK and not _left_out(each)]
    well = sum(each.said.status is Status.OK for each in findings)
    if not others:
        left_out = len(findings) - well
        return [_well(f"{which.heading:<{_HEADING}}{_checks(well)}" + (f", {left_out} skipped" if left_out else ""))]
    *lines, _ = section(which, others, width)
    return [*lines, *([_well(f"the other {_checks(well)}")] if well else []), Text("")]


def _left_out(finding: CheckFinding) -> bool:
    """Whether a check was skipped because of what was typed or was not: --to, --no-network."""
    return finding.said.status is Status.SKIPPED and finding.said.found.startswith("--")


def _well(text: str) -> Text:
    return Text("  ").append(f"{Status.OK.value:<{_STATE}}", style=GOOD).append(text)


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def section(which: Section, findings: Sequence[CheckFinding], width: int) -> list[Text]:
    """A section's lines: its heading, one for each finding, and below a bad one what to do."""
    lines: list[Text] = [Text(which.heading, style=STRONG)]
    for status, group in groupby(findings, lambda each: (each.said.status, each.said.found)):
        members = list(group)
        if status[0] is Status.SKIPPED:
            lines += _skipped(members, width)
        else:
            for finding in members:
                lines += finding_lines(finding, width)
    return [*lines, Text("")]


def finding_lines(finding: CheckFinding, width: int) -> Iterator[Text]:
    """A finding's lines: what was found, and below a bad one what was expected, what it means, what to do."""
    said = finding.said
    if said.status is Status.OK:
        yield from _passed(finding, width)
        return
    yield from _hung(_head(said.status, finding.name), plain(said.found), width)
    yield from _hung(_label("expected"), plain(said.expected), width)
    if finding.meaning:
        yield from _hung(_label(f"Twilio {said.error}"), finding.meaning, width)
    elif said.error:
        yield from _hung(_label("error"), plain(str(said.error)), width)
    if said.fix:
        yield from _hung(_label("do"), plain(said.fix), width, style=STRONG)


def _passed(finding: CheckFinding, width: int) -> Iterator[Text]:
    """What was found, and what was expected if that finds room on the same line."""
    found, expected = plain(finding.said.found), plain(finding.said.expected)
    *above, last = _hung(_head(Status.OK, finding.name), found, width)
    hint = f"  (expected: {expected})"
    if expected and expected != found and len(last) + len(hint) <= width:
        last.append(hint, style=FAINT)
    yield from (*above, last)


def _skipped(members: Sequence[CheckFinding], width: int) -> Iterator[Text]:
    """Those that were skipped for one reason share a line."""
    names = ", ".join(each.name for each in members)
    head = Text("  ").append(f"{Status.SKIPPED.value:<{_STATE}}", style=FAINT)
    yield from _hung(head, f"{names}: because {plain(members[0].said.found)}", width, style=FAINT)


def _head(status: Status, name: str) -> Text:
    return Text("  ").append(f"{status.value:<{_STATE}}", style=_COLOURS[status]).append(f"{name:<{_NAME}}")


def _label(word: str) -> Text:
    return Text(" " * (2 + _STATE)).append(f"{word}: ", style=FAINT)


def _hung(head: Text, body: str, width: int, style: str = "") -> Iterator[Text]:
    """`body` beside `head`, its further lines below; a word that is longer than a line is left whole."""
    indent = _INDENT if len(head) == _INDENT else _DEEP
    line, used = head.copy(), len(head)
    for word in body.split(" "):
        if used > max(indent, len(head)) and used + len(word) > width:
            line.rstrip()
            yield line
            line, used = Text(" " * indent), indent
        line.append(word + " ", style=style)
        used += len(word) + 1
    line.rstrip()
    yield line


def waiting(names: Sequence[str], total: int, width: int) -> Text:
    """How far the examination has come, and what is being waited for."""
    text = Text(f" {total - len(names)} of {total}; waiting for {', '.join(names)}", style=FAINT)
    text.truncate(width - 3, overflow="ellipsis")
    return text


def summary(findings: Sequence[CheckFinding], subject: Subject, *, guided: bool = False) -> Text:
    """The count of each status, and the one next step."""
    counts = Counter(each.said.status for each in findings)
    told = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    text = Text(f"{_checks(len(findings))}: {told}.\n")
    worst = next((f for s in (Status.CRITICAL, Status.WARNING) for f in findings if f.said.status is s), None)
    if guided:
        return text.append("Next: ", style=STRONG).append(_first_step(subject))
    if worst is not None:
        return text.append("Next: ", style=STRONG).append(
            f"{worst.name}: {plain(worst.said.fix or worst.said.expected)}"
        )
    number = "NUMBER" if subject.rehearsal in ("", "--simulate model") else "+15555550100"
    return text.append("Next: ", style=STRONG).append(f"voicecall dial {number} {subject.rehearsal}".rstrip())


def guide(subject: Subject) -> Text | None:
    """How to set everything up, for somebody who has set up nothing; None for anybody else."""
    lacking = {each.env: each.where for each in subject.machine.lacking}
    if subject.machine.faulty or not all(name in lacking for name in _NEEDED):
        return None
    steps = [
        "Nothing is set up yet. A whole call without any of it: voicecall dial +15555550100 --sim",
        f"For a real one: {_first_step(subject)}",
        *(f"  {env}\n    {where}" for env, where in lacking.items()),
        "Then: voicecall doctor",
    ]
    return Text("\n".join(steps) + "\n")


def _first_step(subject: Subject) -> str:
    if subject.machine.dotenv:
        return f"fill in {subject.machine.dotenv}"
    return "voicecall init    (asks for each of these, checks it, and writes .env)"
