"""Everybody around a conversation on a live stream, as a state: the model's sessions, our door, the callee.

How often each thing is done has a budget, so that the walk ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from voicecall_core.call.floor import CLIP
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import KEPT_GREETING, ItemPlay


class Left(NamedTuple):
    """How often each may still happen; counts of 0 are never met."""

    responses: int = 2
    turns: int = 0
    losses: int = 0
    failures: int = 0  # refusals, responses that fail or end without a sound
    unasked: int = 0
    sentences: int = 0
    tools: int = 0  # calls of one that there is not
    runs: int = 0  # calls of one that is run
    goodbyes: int = 0
    dry: int = 0
    ear: int = 0  # news of our own ear
    words: int = 0
    early: int = 0  # a socket opens before its session is ready; something is said in between
    changes: int = 0  # a session nears its limit
    returns: int = 0  # streams behind one that has ended
    ends: int = 0  # what the stream, the tunnel or the operator can end, and what is only noted


class Session(NamedTuple):
    """One session at the model.

    `asked`: the request it has not answered. `response`: what runs, `stage`: begun, sounding, made, or stopping (it was
    cancelled, and its end is to come). `hears`: the callee in it: speaking, stopped, closed (we ended his turn). `due`:
    it answers a turn itself.
    """

    number: int
    upgraded: bool = False
    ready: bool = False
    held: bool = True
    asked: str = ""
    response: str = ""
    stage: str = ""
    hears: str = ""
    due: bool = False


class Item(NamedTuple):
    """One thing that is to be heard: `sent`: its first frame has left; `made`: it is here to its end; `dry`."""

    item: str
    response: str
    sent: bool = False
    made: bool = False
    dry: bool = False


class Talk(NamedTuple):
    """What is true of the conversation outside of the call. `socket`: the live stream's, 0 if it has ended.

    `way`: how far the next one is: fetched, upgraded. `fed`: the session that the callee's voice goes to. `made`:
    responses so far. `item`: the callee's last item. `checks`: status checks not yet answered. `runs`: tools that run,
    as the session that called and the call. `over`: the call is being hung up, and nobody talks any more.
    """

    sessions: tuple[Session, ...] = ()
    items: tuple[Item, ...] = ()
    muted: frozenset[str] = frozenset()
    socket: int = 1
    way: str = ""
    fed: int = 0
    made: int = 0
    item: int = 0
    checks: int = 0
    runs: tuple[tuple[int, str], ...] = ()
    over: bool = False
    left: Left = Left()

    def session(self, number: int) -> Session | None:
        """The session of this number, if it has not gone."""
        return next((each for each in self.sessions if each.number == number), None)

    def spent(self, name: str, **changes: Any) -> Talk:
        """One of a budget less, and what else changes."""
        return self._replace(left=self.left._replace(**{name: getattr(self.left, name) - 1}), **changes)

    def with_session(self, number: int, **changes: Any) -> Talk:
        """The same with one session changed."""
        sessions = tuple(each._replace(**changes) if each.number == number else each for each in self.sessions)
        return self._replace(sessions=sessions)

    def without(self, number: int) -> Talk:
        """The same without a session."""
        fed = 0 if self.fed == number else self.fed
        return self._replace(sessions=tuple(each for each in self.sessions if each.number != number), fed=fed)

    def with_item(self, name: str, **changes: Any) -> Talk:
        """The same with one item changed."""
        return self._replace(
            items=tuple(each._replace(**changes) if each.item == name else each for each in self.items)
        )

    @property
    def playing(self) -> tuple[ItemPlay, ...]:
        """How far each item has come: half of it has left, none of it is known to have been heard."""
        return tuple(ItemPlay(each.item, each.response, 1000, 500 if each.sent else 0, 0, 0) for each in self.items)


SILENT = Talk(over=True, left=Left(0))


def heard(now: Talk, event: e.Event, orders: Sequence[o.Order]) -> Talk:
    """What our orders make of it."""
    for order in orders:
        match order:
            case o.HangUp() | o.Conclude():
                return SILENT
            case o.OpenAudio():
                now = now._replace(socket=order.socket, way="")
            case o.CheckCall():
                now = now._replace(checks=1)
            case o.ClearAudio():
                now = now._replace(items=())
            case o.MuteResponse():
                now = _muted(now, order.response)
            case o.PlayClip() | o.PlayGreeting():
                now = now._replace(items=(*now.items, _played(order)))
            case o.ForwardAudio():
                now = now._replace(fed=order.session)
            case o.RunTool():
                now = now._replace(runs=(*now.runs, (order.session, order.tool_call)))
            case _:
                now = _at_the_model(now, order)
    return now


def _played(order: o.PlayClip | o.PlayGreeting) -> Item:
    if isinstance(order, o.PlayGreeting):
        return Item(KEPT_GREETING, KEPT_GREETING, made=True)
    return Item(order.clip, "apology" if order.clip == "apology" else CLIP, True, True)


def _muted(now: Talk, response: str) -> Talk:
    items = tuple(each for each in now.items if each.response != response or each.response == CLIP)
    running = any(each.response == response for each in now.sessions)
    return now._replace(items=items, muted=now.muted | {response} if running else now.muted)


def _at_the_model(now: Talk, order: o.Order) -> Talk:
    """What a request makes of the model's sessions."""
    match order:
        case o.OpenModel():
            return now._replace(sessions=(*now.sessions, Session(order.session, held=order.held)))
        case o.CloseModel():
            return now.without(order.session)
        case o.HoldTurns():
            return now.with_session(order.session, held=True)
        case o.RestoreTurns():
            return now.with_session(order.session, held=False)
        case o.CommitTurn():
            return now.with_session(order.session, hears="closed")
        case o.AskGreeting() | o.AskResponse():
            return now.with_session(order.session, asked=order.ref)
        case o.CancelResponse():
            session = now.session(order.session)
            if session is not None and session.response == order.response:
                return now.with_session(order.session, stage="stopping")
    return now
