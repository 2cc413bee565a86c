"""Carries a call's audio between its media sockets and its model session."""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Protocol

import anyio

from voicecall_core.audio import BYTES_PER_MS, FRAME_MS
from voicecall_core.carriers.base import MediaStream
from voicecall_core.errors import PeerError
from voicecall_core.media.ear import Ear
from voicecall_core.media.gauges import AudioGauges, Level
from voicecall_core.media.leg import POLICY_VIOLATION, Leg, LegListener
from voicecall_core.media.playout import CLIP, Frame, ItemEnding, Playout
from voicecall_core.media.turns import TimedReply, Turns
from voicecall_core.models.base import AudioDelta, AudioDone, ModelSession
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.words import events
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Limits
from voicecall_core.words.values import KEPT_GREETING, ItemPlay

_MARGIN_S = 2.0  # the judge's wait for a model and the first frame that is held do not begin in one instant
# A turn is kept from before it was noticed: the 300 ms that the model itself puts before one, and the 200 ms that it
# takes to be noticed.
_PREFIX_FRAMES = (300 + 200) // FRAME_MS
_TURN_FRAMES = 30_000 // FRAME_MS  # of a longer one the end is what matters


class CalleeAudio:
    """Frames, base64 as they came, in order. As many are held as the model's own time-out allows to come."""

    __slots__ = (
        "_committed",
        "_heard",
        "_held",
        "_in_turn",
        "_line",
        "_lines",
        "_most_heard",
        "dropped",
        "most_frames",
        "session",
    )

    def __init__(self, limits: Limits) -> None:
        self.session = 0  # the one last forwarded to, lost or not
        self.most_frames = ceil((limits.model_ready_s + _MARGIN_S) * 1000 / FRAME_MS)
        self.dropped = 0  # frames: the oldest, where more came than that
        self._lines: dict[int, ModelSession] = {}
        self._line: ModelSession | None = None
        self._held: deque[str] = deque()
        self._heard: deque[str] = deque()  # what a session was given last: his turn, or what would be its prefix
        self._most_heard = _PREFIX_FRAMES
        self._in_turn = self._committed = False

    @property
    def held_ms(self) -> int:
        """How much waits."""
        return len(self._held) * FRAME_MS

    def attach(self, line: ModelSession) -> None:
        """There is a session that can be forwarded to."""
        self._lines[line.session] = line

    def detach(self, session: int) -> None:
        """A session is gone: if frames went to it, what comes now is held for the next."""
        line = self._lines.pop(session, None)
        if line is not None and line is self._line:
            self._line = None

    def forward(self, session: int, *, again: bool) -> None:
        """Frames go to this session: with `again` first the turn that was not answered, then what was held."""
        line = self._lines.get(session)
        if line is None:
            return
        self.session, self._line = session, line
        if again and self._in_turn:
            for payload in self._heard:
                line.hear(payload)
        while self._held:
            self.say(self._held.popleft())

    def forget(self) -> None:
        """The call is over: what he said is of no use to anybody."""
        self._lines.clear()
        self._held.clear()
        self._heard.clear()
        self._line = None

    def talks_to(self, session: int) -> bool:
        """Whether this session is the one that hears him; before there is any, each may be."""
        return not self.session or (self._line is not None and self._line.session == session)

    def turn_began(self) -> None:
        """He speaks. What he says from here on, or since an earlier turn that is not answered yet, is kept."""
        self._in_turn, self._committed, self._most_heard = True, False, _TURN_FRAMES

    def turn_committed(self) -> None:
        """His turn is complete."""
        self._committed = True

    def agent_sounds(self, *, anew: bool) -> None:
        """The agent's own voice leaves, `anew` if it is the first of a response: it answers what is complete by then.

        What he says into a response that goes on, as into a greeting, is not answered by that before it is complete.
        """
        if self._in_turn and (anew or self._committed):
            self._in_turn = self._committed = False
            self._most_heard = _PREFIX_FRAMES
            while len(self._heard) > _PREFIX_FRAMES:
                self._heard.popleft()

    def say(self, payload: str) -> None:
        """A frame of the callee's."""
        line = self._line
        if line is not None:
            line.hear(payload)
            heard = self._heard
            heard.append(payload)
            if len(heard) > self._most_heard:
                heard.popleft()
            return
        if len(self._held) >= self.most_frames:
            self._held.popleft()
            self.dropped += 1
        self._held.append(payload)


_CLOSE_WITHIN_S = 2.5  # the socket bounds its own closing; this is for the day it does not
_REASON_BYTES = 120  # a close frame holds 125 bytes, two of them for the code (RFC 6455 section 5.5)


class Recorder(Protocol):
    """Somebody who keeps the audio: base64 of mu-law, with the stream time at which it was or will be heard."""

    def callee(self, stream_ms: int, payload: str) -> None: ...

    def agent(self, stream_ms: int, payload: str) -> None: ...

    def cleared(self, stream_ms: int) -> None: ...


class Bridge:
    """The audio plane of one call.

    One media socket at a time is live: the one last opened by `open_audio`. Until then the agent's speech is held, and
    until `forward_audio` so is the callee's. What happens at the edges goes to `tell`; `media_stream` gives what
    reads and writes the carrier's messages on one socket; `clips` gives a shipped clip by name; `greeting` is
    the one that is kept: mu-law both.
    """

    __slots__ = (
        "_answering",
        "_callee",
        "_clips",
        "_ear",
        "_ears",
        "_frames_in",
        "_frames_out",
        "_greeting",
        "_legs",
        "_level_in",
        "_level_out",
        "_limits",
        "_live",
        "_lost_ms",
        "_media_stream",
        "_playout",
        "_recorder",
        "_tell",
        "_turns",
        "_unusable",
    )

    def __init__(
        self,
        tell: Callable[[Event], None],
        *,
        media_stream: Callable[[], MediaStream],
        clips: Callable[[str], bytes],
        limits: Limits,
        recorder: Recorder | None = None,
        greeting: bytes = b"",
    ) -> None:
        self._greeting = greeting
        self._tell, self._clips, self._limits, self._recorder = tell, clips, limits, recorder
        self._media_stream = media_stream
        self._ears = LegListener(tell, self._callee_spoke, self._agent_sent, self._was_odd)
        self._legs: dict[int, Leg] = {}
        self._live: Leg | None = None
        self._callee = CalleeAudio(limits)
        self._ear, self._turns = Ear(), Turns()
        self._playout = Playout()
        self._answering = ""  # the response that sounded last
        self._level_in, self._level_out = Level(), Level()
        self._frames_in = self._frames_out = self._lost_ms = self._unusable = 0

    # --- orders ---

    def attach(self, line: ModelSession) -> None:
        """A model session is open. It is the call's from the day on which the callee's voice is forwarded to it."""
        self._callee.attach(line)

    def detach(self, session: int) -> None:
        """A model session is closed, and says no more. If it was the call's, the callee is held for the next."""
        self._callee.detach(session)
        self._ended(self._playout.end_all(session))

    def forward_audio(self, session: int, *, again: bool = False) -> None:
        """This session is the call's: it gets what was held of the callee's voice, then what comes.

        `again`: before that, what he said since the beginning of the turn that the agent has not answered (30 s of it
        at most). Nothing that another session still says is played. One that is not open is not forwarded to.
        """
        now_ms = self._stream_ms()
        self._turns.held(now_ms - self._callee.held_ms, now_ms)
        self._callee.forward(session, again=again)

    def open_audio(self, socket: int) -> None:
        """This socket is the live one. What left on another and is not acknowledged is lost; what waits goes on."""
        leg = self._legs.get(socket)
        if leg is None or leg is self._live:
            return
        self._hush()
        leg.live, self._live = True, leg
        while leg.early:
            self._callee_heard(*leg.early.popleft())
        leg.wake()

    def clear(self, socket: int) -> None:
        """Drop what has not left, and have the carrier drop what has not played; the marks flushed still come back."""
        self._playout.clear()
        leg = self._legs.get(socket)
        if leg is None or not leg.owe_clear():
            return
        leg.clear()
        now_ms = leg.now_ms
        self._turns.cleared(now_ms)
        if self._recorder is not None:
            self._recorder.cleared(now_ms)

    def mute(self, response: str) -> None:
        """Nothing more of this response leaves, however late it comes."""
        self._playout.mute(response)

    def play_clip(self, socket: int, name: str) -> None:
        """Say a shipped clip after what is queued; its mark comes back under its name, with response "clip".

        If that socket is gone by then, the clip is said on the next one that is opened.
        """
        self._playout.add_clip(name, self._clips(name))
        self._wake()

    def play_greeting(self) -> None:
        """Say the kept greeting, on the live socket or the next one that is opened."""
        self._playout.add_clip(KEPT_GREETING, self._greeting, KEPT_GREETING)
        self._wake()

    async def close(self, socket: int, code: int = 1000, reason: str = "") -> None:
        """Close a media socket; its end is told by `carry`. One that is gone already is left alone."""
        leg = self._legs.get(socket)
        if leg is not None:
            await leg.ws.close(code, _fitting(reason))

    def forget(self) -> None:
        """The call is over: drop all audio, of which some waits to be said again."""
        self._callee.forget()
        self._playout.clear()

    # --- questions ---

    def playing(self) -> tuple[int, tuple[ItemPlay, ...]]:
        """Stream time now, and the items of the call's session's speech that are not wholly acknowledged."""
        stream_ms = self._live.stream_ms if self._live is not None else 0
        return stream_ms, self._playout.playing(self._callee.session, stream_ms)

    def gauges(self) -> AudioGauges:
        """Levels and fill of this moment, worked out when asked for."""
        now = anyio.current_time()
        return AudioGauges(
            callee_db=self._level_in.db(now),
            agent_db=self._level_out.db(now),
            frames_in=self._frames_in,
            frames_out=self._frames_out,
            waiting_ms=self._playout.waiting_ms,
            held_ms=self._callee.held_ms,
            dropped_in=self._callee.dropped,
            dropped_out_ms=self._playout.dropped // BYTES_PER_MS,
            lost_ms=self._lost_ms,
            unusable=self._unusable,
            unanswered_pings=self._live.unanswered if self._live is not None else 0,
            silent_ms=round((now - self._live.heard_at) * 1000) if self._live is not None else 0,
        )

    # --- what the model says ---

    def model_said(self, event: Event) -> None:
        """Pass on an event of the model session, with what only the bridge knows: a model line's `tell`."""
        if isinstance(event, events.SpeechStarted):
            stream_ms, playing = self.playing()
            event = replace(event, stream_ms=stream_ms, playing=playing)
            if event.session == self._callee.session:
                self._callee.turn_began()
                self._ear.expect()
        elif isinstance(event, events.TurnCommitted) and event.session == self._callee.session:
            self._callee.turn_committed()
        elif isinstance(event, events.ResponseEnded):
            self._ended(self._playout.end_all(event.session, event.response))
        self._tell(event)
        if isinstance(event, events.ModelFailed):  # told first: what of its items ends now has broken off
            self.detach(event.session)

    def model_spoke(self, audio: AudioDelta | AudioDone) -> None:
        """Take in a piece of the agent's speech, or the end of an item: a model line's `audio`.

        What another session than the call's says is dropped, or what it says after it was closed; before there is one,
        it waits.
        """
        if not self._callee.talks_to(audio.session):
            return
        if isinstance(audio, AudioDone):
            ending = self._playout.end(audio.session, audio.item)
            self._ended([ending] if ending is not None else [])
            return
        try:
            piece = a2b_base64(audio.payload_b64)
        except (Error, ValueError):
            self._unusable += 1
            return
        if piece and self._playout.add(audio.session, audio.response, audio.item, piece):
            self._turns.received(audio.item, self._stream_ms())
            self._tell(events.AudioBegan(audio.session, audio.response, audio.item))
            self._wake()
        elif self._live is not None:
            self._live.more()

    def _ended(self, endings: list[ItemEnding]) -> None:
        for e in endings:
            self._tell(events.AudioEnded(e.session, e.response, e.item, e.generated_ms))
        self._wake()

    def _wake(self) -> None:
        if self._live is not None:
            self._live.wake()

    # --- the media sockets ---

    async def carry(self, socket: int, ws: WebSocket, *, account_sid: str) -> None:
        """Read an accepted media socket to its end, and send on it while it is the live one."""
        leg = Leg(socket, ws, self._media_stream(), self._playout, self._ears, self._callee.most_frames)
        code, reason = 1000, ""
        try:
            async with anyio.create_task_group() as tasks:
                self._legs[socket] = leg
                tasks.start_soon(leg.speak)
                tasks.start_soon(leg.ping)
                tasks.start_soon(leg.watch, self._limits.media_stalled_s)
                try:
                    await leg.listen(account_sid)
                except PeerError as error:
                    code, reason = POLICY_VIOLATION, _fitting(error.message)
                    self._leave(leg, SocketEnded(code, reason))
                except SocketEnded as ended:
                    self._leave(leg, ended)
                tasks.cancel_scope.cancel()
        finally:
            self._leave(leg)
            with anyio.move_on_after(_CLOSE_WITHIN_S, shield=True):
                await ws.close(code, reason)

    def _leave(self, leg: Leg, ended: SocketEnded | None = None) -> None:
        """Forget a socket, at once: what is decided next must not reach for it."""
        self._legs.pop(leg.number, None)
        if leg is self._live:
            self._hush()
        if ended is not None:
            self._tell(events.SocketClosed(leg.number, ended.code, ended.reason))

    def _hush(self) -> None:
        """No leg is live any more."""
        if self._live is not None:
            self._lost_ms += self._live.ahead_ms()
            self._playout.lose_stream()
            self._reply(self._live, self._turns.end())
            self._live.live, self._live = False, None
            self._ear, self._turns = Ear(), Turns(spoke_before=self._turns.spoke)

    def _callee_spoke(self, leg: Leg, stream_ms: int, payload: str) -> None:
        self._frames_in += 1
        self._level_in.passed(payload, leg.heard_at)
        if leg is not self._live:
            leg.early.append((stream_ms, payload))
            return
        self._callee_heard(stream_ms, payload)
        voice = self._ear.hear(payload, stream_ms)
        if voice is None:
            return
        if voice:
            self._callee.turn_began()
            self._tell(events.VoiceBegan(leg.number, stream_ms))
        else:
            self._tell(events.VoiceEnded(leg.number, stream_ms))

    def _callee_heard(self, stream_ms: int, payload: str) -> None:
        """What the call hears is what is recorded: of two sockets that overlap, one."""
        if self._recorder is not None:
            self._recorder.callee(stream_ms, payload)
        self._callee.say(payload)
        try:
            reply = self._turns.heard(a2b_base64(payload), stream_ms)
        except (Error, ValueError):
            return  # what is no audio is not heard
        if reply is not None and self._live is not None:
            self._reply(self._live, reply)

    def _reply(self, leg: Leg, reply: TimedReply | None) -> None:
        if reply is not None:
            times = (reply.spoke_ms, reply.sounded_ms, reply.ours_ms)
            self._tell(events.Replied(leg.number, reply.item, reply.response, *times, reply.over, reply.barge_in))

    def _stream_ms(self) -> int:
        """The live stream's time of this moment."""
        return self._live.now_ms if self._live is not None else 0

    def _was_odd(self) -> None:
        self._unusable += 1

    def _agent_sent(self, leg: Leg, frame: Frame, payload: str, plays_at_ms: int) -> None:
        self._frames_out += 1
        self._level_out.passed(payload, leg.sent_at)
        self._turns.said(frame.audio, plays_at_ms, frame.item, frame.response)
        if frame.response != CLIP:
            self._callee.agent_sounds(anew=frame.response != self._answering)
            self._answering = frame.response
        if self._recorder is not None:
            self._recorder.agent(plays_at_ms, payload)


def _fitting(reason: str) -> str:
    return reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore")
