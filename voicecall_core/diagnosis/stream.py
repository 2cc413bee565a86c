"""Rules about streams: which began twice, broke off, came back, fell silent. Knows no model."""

from __future__ import annotations

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, after, first
from voicecall_core.words.events import (
    AudioSent,
    Fetched,
    MediaStalled,
    SocketClosed,
    SpeechStarted,
    StreamStarted,
    StreamStopped,
)
from voicecall_core.words.orders import CloseSocket

_EARLY_S = 2.0  # a stream that ends this soon after the first word was hardly ended by somebody who listened


def _twice(story: Story) -> Found | None:
    seen: dict[int, At[StreamStarted]] = {}
    for start in story.events(StreamStarted):
        before = seen.setdefault(start.it.socket, start)
        if before is not start:
            return Found("a media socket said `start` twice", (before.n, start.n), Sure.CERTAIN)
    return None


def _replaced(story: Story) -> Found | None:
    for start in story.starts:
        old = story.live_at(start.n)
        if old is None or old.it.socket == start.it.socket:
            continue
        if not any(each.it.socket == old.it.socket and each.n < start.n for each in story.orders(CloseSocket)):
            what = "a second stream was started while the first was live, and nobody had ended the first"
            return Found(what, (old.n, start.n))
    return None


def _wrong_format(story: Story) -> Found | None:
    for start in story.events(StreamStarted):
        if "mulaw" not in start.it.encoding:
            return Found(f"the stream carries {start.it.encoding}, not mu-law: noise to whoever listens", (start.n,))
    return None


def _broken(story: Story) -> At[StreamStarted] | None:
    """The first stream whose socket broke off: closed without the carrier's `stop`, and not by us."""
    for start in story.starts:
        stop = story.stop_of(start)
        ours = any(each.it.socket == start.it.socket for each in story.orders(CloseSocket))
        if stop is not None and isinstance(stop.it, SocketClosed) and not ours and stop.n < story.ending:
            return start
    return None


def _back(story: Story) -> Found | None:
    start = _broken(story)
    stop = story.stop_of(start) if start else None
    again = first(story.starts, lambda each: stop is not None and each.n > stop.n)
    if stop is None or again is None:
        return None
    gap = story.at(again.n) - story.at(stop.n)
    return Found(f"the stream broke off and came back {gap:.1f} s later", (stop.n, again.n))


def _lost(story: Story) -> Found | None:
    start = _broken(story)
    stop = story.stop_of(start) if start else None
    if stop is None or any(each.n > stop.n for each in story.starts):
        return None
    return Found("the stream broke off without a word from the carrier and did not come back", (stop.n,))


def _stopped_early(story: Story) -> Found | None:
    """The carrier ended the stream, not the call: it came for the next document."""
    for start in story.starts:
        stop = story.stop_of(start)
        sound = after(story.events(AudioSent), start.n)
        if stop is None or sound is None or not isinstance(stop.it, StreamStopped) or not sound.n < stop.n:
            continue
        next_fetch = after(story.events(Fetched), stop.n)
        heard = any(start.n < each.n < stop.n for each in story.events(SpeechStarted))
        ours = story.writes or stop.n > story.ending
        if next_fetch is not None and not heard and not ours and story.at(stop.n) - story.at(sound.n) <= _EARLY_S:
            what = "the carrier stopped the stream right after the first words, before the callee was heard at all"
            return Found(what, (sound.n, stop.n, next_fetch.n), Sure.POSSIBLE)
    return None


def _stalled(story: Story) -> Found | None:
    stalled = first(story.events(MediaStalled))
    if stalled is None:
        return None
    what = f"the stream stayed open and brought nothing for {stalled.it.silent_ms / 1000:.0f} s"
    return Found(what, (stalled.n,))


def _sound_before_start(story: Story) -> Found | None:
    for sound in story.events(AudioSent):
        begun = any(each.n < sound.n and each.it.socket == sound.it.socket for each in story.starts)
        if story.answered and story.answered < sound.n and not begun:
            return Found("the agent's first words left before the stream had started: nobody heard them", (sound.n,))
    return None


_LINE = "Look at the line to the carrier: a proxy's idle time-out, a tunnel that restarts, packets lost."

RULES = (
    Rule("started-twice", ("31",), 40, "`start` came twice on one socket", "Ignore the second one.", _twice),
    Rule(
        "stream-replaced",
        ("32",),
        78,
        "a second stream began while the first was live",
        "Refuse a socket while this generation's stream is live.",
        _replaced,
    ),
    Rule(
        "wrong-format",
        ("59",),
        86,
        "the `start` named another format than mu-law at 8 kHz",
        "Leave audio_format and sample_rate out of the document.",
        _wrong_format,
    ),
    Rule("stream-came-back", ("20",), 45, "the socket died and a next stream came", _LINE, _back),
    Rule("stream-lost", ("20",), 70, "the socket died and no next stream came", _LINE, _lost),
    Rule(
        "stopped-early",
        ("64",),
        44,
        "the carrier stopped the stream after the first words, and the call went on",
        "Look for the call's alerts in the carrier's console; nothing here ended the stream.",
        _stopped_early,
    ),
    Rule("media-stalled", ("19", "M23"), 72, "a live stream brought no more media", _LINE, _stalled),
    Rule(
        "sound-before-start",
        ("M13",),
        60,
        "audio left on a socket that had not started",
        "Hold the agent's audio until `start`.",
        _sound_before_start,
    ),
)
