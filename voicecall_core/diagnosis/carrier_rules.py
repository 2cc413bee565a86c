"""Rules about what the carrier said and answered, and about calls that came to nothing without a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicecall_core.call.endings import ENDINGS, Cause, Outcome
from voicecall_core.call.phase import Phase
from voicecall_core.diagnosis.door import turned_away
from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, first, met
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    Created,
    CreateLost,
    CreateRefused,
    Fetched,
    OurFault,
    StatusReported,
    StreamReported,
    StreamStarted,
    StreamStopped,
    TimerFired,
    TunnelLost,
    TurnedAway,
    UpdateAnswered,
    UpgradeAsked,
)
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.orders import CheckCall, Conclude, CreateCall, HangUp, StartTimer, UpdateCall
from voicecall_core.words.values import TERMINAL, CallStatus, Knock, Refusal, RestAnswer, Timer


def _unreachable(story: EvidenceIndex) -> Match | None:
    created = first(story.events(Created))
    told = (Fetched, StatusReported, StreamReported, UpgradeAsked, StreamStarted, TurnedAway)
    seen = any(story.events(kind) for kind in told)
    if created is None or seen or story.ending > len(story.steps):
        return None
    return Match("the carrier took the call, and nothing of it ever reached this program", (created.n, story.ending))


def _callbacks_lost(story: EvidenceIndex) -> Match | None:
    fetched = first(story.events(Fetched))
    heard = story.events(StatusReported) or turned_away(story, Knock.STATUS)
    if fetched is None or heard or not story.orders(Conclude):
        return None
    what = "the carrier came for the document, but not one status callback arrived"
    return Match(what, (fetched.n,), story.absence)


def _second_call(story: EvidenceIndex) -> Match | None:
    sids: dict[str, int] = {}
    told: list[At[Created] | At[StatusReported] | At[Fetched] | At[StreamStarted]] = [
        *story.events(Created),
        *story.events(StatusReported),
        *story.events(Fetched),
        *story.events(StreamStarted),
    ]
    for each in sorted(told, key=lambda one: one.n):
        sids.setdefault(each.it.sid, each.n)
    if len(sids) < 2:
        return None
    return Match(f"{len(sids)} calls were placed where one was asked for", tuple(sorted(sids.values())))


def _registered_twice(story: EvidenceIndex) -> Match | None:
    caps = [each for each in story.orders(StartTimer) if each.it.timer is Timer.CAP]
    if len(caps) < 2:
        return None
    return Match(
        "the call was registered twice: its maximum duration was started again", tuple(each.n for each in caps)
    )


def _two_endings(story: EvidenceIndex) -> Match | None:
    ends: dict[CallStatus, int] = {}
    for each in story.events(StatusReported):
        if each.it.status in TERMINAL and each.it.sid == story.events(StatusReported)[0].it.sid:
            ends.setdefault(each.it.status, each.n)
    if len(ends) < 2:
        return None
    return Match(f"the carrier gave the call two endings: {' and '.join(ends)}", tuple(ends.values()))


def _unknown_status(story: EvidenceIndex) -> Match | None:
    odd = first(story.events(StatusReported), lambda each: each.it.status is CallStatus.UNKNOWN)
    return Match("a callback carried a status that the carrier's documents do not have", (odd.n,)) if odd else None


def _not_hung_up(story: EvidenceIndex) -> Match | None:
    over = first(story.orders(Conclude))
    taught = [each.n for kind in (Created, StatusReported, Fetched) for each in story.events(kind)]
    if over is None or not taught or min(taught) > over.n:
        return None
    if (story.terminal and story.terminal <= over.n) or any(each.n <= over.n for each in story.orders(HangUp)):
        return None
    return Match("the call was given up here and never hung up: the carrier's leg stays up, and is billed", (over.n,))


def _end_unseen(story: EvidenceIndex) -> Match | None:
    stop = story.events(StreamStopped)[-1] if story.events(StreamStopped) else None
    if stop is None or story.terminal or any(each.n > stop.n for each in story.starts):
        return None
    asked = [each.n for kind in (CheckCall, HangUp, Conclude) for each in story.orders(kind)]
    if any(n > stop.n for n in asked):
        return None
    return Match("the stream was stopped, and nothing tells how the call ended; nobody asked", (stop.n,), Sure.LIKELY)


def _killed_talking(story: EvidenceIndex) -> Match | None:
    for order in story.orders(HangUp):
        timer = order.why.timer if isinstance(order.why, TimerFired) else None
        if timer in (Timer.RING, Timer.QUEUE, Timer.STREAM):
            live = story.live_at(order.n)
            if live is not None:
                return Match("a wait for the answer ran out, and hung up on a live stream", (live.n, order.n))
    return None


def _tunnel_lost(story: EvidenceIndex) -> Match | None:
    lost = first(story.events(TunnelLost))
    return Match("the tunnel to this program was lost during the call", (lost.n,)) if lost else None


def _our_fault(story: EvidenceIndex) -> Match | None:
    fault = first(story.events(OurFault))
    return Match(f"a mistake of voicecall's own came to light in {fault.it.where}", (fault.n,)) if fault else None


def _end_unwritten(story: EvidenceIndex) -> Match | None:
    asked = first(story.orders(CreateCall))
    if not story.complete or asked is None or story.call.phase is Phase.OVER:
        return None
    sid = story.call.sid
    ends = f"; if it is a real one, it may still be up, and voicecall hangup {sid} ends it" if sid else ""
    return Match(f"the record ends before the call was over{ends}", met(asked.n, len(story.steps)))


_REACH = "Run voicecall doctor: it sends a signed webhook by the public URL, as the carrier does."
_ONCE = "Register a call before it is placed, under an id of your own, and let every webhook find it there."

CARRIER_RULES = (
    Rule("unreachable", ("12", "46"), 88, "a call was taken, no webhook of it arrived", _REACH, _unreachable),
    Rule("callbacks-lost", (), 25, "documents were fetched, no status callback arrived", _REACH, _callbacks_lost),
    Rule("second-call", ("14",), 77, "two calls under one id", _ONCE, _second_call),
    Rule("registered-twice", ("24",), 43, "the maximum duration was started twice", _ONCE, _registered_twice),
    Rule("two-endings", ("26",), 39, "two terminal statuses that differ", "Let the first one stand.", _two_endings),
    Rule("unknown-status", ("25",), 10, "a status that is not known", "None: it changes nothing.", _unknown_status),
    Rule(
        "not-hung-up",
        ("21",),
        81,
        "a call given up without a hang-up",
        "Hang up what you give up.",
        _not_hung_up,
    ),
    Rule(
        "end-unseen",
        ("18",),
        58,
        "a stream stopped, and the record ends",
        "Ask the carrier how the call stands when its stream is gone.",
        _end_unseen,
    ),
    Rule(
        "killed-while-talking",
        ("16",),
        89,
        "a wait for an answer hung up on a live stream",
        "Let the stream's `start` prove the answer, as the callback and the fetch do.",
        _killed_talking,
    ),
    Rule("tunnel-lost", ("57",), 90, "the tunnel was lost", "Start the tunnel again, and dial again.", _tunnel_lost),
    Rule(
        "our-fault",
        (),
        92,
        "a mistake of this program's own",
        "Report it, with the call file; VOICECALL_DEBUG=1 shows where it was.",
        _our_fault,
    ),
    Rule(
        "end-unwritten",
        ("S11",),
        4,
        "a record that ends before its call",
        "See whether the call is still up, and end it: voicecall hangup with its SID. A simulated one has ended.",
        _end_unwritten,
    ),
)

GONE = frozenset({Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND})  # what a hang-up wants


def _create_lost(story: EvidenceIndex) -> Match | None:
    lost = first(story.events(CreateLost))
    if lost is None:
        return None
    return Match("the carrier's answer to the placing of the call never came", (lost.n,))


def _create_refused(story: EvidenceIndex) -> Match | None:
    refused = story.events(CreateRefused)
    if not refused or story.events(Created) or story.answered:
        return None
    what = f"the carrier did not take the call (error {refused[-1].it.code or 'not told'})"
    return Match(what, tuple(each.n for each in refused), story.absence)


def _create_unanswered(story: EvidenceIndex) -> Match | None:
    asked = first(story.orders(CreateCall))
    answered = any(story.events(kind) for kind in (Created, CreateRefused, CreateLost))
    if asked is None or answered or story.answered or story.events(StatusReported):
        return None
    return Match("the call was to be placed, and nothing tells whether it was", (asked.n,))


def _writes(story: EvidenceIndex) -> list[At[HangUp] | At[UpdateCall]]:
    return sorted([*story.orders(HangUp), *story.orders(UpdateCall)], key=lambda each: each.n)


def _write_lost(story: EvidenceIndex) -> Match | None:
    for write in _writes(story):
        lost = first(
            story.events(UpdateAnswered),
            lambda each, number=write.it.number: each.it.number == number and each.it.answer is RestAnswer.LOST,  # type: ignore[misc]
        )
        if lost is not None:
            waited = lost.it.at - story.at(write.n)
            how = f"failed at a request (error {lost.it.code})" if lost.it.code else f"did not answer in {waited:.0f} s"
            return Match(f"the carrier {how}: whether it was carried out is not known", (write.n, lost.n))
    return None


def _hang_up_failed(story: EvidenceIndex) -> Match | None:
    numbers = {each.it.number: each.n for each in story.orders(HangUp)}
    failed = [
        each
        for each in story.events(UpdateAnswered)
        if each.it.number in numbers and each.it.answer is RestAnswer.REFUSED and each.it.refusal not in GONE
    ]
    if not failed:
        return None
    what = f"hanging up was refused {len(failed)} times (error {failed[-1].it.code})"
    return Match(what, tuple(each.n for each in failed))


def _in_flight(story: EvidenceIndex) -> Match | None:
    answered = {each.it.number: each.n for each in story.events(UpdateAnswered)}
    pending: list[At[HangUp]] = []
    for order in story.orders(HangUp):
        open_ones = [
            each
            for each in pending
            if each.it.sid == order.it.sid and answered.get(each.it.number, order.n + 1) > order.n
        ]
        if open_ones:
            return Match("a second hang-up was sent while one was in flight", (open_ones[-1].n, order.n))
        pending.append(order)
    return None


_REST = "Look at the carrier's status page and at the way to it; a lost answer is looked up, never repeated blindly."

REST_RULES = (
    Rule("create-lost", ("56",), 46, "the answer to create never came", _REST, _create_lost),
    Rule(
        "create-refused",
        (),
        87,
        "the carrier did not take the call",
        "Look the error's number up: it says which number, permission or limit it is about.",
        _create_refused,
    ),
    Rule("create-unanswered", ("15",), 57, "create was asked for, with no result", _REST, _create_unanswered),
    Rule("write-lost", ("56",), 62, "a REST write's answer was lost", _REST, _write_lost),
    Rule("hang-up-failed", (), 61, "the carrier refused to hang up", _REST, _hang_up_failed),
    Rule(
        "hang-ups-in-flight",
        ("17",),
        41,
        "two hang-ups at once",
        "Wait for the answer to the first.",
        _in_flight,
    ),
)


def _status(status: CallStatus, what: str) -> Callable[[EvidenceIndex], Match | None]:
    def seek(story: EvidenceIndex) -> Match | None:
        said = first(story.events(StatusReported), lambda each: each.it.status is status)
        return Match(what, (said.n,), story.absence) if said is not None and not story.answered else None

    return seek


def _rang_out(story: EvidenceIndex) -> Match | None:
    fired = first(story.events(TimerFired), lambda each: each.it.timer in (Timer.RING, Timer.QUEUE))
    if fired is None or story.answered or story.call.ending.cause is not Cause.RING_TIMEOUT:
        return None
    if story.events(TurnedAway):  # perhaps it was the answer that was turned away
        return None
    return Match("nobody answered, and the carrier did not say so: its own ring time-out had passed", (fired.n,))


def _cap(story: EvidenceIndex) -> Match | None:
    fired = first(story.events(TimerFired), lambda each: each.it.timer is Timer.CAP)
    if fired is None or story.call.ending.cause is not Cause.CAP:
        return None
    return Match("the call was ended by its maximum duration", (fired.n,))


def _callee_left(story: EvidenceIndex) -> Match | None:
    ending = story.call.ending
    if ending.cause is not Cause.CALLEE or ending.outcome is not Outcome.UNHEARD or not story.starts:
        return None
    if story.writes or not story.terminal:
        return None
    return Match("the callee hung up before the greeting had been heard", (story.starts[0].n, story.terminal))


def _unconfirmed(story: EvidenceIndex) -> Match | None:
    over = first(story.orders(Conclude))
    if over is None or story.terminal or story.call.ending.outcome is not Outcome.UNCONFIRMED:
        return None
    return Match("the carrier never confirmed that the call is over: it may still be up", (over.n,))


def _unknown(story: EvidenceIndex) -> Match | None:
    if story.call.ending.cause is not Cause.CREATE_UNKNOWN:
        return None
    over, asked = first(story.orders(Conclude)), first(story.orders(CreateCall))
    steps = tuple(each.n for each in (asked, over) if each is not None)
    return Match("whether the call was placed is not known: nobody could say", steps)


# What an outcome cost the callee, for a call of which nothing else can be said.
_COST: Mapping[Outcome, str] = {
    Outcome.COMPLETED: "he heard the agent, and everything that he said was answered",
    Outcome.BUSY: "nobody was reached",
    Outcome.NO_ANSWER: "nobody was reached",
    Outcome.FAILED: "nobody was reached, or was hung up on",
    Outcome.REFUSED: "nobody was called",
    Outcome.UNHEARD: "he did not hear the agent",
    Outcome.MODEL_FAILED: "there was no agent for him to talk to",
    Outcome.AGENT_SILENT: "he was left waiting for an answer",
    Outcome.NEVER_FETCHED: "he picked up and heard nothing of the agent",
    Outcome.TURNED_AWAY: "he picked up and heard nothing of the agent",
    Outcome.STREAM_FAILED: "he picked up, and the agent could not be heard, or not to the end",
    Outcome.CANCELLED: "the call ended before he had heard what he waited for",
    Outcome.OUR_FAULT: "he was hung up on, or his phone stopped ringing",
    Outcome.UNKNOWN: "whether his phone rang is not known",
    Outcome.UNCONFIRMED: "his line may still be open",
}
assert_exhaustive("what an outcome cost the callee", _COST, Outcome)


def _ended_badly(story: EvidenceIndex) -> Match | None:
    ending = story.call.ending
    if ending.outcome in (None, Outcome.COMPLETED) or ending.cause is None or not story.steps:
        return None
    what = f"the call is {ending.outcome}, as {ENDINGS[ending.cause].words}: {_COST[ending.outcome]}"
    over = first(story.orders(Conclude))
    begun = story.ending if story.ending <= len(story.steps) else 0
    return Match(what, met(begun, over.n if over is not None else len(story.steps)))


_NONE = "Nothing: this is the callee's doing."

ENDING_RULES = (
    Rule(
        "busy",
        (),
        22,
        "the carrier reported busy",
        "Dial again later.",
        _status(CallStatus.BUSY, "it was busy"),
    ),
    Rule(
        "no-answer",
        (),
        22,
        "the carrier reported no answer",
        "Dial again later, or let it ring longer (--ring-timeout).",
        _status(CallStatus.NO_ANSWER, "it rang and nobody answered"),
    ),
    Rule(
        "not-reached",
        (),
        22,
        "the carrier reported that the call failed before an answer",
        "Check the number: the carrier could not reach it.",
        _status(CallStatus.FAILED, "the number could not be reached"),
    ),
    Rule("rang-out", (), 21, "our own wait for an answer ran out", "Dial again later.", _rang_out),
    Rule("cap", (), 21, "the maximum duration ended the call", "Raise --max-duration if it was too short.", _cap),
    Rule("callee-left", (), 21, "the callee hung up during the greeting", _NONE, _callee_left),
    Rule(
        "unconfirmed",
        (),
        71,
        "no word of the carrier that the call is over",
        "Hang it up: voicecall hangup with the call's SID.",
        _unconfirmed,
    ),
    Rule(
        "create-unknown",
        ("56",),
        67,
        "create was lost, and no webhook told of the call",
        "Look for the call in the carrier's console before dialling again.",
        _unknown,
    ),
)

# Asked last, and only of a call that did not end well and of which no rule found anything that weighs more.
BAD_ENDING = Rule(
    "bad-ending",
    (),
    20,
    "the call did not end well, and no other rule says why",
    "As the call's cause has it (docs/endings.md).",
    _ended_badly,
)
