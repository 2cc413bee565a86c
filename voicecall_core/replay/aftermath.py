"""What would have followed a write that was never made, or made: the carrier model's word, in its ordinary course.

In the ordinary course nobody hangs up, nothing is lost and nothing comes twice: documents on their way take effect,
the stream they ask for opens, timers do not run out. The order is open; the likeliest one goes by a named pace.
Knows nothing of what was recorded after the write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from voicecall_core.judgement import carrier_model as model
from voicecall_core.judgement.call import Call, Step, step
from voicecall_core.judgement.carrier_model import Carrier, Move, Paper
from voicecall_core.judgement.model import ModelState
from voicecall_core.judgement.projection import key, projected
from voicecall_core.judgement.rulings import Asker
from voicecall_core.replay.otherwise import Parting
from voicecall_core.words import events as e
from voicecall_core.words.orders import CloseModel, DocumentKind

# How long each thing takes, in seconds, where the call itself does not tell.
CALLBACK_S = 0.010
FETCH_S = 0.023  # from the answer to the fetch's answer: callback at .619, its fetch answered at .642 in the field
OPENING_S = 0.095  # from the document to the media socket; with the next one 120 ms, as measured in the field
START_S = 0.025
UPDATE_S = 0.100  # at least: longer, if this call's create took longer to be answered
READY_S = 1.400
SAID_S = 5.0
_AT_ONCE_S = 0.001
_LONGEST = 40  # happenings: the ordinary course has a dozen


class Option(NamedTuple):
    """One thing that can happen next: in words, as an event if we see it, what is then true, how long it takes."""

    words: str
    event: e.Event | None
    then: Carrier
    takes_s: float
    mark: str = ""


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


@dataclass(frozen=True, slots=True)
class _Here:
    call: Call
    carrier: Carrier
    told: frozenset[e.CallStatus]


def likeliest(parting: Parting, *, without_writes: bool = False) -> tuple[Happening, ...]:
    """The course by its pace. `without_writes`: as if the documents on their way had never been sent."""
    here = _start(parting)
    if without_writes:
        here = _without(here, lambda paper: bool(paper.number))
    now = parting.line.at
    told: list[Happening] = []
    due: dict[str, float] = {}
    while len(told) < _LONGEST and not _settled(here):
        if here.carrier.obeyed and here.carrier.fetching and any(not paper.number for paper in here.carrier.papers):
            # Whether an update calls off a fetch under way is not known (assumption: it does).
            here = _without(here, lambda paper: not paper.number)
            here = replace(here, carrier=here.carrier._replace(fetching=0))
            told.append(Happening(now, "the stream's document finds its place taken", None, here.call, None))
        options = list(_options(here, parting))
        due = {each.words: due.get(each.words, now + each.takes_s) for each in options}
        if not options:
            break
        option = min(options, key=lambda each: due[each.words])
        now = max(now, due[option.words])
        before = here.call
        here, made = _after(here, option, now, parting)
        event, stepped = made or (None, None)
        told.append(Happening(now, option.words, event, before, stepped, option.mark))
    return tuple(told)


def _without(here: _Here, gone: Callable[[Paper], bool]) -> _Here:
    papers = frozenset(paper for paper in here.carrier.papers if not gone(paper))
    return replace(here, carrier=here.carrier._replace(papers=papers))


def conclusion(parting: Parting) -> str:
    """The likeliest course in a sentence."""
    course = likeliest(parting)
    hit = next((each for each in course if each.mark), None)
    start = next((each.at for each in likeliest(parting, without_writes=True) if _starts(each)), None)
    cancelled = any(_cancels(each) for each in course)
    ends = ", the model's handshake is cancelled" if cancelled else ""
    write = f"The {_asker(parting)}'s <Say>"
    if hit is None:
        started = next((each.at for each in course if _starts(each)), None)
        return _unhurt(course, started, parting.line.at)
    if start is None:
        return f"{write} takes effect: {hit.mark}{ends}."
    span = (start - hit.at) * 1000
    side = "before" if span > 0 else "after"
    what = "the stream dies" if span > 0 else "the stream is cut off"
    return f"{write} takes effect about {abs(span):.0f} ms {side} `start`: {what}{ends}."


def _asker(parting: Parting) -> str:
    """Who wrote: whoever was granted a write at the parting, or else the greeting fallback, the one that comes later."""
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

    def orders(here: _Here, mark: str) -> Counter[str]:
        seen = (key(here.call), here.carrier, here.told, mark)
        if seen in known:
            return known[seen]
        options = [] if _settled(here) else list(_options(here, parting))
        found: Counter[str] = Counter()
        for option in options:
            then, _ = _after(here, option, 0.0, parting)
            found += orders(replace(then, call=projected(then.call)), mark or option.mark)
        if not options:
            found[mark or _end(here)] = 1
        known[seen] = found
        return found

    start = _start(parting)
    counted = orders(replace(start, call=projected(start.call)), "")
    return Fates(len(known), counted)


def _start(parting: Parting) -> _Here:
    told = {e.CallStatus.IN_PROGRESS} if parting.other.call.answered else set()
    return _Here(parting.other.call, parting.led.carrier, frozenset(told))


def _settled(here: _Here) -> bool:
    carrier = here.carrier
    live = any(socket.stage == "live" for socket in carrier.sockets)
    over = here.call.ending.cause is not None or (carrier.leg == "ended" and not carrier.sockets)
    ready = here.call.model.state is not ModelState.OPENING
    return over or (live and ready and not carrier.papers and here.call.guard.pending is None)


def _end(here: _Here) -> str:
    if here.call.ending.cause is not None:
        return "we hang up"
    if any(socket.stage == "live" for socket in here.carrier.sockets):
        return "the stream starts, and nothing touches it"
    return "the call ends without a stream" if here.carrier.leg == "ended" else "nothing more happens by itself"


def _options(here: _Here, parting: Parting) -> Iterator[Option]:
    call, carrier = here.call, here.carrier
    for move in model.moves(carrier, late=True):
        option = _ordinary(here, move, parting)
        if option is not None:
            yield option
    pending = call.guard.pending
    if pending is not None and (pending.number in carrier.obeyed or not _flying(carrier, pending.number)):
        event = e.UpdateAnswered(pending.number, e.RestAnswer.ACCEPTED)
        yield Option(f"write {pending.number} is accepted", event, carrier, _AT_ONCE_S)
    if call.model.state is ModelState.OPENING:
        ready = e.ModelReached(call.model.session, e.ModelStage.READY)
        yield Option(
            "the model is ready", ready, carrier, READY_S if parting.led.ready_s is None else parting.led.ready_s
        )


def _flying(carrier: Carrier, number: int) -> bool:
    return any(paper.number == number for paper in carrier.papers)


def _ordinary(here: _Here, move: Move, parting: Parting) -> Option | None:
    """The move, if it belongs to the ordinary course."""
    now, words, event = here.carrier, move.words, move.event
    match event:
        case None:
            return _unseen(now, move, parting)
        case e.Created():
            return Option(words, event, move.then, _AT_ONCE_S)
        case e.StatusReported(status=e.CallStatus.IN_PROGRESS) if event.status not in here.told:
            return Option(words, event, move.then, CALLBACK_S)
        case e.StatusReported() if event.status in e.TERMINAL and event.status not in here.told and not now.sockets:
            return Option(words, event, move.then, CALLBACK_S)
        case e.Fetched() if event.generation == now.fetching and not any(not paper.number for paper in now.papers):
            return Option(words, event, move.then, FETCH_S)
        case e.UpgradeAsked() if not any(socket.generation == now.generation for socket in now.sockets):
            return Option(words, event, move.then, OPENING_S)
        case e.StreamStarted() if _stage(now, event.socket) == "open":
            return Option(words, event, move.then, START_S)
        case e.StreamStopped() if _stage(now, event.socket) == "dead":
            return Option(words, event, move.then, _AT_ONCE_S)
        case e.SocketClosed() if _stage(now, event.socket) == "cut":
            return Option(words, event, move.then, _AT_ONCE_S)
    return None


def _unseen(now: Carrier, move: Move, parting: Parting) -> Option | None:
    """The callee answers, a document takes effect, a message has been said."""
    obeyed = now.papers - move.then.papers
    if now.leg == "ringing" and move.then.leg == "up":
        return Option(move.words, None, move.then, 2.0)
    if obeyed and (move.then.leg == "up" or _is_hang_up(obeyed)):
        paper = min(obeyed)
        update = max(UPDATE_S, parting.led.create_s or 0.0)
        return Option(_named(paper, move), None, move.then, update if paper.number else _AT_ONCE_S, _mark(now, paper))
    if now.running == "say" and move.then.leg == "ended" and not now.papers and not now.fetching:
        return Option("the message has been said", None, move.then, SAID_S)
    return None


def _is_hang_up(papers: frozenset[Paper]) -> bool:
    return all(paper.kind is DocumentKind.HANGUP for paper in papers)


def _named(paper: Paper, move: Move) -> str:
    return f"write {paper.number} takes effect" if paper.number else move.words


def _mark(now: Carrier, paper: Paper) -> str:
    """What a write that takes effect does to the stream."""
    if not paper.number or paper.kind is not DocumentKind.SAY:
        return ""
    if any(socket.stage == "live" for socket in now.sockets):
        return "the write takes effect while the stream is live, and cuts it off"
    if now.running == "stream":
        return "the write takes effect before `start`, and the stream dies"
    if now.streamed:
        return "the write takes effect before the stream's document, which finds its place taken"
    return "the write takes effect before the fetch is answered: the stream's document finds its place taken"


def _stage(carrier: Carrier, number: int) -> str:
    return next((socket.stage for socket in carrier.sockets if socket.number == number), "")


def _after(here: _Here, option: Option, at: float, parting: Parting) -> tuple[_Here, tuple[e.Event, Step] | None]:
    if option.event is None:
        return replace(here, carrier=option.then), None
    event = _in_the_calls_words(option.event, at, here.call, parting)
    made = step(here.call, event)
    orders = [parting.led.numbered(order) for order in made.orders]
    carrier = model.absorbed(option.then, orders)
    told = here.told | {event.status} if isinstance(event, e.StatusReported) else here.told
    return _Here(made.call, carrier, told), (event, made)


def _in_the_calls_words(event: Any, at: float, call: Call, parting: Parting) -> Any:
    """The model's event with the call's own SID and numbers."""
    event = replace(event, at=at)
    if hasattr(event, "sid"):
        event = replace(event, sid=call.sid or event.sid)
    if hasattr(event, "socket"):
        event = replace(event, socket=parting.led.recorded(event.socket))
    return event
