"""Everything that the model, our door and the callee can do next in a conversation on a live stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from voicecall_core.call.conversation import Floor, Owed
from voicecall_core.call.floor import END_CALL
from voicecall_core.call.guard import Rulebook
from voicecall_core.call.state import Call, new_call
from voicecall_core.call.step import step
from voicecall_core.checker.carrier_moves import SID, STREAM_SID
from voicecall_core.checker.environment import ticks
from voicecall_core.checker.product import Environment, Move, Participant, Reduction
from voicecall_core.checker.proof import Progress
from voicecall_core.checker.reduction import View, key, projected, view
from voicecall_core.checker.talk import SILENT, Item, Left, Session, Talk, heard
from voicecall_core.words import events as e
from voicecall_core.words.terms import Terms, ToolTerms
from voicecall_core.words.values import CallStatus, Fault, Knock, ModelStage, Timer, ToolOutcome, Usage

Moves = Iterator[Move[Talk]]
# The call's longest duration would end every waiting, and hide one that nothing else ends. A session nears its limit as
# often as the budget says: each change starts that timer again, and would go on for ever.
STILL = frozenset({Timer.CAP, Timer.ROLLOVER})
TOOL = ToolTerms("look_up")
_FILLERS = 1


def moves(now: Talk) -> Moves:
    """All of them; nobody talks any more once the call is being hung up."""
    if now.over:
        return
    for session in now.sessions:
        yield from _session(now, session)
        if session.response:
            yield from _response(now, session)
        else:
            yield from (_asked if session.ready else _unready)(now, session)
        if session.ready and now.fed == session.number and now.socket:
            yield from _callee(now, session)
    for item in now.items:
        yield from _door(now, item)
    yield from _tools(now)
    yield from _others(now)
    if now.left.ends:
        yield from _ends(now)
    if now.left.returns and not now.socket:
        yield from _returns(now)
    if now.checks:
        yield Move("the status check is lost", e.Checked(None), now._replace(checks=0), autonomous=True)


def _session(now: Talk, at: Session) -> Moves:
    """It gets ready, or is lost."""
    number = at.number
    if not at.upgraded and not at.ready and now.left.early:
        opened = now.spent("early").with_session(number, upgraded=True)
        yield Move(f"session {number} is open", e.ModelReached(number, ModelStage.UPGRADED), opened)
    if not at.ready:
        yield Move(f"session {number} is ready", _ready(number), now.with_session(number, ready=True))
    if now.left.losses:
        gone = now.spent("losses").without(number)
        yield Move(f"session {number} is lost", e.ModelFailed(number, "1006", "lost"), gone)
        yield Move(f"session {number} is refused", e.ModelFailed(number, "key", "refused", retryable=False), gone)


def _ready(number: int) -> e.ModelReached:
    return e.ModelReached(number, ModelStage.READY)


def _unready(now: Talk, at: Session) -> Moves:
    """A response begins in a session that has not said yet how it is set up."""
    if now.left.early and at.asked:
        name = f"r{now.made + 1}"
        begun = e.ResponseBegan(at.number, name, at.asked)
        then = now.spent("early", made=now.made + 1).with_session(at.number, asked="", response=name, stage="begun")
        yield Move("the response begins before the session is set up", begun, then)


def _asked(now: Talk, at: Session) -> Moves:
    """A request is carried out or refused; a turn is answered by itself; something is said that nobody asked for."""
    number, left = at.number, now.left
    name = f"r{now.made + 1}"
    if left.responses and at.asked:
        then = now.spent("responses", made=now.made + 1).with_session(number, asked="", response=name, stage="begun")
        yield Move("the response begins", e.ResponseBegan(number, name, at.asked), then)
    if left.responses and at.due and not at.held:
        then = now.spent("responses", made=now.made + 1).with_session(number, due=False, response=name, stage="begun")
        yield Move("the model answers by itself", e.ResponseBegan(number, name), then)
    if left.unasked:
        then = now.spent("unasked", made=now.made + 1).with_session(number, response=name, stage="begun")
        yield Move("the model speaks unasked", e.ResponseBegan(number, name), then)
    if left.failures and at.asked:
        then = now.spent("failures").with_session(number, asked="")
        yield Move("the request is refused", e.ModelErred(number, "invalid", "no", at.asked), then)


def _response(now: Talk, at: Session) -> Moves:
    """What runs sounds, calls a tool, ends, fails; a request that meets it is refused."""
    number, response, left = at.number, at.response, now.left
    done = now.with_session(number, response="", stage="")._replace(muted=now.muted - {response})
    if at.asked:
        busy = e.ModelErred(number, "busy", "a response runs", at.asked, busy=True)
        yield Move("the request is refused: a response runs", busy, now.with_session(number, asked=""))
    if at.stage == "stopping":
        yield Move("the cancelled response ends", e.ResponseEnded(number, response, "cancelled"), done)
        return
    item = f"i{response[1:]}"
    if at.stage == "begun":
        there = () if response in now.muted else (Item(item, response),)
        then = now.with_session(number, stage="sounding")._replace(items=(*now.items, *there))
        yield Move("its first sound is here", e.AudioBegan(number, response, item), then)
        if left.failures:
            yield Move("it ends without a sound", e.ResponseEnded(number, response, "completed"), _spent(done))
    if at.stage == "sounding":
        then = now.with_session(number, stage="made").with_item(item, made=True)
        yield Move("its last sound is here", e.AudioEnded(number, response, item, 1000), then)
    if at.stage == "made":
        # Assumed: a response that is here to its last sound also ends.
        yield Move("it ends", e.ResponseEnded(number, response, "completed"), done, autonomous=True)
    if left.failures:
        then = _spent(done).with_item(item, made=True)
        yield Move("it fails", e.ResponseEnded(number, response, "failed"), then)
        yield Move("it fails for good", e.ResponseEnded(number, response, "failed", "", Usage(), False), then)
    yield from _calls(now, at)


def _calls(now: Talk, at: Session) -> Moves:
    """It calls a tool: the one that hangs up, one that is run, one that there is not."""
    number, response, left = at.number, at.response, now.left
    if left.goodbyes:
        event = e.ToolCalled(number, response, "t1", END_CALL)
        yield Move("end_call is called", event, now.spent("goodbyes"))
    if left.tools:
        yield Move("an unknown tool is called", e.ToolCalled(number, response, "t2", "other"), now.spent("tools"))
    if left.runs:
        called = e.ToolCalled(number, response, f"t{2 + left.runs}", TOOL.name)
        yield Move("a tool is called", called, now.spent("runs"))


def _tools(now: Talk) -> Moves:
    """A tool answers. Whoever runs it keeps its time-out, so that time alone brings an answer."""
    for session, call in now.runs:
        ended = e.ToolAnswered(session, call, TOOL.name, ToolOutcome.TIMED_OUT, TOOL.timeout_s, "{}")
        rest = tuple(each for each in now.runs if each != (session, call))
        yield Move("the tool answers", ended, now._replace(runs=rest), autonomous=True)


def _spent(now: Talk) -> Talk:
    return now.spent("failures")


def _callee(now: Talk, at: Session) -> Moves:
    """The model hears him begin, stop, and be done; his words come when they like."""
    number, item = at.number, f"c{now.item}"
    if not at.hears and now.left.turns:
        then = now.spent("turns", item=now.item + 1)
        stops = {"stage": "stopping"} if at.response and not at.held else {}
        event = e.SpeechStarted(number, 0, 500, now.playing)
        yield Move("the callee begins to speak", event, then.with_session(number, hears="speaking", due=False, **stops))
    if at.hears == "speaking":
        then = now.with_session(number, hears="stopped")
        yield Move("the callee stops speaking", e.SpeechStopped(number, 0), then)
        if now.items:
            lasted = e.TimerFired(Timer.SPEECH, 500, now.playing)
            yield Move("the callee's speech has lasted", lasted, now)
    if at.hears in ("stopped", "closed"):
        then = now.with_session(number, hears="", due=not at.held and at.hears == "stopped")
        yield Move("the callee's turn is complete", e.TurnCommitted(number, item), then)
    if now.left.words and now.item:
        yield Move("the callee's words are known", e.Heard(number, item, "yes"), now.spent("words"))
        yield Move("the agent's words are known", e.Spoken(number, "i1", "r1", "hello"), now.spent("words"))


def _door(now: Talk, item: Item) -> Moves:
    """An item leaves, runs dry, goes on, has played. That it leaves or runs dry is our own doing, and never lost."""
    if not now.socket:
        return
    where = (now.socket, item.item, item.response, 500)
    if not item.sent:
        yield Move("it sounds", e.AudioSent(*where), now.with_item(item.item, sent=True), autonomous=True)
    elif item.dry and now.left.dry:
        yield Move("it goes on", e.AudioSent(*where), now.spent("dry").with_item(item.item, dry=False))
    elif item.made:
        rest = tuple(each for each in now.items if each != item)
        yield Move("it has played", e.MarkReturned(*where), now._replace(items=rest))
    elif not item.dry:
        yield Move("it runs dry", e.AudioRanDry(*where), now.with_item(item.item, dry=True), autonomous=True)


def _others(now: Talk) -> Moves:
    """The operator, our own ear, and the hour that a session lasts."""
    if now.left.changes:
        yield Move("the session nears its limit", e.TimerFired(Timer.ROLLOVER), now.spent("changes"))
    if now.left.sentences:
        yield Move("the operator types a sentence", e.OperatorSpoke("say this"), now.spent("sentences"))
    if now.left.ear and now.socket:
        yield Move("our ear hears him stop", e.VoiceEnded(now.socket, 500), now.spent("ear"))
        yield Move("our ear hears him begin", e.VoiceBegan(now.socket, 500), now.spent("ear"))


def _ends(now: Talk) -> Moves:
    """What ends the stream or the call, and what is only noted."""
    socket, less = now.socket, now.spent("ends")
    yield Move("the operator hangs up", e.HangUpAsked(), less)
    yield Move("the tunnel is lost", e.TunnelLost("gone"), less)
    yield Move("a mistake of ours comes to light", e.OurFault("a webhook", "KeyError"), less)
    yield Move("the stream is reported broken", e.StreamReported("stream-error", SID, "why"), less)
    yield Move("a socket is turned away", e.TurnedAway(Knock.SOCKET, 403, Fault.SIGNATURE), less)
    if socket:
        kept = tuple(each for each in now.items if not (each.sent and each.made))  # the rest waits for the next one
        deaf = tuple(each._replace(hears="") for each in now.sessions)
        gone = less._replace(socket=0, items=kept, sessions=deaf)
        yield Move("the stream stops", e.StreamStopped(socket), gone)
        yield Move("nothing comes on the stream", e.MediaStalled(socket, 30_000), less)
        yield Move("a key is pressed", e.DigitPressed(socket, "5"), less)


def _returns(now: Talk) -> Moves:
    """The stream behind the one that has ended, step by step."""
    if not now.way:
        yield Move("the next document is fetched", e.Fetched(2, 2, SID), now._replace(way="fetched"))
    elif now.way == "fetched":
        upgrade = e.UpgradeAsked(2, 2, token_ok=True)
        yield Move("the next socket is opened", upgrade, now._replace(way="upgraded"))
    else:
        yield Move("the next stream starts", e.StreamStarted(2, STREAM_SID, SID), now.spent("returns"))


def around(call: Call, left: Left) -> Environment:
    """Everybody around the conversation of a call whose stream is live."""

    def clock(now: Call) -> Iterator[Move[None]]:
        # Fillers are said for as long as a tool runs, and each has a number: here its time-out comes after the second.
        stands = now.conversation.running and now.conversation.count >= _FILLERS
        still = STILL | {Timer.PATIENCE} if stands else STILL
        yield from () if now.ending.cause is not None else ticks(now, still)

    return Environment((Participant(_beside(call, left), moves, heard),), clock)


def _beside(call: Call, left: Left) -> Talk:
    """What is true around a call as it stands: what has been asked of its session is not answered, nothing has left."""
    model, now = call.model, call.conversation
    asked = now.utterance.ref if now.utterance is not None and not now.utterance.response else ""
    items = tuple(Item(item, response, made=item in now.made) for item, response in now.items)
    return Talk(
        (Session(model.session, ready=model.ready, held=model.held, asked=asked),), items, fed=model.fed, left=left
    )


def _remembered(now: Talk, seen: View) -> Talk:
    return SILENT if seen.closing or seen.over else now


TALK = Reduction(projected, key, view, _remembered)


def _ends_now(call: Call) -> bool:
    return call.ending.cause is not None


# From every state in which one of these is owed, time alone leads to the moment at which it has come, or the call ends.
PROGRESS = (
    Progress(lambda call: _ends_now(call) or call.conversation.owed is Owed.NOTHING, lambda call: call.guard.live),
    Progress(
        lambda call: _ends_now(call) or not call.conversation.wanted,
        lambda call: call.guard.live and not call.conversation.speaking,
    ),
    Progress(lambda call: _ends_now(call) or call.conversation.since is None),
    Progress(lambda call: _ends_now(call) or not call.conversation.items, lambda call: call.guard.live),
    Progress(lambda call: _ends_now(call) or call.conversation.floor not in (Floor.FAREWELL, Floor.APOLOGY)),
)

TO_A_STREAM: tuple[e.Event, ...] = (
    e.DialBegan(),
    e.Created(SID),
    _ready(1),
    e.StatusReported(CallStatus.IN_PROGRESS, SID),
    e.Fetched(1, 1, SID),
    e.UpgradeAsked(1, 1, token_ok=True),
    e.StreamStarted(1, STREAM_SID, SID),
)
BEFORE_THE_MODEL = tuple(event for event in TO_A_STREAM if event != _ready(1))
A_GREETING: tuple[e.Event, ...] = (
    e.ResponseBegan(1, "r0", "greeting-1"),
    e.AudioBegan(1, "r0", "i0"),
    e.AudioEnded(1, "r0", "i0", 1000),
    e.ResponseEnded(1, "r0", "completed"),
    e.AudioSent(1, "i0", "r0", 100),
    e.MarkReturned(1, "i0", "r0", 1100),
)


def brought(terms: Terms, events: Sequence[e.Event], rules: Rulebook | None = None) -> Call:
    """A call to which these have happened."""
    return reduce(lambda call, event: step(call, event).call, events, new_call(terms, rules))
