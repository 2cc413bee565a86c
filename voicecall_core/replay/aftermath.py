"""What would have followed a write that was not made, or was: the likeliest course, and every order of it.

Knows nothing of what was recorded after that write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from voicecall_core.judgement.call import Call, Step
from voicecall_core.judgement.carrier_model import Paper
from voicecall_core.judgement.model import ModelState
from voicecall_core.judgement.projection import key, projected
from voicecall_core.judgement.rulings import Asker
from voicecall_core.replay.course import Here, begun, gone_on, settled, ways_on
from voicecall_core.replay.otherwise import Parting
from voicecall_core.words import events as e
from voicecall_core.words.orders import CloseModel

_WHOSE = {Asker.FALLBACK: "The fallback's <Say>", Asker.SAY: "The operator's <Say>"}
_LONGEST = 40  # happenings: the ordinary course has a dozen


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the likeliest course. `step` is None for what we do not see; `mark`: what it does to the stream."""

    at: float
    words: str
    event: e.Event | None
    before: Call
    step: Step | None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Fates:
    """Every order of the ordinary course: how many states it has, and how many orders lead to which end."""

    states: int
    orders: Counter[str]


def likeliest(parting: Parting, *, without_writes: bool = False) -> tuple[Happening, ...]:
    """The course by its pace. `without_writes`: as if no document were ever written over another."""
    here = begun(parting)
    now = parting.line.at
    told: list[Happening] = []
    due: dict[str, float] = {}
    while len(told) < _LONGEST:
        if without_writes:
            here = _without(here, lambda paper: bool(paper.number))
        if settled(here):
            break
        if here.carrier.obeyed and here.carrier.fetching and any(not paper.number for paper in here.carrier.papers):
            # Whether an update calls off a fetch under way is not known (assumption: it does).
            here = _without(here, lambda paper: not paper.number)
            here = replace(here, carrier=here.carrier._replace(fetching=0))
            told.append(Happening(now, "the stream's document finds its place taken", None, here.call, None))
        options = list(ways_on(here, parting))
        due = {each.words: due.get(each.words, now + each.takes_s) for each in options}
        if not options:
            break
        option = min(options, key=lambda each: due[each.words])
        now = max(now, due[option.words])
        before = here.call
        here, made = gone_on(here, option, now, parting)
        event, stepped = made or (None, None)
        told.append(Happening(now, option.words, event, before, stepped, option.mark))
    return tuple(told)


def _without(here: Here, gone: Callable[[Paper], bool]) -> Here:
    papers = frozenset(paper for paper in here.carrier.papers if not gone(paper))
    return replace(here, carrier=here.carrier._replace(papers=papers))


def conclusion(parting: Parting) -> str:
    """The likeliest course in a sentence."""
    course = likeliest(parting)
    hit = next((each for each in course if each.mark), None)
    start = next((each.at for each in likeliest(parting, without_writes=True) if _starts(each)), None)
    cancelled = any(_cancels(each) for each in course)
    ends = ", the model's handshake is cancelled" if cancelled else ""
    write = _WHOSE.get(_asker(parting), "The write")
    if hit is None:
        started = next((each.at for each in course if _starts(each)), None)
        return _unhurt(course, started, parting.line.at)
    if start is None:
        return f"{write}: {hit.mark}{ends}."
    span = (start - hit.at) * 1000
    side = "before" if span > 0 else "after"
    what = "the stream dies" if span > 0 else "the stream is cut off"
    return f"{write} takes effect about {abs(span):.0f} ms {side} `start`: {what}{ends}."


def _asker(parting: Parting) -> Asker:
    """Whoever was granted a write at the parting, or else the greeting fallback: the one that comes later."""
    granted = [verdict.asker for verdict in parting.other.verdicts if verdict.number]
    return granted[0] if granted and granted[0] is not Asker.HANG_UP else Asker.FALLBACK


def _unhurt(course: Sequence[Happening], started: float | None, since: float) -> str:
    if started is not None:
        return f"The stream starts about {(started - since) * 1000:.0f} ms later, and nothing touches it."
    ended = any(each.step is not None and each.step.call.ending.cause is not None for each in course)
    return "The call ends without a stream." if ended or not course else "No write touches a stream."


def _starts(one: Happening) -> bool:
    return isinstance(one.event, e.StreamStarted)


def _cancels(one: Happening) -> bool:
    opening = one.before.model.state is ModelState.OPENING
    return opening and one.step is not None and any(isinstance(order, CloseModel) for order in one.step.orders)


def fates(parting: Parting) -> Fates:
    """Walk every order of the ordinary course, merging equal states."""
    known: dict[tuple[Any, ...], Counter[str]] = {}

    def orders(here: Here, mark: str) -> Counter[str]:
        seen = (key(here.call), here.carrier, here.told, mark)
        if seen in known:
            return known[seen]
        options = [] if settled(here) else list(ways_on(here, parting))
        found: Counter[str] = Counter()
        for option in options:
            then, _ = gone_on(here, option, 0.0, parting)
            found += orders(replace(then, call=projected(then.call)), mark or option.mark)
        if not options:
            found[mark or _end(here)] = 1
        known[seen] = found
        return found

    first = begun(parting)
    counted = orders(replace(first, call=projected(first.call)), "")
    return Fates(len(known), counted)


def _end(here: Here) -> str:
    if here.call.ending.cause is not None:
        return "we hang up"
    if any(socket.stage == "live" for socket in here.carrier.sockets):
        return "the stream starts, and nothing touches it"
    return "the call ends without a stream" if here.carrier.leg == "ended" else "nothing more happens by itself"
