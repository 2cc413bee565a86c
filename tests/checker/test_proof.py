"""Every order walked: the guard holds, the naive policy is caught with its harm, and no refusal could be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.checker.test_conversation_walk import OF_THE_GUARD
from tests.sampling import sampled
from voicecall_core.call.guard_table import TABLE, Asker, Ruling, State
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, LawBroken, Step, new_call
from voicecall_core.checker.environment import Actor, environment
from voicecall_core.checker.product import Environment, Move, Reduction
from voicecall_core.checker.proof import LIMITS, USUAL, Progress, Proof, Report, without
from voicecall_core.checker.reduction import key, projected, view
from voicecall_core.checker.standard_walks import DEEP, GUARD_WALKS, GuardWalk
from voicecall_core.checker.trace import Trace
from voicecall_core.words import events as e
from voicecall_core.words.events import DialBegan, StatusReported, TimerFired
from voicecall_core.words.terms import Kind, Policy, Terms


def _told(capsys: pytest.CaptureFixture[str], name: str, report: Report) -> None:
    """Show how much was walked: a checker that walks nothing finds nothing."""
    with capsys.disabled():
        print(
            f"\n{name}: {report.states:,} states, {report.transitions:,} moves"
            f"; at most {report.way_out} timers and lost answers to the end"
        )


def _held(report: Report) -> None:
    """No law was broken, nobody was harmed, and every state has a way out."""
    assert report.complete
    assert report.broken is None, report.broken
    assert report.harmed is None, report.harmed
    assert report.stuck is None, report.stuck
    assert not report.impossible_met
    assert not set(BACKED) & report.asked, "a refusal that another backs is never run into"


# What each walk is for: the kinds of events that it feeds, beside those that all of them do.
_FEEDS: Mapping[str, frozenset[type[e.Event]]] = {
    "the model comes and goes": frozenset({e.UpdateAnswered, e.ModelFailed, e.HangUpAsked}),
    "the model does not answer": frozenset({e.TimerFired}),
    "the operator wants something said": frozenset({e.OperatorSpoke}),
    "the greeting is spoken while it rings": frozenset({e.ResponseBegan, e.MarkReturned}),
    "the greeting is made before it rings": frozenset({e.ResponseEnded}),
    "create is answered late, or never": frozenset({e.CreateLost, e.CreateRefused, e.LookedUp}),
    "an intruder asks": frozenset({e.UpgradeAsked}),
    "a call that only says a sentence": frozenset({e.OperatorSpoke}),
}
_ALL_FEED = frozenset({e.DialBegan, e.Created, e.StatusReported, e.Fetched})
_ALL_OF_A_STREAM = frozenset({e.StreamStarted, e.SocketClosed, e.StreamStopped})
assert set(_FEEDS) == set(GUARD_WALKS)


@pytest.mark.parametrize("name", GUARD_WALKS)
def test_the_guard_holds_in_every_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = GUARD_WALKS[name].proof().run()
    _told(capsys, name, report)
    _held(report)
    assert report.states > 900
    assert report.way_out is not None and report.way_out < 20
    assert report.events >= _ALL_FEED | _FEEDS[name]
    assert GUARD_WALKS[name].kind is Kind.SAY or report.events >= _ALL_OF_A_STREAM


def test_every_kind_of_event_is_fed_by_a_walk() -> None:
    """Those of the conversation feed all others, as their test shows; an overwrite is for the deep ones."""
    assert _ALL_FEED.union(_ALL_OF_A_STREAM, *_FEEDS.values()) >= OF_THE_GUARD - {e.OverwriteAsked}
    assert any(isinstance(walk, GuardWalk) and Actor.OVERWRITE in walk.actors for walk in DEEP.values())


@pytest.mark.every
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", [name for name, walk in DEEP.items() if isinstance(walk, GuardWalk)])
def test_the_guard_holds_with_more_of_them_at_once(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = DEEP[name].proof().run()
    _told(capsys, name, report)
    _held(report)
    walk = DEEP[name]
    assert isinstance(walk, GuardWalk) and (Actor.OVERWRITE in walk.actors) is (e.OverwriteAsked in report.events)


# --- what has to be caught -----------------------------------------------------------------------------------------


def test_the_naive_policy_is_caught_with_its_harm_and_the_shortest_way_to_it() -> None:
    report = GuardWalk(frozenset(), policy=Policy.NAIVE).proof().run(until_harm=True)
    assert report.broken is not None and report.harmed is not None
    assert [line.words for line in report.broken] == [
        "the call is begun",
        "create is answered",
        "the callee answers",
        "callback: in-progress",
    ]
    assert [line.words for line in report.harmed][3:] == [
        "callback: in-progress",
        "fetch of generation 1",
        "the <Say> document takes effect",
    ]
    assert report.harmed[-1].harm == "a <Say> took effect after a stream document had left us"
    assert any(law.law == 1 for law in report.broken[-1].laws)


def test_the_naive_operator_does_the_same_harm() -> None:
    report = GuardWalk(frozenset({Actor.SAY})).proof(rules=without(Asker.SAY, State.SERVED)).run(until_harm=True)
    assert report.harmed is not None
    assert "the operator wants something said" in [line.words for line in report.harmed]


_TURNED_DOWN = {
    Ruling.REFUSED,
    Ruling.REROUTED,
    Ruling.HELD,
    Ruling.HUNG_UP,
    Ruling.AGAIN,
    Ruling.TURNED_AWAY,
    Ruling.CLOSED,
    Ruling.IGNORED,
}
# Who brings the asker to ask, besides the carrier. A message that speaks for itself comes of an overwrite.
_ROWS: dict[Asker, set[Actor]] = {
    Asker.FETCH_AGAIN: set(),
    Asker.FETCH_NEXT: set(),
    Asker.FETCH_BEYOND: set(),
    Asker.FALLBACK: set(),
    Asker.SAY: {Actor.SAY},
    Asker.OVERWRITE: {Actor.OVERWRITE},
    Asker.UPGRADE: {Actor.INTRUDER},
    Asker.UPGRADE_WRONG: {Actor.INTRUDER},
    Asker.START: {Actor.INTRUDER},
    Asker.START_WRONG: {Actor.INTRUDER},
    Asker.HANG_UP_TWICE: set(),
    Asker.WRITE_TWICE: {Actor.OVERWRITE},
}
# Refusals that nobody runs into, each because of a partner that turns the asker away before: taking the cell's refusal
# away changes nothing, which is tested too.
_CARRIER = "the carrier never asks for a later document before the first"
_LIVE_ONLY = "writing.ask_for_fallback asks only while no stream is live and the call is not ending"
_NO_TOKEN = "no token of this generation is out, or it is spent and its socket gone: asked as a wrong token"
_NO_SOCKET = "no socket is accepted here, so the start is one on a wrong socket"
BACKED = {
    (Asker.FETCH_NEXT, State.RESERVED): _CARRIER,
    (Asker.FETCH_BEYOND, State.RESERVED): _CARRIER,
    (Asker.FALLBACK, State.LIVE): _LIVE_ONLY,
    (Asker.FALLBACK, State.HANGING): _LIVE_ONLY,
    (Asker.UPGRADE, State.RESERVED): _NO_TOKEN,
    (Asker.UPGRADE, State.GONE): _NO_TOKEN,
    (Asker.START, State.RESERVED): _NO_SOCKET,
    (Asker.START, State.SERVED): _NO_SOCKET,
    (Asker.START, State.GONE): _NO_SOCKET,
    (Asker.START, State.SAYING): _NO_SOCKET,
    (Asker.START_WRONG, State.RESERVED): "no socket exists before a document was served",
    (Asker.WRITE_TWICE, State.RESERVED): "nothing is granted a write before a document was served",
}
# A call that is over grants nothing, whatever its table says: tombstone.py only shows the verdict.
_REFUSALS = [
    (asker, state)
    for asker in _ROWS
    for state in State
    if TABLE[asker, state].ruling in _TURNED_DOWN and state is not State.OVER
]


@pytest.mark.parametrize(
    ("asker", "state"),
    sampled([cell for cell in _REFUSALS if cell not in BACKED], 2, spread=True),
    ids=lambda value: value.name,
)
def test_a_refusal_that_is_taken_away_is_missed(asker: Asker, state: State) -> None:
    said = {Actor.OVERWRITE} if state is State.SAYING else set()
    report = GuardWalk(frozenset({Actor.HANG_UP, *_ROWS[asker], *said})).proof(rules=without(asker, state)).run()
    assert not report.holds
    assert (asker, state) in report.asked
    trace = report.broken or report.harmed or report.stuck
    assert trace is not None
    last = trace[-1]
    assert last.harm or last.laws


def test_the_named_cells_are_all_refusals() -> None:
    assert set(BACKED) <= set(_REFUSALS)


def test_a_walk_that_is_cut_short_says_so_and_does_not_hold() -> None:
    report = GuardWalk(USUAL).proof().run(limit=100)
    assert not report.complete
    assert not report.holds
    assert report.way_out is None


# --- what a search is asked for --------------------------------------------------------------------------------------

_SAY = new_call(Terms("c-1", Kind.SAY, pii_say="hello", limits=LIMITS))


def _words(trace: Trace | None) -> list[str]:
    return [one.words for one in trace or ()]


def _alone(call: Call) -> Iterator[Move[None]]:
    """A world without a carrier: we dial, and our timers fire."""
    if call.phase is Phase.NEW:
        yield Move("we dial", DialBegan(), None, autonomous=True)
    for timer in sorted(call.timers):
        yield Move(f"{timer}", TimerFired(timer), None, autonomous=True)


def test_a_call_among_nobody_cannot_end() -> None:
    report = Proof(_SAY, Environment((), _alone)).run()
    assert report.stuck == ()  # from its first state on: create is never answered, nor known to be lost
    assert report.broken is None and not report.holds


def test_another_law_is_caught_at_its_first_step() -> None:
    def quiet(step: Step) -> Sequence[LawBroken]:
        return [LawBroken(99, 0.0, "a callback came")] if isinstance(step.event, StatusReported) else []

    report = Proof(_SAY, environment(frozenset()), laws=quiet).run()
    assert report.broken is not None
    assert _words(report.broken) == ["the call is begun", "create is answered", "callback: queued"]
    assert [law.law for law in report.broken[-1].laws] == [99]


def test_a_law_of_progress_holds_from_where_it_is_due() -> None:
    world = environment(frozenset())
    never = Progress(until=lambda call: call.answered)
    assert Proof(_SAY, world, progress=(never,)).run().stuck == ()  # nobody answers, if everybody is silent
    once = Progress(since=lambda call: call.answered, until=lambda call: call.phase is Phase.OVER)
    report = Proof(_SAY, world, progress=(once,)).run()
    assert report.holds and report.way_out is not None and report.way_out > 0
    broken = Progress(since=lambda call: call.answered, until=lambda call: False)
    assert _words(Proof(_SAY, world, progress=(broken,)).run().stuck) == [
        "the call is begun",
        "create is answered",
        "the callee answers",
        "callback: in-progress",
    ]


def test_a_reduction_that_forgets_less_finds_no_more() -> None:
    world = environment(frozenset({Actor.HANG_UP, Actor.REST}))
    usual = Proof(_SAY, world).run()
    fine = Proof(_SAY, world, Reduction(projected, key, view, lambda now, view: now)).run()
    assert usual.holds and fine.holds
    assert fine.states > usual.states
    assert fine.asked <= usual.asked and fine.way_out == usual.way_out
