"""What would have followed a write that was not made, or was: the likeliest course, and every order of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from voicecall_core.call.guard_table import Asker
from voicecall_core.call.step import Call
from voicecall_core.checker.carrier import Carrier, Paper
from voicecall_core.checker.counterfactual import Divergence
from voicecall_core.checker.nominal_course import Here, NominalCourse
from voicecall_core.checker.product import Move
from voicecall_core.checker.reduction import key, projected
from voicecall_core.checker.search import Numbered, Search
from voicecall_core.checker.trace import Trace, Transition
from voicecall_core.words import events as e
from voicecall_core.words.orders import CloseModel
from voicecall_core.words.values import CallStatus

_WHOSE = {Asker.FALLBACK: "The fallback's <Say>", Asker.SAY: "The operator's <Say>"}
_LONGEST = 40  # moves: the ordinary course has a dozen


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Every order of the ordinary course: how many states it has, and how many orders lead to which end."""

    states: int
    orders: Counter[str]


def likeliest(divergence: Divergence, *, without_writes: bool = False) -> Trace:
    """The course by its pace. `without_writes`: as if no document were ever written over another."""
    course = NominalCourse(divergence)
    here, now = course.start, divergence.recorded.event.at
    trace: list[Transition] = []
    due: dict[str, float] = {}
    while len(trace) < _LONGEST:
        if without_writes:
            here = _without(here, lambda paper: bool(paper.number))
        if here.settled:
            break
        if here.carrier.obeyed and here.carrier.fetching and any(not paper.number for paper in here.carrier.papers):
            # Whether an update calls off a fetch under way is not known (assumption: it does).
            here = _without(here, lambda paper: not paper.number)
            here = replace(here, carrier=here.carrier._replace(fetching=0))
            trace.append(Transition("the stream's document finds its place taken", at=now))
        options = list(course.moves(here))
        due = {move.words: due.get(move.words, now + takes_s) for move, takes_s in options}
        if not options:
            break
        move = min((move for move, _ in options), key=lambda move: due[move.words])
        now = max(now, due[move.words])
        here, made = course.after(here, move, now)
        trace.append(Transition(move.words, made, harm=move.harm, at=now))
    return tuple(trace)


def _without(here: Here, gone: Callable[[Paper], bool]) -> Here:
    papers = frozenset(paper for paper in here.carrier.papers if not gone(paper))
    return replace(here, carrier=here.carrier._replace(papers=papers))


def conclusion(divergence: Divergence) -> str:
    """The likeliest course in a sentence."""
    course = likeliest(divergence)
    hit = next((each for each in course if each.harm), None)
    start = next((each.at for each in likeliest(divergence, without_writes=True) if _starts(each)), None)
    cancelled = any(_cancels(each) for each in course)
    ends = ", the model's handshake is cancelled" if cancelled else ""
    write = _WHOSE.get(_asker(divergence), "The write")
    if hit is None:
        started = next((each.at for each in course if _starts(each)), None)
        return _unhurt(course, started, divergence.recorded.event.at)
    if start is None:
        return f"{write}: {hit.harm}{ends}."
    span = (start - hit.at) * 1000
    side = "before" if span > 0 else "after"
    what = "the stream dies" if span > 0 else "the stream is cut off"
    return f"{write} takes effect about {abs(span):.0f} ms {side} `start`: {what}{ends}."


def _asker(divergence: Divergence) -> Asker:
    """Anybody who was granted a write at the divergence, or else the greeting fallback: the one that comes later."""
    granted = [verdict.asker for verdict in divergence.other.verdicts if verdict.number]
    return granted[0] if granted and granted[0] is not Asker.HANG_UP else Asker.FALLBACK


def _unhurt(course: Sequence[Transition], started: float | None, since: float) -> str:
    if started is not None:
        return f"The stream starts about {(started - since) * 1000:.0f} ms later, and nothing touches it."
    ended = any(each.step is not None and each.step.call.ending.cause is not None for each in course)
    return "The call ends without a stream." if ended or not course else "No write touches a stream."


def _starts(one: Transition) -> bool:
    return one.step is not None and isinstance(one.step.event, e.StreamStarted)


def _cancels(one: Transition) -> bool:
    if one.step is None or not one.step.before.model.opening:
        return False
    return any(isinstance(order, CloseModel) for order in one.step.orders)


_State = tuple[int, Carrier, frozenset[CallStatus], str]  # by the call's number; what was done to its stream first


def every_outcome(divergence: Divergence) -> Outcomes:
    """Search every order of the ordinary course."""
    course = NominalCourse(divergence)
    calls: Numbered[Call] = Numbered()

    def state(here: Here, harm: str) -> _State:
        call = projected(here.call)
        return calls.number(call, key(call)), here.carrier, here.told, harm

    def moves(now: _State) -> Iterator[tuple[Move[Carrier], _State]]:
        number, carrier, told, harm = now
        here = Here(calls[number], carrier, told)
        if not here.settled:
            for move, _ in course.moves(here):
                then, _ = course.after(here, move, 0.0)
                yield move, state(then, harm or move.harm)

    search = Search(state(course.start, ""), moves)
    search.run()
    ends = search.dead_ends()
    paths = search.paths(ends)
    assert paths is not None, "nothing comes twice in the ordinary course"
    orders: Counter[str] = Counter()
    for (number, carrier, told, harm), ways, ended in zip(search.states, paths, ends, strict=True):
        if ended:
            orders[harm or _end(Here(calls[number], carrier, told))] += ways
    return Outcomes(len(search.states), orders)


def _end(here: Here) -> str:
    if here.call.ending.cause is not None:
        return "we hang up"
    if any(socket.stage == "live" for socket in here.carrier.sockets):
        return "the stream starts, and nothing touches it"
    return "the call ends without a stream" if here.carrier.leg == "ended" else "nothing more happens by itself"
