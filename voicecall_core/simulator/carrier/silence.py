"""How long the callee waited and what he was answered, read from the carrier's log of what he said and heard.

A sound is a frame with speech in it; what the agent said is told by the bytes of its clips. All times in ms on the
carrier's clock. It does not know what should have been heard, nor what the program says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from voicecall_core.clips import MOMENT, shipped
from voicecall_core.simulator.carrier.callee import voiced
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.prompts import MS_A_CHARACTER
from voicecall_core.simulator.voices import Clip, clip, names

BREATH_MS = 500  # a shorter pause is part of what is being said
JOINED_MS = 1_000  # what the callee says again so soon is the same turn: nobody could have answered in between
_PROBE = 2 * FRAME_BYTES  # the beginning of a clip, found in no other one and nowhere else in this


@dataclass(frozen=True, slots=True)
class Turn:
    """What the callee said without a pause for an answer.

    `wait_ms`: from its end to the next sound, or if it was not answered to his own next word or the call's end.
    `answered`: there was a sound before his own next word, and not only that it takes a moment. `answers`: the agent's
    clips that began between its end and his next turn, without those that broke off by themselves: they may be said
    again.
    """

    clips: tuple[str, ...]
    began_ms: int
    ended_ms: int
    wait_ms: int = 0
    answered: bool = False
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clip of the agent's that began to play; `whole`: it was heard to its end, in one piece or with gaps.

    `interrupted`: the callee was speaking, or the call ended, when it broke off.
    """

    clip: str
    began_ms: int
    ended_ms: int
    whole: bool
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nobody was heard; `after`: start (of the stream), turn (of the callee) or agent."""

    after: str
    from_ms: int
    ms: int


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hearing:
    """One call as the callee lived through it, from its first stream's start to its end.

    `first_ms`: from that start to the first sound; None if there was none. `sounds`: from when to when he heard
    anything.
    """

    first_ms: int | None = None
    turns: tuple[Turn, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    silences: tuple[Silence, ...] = ()
    sounds: tuple[Span, ...] = ()

    @property
    def longest_ms(self) -> int:
        """The longest time he waited for a sound: from the start, after a turn, or when the agent broke off."""
        broken = {one.ended_ms for one in self.spoken if not one.whole and not one.interrupted}
        waits = (each.ms for each in self.silences if each.after != "agent" or _follows(each, broken))
        return max(waits, default=0)

    @property
    def longest_moment_ms(self) -> int:
        """The longest silence after he was told that it takes a moment."""
        told = {one.ended_ms for one in self.spoken if one.clip == MOMENT}
        return max((each.ms for each in self.silences if each.after == "agent" and _follows(each, told)), default=0)

    @property
    def longest_silence_ms(self) -> int:
        """The longest time in which nobody was heard, anybody who's turn it was."""
        return max((each.ms for each in self.silences), default=0)

    @property
    def unanswered(self) -> tuple[Turn, ...]:
        """The turns after which no sound came before his next one or the call's end."""
        return tuple(turn for turn in self.turns if not turn.answered)

    @property
    def answered_twice(self) -> tuple[Turn, ...]:
        """The turns that the agent answered more than once."""
        return tuple(turn for turn in self.turns if len(turn.answers) > 1)

    @property
    def cut(self) -> tuple[Spoken, ...]:
        """What the agent began and the callee never heard the end of, although he let it finish."""
        return tuple(one for one in self.spoken if not one.whole and not one.interrupted)


def _follows(silence: Silence, ends_ms: Iterable[int]) -> bool:
    return any(abs(silence.from_ms - at) <= BREATH_MS for at in ends_ms)


def hearing(log: Iterable[Effect], sid: str = "", sentences: Sequence[Clip] = ()) -> Hearing:
    """What one call (or, without `sid`, the only one in the log) was like for the callee.

    `sentences` are the agent's beyond the clips, to be told apart as well.
    """
    effects = [effect for effect in log if sid in ("", effect.sid)]
    start = next((effect.at_ms for effect in effects if effect.what is What.STREAM_STARTED), None)
    if start is None:
        return Hearing()
    end = next((effect.at_ms for effect in effects if effect.what is What.ENDED), effects[-1].at_ms)
    runs = _runs(effects)
    sounds = _joined([*(span for run in runs for span in _voiced(run)), *_carriers_voice(effects, end)])
    said = _clips_said(effects)
    known = [*map(clip, names("agent")), Clip(MOMENT, "agent", "One moment, please.", shipped(MOMENT)), *sentences]
    spoken = _spoken(runs, known, said, end)
    return Hearing(
        next((max(0, began - start) for began, _ in sounds), None),
        tuple(_turns(said, sounds, spoken, start, end)),
        tuple(spoken),
        tuple(_silences(said, sounds, start, end)),
        tuple(sounds),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Audio that was played without a gap."""

    began_ms: int
    audio: bytes = field(repr=False)

    @property
    def ended_ms(self) -> int:
        return self.began_ms + len(self.audio) // BYTES_PER_MS


def _runs(effects: Iterable[Effect]) -> list[_Run]:
    found: list[_Run] = []
    stream = 0
    for effect in effects:
        if effect.what is What.STREAM_STARTED:
            stream = effect.at_ms
        elif effect.what is What.HEARD:
            found.append(_Run(stream + effect.stream_ms, effect.audio))
    return found


def _voiced(run: _Run) -> list[Span]:
    frames = range(0, len(run.audio), FRAME_BYTES)
    loud = [run.began_ms + at // BYTES_PER_MS for at in frames if voiced(run.audio[at : at + FRAME_BYTES])]
    return [(at, at + FRAME_MS) for at in loud]


def _carriers_voice(effects: Iterable[Effect], end: int) -> list[Span]:
    began = [effect for effect in effects if effect.what is What.SAY_BEGAN]
    return [(one.at_ms, min(end, one.at_ms + len(one.pii_text) * MS_A_CHARACTER)) for one in began]


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those less than a breath apart made one."""
    found: list[Span] = []
    for began, ended in sorted(spans):
        if found and began - found[-1][1] < BREATH_MS:
            found[-1] = (found[-1][0], max(ended, found[-1][1]))
        else:
            found.append((began, ended))
    return found


def _clips_said(effects: Iterable[Effect]) -> list[tuple[str, int, int]]:
    """The callee's clips that he said to their end: name, beginning and end."""
    found: list[tuple[str, int, int]] = []
    began = 0
    for effect in effects:
        if effect.what is What.SPOKE:
            began = effect.at_ms
        elif effect.what is What.SAID:
            found.append((effect.detail, began, effect.at_ms))
    return found


def _spoken(
    runs: Sequence[_Run], known: Iterable[Clip], said: Sequence[tuple[str, int, int]], end: int
) -> list[Spoken]:
    """The agent's clips by the bytes of their beginnings; one goes on behind a gap if it does so where it stopped."""
    heard = b"".join(run.audio for run in runs)
    found: list[Spoken] = []
    for one in known:
        at = heard.find(one.audio[:_PROBE])
        while at >= 0:
            same = _common(heard, at, one.audio)
            began, ended = _time(runs, at), _time(runs, at + same - 1)
            whole = same >= len(one.audio)
            broken_off = any(spoke <= ended + BREATH_MS and ended <= over for _, spoke, over in said)
            found.append(Spoken(one.name, began, ended, whole, not whole and (broken_off or end - ended < BREATH_MS)))
            at = heard.find(one.audio[:_PROBE], at + 1)
    return sorted(found, key=lambda one: one.began_ms)


def _common(heard: bytes, at: int, audio: bytes) -> int:
    """How many bytes of a clip follow from there."""
    if heard.startswith(audio, at):
        return len(audio)
    low, high = 0, len(audio)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if heard.startswith(audio[:middle], at) else (low, middle)
    return low


def _time(runs: Sequence[_Run], at: int) -> int:
    for run in runs:
        if at < len(run.audio):
            return run.began_ms + at // BYTES_PER_MS
        at -= len(run.audio)
    raise AssertionError("nothing was heard there")


def _turns(
    said: Sequence[tuple[str, int, int]], sounds: Sequence[Span], spoken: Sequence[Spoken], start: int, end: int
) -> list[Turn]:
    turns: list[Turn] = []
    for name, began, ended in said:
        last = turns[-1] if turns else None
        if last is not None and began - last.ended_ms < JOINED_MS and not _sound_within(sounds, last.ended_ms, began):
            turns[-1] = replace(last, clips=(*last.clips, name), ended_ms=ended)
        elif ended >= start:
            turns.append(Turn((name,), began, ended))
    found: list[Turn] = []
    for number, turn in enumerate(turns, 1):
        until = turns[number].began_ms if number < len(turns) else end
        sound = next((max(0, began - turn.ended_ms) for began, over in sounds if over > turn.ended_ms), None)
        broken = [one for one in spoken if not one.whole and not one.interrupted]
        moments = [one for one in spoken if one.clip == MOMENT]
        more = (span for span in sounds if turn.ended_ms < span[1] and span[0] < until)
        answered = any(not _within(span, moments) for span in more)
        wait = sound if answered and sound is not None else until - turn.ended_ms
        answers = tuple(
            one.clip
            for one in spoken
            if turn.ended_ms <= one.began_ms < until and one not in broken and one not in moments
        )
        found.append(replace(turn, wait_ms=wait, answered=answered, answers=answers))
    return found


def _within(sound: Span, spoken: Iterable[Spoken]) -> bool:
    """All of this sound is one of these."""
    return any(one.began_ms - BREATH_MS <= sound[0] and sound[1] <= one.ended_ms + BREATH_MS for one in spoken)


def _sound_within(sounds: Iterable[Span], from_ms: int, to_ms: int) -> bool:
    return any(began < to_ms and ended > from_ms for began, ended in sounds)


def _silences(said: Sequence[tuple[str, int, int]], sounds: Sequence[Span], start: int, end: int) -> list[Silence]:
    """From the start to the end: what lies between any two sounds of either side, a breath or longer."""
    both = sorted(
        [*(("agent", *span) for span in sounds), *(("turn", began, ended) for _, began, ended in said)], key=_from
    )
    found: list[Silence] = []
    after, at = "start", start
    for who, began, ended in both:
        if began - at >= BREATH_MS:
            found.append(Silence(after, at, min(began, end) - at))
        if ended > at:
            after, at = who, ended
    if end - at >= BREATH_MS:
        found.append(Silence(after, at, end - at))
    return found


def _from(one: tuple[str, int, int]) -> int:
    return one[1]
