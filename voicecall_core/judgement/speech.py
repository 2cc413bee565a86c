"""What is said: responses, the undisturbed greeting and farewell, interruptions, and what the operator wants said.

Knows nothing of how sessions are opened, nor of who may write documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicecall_core.judgement import closing, sessions
from voicecall_core.judgement.books import Desk, Line
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.greeting import Said
from voicecall_core.judgement.model import ModelState
from voicecall_core.judgement.playback import forget_unheard
from voicecall_core.judgement.rulings import Asker, Ruling
from voicecall_core.judgement.timing import Moment
from voicecall_core.words.events import (
    AudioBegan,
    AudioEnded,
    Heard,
    ItemPlay,
    MarkReturned,
    OperatorSpoke,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    SpeechStopped,
    Spoken,
    Timer,
    TimerFired,
    ToolCalled,
    TurnCommitted,
)
from voicecall_core.words.orders import (
    AnswerTool,
    AskResponse,
    CancelResponse,
    ClearAudio,
    HoldTurns,
    MuteResponse,
    RestoreTurns,
)

END_CALL = "end_call"
CALLEE, AGENT = "callee", "agent"
_BUSY = "conversation_already_has_active_response"
_BOUNCES = 3


# --- responses ---------------------------------------------------------------------------------------------------


def next_turn(desk: Desk) -> None:
    """Ask for the next sentence that is wanted, if the model is idle, the greeting over and the callee quiet."""
    call = desk.call
    turns = call.turns
    may = call.model.state is ModelState.READY and call.guard.live and call.ending.cause is None
    if not (may and turns.wanted and turns.idle and not turns.speaking and call.greeting.over):
        return
    if call.greeting.farewell:
        return
    text, *rest = turns.wanted
    ref = f"turn-{turns.count + 1}"
    desk.put(turns=replace(turns, asked=ref, asking=text, wanted=tuple(rest), count=turns.count + 1))
    desk.order(AskResponse(call.model.session, ref, text))


def on_response_began(desk: Desk, event: ResponseBegan) -> None:
    call = desk.call
    if event.session != call.model.session:
        return
    turns = replace(call.turns, active=event.response, bounced=0)
    if event.ref and event.ref == turns.asked:
        turns = replace(turns, asked="", asking="")
    if event.ref and event.ref == call.greeting.ref:
        desk.put(greeting=replace(call.greeting, response=event.response))
    desk.put(turns=turns)
    if call.greeting.farewell and call.greeting.farewell != event.response:
        desk.order(MuteResponse(event.response), CancelResponse(event.session, event.response))


def on_audio_began(desk: Desk, event: AudioBegan) -> None:
    call = desk.call
    desk.put(turns=replace(call.turns, items=(*call.turns.items, (event.item, event.response))))
    if event.response == call.greeting.response and call.greeting.response:
        desk.moment(Moment.GREETING_READY)
        desk.put(greeting=replace(call.greeting, pending=call.greeting.pending | {event.item}))


def on_audio_ended(desk: Desk, event: AudioEnded) -> None:
    greeting = desk.call.greeting
    if event.response == greeting.response and greeting.response:
        desk.put(greeting=replace(greeting, ms=greeting.ms + event.generated_ms))


def on_response_ended(desk: Desk, event: ResponseEnded) -> None:
    call = desk.call
    desk.put(usage=(*call.usage, event.usage))
    if event.session != call.model.session:
        return
    if call.turns.active == event.response:
        desk.put(turns=replace(call.turns, active="", owed=False))
    if event.status == "failed":
        _response_failed(desk, event)
        return
    if event.response == call.greeting.response and not call.greeting.ended:
        desk.put(greeting=replace(call.greeting, ended=True))
        _greeting_ended(desk)
    desk.put(turns=replace(desk.call.turns, failed=0))
    farewell_said(desk)
    next_turn(desk)


def _response_failed(desk: Desk, event: ResponseEnded) -> None:
    """Once is repeated; twice in a row, or the greeting, means that the session is no good."""
    turns = desk.call.turns
    desk.note(f"a response failed: {event.reason}")
    fatal = event.reason in FATAL
    if fatal or turns.failed or event.response == desk.call.greeting.response:
        sessions.fail(desk, f"responses fail: {event.reason}", retryable=not fatal)
        return
    desk.put(turns=replace(turns, failed=turns.failed + 1, wanted=("", *turns.wanted)))
    next_turn(desk)


# Codes with which no response will ever come; see the fact that the socket stays open for a while all the same.
FATAL = frozenset({"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"})


def bounced(desk: Desk, code: str) -> None:
    """A response we asked for was refused: if one was running, ask again when it has ended."""
    turns = desk.call.turns
    again = code == _BUSY and turns.bounced < _BOUNCES
    wanted = (turns.asking, *turns.wanted) if again else turns.wanted
    desk.put(turns=replace(turns, asked="", asking="", wanted=wanted, bounced=turns.bounced + 1))
    next_turn(desk)


# --- the greeting ------------------------------------------------------------------------------------------------


def time_greeting(desk: Desk) -> None:
    """Wait for the greeting's next step on a live stream: its first audio, its end, its last mark."""
    greeting, limits = desk.call.greeting, desk.call.terms.limits
    if not desk.call.guard.live:
        return
    if greeting.ended:
        desk.wait(Timer.GREETING, round(greeting.ms / 1000 + limits.mark_slack_s, 3))
    else:
        desk.wait(Timer.GREETING, limits.greeting_s if greeting.pending else limits.first_audio_s)


def _greeting_ended(desk: Desk) -> None:
    if desk.call.greeting.finished:
        _greeting_over(desk, Said.PLAYED)
    elif desk.call.greeting.pending:
        time_greeting(desk)
    else:
        desk.note("the model ended the greeting without a sound")
        _greeting_over(desk, Said.UNPROVEN)


def _greeting_over(desk: Desk, how: Said) -> None:
    desk.stop(Timer.GREETING)
    desk.put(greeting=replace(desk.call.greeting, state=how))
    restore(desk)
    next_turn(desk)


def greeting_timed_out(desk: Desk) -> None:
    """The greeting did not come, or its last mark did not."""
    greeting = desk.call.greeting
    if greeting.over or desk.call.ending.cause is not None:
        return
    if greeting.state is Said.ASKED and not greeting.pending:
        sessions.fail(desk, "the greeting did not come")
    elif not greeting.ended and desk.call.timing.first.get(Moment.GREETING_READY) is not None and not _late(desk):
        time_greeting(desk)
    else:
        _greeting_over(desk, Said.UNPROVEN)


def _late(desk: Desk) -> bool:
    began = desk.call.timing.first[Moment.STARTED]
    return desk.at - began >= desk.call.terms.limits.greeting_s


def restore(desk: Desk) -> None:
    """Give the model its own turn-taking back."""
    model = desk.call.model
    if model.held:
        desk.put(model=replace(model, held=False))
        if model.state is ModelState.READY:
            desk.order(RestoreTurns(model.session))


# --- the callee's speech -----------------------------------------------------------------------------------------


def on_speech_started(desk: Desk, event: SpeechStarted) -> None:
    call = desk.call
    if event.session != call.model.session or not call.guard.live or call.ending.cause is not None:
        return
    desk.put(turns=replace(call.turns, speaking=True))
    if not call.model.held:
        _fall_silent(desk, event.playing, event.stream_ms)
    elif not call.greeting.interrupted and not (call.greeting.farewell and call.greeting.spared):
        limits = call.terms.limits
        desk.wait(Timer.SPEECH, limits.patience_s + limits.vad_silence_s)


def on_speech_stopped(desk: Desk, event: SpeechStopped) -> None:
    desk.stop(Timer.SPEECH)


def on_committed(desk: Desk, event: TurnCommitted) -> None:
    """The callee's turn is complete. While turns are held it is answered only if it interrupted us."""
    call = desk.call
    if event.session != call.model.session:
        return
    held, interrupted = call.model.held, call.greeting.interrupted
    wanted = ("", *call.turns.wanted) if interrupted else call.turns.wanted
    desk.put(turns=replace(call.turns, speaking=False, owed=not held, wanted=wanted))
    if interrupted:
        desk.put(greeting=replace(call.greeting, interrupted=False))
    next_turn(desk)
    if interrupted:
        restore(desk)


def speech_lasted(desk: Desk, event: TimerFired) -> None:
    """The callee has been speaking for longer than a short word: yield, and cancel a farewell once."""
    call = desk.call
    greeting = call.greeting
    heard = any(item.sent_ms for item in event.playing)
    if not call.guard.live or call.ending.cause is not None or not (heard or greeting.farewell):
        return
    if greeting.farewell:
        desk.stop(Timer.FAREWELL)
        greeting = replace(greeting, farewell="", spared=True)
        desk.note("the callee spoke: the farewell is taken back")
    elif not greeting.over:
        desk.stop(Timer.GREETING)
        greeting = replace(greeting, state=Said.CUT)
    desk.put(greeting=replace(greeting, interrupted=True))
    _fall_silent(desk, event.playing, event.stream_ms)


def _fall_silent(desk: Desk, playing: Sequence[ItemPlay], stream_ms: int) -> None:
    """Stop speaking at once, and make the model remember only what was heard.

    The clear goes out whenever anything may still be playing, also after the model has finished. The model cancels
    its response by itself while turns are its own; while they are held, we do.
    """
    call = desk.call
    active = call.turns.active
    if not playing and not active:
        return
    desk.order(ClearAudio(call.guard.socket))
    responses = dict.fromkeys([*(item.response for item in playing), *([active] if active else [])])
    desk.order(*(MuteResponse(response) for response in responses))
    if active and call.model.held:
        desk.order(CancelResponse(call.model.session, active))
    known = {item for item, _ in call.turns.items}
    mine = [item for item in playing if item.item in known]
    desk.order(*forget_unheard(call.model.session, mine, stream_ms))
    desk.put(turns=replace(call.turns, items=()))


# --- marks, farewell, words --------------------------------------------------------------------------------------


def on_mark(desk: Desk, event: MarkReturned) -> None:
    """All of an item has played; a mark that a clear flushed belongs to no item any more and says nothing."""
    call = desk.call
    if event.item == sessions.APOLOGY:
        sessions.apologised(desk)
        return
    if (event.item, event.response) not in call.turns.items:
        return
    desk.moment(Moment.FIRST_MARK)
    items = tuple(item for item in call.turns.items if item[0] != event.item)
    desk.put(
        turns=replace(call.turns, items=items),
        greeting=replace(call.greeting, pending=call.greeting.pending - {event.item}),
    )
    if desk.call.greeting.finished:
        _greeting_over(desk, Said.PLAYED)
    farewell_said(desk)


def on_tool_called(desk: Desk, event: ToolCalled) -> None:
    """`end_call` hangs up once the farewell has played; any other tool does not exist."""
    call = desk.call
    if event.session != call.model.session or call.ending.cause is not None:
        return
    if event.name != END_CALL:
        desk.order(AnswerTool(event.session, event.tool_call, '{"error": "there is no such tool"}'))
        desk.put(turns=replace(call.turns, wanted=("", *call.turns.wanted)))
        return
    desk.order(AnswerTool(event.session, event.tool_call, '{"status": "the call ends after your last words"}'))
    if call.greeting.farewell:
        return
    desk.put(greeting=replace(call.greeting, farewell=event.response))
    if not call.model.held:
        desk.put(model=replace(call.model, held=True))
        desk.order(HoldTurns(event.session))
    farewell_said(desk)


def farewell_said(desk: Desk) -> None:
    """Hang up if the farewell has been generated and played; else wait for it, a named time at most."""
    call = desk.call
    farewell = call.greeting.farewell
    if not farewell or call.turns.active == farewell or call.ending.cause is not None:
        return
    if not any(response == farewell for _, response in call.turns.items):
        closing.end(desk, Cause.AGENT)
    elif Timer.FAREWELL not in call.timers:
        desk.wait(Timer.FAREWELL, call.terms.limits.farewell_s)


def farewell_timed_out(desk: Desk) -> None:
    """The farewell's mark did not come back in time."""
    closing.end(desk, Cause.AGENT)


def on_operator_spoke(desk: Desk, event: OperatorSpoke) -> None:
    """The operator's sentence is never written as TwiML: the agent says it, at once or as soon as it can."""
    verdict = desk.ask(Asker.SAY)
    if verdict.ruling in (Ruling.REROUTED, Ruling.HELD):
        desk.put(turns=replace(desk.call.turns, wanted=(*desk.call.turns.wanted, event.pii_text)))
        next_turn(desk)


def on_words(desk: Desk, event: Heard | Spoken) -> None:
    """Words as they are spoken: a part is added to its item's line, the whole replaces it."""
    who = CALLEE if isinstance(event, Heard) else AGENT
    lines = desk.call.transcript
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].who == who and lines[index].item == event.item:
            text = event.pii_text if event.final else lines[index].pii_text + event.pii_text
            line = replace(lines[index], pii_text=text, final=event.final)
            desk.put(transcript=(*lines[:index], line, *lines[index + 1 :]))
            return
    desk.put(transcript=(*lines, Line(who, event.item, event.pii_text, event.final, desk.at)))
