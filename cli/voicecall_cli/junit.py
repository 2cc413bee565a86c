"""JUnit XML, which every continuous integration reads: suites of cases. Knows nothing of what was tried.

Only what Ant's and Jenkins's schemas both know is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as xml

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One case: `told` says why it did not pass, the first sentence as its message; nothing for one that did.

    `kind` is the sort of what went wrong. `error`: it could not be judged; else it failed.
    """

    classname: str
    name: str
    took_s: float
    told: tuple[str, ...] = ()
    kind: str = ""
    error: bool = False

    @property
    def failed(self) -> bool:
        """It was judged, and did not pass."""
        return bool(self.told) and not self.error


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """Cases that belong together; `output` is what else is to be told of them."""

    name: str
    cases: tuple[JUnitCase, ...]
    output: str = ""


def junit_document(name: str, suites: Sequence[JUnitSuite], began: datetime) -> bytes:
    """The document. `began`: when it was begun, in UTC."""
    cases = [case for suite in suites for case in suite.cases]
    root = xml.Element("testsuites", {"name": name, **_counts(cases)})
    for number, suite in enumerate(suites):
        root.append(_suite(number, suite, began))
    xml.indent(root)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(cases: Sequence[JUnitCase]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.failed for case in cases)),
        "errors": str(sum(case.error and bool(case.told) for case in cases)),
        "time": f"{sum(case.took_s for case in cases):.3f}",
    }


def _suite(number: int, suite: JUnitSuite, began: datetime) -> xml.Element:
    element = xml.Element(
        "testsuite",
        {
            "id": str(number),
            "package": "voicecall",
            "name": _text(suite.name),
            "hostname": "localhost",
            "timestamp": f"{began:%Y-%m-%dT%H:%M:%S}",
            **_counts(suite.cases),
        },
    )
    xml.SubElement(element, "properties")
    for case in suite.cases:
        element.append(_case(case))
    xml.SubElement(element, "system-out").text = _text(suite.output)
    xml.SubElement(element, "system-err")
    return element


def _case(case: JUnitCase) -> xml.Element:
    attributes = {"classname": _text(case.classname), "name": _text(case.name), "time": f"{case.took_s:.3f}"}
    element = xml.Element("testcase", attributes)
    if case.told:
        about = {"message": _text(case.told[0]), "type": case.kind}
        xml.SubElement(element, "error" if case.error else "failure", about).text = _text("\n".join(case.told))
    return element


def _text(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
