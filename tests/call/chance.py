"""Random calls: any event in any state, also those that no carrier and no model would send."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from voicecall_core.words import events as e
from voicecall_core.words.terms import ToolTerms
from voicecall_core.words.values import (
    CallStatus,
    Fault,
    ItemPlay,
    Knock,
    ModelStage,
    Refusal,
    RestAnswer,
    Timer,
    ToolOutcome,
)

_sids = st.sampled_from(["CA1", "CA1", "CA1", "CA2"])
_few = st.integers(1, 3)
_sockets = st.integers(1, 3)
_sessions = st.integers(1, 2)
_responses = st.sampled_from(["r1", "r2", "r3"])
_items = st.sampled_from(["i1", "i2", "i3"])
_refs = st.sampled_from(["", "greeting-1", "greeting-2", "turn-1", "turn-2"])
_ms = st.integers(0, 4000)
_tools = st.sampled_from(["t1", "t2"])
TOOLS = (ToolTerms("look_up"),)


@st.composite
def _plays(draw: st.DrawFn) -> tuple[ItemPlay, ...]:
    plays = []
    for item in draw(st.lists(_items, max_size=2, unique=True)):
        generated = draw(_ms)
        sent = draw(st.integers(0, generated))
        acked = draw(st.integers(0, sent))
        plays.append(ItemPlay(item, draw(_responses), generated, sent, acked, draw(_ms)))
    return tuple(plays)


_statuses = st.sampled_from(list(CallStatus))

EVENTS: st.SearchStrategy[e.Event] = st.one_of(
    st.builds(e.DialBegan),
    st.builds(e.OperatorSpoke, st.just("say this")),
    st.builds(e.OverwriteAsked, st.just("answering machine"), st.just("call back")),
    st.builds(e.HangUpAsked),
    st.builds(e.TunnelLost, st.just("gone")),
    st.builds(e.OurFault, st.just("an errand"), st.just("ValueError: no")),
    st.builds(e.TimerFired, st.sampled_from(list(Timer)), _ms, _plays()),
    st.builds(e.TimerFired, st.sampled_from(list(Timer)), _ms, _plays()),
    st.builds(e.Created, _sids),
    st.builds(e.CreateRefused, st.just(21211), st.just("no"), st.booleans()),
    st.builds(e.CreateLost, st.just("time-out")),
    st.builds(e.LookedUp, st.lists(_sids, max_size=2, unique=True).map(tuple), st.booleans()),
    st.builds(e.UpdateAnswered, _few, st.sampled_from(list(RestAnswer)), refusal=st.sampled_from(list(Refusal))),
    st.builds(e.Checked, st.one_of(st.none(), _statuses)),
    st.builds(e.StatusReported, _statuses, _sids),
    st.builds(e.Fetched, _few, _few, _sids),
    st.builds(e.TurnedAway, st.sampled_from(Knock), st.just(403), st.sampled_from(Fault), st.sampled_from([1, 10])),
    st.builds(e.StreamReported, st.sampled_from(["stream-started", "stream-error"]), _sids, st.just("why")),
    st.builds(e.UpgradeAsked, _sockets, _few, st.booleans()),
    st.builds(e.StreamStarted, _sockets, st.just("MZ1"), _sids, st.sampled_from([True, True, True, False])),
    st.builds(e.StreamStopped, _sockets),
    st.builds(e.SocketClosed, _sockets),
    st.builds(e.DigitPressed, _sockets, st.just("5")),
    st.builds(e.AudioSent, _sockets, _items, _responses, _ms),
    st.builds(e.MarkReturned, _sockets, st.sampled_from(["i1", "i2", "i3", "apology"]), _responses, _ms),
    st.builds(e.AudioRanDry, _sockets, _items, _responses, _ms),
    st.builds(e.VoiceBegan, _sockets, _ms),
    st.builds(e.VoiceEnded, _sockets, _ms),
    st.builds(e.Replied, _sockets, _items, _responses, _ms, _ms, st.one_of(st.none(), _ms), st.booleans()),
    st.builds(e.MediaStalled, _sockets, _ms),
    st.builds(e.ModelReached, _sessions, st.sampled_from(list(ModelStage))),
    st.builds(e.ModelFailed, _sessions, st.just("1006"), st.just("gone"), st.booleans()),
    st.builds(e.ModelErred, _sessions, st.just("code"), st.just("words"), _refs, st.booleans()),
    st.builds(e.ResponseBegan, _sessions, _responses, _refs),
    st.builds(e.ResponseEnded, _sessions, _responses, st.sampled_from(["completed", "cancelled", "failed"])),
    st.builds(e.AudioBegan, _sessions, _responses, _items),
    st.builds(e.AudioEnded, _sessions, _responses, _items, _ms),
    st.builds(e.SpeechStarted, _sessions, _ms, _ms, _plays()),
    st.builds(e.SpeechStopped, _sessions, _ms),
    st.builds(e.TurnCommitted, _sessions, _items),
    st.builds(
        e.ToolCalled, _sessions, _responses, _tools, st.sampled_from(["end_call", "look_up", "look_up", "other"])
    ),
    st.builds(
        e.ToolAnswered, _sessions, _tools, st.just("look_up"), st.sampled_from(ToolOutcome), st.just(1.0), st.just("{}")
    ),
    st.builds(e.Heard, _sessions, _items, st.just("hello "), st.booleans()),
    st.builds(e.Spoken, _sessions, _items, _responses, st.just("hi "), st.booleans()),
)

A_GREETED_CALL: tuple[e.Event, ...] = (
    e.DialBegan(),
    e.Created("CA1"),
    e.ModelReached(1, ModelStage.READY),
    e.ResponseBegan(1, "r1", "greeting-1"),
    e.AudioBegan(1, "r1", "i1"),
    e.AudioEnded(1, "r1", "i1", 3000),
    e.ResponseEnded(1, "r1", "completed"),
    e.StatusReported(CallStatus.IN_PROGRESS, "CA1"),
    e.Fetched(1, 1, "CA1"),
    e.UpgradeAsked(1, 1, True),
    e.StreamStarted(1, "MZ1", "CA1"),
    e.AudioSent(1, "i1", "r1", 100),
    e.MarkReturned(1, "i1", "r1", 3100),
)


@st.composite
def calls(draw: st.DrawFn) -> list[e.Event]:
    """A long run of events: some of an ordinary call, with anything at all in between and after it."""
    events: list[e.Event] = []
    for ordinary in A_GREETED_CALL[: draw(st.integers(1, len(A_GREETED_CALL)))]:
        events.append(ordinary)
        if draw(st.integers(0, 5)) == 0:
            events.append(draw(EVENTS))
    events += draw(st.lists(EVENTS, max_size=40))
    return in_time(*events)


def in_time(*events: e.Event) -> list[e.Event]:
    """The events a tenth of a second apart."""
    return [replace(event, at=round(0.1 * index, 1)) for index, event in enumerate(events)]
