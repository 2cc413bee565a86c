"""The diagnosis does not contradict the outcome, and no certainty rests on what the door itself turned away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.call.story import SID, Story, fire
from tests.diagnosis.near_misses import FILES, call_of, diagnosed, read
from voicecall_core.call.endings import ENDINGS, Cause, Outcome
from voicecall_core.call.step import Entry, step
from voicecall_core.diagnosis import Diagnosis, Sure, diagnose
from voicecall_core.words import events as e
from voicecall_core.words.values import CallStatus, Fault, Knock, ModelStage, RestAnswer, Timer

READ = {name: read(path)[:2] for name, path in FILES.items()}
OVER = e.StatusReported(CallStatus.COMPLETED, SID)
GOOD = (None, Outcome.COMPLETED)


class Told(Story):
    """A story that keeps its steps, to be diagnosed."""

    def __init__(self, *before: e.Event, gap: float = 0.1) -> None:
        super().__init__()
        self.steps: list[Entry] = []
        self.after(gap, *before)

    def after(self, gap: float, *events: e.Event) -> Told:
        """Let things happen, each so many seconds after the one before."""
        for event in events:
            at = round(self.call.at + gap, 3)
            done = step(self.call, replace(event, at=at))
            self.call = done.call
            self.steps.append(Entry(replace(event, at=at), done.verdicts, done.orders))
        return self

    def diagnosed(self) -> Diagnosis:
        return diagnose(self.call.terms, self.steps, self.call)


OPENING = (e.DialBegan(), e.Created(SID), e.StatusReported(CallStatus.RINGING, SID))
GREETING = (
    e.ModelReached(1, ModelStage.READY),
    e.ResponseBegan(1, "r1", "greeting-1"),
    e.AudioBegan(1, "r1", "i1"),
    e.AudioEnded(1, "r1", "i1", 3000),
    e.ResponseEnded(1, "r1", "completed"),
)
ANSWER = e.StatusReported(CallStatus.IN_PROGRESS, SID)
STREAM = (e.Fetched(1, 1, SID), e.UpgradeAsked(2, 1, True), e.StreamStarted(2, "MZ1", SID))
HEARD = (e.AudioSent(2, "i1", "r1", 100), e.MarkReturned(2, "i1", "r1", 3100))
TURN = (e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))


def talking() -> Told:
    return Told(*OPENING, *GREETING, ANSWER, *STREAM, *HEARD)


# --- failing is never healthy --------------------------------------------------------------------------------------


def test_a_call_of_which_no_rule_says_anything_is_told_by_its_cause() -> None:
    told = Told(*OPENING, *GREETING, e.HangUpAsked(), e.UpdateAnswered(1, RestAnswer.ACCEPTED), OVER)
    assert told.end == (Cause.OPERATOR, Outcome.CANCELLED)
    (found,) = told.diagnosed().findings
    assert (found.rule, found.fix) == ("bad-ending", ENDINGS[Cause.OPERATOR].fix)
    assert found.what == (
        "the call is cancelled, as you hung up: the call ended before he had heard what he waited for"
    )
    assert [proof.words.partition(" -> ")[0] for proof in found.proof] == [
        "hang-up asked for by operator",
        "status callback: completed",
    ]


def test_a_blemish_does_not_explain_a_bad_end() -> None:
    odd = e.StatusReported(CallStatus.UNKNOWN, SID, said="constructor")
    told = Told(*OPENING, odd, *GREETING, e.HangUpAsked(), e.UpdateAnswered(1, RestAnswer.ACCEPTED), OVER)
    assert [finding.rule for finding in told.diagnosed().findings] == ["bad-ending", "unknown-status"]


def test_what_does_explain_it_stands_alone() -> None:
    told = Told(*OPENING, e.StatusReported(CallStatus.BUSY, SID))
    assert [finding.rule for finding in told.diagnosed().findings] == ["busy"]


@pytest.mark.parametrize("name", READ)
def test_no_call_that_ended_badly_is_healthy(name: str) -> None:
    terms, steps = READ[name]
    for count in range(1, len(steps) + 1):
        found, outcome = diagnosed(terms, steps[:count]), call_of(terms, steps[:count]).ending.outcome
        assert outcome in GOOD or found.findings, (name, count, outcome)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nor_is_any_call_of_any_events(data: st.DataObject) -> None:
    terms, steps = READ[data.draw(st.sampled_from(sorted(READ)))]
    some = data.draw(st.lists(st.sampled_from(steps), max_size=len(steps) + 3))
    ends = [Entry(OVER), Entry(e.HangUpAsked()), Entry(fire(Timer.STREAM)), Entry(fire(Timer.FETCH))]
    told = [*some, *data.draw(st.lists(st.sampled_from(ends), max_size=3))]
    found, outcome = diagnosed(terms, told), call_of(terms, told).ending.outcome
    assert outcome in GOOD or not found.healthy


# --- silence -------------------------------------------------------------------------------------------------------

SILENCES: dict[str, tuple[str, Any]] = {
    "a response hangs": (
        "the model had begun to answer, and nothing came of it",
        lambda: talking().after(0.1, *TURN, e.ResponseBegan(1, "r2")).after(5, OVER),
    ),
    "a request is not answered": (
        "the model was asked, and did not begin",
        lambda: talking().after(0.1, *TURN).after(2, fire(Timer.PATIENCE)).after(3, OVER),
    ),
    "nothing is asked": ("the model did not begin to answer", lambda: talking().after(0.1, *TURN).after(5, OVER)),
    "the session is lost": (
        "the model's session was lost",
        lambda: talking().after(0.1, *TURN, e.ModelFailed(1, "1006", "gone")).after(5, OVER),
    ),
    "a response fails": (
        "a response of the model failed",
        lambda: (
            talking()
            .after(0.1, *TURN, e.ResponseBegan(1, "r2"), e.ResponseEnded(1, "r2", "failed", "server_error"))
            .after(5, OVER)
        ),
    ),
    "a response is mute": (
        "the model's answer was without a sound",
        lambda: (
            talking().after(0.1, *TURN, e.ResponseBegan(1, "r2"), e.ResponseEnded(1, "r2", "completed")).after(5, OVER)
        ),
    ),
    "the model does not hear him stop": (
        "the model did not hear that he had stopped",
        lambda: talking().after(0.1, e.SpeechStarted(1, 5000), e.VoiceEnded(2, 6000)).after(5, OVER),
    ),
    "the agent stops in mid-word": (
        "the agent had stopped in mid-word",
        lambda: (
            talking()
            .after(0.1, *TURN, e.ResponseBegan(1, "r2"), e.AudioBegan(1, "r2", "i2"), e.AudioSent(2, "i2", "r2", 7000))
            .after(0.1, e.AudioRanDry(2, "i2", "r2", 8000))
            .after(5, OVER)
        ),
    ),
    "the fetch is late": (
        "the carrier had not asked for the call's document",
        lambda: Told(*OPENING, *GREETING, ANSWER).after(15, STREAM[0]).after(0.1, *STREAM[1:], *HEARD, OVER),
    ),
    "the stream is late": (
        "its stream had not started",
        lambda: Told(*OPENING, *GREETING, ANSWER, *STREAM[:2]).after(8, STREAM[2]).after(0.1, *HEARD, OVER),
    ),
    "the model is late": (
        "no session of the model was ready",
        lambda: Told(*OPENING, ANSWER, *STREAM).after(4.5, GREETING[0]).after(0.1, *GREETING[1:], *HEARD, OVER),
    ),
}


@pytest.mark.parametrize("name", SILENCES)
def test_silence_says_how_long_it_was_and_who_owed_what(name: str) -> None:
    why, tell = SILENCES[name]
    told: Told = tell()
    found = told.diagnosed().findings[0]
    assert found.rule == "agent-silent", [finding.rule for finding in told.diagnosed().findings]
    assert why in found.what and "s for a sound of the agent" in found.what
    assert found.proof


def test_a_wait_within_the_patience_is_none() -> None:
    assert talking().after(0.1, *TURN).after(3, OVER).diagnosed().healthy


def test_what_the_callee_says_into_the_greeting_is_owed_no_answer() -> None:
    told = Told(*OPENING, *GREETING, ANSWER, *STREAM, HEARD[0], *TURN).after(8, HEARD[1]).after(9, OVER)
    assert told.diagnosed().healthy


def test_the_clip_that_asks_for_a_moment_ends_a_wait_and_begins_the_next() -> None:
    clip = (e.AudioSent(2, "one-moment", "clip", 8000), e.MarkReturned(2, "one-moment", "clip", 9000))
    told = talking().after(0.1, *TURN).after(2, clip[0]).after(0.5, clip[1]).after(6, OVER)
    assert "waited 6.0 s" in told.diagnosed().findings[0].what


def test_a_callee_who_never_spoke_is_a_finding_of_a_completed_call() -> None:
    told = talking().after(9, OVER)
    assert told.end == (Cause.CALLEE, Outcome.COMPLETED)
    assert [finding.rule for finding in told.diagnosed().findings] == ["callee-silent"]


def test_a_fetch_that_never_came_is_found_once_nobody_would_have_waited_for_it() -> None:
    told = Told(*OPENING, *GREETING, ANSWER).after(60, fire(Timer.FETCH)).after(0.1, OVER)
    assert told.end == (Cause.NEVER_FETCHED, Outcome.NEVER_FETCHED)
    assert told.diagnosed().rule == "never-fetched"
    assert Told(*OPENING, *GREETING, ANSWER).after(1, OVER).diagnosed().rule != "never-fetched"


# --- the model -----------------------------------------------------------------------------------------------------


def test_an_account_without_money_is_named_when_the_first_response_fails() -> None:
    failed = e.ResponseEnded(1, "r1", "failed", "insufficient_quota", retryable=False)
    told = Told(*OPENING, *GREETING[:2], failed, e.UpdateAnswered(1, RestAnswer.ACCEPTED), OVER)
    found = told.diagnosed().findings[0]
    assert (found.rule, told.call.ending.outcome) == ("model-cannot-speak", Outcome.MODEL_FAILED)
    assert "quota" in found.fix and "loop lag" not in found.fix


def test_a_session_that_was_lost_and_replaced_is_said_so_of_a_completed_call() -> None:
    lost = (e.ModelFailed(1, "1006", "gone"), e.ModelReached(2, ModelStage.READY), *TURN)
    assert talking().after(0.1, *lost[:2]).after(2, OVER).diagnosed().findings[0].what == (
        "one session of the model was lost, and replaced"
    )
    again = talking().after(0.1, *lost[:2], e.ModelFailed(2, "1006", "gone")).after(2, OVER)
    assert again.diagnosed().findings[0].what == "the model's session was lost in mid-call, 2 times"


# --- what the door turned away -------------------------------------------------------------------------------------

ABSENT = {"unreachable", "never-fetched", "stream-never-came", "stream-refused", "callbacks-lost", "rang-out"}


@pytest.mark.parametrize("knock", list(Knock))
@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize(
    "story",
    [
        [*OPENING, ANSWER, fire(Timer.FETCH), OVER],
        [*OPENING, ANSWER, STREAM[0], fire(Timer.STREAM), OVER],
        [*OPENING, ANSWER, STREAM[0], e.StreamReported("stream-error", SID), OVER],
        [*OPENING[:2], *STREAM, *HEARD, e.HangUpAsked(), e.Checked(CallStatus.COMPLETED)],
        [*OPENING[:2], fire(Timer.RING), e.Checked(CallStatus.COMPLETED)],
    ],
)
def test_nothing_is_certain_of_what_did_not_come_while_the_door_turned_something_away(
    story: list[e.Event], knock: Knock, fault: Fault
) -> None:
    away = e.TurnedAway(knock, 403, fault)
    without, found = Told(*story, gap=5).diagnosed(), Told(*story[:2], away, *story[2:], gap=5).diagnosed()
    assert any(finding.rule in ABSENT for finding in without.findings), [each.rule for each in without.findings]
    assert [each.rule for each in found.findings if each.rule in ABSENT and each.sure is Sure.CERTAIN] == []


@pytest.mark.parametrize(
    ("knock", "rule", "story"),
    [
        (Knock.SOCKET, "stream-never-came", [*OPENING, ANSWER, STREAM[0], fire(Timer.STREAM), OVER]),
        (Knock.SOCKET, "stream-refused", [*OPENING, ANSWER, STREAM[0], e.StreamReported("stream-error", SID), OVER]),
        (Knock.STATUS, "callbacks-lost", [*OPENING[:2], *STREAM, *HEARD, e.HangUpAsked(), e.Checked(OVER.status)]),
        (Knock.FETCH, "never-fetched", [*OPENING, ANSWER, fire(Timer.FETCH), OVER]),
        (Knock.STATUS, "unreachable", [*OPENING[:2], fire(Timer.RING), e.Checked(OVER.status)]),
    ],
)
def test_what_was_turned_away_is_not_said_to_have_never_come(knock: Knock, rule: str, story: list[e.Event]) -> None:
    away = e.TurnedAway(knock, 403, Fault.SIGNATURE)
    without, found = Told(*story, gap=5).diagnosed(), Told(*story[:2], away, *story[2:], gap=5).diagnosed()
    assert rule in [each.rule for each in without.findings]
    assert rule not in [each.rule for each in found.findings]
    assert "signature-refused" in [each.rule for each in found.findings]


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("SIGNATURE", "signature-refused"),
        ("UNSIGNED", "unsigned"),
        ("FULL", "no-room"),
        ("FORM", "unreadable-form"),
        ("SIZE", "oversized"),
        ("SLOW", "oversized"),
        ("BROKEN", "oversized"),
    ],
)
def test_a_fetch_that_was_turned_away_is_the_diagnosis(fault: str, rule: str) -> None:
    away = e.TurnedAway(Knock.FETCH, 403, Fault[fault])
    told = Told(*OPENING, ANSWER, away).after(60, fire(Timer.FETCH)).after(0.1, OVER)
    assert told.end == (Cause.TURNED_AWAY, Outcome.TURNED_AWAY)
    assert told.diagnosed().rule == rule and "fetch" in told.diagnosed().findings[0].what


def test_a_socket_that_came_too_often_and_never_started_is_the_diagnosis() -> None:
    asked = [e.UpgradeAsked(number, 1, True) for number in (1, 2, 3)]
    often = e.TurnedAway(Knock.SOCKET, 429, Fault.OFTEN)
    told = Told(*OPENING, ANSWER, STREAM[0], *asked, often).after(60, fire(Timer.STREAM)).after(0.1, OVER)
    assert told.end == (Cause.TURNED_AWAY, Outcome.TURNED_AWAY)
    assert told.diagnosed().rule == "socket-refused"
    assert "rejected-meanwhile" not in [finding.rule for finding in told.diagnosed().findings]


@pytest.mark.parametrize("fault", [Fault.PATH, Fault.UNSIGNED, Fault.SIZE, Fault.FULL])
def test_passers_by_explain_no_ending_and_are_not_taken_for_the_carrier(fault: Fault) -> None:
    outsiders = [e.TurnedAway(Knock.INTRUDER, 404, fault, count) for count in (1, 10, 100)]
    told = Told(*OPENING, ANSWER, *outsiders).after(60, fire(Timer.FETCH)).after(0.1, OVER)
    assert told.end[0] is Cause.NEVER_FETCHED
    noise = next(finding for finding in told.diagnosed().findings if finding.rule == "scanner-noise")
    assert "at least 100 requests that named no call" in noise.what and noise == told.diagnosed().findings[-1]
    assert told.diagnosed().rule not in ("unsigned", "no-room", "oversized", "signature-refused")


def test_what_was_turned_away_and_came_in_the_end_is_a_blemish() -> None:
    away = e.TurnedAway(Knock.FETCH, 403, Fault.SIGNATURE)
    told = Told(*OPENING, *GREETING, ANSWER, away, *STREAM, *HEARD, *TURN)
    assert [finding.rule for finding in told.after(1, OVER).diagnosed().findings] == ["rejected-meanwhile"]
