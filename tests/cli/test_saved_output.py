"""What `dial` printed, saved to a file, is replayed to the same answer as the call file of the same call."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.callfile.recorded import dialled
from tests.placing import Placed
from tests.samples import any_of
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.lines import lines
from voicecall_cli.dial_summary import Conclusion
from voicecall_cli.exits import Exit
from voicecall_cli.main import run
from voicecall_core.callfile.writer import step_object
from voicecall_core.importers.own_lines import fact_in
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import describe
from voicecall_core.words.terms import Policy

Answer = Callable[[str], tuple[int, list[dict[str, Any]]]]
SAMPLE = (
    "ordinary",
    "race",
    "silent-race",
    "busy",
    "say",
    "model-refuses-key",
    "stream-never-comes",
    "create-answer-lost",
)
assert set(SAMPLE) <= set(SCENARIOS)


def as_json(placed: Placed) -> str:
    """What --json prints of a call."""
    objects = [
        placed.record.header.as_object(),
        *map(step_object, placed.steps),
        Conclusion(placed.record, 0).as_object(),
    ]
    return "".join(json.dumps(each) + "\n" for each in objects)


def as_plain(placed: Placed) -> str:
    """What --plain prints of a call."""
    file = io.StringIO()
    out = Console(file=file, width=80, highlight=False)
    for step in placed.steps:
        for line in lines(step):
            out.print(line, soft_wrap=True)
    over = Conclusion(placed.record, 0)
    over.show(out, HeaderLine("+15•••••100", "simulated"), said=False)
    out.print(over.as_line(), soft_wrap=True, markup=False)
    return file.getvalue()


@pytest.fixture
def answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Answer:
    def of(content: str) -> tuple[int, list[dict[str, Any]]]:
        (tmp_path / "saved").write_text(content)
        with pytest.raises(SystemExit) as caught:
            run(["replay", str(tmp_path / "saved"), "--json"])
        assert isinstance(caught.value.code, int)
        return caught.value.code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return of


def told(found: dict[str, Any]) -> tuple[object, ...]:
    """What a reader acts upon: the race, the diagnosis, each finding's rule and how sure it is."""
    return found["race"], found["diagnosis"], [(each["rule"], each["sure"]) for each in found.get("findings", ())]


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize(
    "scenario", [pytest.param(n, marks=() if n in SAMPLE else pytest.mark.every) for n in SCENARIOS]
)
def test_the_saved_output_leads_to_what_the_call_file_does(
    answer: Answer, tmp_path: Path, scenario: str, policy: Policy
) -> None:
    placed = dialled(tmp_path / "call.jsonl", scenario, policy)
    code, (record,) = answer((tmp_path / "call.jsonl").read_text())
    saved_code, (saved,) = answer(as_json(placed))
    assert (saved_code, saved) == (code, record | {"file": saved["file"]})
    plain_code, (call, closing) = answer(as_plain(placed))
    assert (plain_code, told(call)) == (code, told(record))
    assert told(closing)[:2] == told(record)[:2] and call["sid"] == record["sid"]


def test_the_lines_of_a_finding_are_those_of_the_saved_text(answer: Answer, tmp_path: Path) -> None:
    text = as_plain(dialled(tmp_path / "call.jsonl", "race", Policy.NAIVE))
    (finding, *_) = answer(text)[1][0]["findings"]
    shown = [text.splitlines()[each["line"] - 1] for each in finding["proof"]]
    assert any("over the live call" in line for line in shown), shown


@pytest.mark.parametrize("rest", [0, 3, 12])
def test_a_text_that_was_cut_off_says_nothing_of_what_it_does_not_hold(
    answer: Answer, tmp_path: Path, rest: int
) -> None:
    text = as_plain(dialled(tmp_path / "call.jsonl", "ordinary"))
    over = next(n for n, line in enumerate(text.splitlines()) if line.strip().startswith("over: "))
    code, (call, closing) = answer("\n".join(text.splitlines()[: over - rest]) + "\n")
    assert code == Exit.DIFFERENT and closing["diagnosis"] == "nothing found"
    assert call["race"] in ("absent", "unknown") and call["not_told"]


def test_a_race_is_found_in_a_text_that_was_cut_off_before_its_end(answer: Answer, tmp_path: Path) -> None:
    text = as_plain(dialled(tmp_path / "call.jsonl", "race", Policy.NAIVE))
    for end in ("over: ", "upgrade on socket"):  # the second: only the answer to the fetch shows that there is a stream
        _, (call, _) = answer(text[: text.rindex("\n", 0, text.index(end))])
        assert call["race"] == "found" and call["diagnosis"] == "race", end


def test_a_closing_line_of_another_version_is_not_guessed_at(answer: Answer, tmp_path: Path) -> None:
    text = as_plain(dialled(tmp_path / "call.jsonl", "ordinary"))
    unknown = text.replace("findings=", "findings=a-rule-of-tomorrow:certain")
    assert answer(unknown)[1][-1]["diagnosis"] == "nothing found"


def test_several_calls_in_one_text_stay_apart(answer: Answer, tmp_path: Path) -> None:
    good = as_plain(dialled(tmp_path / "call.jsonl", "ordinary"))
    bad = as_plain(dialled(tmp_path / "call.jsonl", "race", Policy.NAIVE))
    _, (first, second, closing) = answer(good + bad)
    assert (first["race"], second["race"], closing["calls"]) == ("absent", "found", 2)


def test_what_stands_behind_the_closing_object_is_left_out(answer: Answer, tmp_path: Path) -> None:
    text = as_json(dialled(tmp_path / "call.jsonl", "race", Policy.NAIVE))
    assert answer(text + "failed: its stream was overwritten\n  called +15\n") == answer(text)


UNTOLD = {  # what the words of a description leave out
    "said", "sequence", "sip_code", "answered_by", "request", "direction", "status", "error_code", "stream_sid", "sid",
    "account_ok", "encoding", "retryable", "expires_s", "session", "ref", "busy", "at", "refusal",
}  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [
        e.DialBegan, e.Created, e.CreateRefused, e.CreateLost, e.StatusReported, e.Fetched, e.StreamReported,
        e.UpgradeAsked, e.StreamStarted, e.StreamStopped, e.SocketClosed, e.UpdateAnswered, e.ModelReached,
        e.ModelFailed, e.ModelErred,
    ],
)  # fmt: skip
def test_a_description_is_read_back_as_what_it_describes(kind: type[e.Event]) -> None:
    event = any_of(kind)
    read = fact_in(describe(event).full, "CA" + "0" * 32, indented=False)
    assert type(read) is kind
    for name in (each for each in type(event).__dataclass_fields__ if each not in UNTOLD):
        assert getattr(read, name) == getattr(event, name), name
