"""Rehearsals as JUnit XML, which every continuous integration reads: a suite for each file, a case for each run.

Only what Ant's and Jenkins's schemas both know is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree import ElementTree as xml

from voicecall_cli.console.text import span
from voicecall_core.rehearsal.results import Result, Run, Tally

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(found: Sequence[Tally], began: datetime) -> bytes:
    """The document. `began`: when the rehearsals were begun, in UTC."""
    runs = [run for tally in found for run in tally.runs]
    root = xml.Element("testsuites", {"name": "voicecall test", **_counts(runs)})
    for number, tally in enumerate(found):
        root.append(_suite(number, tally, began))
    xml.indent(root)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(runs: Sequence[Run]) -> dict[str, str]:
    return {
        "tests": str(len(runs)),
        "failures": str(sum(run.result is Result.FAILED for run in runs)),
        "errors": str(sum(run.result is Result.BROKEN for run in runs)),
        "time": f"{sum(run.took_s for run in runs):.3f}",
    }


def _suite(number: int, tally: Tally, began: datetime) -> xml.Element:
    suite = xml.Element(
        "testsuite",
        {
            "id": str(number),
            "package": "voicecall",
            "name": _text(tally.name),
            "hostname": "localhost",
            "timestamp": f"{began:%Y-%m-%dT%H:%M:%S}",
            **_counts(tally.runs),
        },
    )
    xml.SubElement(suite, "properties")
    for run in tally.runs:
        suite.append(_case(run, several=len(tally.runs) > 1))
    xml.SubElement(suite, "system-out").text = _text("\n".join(_told(tally)))
    xml.SubElement(suite, "system-err")
    return suite


def _case(run: Run, *, several: bool) -> xml.Element:
    name = f"{run.name} [{run.number}]" if several else run.name
    case = xml.Element("testcase", {"classname": _dotted(run.name), "name": _text(name), "time": f"{run.took_s:.3f}"})
    if not run.passed:
        told = run.sentences()
        tag, kind = ("error", "broken") if run.result is Result.BROKEN else ("failure", "expectation")
        xml.SubElement(case, tag, {"message": _text(told[0]), "type": kind}).text = _text("\n".join(told))
    return case


def _told(tally: Tally) -> Iterable[str]:
    if tally.about:
        yield tally.about
    for run in tally.runs:
        waits = ", ".join(span(wait) for wait in run.waits_s)
        yield f"run {run.number}: {run.outcome or 'no call'}" + (f"; replies after {waits}" if waits else "")
        yield from (f"not judged: line {each.line}, {each.expected}" for each in run.skipped)


def _dotted(name: str) -> str:
    """A file's name as a test's class has it: rehearsals/order.toml is rehearsals.order."""
    return _text(".".join(part for part in name.removesuffix(".toml").replace("\\", "/").split("/") if part.strip(".")))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
