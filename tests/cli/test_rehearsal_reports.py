"""What is told of rehearsals, each form for itself, from runs that are made up."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
import xmlschema
from rich.console import Console

from tests.browser import browser
from tests.callfile.recorded import dialled
from voicecall_cli.rehearsing.junit import junit_xml
from voicecall_cli.rehearsing.page import rehearsals_page
from voicecall_cli.rehearsing.table import closing_line, run_lines, tally_table
from voicecall_core.rehearsal.baseline import Regression
from voicecall_core.rehearsal.judge import Judgement, Verdict
from voicecall_core.rehearsal.results import Run, Tally, tallies
from voicecall_core.words.terms import Policy

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HELD = Verdict(12, 'said = "for when"', Judgement.PASSED, 'the agent was heard saying "For when?"', 4.5)
MISSED = Verdict(15, 'reply_within = "1s"', Judgement.FAILED, "the reply to turn 1 took 1.60 s", 7.25)
UNASKED = Verdict(19, 'judged = "Polite?"', Judgement.NOT_JUDGED, "No text model was asked")
NASTY = "<b>\x00\x1b[31m & ]]> \ufffe"


def run(name: str, *verdicts: Verdict, **changes: Any) -> Run:
    return Run(name=name, verdicts=verdicts, waits_s=(0.85, 2.5), outcome="completed", **changes)


FOUND = tallies(
    [
        run("rehearsals/order.toml", HELD, about="Orders a pizza"),
        run("rehearsals/slow.toml", HELD, MISSED, UNASKED, skip_judged=True),
        run("rehearsals/slow.toml", HELD, number=2),
        run("../up/gone.toml", trouble=f"the process that ran it died {NASTY}."),
    ]
)


# --- JUnit ---


def junit(found: list[Tally]) -> xml.Element:
    written = junit_xml(found, BEGAN)
    xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd").validate(written.decode())
    return xml.fromstring(written)


def test_junit_is_what_the_common_schema_asks_for() -> None:
    root = junit(FOUND)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
    assert [each.get("name") for each in root.iter("testcase")] == [
        "rehearsals/order.toml",
        "rehearsals/slow.toml [1]",
        "rehearsals/slow.toml [2]",
        "../up/gone.toml",
    ]
    assert [each.get("classname") for each in root.iter("testcase")][::3] == ["rehearsals.order", "up.gone"]


def test_junit_names_the_line_and_the_moment() -> None:
    (failure,) = junit(FOUND).iter("failure")
    told = 'rehearsals/slow.toml:15: reply_within = "1s": at 7.25 s, the reply to turn 1 took 1.60 s.'
    assert failure.get("message") == failure.text == told


def test_junit_holds_what_no_xml_can_hold_as_something_else() -> None:
    (error,) = junit(FOUND).iter("error")
    assert "<b>\ufffd\ufffd[31m & ]]> \ufffd" in str(error.text)


def test_no_rehearsals_are_junit_too() -> None:
    assert junit([]).get("tests") == "0"


@pytest.mark.parametrize("spoiled", ['<testsuites name="x"/>', "<testsuite/>"])
def test_the_schema_refuses_something(spoiled: str) -> None:
    assert not xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd").is_valid(spoiled)


# --- the terminal ---


def shown(width: int, *parts: Any) -> str:
    console = Console(file=StringIO(), width=width, color_system=None, highlight=False)
    for part in parts:
        console.print(part, soft_wrap=True)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_run_that_failed_says_why_and_one_that_was_not_judged_says_so() -> None:
    told = shown(80, *run_lines(FOUND[1].runs[0], 3, 12, several=True))
    assert told.splitlines()[0].startswith(" 3/12 FAILED  rehearsals/slow.toml [1]")
    assert "    rehearsals/slow.toml:15: reply_within" in told and "at 7.25 s" in told
    assert 'slow.toml:19: judged = "Polite?": not judged' in told


def test_nothing_in_a_run_reaches_the_terminal_as_control() -> None:
    told = shown(80, *run_lines(FOUND[2].runs[0], 1, 1, several=False), tally_table(FOUND, 80))
    assert "\x1b" not in told and "\x00" not in told


@pytest.mark.parametrize(("width", "first_word"), [(80, False), (120, True)])
def test_the_table_fits_and_shows_what_was_measured(width: int, first_word: bool) -> None:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(tally_table(FOUND, width))
    lines = str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in lines)
    assert ("first word" in lines[0]) is first_word
    row = next(line for line in lines if line.startswith("rehearsals/slow.toml"))
    assert row.split()[1:] == ["FAILED", "1/2", *(["–"] if first_word else []), "850", "ms", *["2,500", "ms"] * 2]


def test_the_end_is_one_line() -> None:
    worse = [Regression("a", "pass_rate", "b")]
    assert str(closing_line(FOUND, worse, 3.21)) == (
        "3 rehearsals: 1 passed, 1 failed, 1 broken, 1 figure worse than the baseline, in 3.2 s."
    )
    assert closing_line(FOUND[:1], [], 1.0).style == "green" and closing_line(FOUND[:1], worse, 1.0).style != "green"


# --- the page ---


def test_the_page_holds_every_call_with_what_was_expected_of_it(tmp_path: Path) -> None:
    calls = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for call in calls:
        dialled(call, "barge-in", Policy.GUARD)
    found = tallies(
        [
            run("a.toml", HELD, call_file=calls[0]),
            run("b.toml", HELD, MISSED, call_file=calls[1]),
            run("c.toml", trouble=f"it died {NASTY}"),
            run("d.toml", HELD, call_file=tmp_path / "gone.jsonl"),
        ]
    )
    page = rehearsals_page(found, [Regression("a.toml", "pass_rate", "half of them")], BEGAN, "offline")
    assert page.count("The ladder: who told whom what") == page.count('class="said"') == 2
    assert [page.count(f'id="c{number}-said"') for number in (1, 2, 3)] == [1, 1, 0]
    assert page.count('<details class="run" open>') == 2, "what failed is open"
    assert "the reply to turn 1 took 1.60 s" in page and "850 ms, 2,500 ms" in page
    assert "it died &lt;b&gt;" in page and "\x1b" not in page
    assert "gone.jsonl" in page and "a.toml: half of them." in page
    assert page.count("<script") == 1 and "http://" not in page.replace("http://www.w3.org", "")


def test_in_a_browser_each_call_of_the_page_is_played_for_itself(tmp_path: Path) -> None:
    calls = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for call in calls:
        dialled(call, "barge-in", Policy.GUARD)
    found = tallies([run(f"{call.stem}.toml", MISSED, call_file=call) for call in calls])
    path = tmp_path / "page.html"
    path.write_text(rehearsals_page(found, [], BEGAN, "offline"), "utf-8")
    with browser(tmp_path / "browser") as page:
        page.size(390)
        page.open(path)
        ids = page.ask("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        levels = page.ask("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map((h) => Number(h.tagName[1]))")
        page.ask("document.querySelectorAll('.call')[1].querySelectorAll('button.when')[2].click()")
        lit = page.ask(
            "[...document.querySelectorAll('.call')].map((e) => e.querySelectorAll('[aria-current]').length)"
        )
        assert page.ask("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the side"
        assert page.complaints == [] and len(page.requests) == 1
    assert len(ids) == len(set(ids)) >= 20
    assert levels[0] == 1 and all(deeper - above <= 1 for above, deeper in pairwise(levels))
    assert lit[0] == 0 and lit[1] >= 1
