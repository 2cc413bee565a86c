"""The view of an examination, at 80 columns: what stands on a line, what is put together, what the next step is."""

from __future__ import annotations

import pytest

from tests.doctor.faults import FAULTS, Fault
from tests.doctor.patient import Illness, examined, patient
from voicecall_cli.console.check_list import brief_section, guide, section, summary, waiting
from voicecall_core.doctor.findings import CheckFinding, Section, critical
from voicecall_core.doctor.subject import Lacking
from voicecall_core.words.checks import CheckResult, note, ok, skipped, warning

WIDTH = 80


def finding(said: CheckResult, name: str = "dns") -> CheckFinding:
    return CheckFinding(name, Section.TUNNEL, said, 12)


def lines(*findings: CheckFinding, width: int = WIDTH) -> list[str]:
    return [line.plain for line in section(Section.TUNNEL, findings, width)]


def test_a_passed_check_has_a_line_with_what_was_expected_if_there_is_room() -> None:
    assert lines(finding(ok("found", "hoped for"))) == [
        "Public URL and tunnel",
        "  ok        dns                found  (expected: hoped for)",
        "",
    ]
    assert lines(finding(ok("found", "x" * 60)))[1] == "  ok        dns                found"


def test_a_failed_check_says_what_it_would_have_become_and_what_to_do() -> None:
    assert lines(finding(critical("not there", "a name", error=11210, fix="dig +short x")))[1:] == [
        "  critical  dns                not there",
        "            expected: a name",
        "            Twilio 11210: the host name of our public URL is not in the DNS",
        "            do: dig +short x",
        "",
    ]


def test_the_models_own_errors_stand_as_they_are() -> None:
    assert "            error: insufficient_quota" in lines(finding(critical("no", "yes", error="insufficient_quota")))


def test_what_was_skipped_for_one_reason_shares_a_line() -> None:
    told = lines(*(finding(skipped("dns failed"), name) for name in ("tls", "webhook")), finding(ok("x"), "last"))
    assert told[1:3] == ["  skipped   tls, webhook: because dns failed", "  ok        last               x"]


def test_long_texts_go_on_below_their_own_beginning() -> None:
    told = lines(finding(note("word " * 30, "something else")))
    assert all(len(line) <= WIDTH for line in told)
    assert told[2].startswith(" " * 31 + "word")


def test_what_strangers_say_is_no_markup_and_no_control() -> None:
    told = "\n".join(lines(finding(warning("[bold]\x1b[2J", "y", fix="z"))))
    assert "[bold]" in told and "\x1b" not in told


@pytest.mark.parametrize("fault", FAULTS[::5], ids=lambda fault: fault.check)
async def test_nothing_is_wider_than_a_terminal_of_80_columns(fault: Fault) -> None:
    findings = await examined(fault.ill)
    for which in Section:
        own = [each for each in findings.values() if each.section is which]
        for line in section(which, own, WIDTH):
            longest_word = max((len(word) for word in line.plain.split()), default=0)
            assert len(line.plain) <= WIDTH or longest_word > WIDTH - 31, line.plain


async def test_the_next_step_is_the_worst_findings_own() -> None:
    async with patient(Illness()) as room:
        told = [finding(warning("w", "e", fix="later")), finding(critical("c", "e", fix="first this"), "tls")]
        assert summary(told, room.subject).plain == "2 checks: 1 warning, 1 critical.\nNext: tls: first this"
        assert summary([finding(ok("x"))], room.subject).plain == "1 check: 1 ok.\nNext: voicecall dial NUMBER"


async def test_somebody_who_has_set_up_nothing_is_guided_and_nobody_else() -> None:
    from dataclasses import replace

    async with patient(Illness()) as room:
        subject = room.subject
    assert guide(subject) is None
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "OPENAI_API_KEY")
    bare = replace(
        subject, machine=replace(subject.machine, dotenv="", lacking=tuple(Lacking(name, "there") for name in names))
    )
    steps = guide(bare)
    assert steps is not None
    assert steps.plain.splitlines()[1].startswith("For a real one: voicecall init")
    assert steps.plain.splitlines()[-1].strip() == "Then: voicecall doctor"
    begun = guide(replace(bare, machine=replace(bare.machine, dotenv=".env")))
    assert begun is not None and begun.plain.splitlines()[1] == "For a real one: fill in .env"


def brief(*findings: CheckFinding, guided: bool = False) -> list[str]:
    return [line.plain for line in brief_section(Section.TUNNEL, findings, WIDTH, guided=guided)]


def test_a_section_that_is_well_is_one_line() -> None:
    assert brief(finding(ok("x")), finding(ok("y"), "tls")) == ["  ok        Public URL and tunnel   2 checks"]
    assert brief(finding(ok("x")), finding(skipped("--to NUMBER was not given"), "callee")) == [
        "  ok        Public URL and tunnel   1 check, 1 skipped"
    ]


def test_of_any_other_what_is_not_well_is_told_and_the_rest_counted() -> None:
    told = brief(finding(ok("x")), finding(warning("slow", "quick", fix="wait"), "tls"), finding(ok("y"), "webhook"))
    assert told == [
        "Public URL and tunnel",
        "  warning   tls                slow",
        "            expected: quick",
        "            do: wait",
        "  ok        the other 2 checks",
        "",
    ]
    assert brief(finding(skipped("KEY is not set")))[1] == "  skipped   dns: because KEY is not set"


def test_before_the_guide_nothing_is_told_that_it_says_or_that_is_well() -> None:
    lacking = finding(critical("not there: KEY", "all"), "settings")
    assert brief(finding(ok("x")), finding(skipped("KEY is not set"), "tls"), lacking, guided=True) == []
    assert len(brief(lacking, finding(critical("taken", "a free port"), "port"), guided=True)) == 4


def test_what_is_waited_for_fits_on_a_line() -> None:
    text = waiting(["a-long-name"] * 30, 40, WIDTH)
    assert len(text.plain) < WIDTH
    assert text.plain.startswith(" 10 of 40; waiting for a-long-name, ")
