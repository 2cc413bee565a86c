"""What is said when a call is over: the same finding to people, in --json and by replay, also of a completed call."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.callfile.recorded import dialled
from tests.placing import place
from voicecall_cli.console.header import HeaderLine as Title
from voicecall_cli.dial_summary import Conclusion
from voicecall_cli.exits import Exit
from voicecall_cli.main import run
from voicecall_core import CallRecord, read_call


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def shown(record: CallRecord, *, said: bool = False) -> str:
    console = Console(width=80, file=io.StringIO(), record=True)
    Conclusion(record, 0).show(console, Title("+49•••••123", ""), said=said)
    return console.export_text(styles=False)


FOUND = {
    "stream-drops": "The stream broke off and came back",
    "model-closes-in-mid-call": "One session of the model was lost, and replaced.",
    "rest-down-at-hangup": "whether it was carried out is not known.",
}


@pytest.mark.parametrize("name", FOUND)
def test_a_completed_call_shows_what_was_found_in_the_words_of_json_and_replay(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dialled(tmp_path / "call.jsonl", name)
    record = read_call(tmp_path / "call.jsonl")
    finding = Conclusion(record, 0).as_object()["finding"]
    assert isinstance(finding, str) and FOUND[name] in finding
    assert Conclusion(record, 0).exit is Exit.OK
    assert finding in on_one_line(shown(record))
    with pytest.raises(SystemExit):
        run(["replay", str(tmp_path / "call.jsonl")])
    assert finding in on_one_line(capfd.readouterr().out)


async def test_a_call_of_which_nothing_was_found_says_nothing_of_it() -> None:
    placed = await place("ordinary")
    assert Conclusion(placed.record, 0).as_object()["finding"] is None
    assert "healthy" not in shown(placed.record)


async def test_how_long_the_callee_waited_stands_in_the_summary_in_json_and_where_it_concludes(tmp_path: Path) -> None:
    placed = await place("turn-never-ends", log=tmp_path)
    told = Conclusion(placed.record, 0).as_object()
    waited = told["longest_wait_s"]
    assert isinstance(waited, float) and waited == pytest.approx(3.2, abs=0.02), (
        "from his last speech, and not from where a turn was thought to end"
    )
    assert (told["replies"], told["reply_p50_s"], told["reply_p95_s"], told["worst_reply_s"]) == (
        1,
        waited,
        waited,
        waited,
    )
    assert f"longest wait   {waited * 1000:,.0f} ms for a sound of the agent" in shown(placed.record)
    assert f"replies        1: p50 {waited * 1000:,.0f} ms, p95" in shown(placed.record)
    assert "; ours: p50 0 ms" in shown(placed.record)
    assert f"reply_p50_s={waited} " in Conclusion(placed.record, 0).as_line()
    assert placed.record.call_file is not None
    # Not always the last line: what comes in the same instant may be written after it.
    lines = [line for line in placed.record.call_file.read_text("utf-8").splitlines() if '"Conclude"' in line]
    (order,) = [json.loads(line)["orders"][-1] for line in lines]
    figures = {"longest_wait_s": waited, "reply_p50_s": waited, "reply_p95_s": waited, "worst_reply_s": waited}
    assert order == {"type": "Conclude", "outcome": "completed", "replies": 1, **figures}


async def test_the_last_object_keeps_its_keys() -> None:
    placed = await place("busy")
    assert list(Conclusion(placed.record, 2).as_object()) == [
        "outcome", "cause", "confirmed", "diagnosis", "finding", "findings", "sid", "exit", "start_to_first_audio_s",
        "answer_to_first_audio_s", "first_word", "replies", "reply_p50_s", "reply_p95_s", "worst_reply_s",
        "replies_over", "reply_ours_p50_s", "reply_model_p50_s", "longest_wait_s", "laws_broken",
        "requests_turned_away", "unauthenticated_requests", "call_file", "callee", "format",
    ]  # fmt: skip
