"""The conversation as the callee heard it: a line for each turn and each item, in the order in which they sounded.

Words and sound are brought together here. A text has no times of its own: how far into it the sound has come is
reckoned by its length, to a whole word, and never beyond what can have been heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicecall_core.call.conversation import Floor
from voicecall_core.call.floor import CLIP
from voicecall_core.call.hearing import Fate, Speech
from voicecall_core.call.kept_greeting import BROKEN_OFF
from voicecall_core.call.state import Call, TranscriptLine
from voicecall_core.call.transcript import AGENT, CALLEE
from voicecall_core.words.values import KEPT_GREETING

_WORD = re.compile(r"\s*\S+")
_MS_A_LETTER = 65  # an agent's voice, 15 letters a second: for an item whose length is not known yet


@dataclass(frozen=True, slots=True)
class HeardLine:
    """Something that was said. `at`: when it began to sound; of what still waits, when its words came.

    `pii_heard` was heard, `pii_rest` was not, or not yet. `final`: no more words come. `fate` is None for the callee.
    `wait_s`: how long the callee had waited for it, `ours_s`: how much of that was ours. `clip`: it is a shipped clip,
    and has no words here.
    """

    who: str
    at: float
    pii_heard: str
    pii_rest: str = ""
    final: bool = True
    fate: Fate | None = None
    heard_ms: int = 0
    made_ms: int = 0
    wait_s: float | None = None
    ours_s: float | None = None
    clip: str = ""

    @property
    def waits(self) -> bool:
        """None of it has been heard, and it may still be."""
        return self.fate is Fate.WAITING


def as_heard(call: Call, now: float) -> list[HeardLine]:
    """Everything that was said until `now`, what still waits to be heard at the end."""
    speeches = {each.item: each for each in call.heard.speeches}
    turns = {turn.item: turn.begin for turn in call.heard.turns}
    lines = [
        _agents(line, speeches.get(line.item), call.terms.pii_kept, now) if line.who == AGENT else _callees(line, turns)
        for line in call.transcript
    ]
    worded = {line.item for line in call.transcript}
    lines += [HeardLine(CALLEE, turn.begin, "", final=False) for turn in call.heard.turns if turn.item not in worded]
    lines += [_clip(each, now) for each in call.heard.speeches if each.response == CLIP]
    lines += [HeardLine(AGENT, call.at, "", text, fate=Fate.WAITING) for text in _sentences(call)]
    return sorted(lines, key=lambda line: (line.waits, line.at))


def _sentences(call: Call) -> list[str]:
    """The operator's sentences that the agent has not begun to say."""
    now = call.conversation
    asked = now.utterance
    waits = asked is not None and asked.floor is Floor.SENTENCE and not asked.fruit and not asked.filler
    return [*([asked.pii_text] if asked is not None and waits else []), *now.wanted]


def _callees(line: TranscriptLine, turns: dict[str, float]) -> HeardLine:
    return HeardLine(CALLEE, turns.get(line.item, line.at), line.pii_text, final=line.final)


def _agents(line: TranscriptLine, speech: Speech | None, kept: str, now: float) -> HeardLine:
    if speech is None:  # words whose sound has not come, or never will
        return HeardLine(AGENT, line.at, "", line.pii_text, line.final, Fate.WAITING)
    heard_ms = speech.heard_ms(now)
    if speech.fate in (Fate.HEARD, Fate.UNPROVEN):
        heard, rest = line.pii_text, ""
    elif line.item == KEPT_GREETING and line.pii_text != kept:
        heard, rest = _interrupted(line.pii_text, kept)
    else:
        heard, rest = _split(line.pii_text, heard_ms, speech.made_ms)
    at = line.at if speech.began is None else speech.began
    return HeardLine(AGENT, at, heard, rest, line.final, speech.fate, heard_ms, speech.made_ms, *_waited(speech))


def _interrupted(said: str, kept: str) -> tuple[str, str]:
    """The kept greeting's words that were heard, which are those that the model was told, and the others."""
    heard = said.removesuffix(BROKEN_OFF).rstrip()
    rest = " ".join(kept.split()[len(heard.split()) :])
    return heard, f" {rest}" if heard and rest else rest


def _clip(speech: Speech, now: float) -> HeardLine:
    assert speech.began is not None, "a clip is known from its first frame on"
    heard_ms, (wait_s, ours_s) = speech.heard_ms(now), _waited(speech)
    return HeardLine(AGENT, speech.began, "", "", True, speech.fate, heard_ms, 0, wait_s, ours_s, clip=speech.item)


def _waited(speech: Speech) -> tuple[float | None, float | None]:
    return speech.wait_s, speech.ours_s


def _split(text: str, heard_ms: int, made_ms: int) -> tuple[str, str]:
    """The words that were heard, and the others; a word counts once it has sounded to its end."""
    whole = made_ms or max(heard_ms, len(text) * _MS_A_LETTER, 1)
    reached = len(text) * heard_ms / whole
    end = 0
    for word in _WORD.finditer(text):
        if word.end() > reached + 1e-9:
            break
        end = word.end()
    return text[:end], text[end:]
