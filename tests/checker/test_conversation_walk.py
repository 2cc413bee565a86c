"""The conversation walked in every order: its laws of progress, and every cell that does something."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from tests import mutant_tests
from tests.call.story import greeted
from voicecall_core.call import floor
from voicecall_core.call.conversation import TABLE, Action, Floor, Input
from voicecall_core.checker.proof import LIMITS, Proof, Report
from voicecall_core.checker.talk import Left
from voicecall_core.checker.talk_moves import A_GREETING, PROGRESS, STILL, TALK, TO_A_STREAM, around, brought
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import Timer

_TERMS = Terms("c-1", pii_greeting="hello", limits=LIMITS)
_GREETED = TO_A_STREAM + A_GREETING

WALKS: Mapping[str, tuple[tuple[e.Event, ...], Left]] = {
    "the greeting fails": (TO_A_STREAM, Left(1, failures=1)),
    "the greeting is interrupted": (TO_A_STREAM, Left(1, turns=1)),
    "the greeting's session is lost": (TO_A_STREAM, Left(1, losses=1)),
    "a sentence and a goodbye meet the greeting": (TO_A_STREAM, Left(1, sentences=1, goodbyes=1, tools=1)),
    "something unasked meets the greeting": (TO_A_STREAM, Left(1, unasked=1)),
    "a turn whose answer fails": (_GREETED, Left(1, turns=1, failures=1)),
    "a turn whose session is lost": (_GREETED, Left(1, turns=1, losses=1)),
    "two turns": (_GREETED, Left(1, turns=2)),
    "a sentence that fails": (_GREETED, Left(1, sentences=1, failures=1)),
    "a sentence meets a turn": (_GREETED, Left(1, turns=1, sentences=1)),
    "a sentence's session is lost": (_GREETED, Left(1, losses=1, sentences=1)),
    "a sentence meets something unasked": (_GREETED, Left(0, unasked=1, sentences=1, tools=1)),
    "two sentences and a goodbye": (_GREETED, Left(1, sentences=2, goodbyes=1)),
    "a goodbye meets a turn": (_GREETED, Left(0, turns=1, unasked=1, goodbyes=1)),
    "a goodbye fails": (_GREETED, Left(0, unasked=1, goodbyes=2, failures=1, losses=1)),
    "two goodbyes": (_GREETED, Left(0, unasked=2, goodbyes=1)),
    "a goodbye on a stream that ends": (_GREETED, Left(0, unasked=1, goodbyes=1, ends=1)),
    "a tool is called": (_GREETED, Left(1, unasked=1, tools=1, dry=1)),
    "a tool is called in a turn": (_GREETED, Left(0, turns=1, unasked=1, tools=1, goodbyes=1)),
    "everything ends": (_GREETED, Left(0, turns=1, ends=1, ear=1, words=1)),
}


class _Recorded(dict[Any, Any]):
    """The table, which notes what it is asked."""

    def __init__(self, table: Mapping[Any, Any]) -> None:
        super().__init__(table)
        self.asked: set[tuple[Input, Floor]] = set()

    def __getitem__(self, cell: Any) -> Any:
        self.asked.add(cell)
        return super().__getitem__(cell)


@cache
def _walked(name: str) -> tuple[Report, frozenset[tuple[Input, Floor]], frozenset[type[e.Event]]]:
    """What a walk found, which cells of the table it asked, and which kinds of events it fed."""
    events, left = WALKS[name]
    kinds: set[type[e.Event]] = set()
    recorded = _Recorded(TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor, "TABLE", recorded)
        call = brought(_TERMS, events)

        def laws(made: Any) -> Any:
            kinds.add(type(made.event))
            return made.broken

        report = Proof(call, around(call, left, STILL), TALK, laws=laws, progress=PROGRESS).run()
    return report, frozenset(recorded.asked), frozenset(kinds)


@pytest.mark.parametrize("name", WALKS)
def test_the_conversation_goes_on_in_every_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report, _, _ = _walked(name)
    with capsys.disabled():
        print(f"\n{name}: {report.states:,} states, every move from each")
    assert report.complete and report.states > 100
    assert report.broken is None, report.broken
    assert report.stuck is None, [one.words for one in report.stuck]


# Events that no conversation needs: the guard's walk feeds them.
_OF_THE_GUARD = {
    e.CreateLost,
    e.CreateRefused,
    e.Created,
    e.DialBegan,
    e.Fetched,
    e.LookedUp,
    e.OverwriteAsked,
    e.SocketClosed,
    e.StatusReported,
    e.StreamStarted,
    e.UpdateAnswered,
    e.UpgradeAsked,
}


def test_every_kind_of_event_is_fed_by_one_of_the_walks() -> None:
    fed = {kind for name in WALKS for kind in _walked(name)[2]}
    assert fed | _OF_THE_GUARD == set(e.EVENTS.values())


_DEEPER = "it takes more losses, failures or responses than one walk of this size holds"
UNMET: Mapping[tuple[Input, Floor], str] = {
    (Input.BEGAN, Floor.APOLOGY): "the model is dead before an apology, and its sessions are closed",
    (Input.UNASKED, Floor.APOLOGY): "the model is dead before an apology, and its sessions are closed",
    (Input.STREAM_UP, Floor.APOLOGY): "of the guard's walk: a failing model before the stream",
    (Input.DEAD, Floor.FAREWELL): "a session that is lost in a farewell is not given up, but closed",
    (Input.UNASKED, Floor.SENTENCE): _DEEPER,
    (Input.BEGAN, Floor.CALLEE): _DEEPER,
    (Input.BEGAN, Floor.FAREWELL): _DEEPER,
    (Input.BEGAN, Floor.NOBODY): _DEEPER,
    (Input.EMPTY, Floor.FAREWELL): _DEEPER,
    (Input.FAILED, Floor.CALLEE): _DEEPER,
    (Input.FAILED, Floor.NOBODY): _DEEPER,
    (Input.GOODBYE, Floor.CALLEE): _DEEPER,
    (Input.IMPATIENT, Floor.FAREWELL): "patience stands still in a farewell, which has a bound of its own",
    (Input.REFUSED, Floor.CALLEE): _DEEPER,
    (Input.REFUSED, Floor.NOBODY): _DEEPER,
    (Input.SOUNDED, Floor.CALLEE): _DEEPER,
    (Input.SOUNDED, Floor.NOBODY): _DEEPER,
    (Input.TOOL, Floor.CALLEE): _DEEPER,
}


def test_every_cell_that_does_something_is_met_or_listed_with_its_reason() -> None:
    met = {cell for name in WALKS for cell in _walked(name)[1]}
    doing = {cell for cell, action in TABLE.items() if action is not Action.NOTHING}
    assert doing - met <= set(UNMET), doing - met - set(UNMET)
    assert not {cell for cell in UNMET if cell in met}, "a cell that is met needs no reason"


def test_a_cell_that_mutation_leaves_out_as_unmet_is_met_by_none_of_the_walks() -> None:
    met = {(each.name, list(Floor).index(on) + 1) for name in WALKS for each, on in _walked(name)[1]}
    rows = mutant_tests.UNMET["call/conversation.py"]
    assert not {(row, column) for row, (columns, _) in rows.items() for column in columns} & met


def test_playback_that_ran_out_does_not_take_the_next_answer_with_it() -> None:
    story = greeted()
    session = story.call.model.session
    story.tell(
        e.ResponseBegan(session, "r2"),
        e.AudioBegan(session, "r2", "i2"),
        e.AudioSent(story.call.guard.socket, "i2", "r2", 5000),
        e.AudioEnded(session, "r2", "i2", 1000),
        e.ToolCalled(session, "r2", "t1", "other"),
        e.ResponseEnded(session, "r2", "completed"),
    )
    [asked] = [order for order in story.orders if isinstance(order, o.AskResponse)]
    story.tell(e.ResponseBegan(session, "r3", asked.ref), e.TimerFired(Timer.PLAYBACK))
    utterance = story.call.conversation.utterance
    assert utterance is not None and utterance.response == "r3"


def test_what_failed_unasked_before_it_sounded_is_not_waited_for() -> None:
    story = greeted()
    session = story.call.model.session
    story.tell(
        e.ResponseBegan(session, "r2"), e.AudioBegan(session, "r2", "i2"), e.ResponseEnded(session, "r2", "failed")
    )
    assert not story.call.conversation.items
    assert o.MuteResponse("r2") in story.orders
