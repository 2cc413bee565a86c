from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.callfile.recorded import SID, dialled, lines_of, reading
from voicecall_core.callfile.excerpt import Masks, excerpt_lines, file_name
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.callfile.records import REMOVED
from voicecall_core.callfile.rejudging import rejudge
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.codec import event_from, to_typed_object
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import ItemPlay, Timer

SECRETS = ["5551234", "my PIN is", "CAdeadbeef", "MZdeadbeef", "item_secret", "resp_secret", "org-secret", "8431"]
MZ = "MZdeadbeef" + "0" * 24
CA = "CAdeadbeef" + "0" * 24


def test_people_and_accounts_are_taken_out_of_every_event() -> None:
    masks = Masks()
    events = [
        e.CreateRefused(21211, "The number +15555551234 is not valid"),
        e.Created(CA),
        e.LookedUp((CA, "CA" + "2" * 32)),
        e.StreamStarted(1, MZ, CA),
        e.Heard(1, "item_secret", "my PIN is 8431"),
        e.ToolCalled(1, "resp_secret", "call_secret", "end_call", '{"why": "my PIN is 8431"}'),
        e.DigitPressed(1, "8"),
        e.ModelErred(1, "rate_limit_exceeded", "in organization org-secret"),
        e.ResponseEnded(1, "resp_secret", "failed", "insufficient_quota"),
        e.TimerFired(Timer.SPEECH, 5, (ItemPlay("item_secret", "resp_secret", 1, 1, 1, 1),)),
        e.MarkReturned(1, "apology", "", 5),
    ]
    masked: list[Any] = [event_from(masks.masked(to_typed_object(event))) for event in events]
    text = json.dumps([to_typed_object(event) for event in masked])
    assert not [secret for secret in SECRETS if secret in text]
    assert masked[1].sid == masked[2].sids[0] == masked[3].sid != masked[2].sids[1]
    assert masked[4].item == masked[9].playing[0].item
    assert (masked[6].digit, masked[8].reason, masked[10].item) == ("0", "insufficient_quota", "apology")
    assert masked[7].code == "rate_limit_exceeded"


def test_nothing_said_stays_nothing_said() -> None:
    masks = Masks()
    assert [masks.masked(text, "pii_text") for text in ("", "hello")] == ["", REMOVED]


def keep(path: Path) -> list[dict[str, Any]]:
    with opened(path) as source:
        recording = CallFile(source, "call")
        header = recording.opened()
        return excerpt_lines(header, [step.event for step in recording if step.event is not None])


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("scenario", ["barge-in", "model-drops", "rest-down-at-hangup"])
def test_a_kept_call_is_small_masked_and_decides_the_same(tmp_path: Path, scenario: str, policy: Policy) -> None:
    placed = dialled(tmp_path / "call", scenario, policy)
    lines = keep(tmp_path / "call")
    text = "\n".join(json.dumps(line) for line in lines)
    recording = reading(text)
    again = list(rejudge(recording.opened().terms, recording))
    assert not [one.differences for one in again if one.differences]
    call, was = again[-1].after, placed.call
    assert [(v.asker, v.ruling) for _, v in call.verdicts] == [(v.asker, v.ruling) for _, v in was.verdicts]
    assert (call.ending.outcome, call.ending.cause) == (was.ending.outcome, was.ending.cause)
    assert call.timing == was.timing
    assert [law.law for law in call.broken] == [law.law for law in was.broken]
    assert was.sid not in text and "Hello" not in text
    if len(placed.steps) > 40:
        assert len(lines) < len(placed.steps) // 2


def test_an_interruption_is_not_left_out(tmp_path: Path) -> None:
    dialled(tmp_path / "call", "barge-in")
    ordered = {order["type"] for line in keep(tmp_path / "call")[1:] for order in line.get("orders", [])}
    assert {o.ClearAudio.__name__, o.TruncateItem.__name__} <= ordered


def test_its_name_says_what_it_is(tmp_path: Path) -> None:
    placed = dialled(tmp_path / "call", "race", Policy.NAIVE)
    with opened(tmp_path / "call") as source:
        header = CallFile(source, "call").opened()
    assert file_name(header, placed.call) == "race-guard-off-failed"


def test_a_call_that_never_ended_can_be_kept() -> None:
    recording = reading("\n".join(lines_of(e.DialBegan(), e.Created(SID, at=1))))
    header = recording.opened()
    lines = excerpt_lines(header, [step.event for step in recording if step.event is not None])
    assert lines[0]["expects"] == {"outcome": "", "cause": "", "laws_broken": []}
    assert excerpt_lines(header, [])[1:] == []
