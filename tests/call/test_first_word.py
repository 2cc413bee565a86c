"""Which way the callee's first word came."""

from __future__ import annotations

from dataclasses import replace

from tests.call.story import SID, TERMS, Story, dialled, fetched, greeted
from voicecall_core.call.first_word import FirstWord, first_word
from voicecall_core.words import events as e
from voicecall_core.words.values import KEPT_GREETING, ModelStage

STREAM = (e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
MADE = (e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"), e.AudioSent(1, "i1", "r1", 0))


def _late(*stages: ModelStage) -> Story:
    story = fetched(dialled())
    story.tell(*STREAM, *(e.ModelReached(1, stage) for stage in stages), *MADE)
    return story


def test_it_was_made_while_the_phone_rang() -> None:
    assert first_word(greeted().call) is FirstWord.RINGING


def test_it_was_made_after_the_answer() -> None:
    assert first_word(_late(ModelStage.READY).call) is FirstWord.ANSWERED


def test_it_was_asked_for_before_its_session_was_ready() -> None:
    assert first_word(_late(ModelStage.UPGRADED, ModelStage.READY).call) is FirstWord.PIPELINED


def test_it_was_kept() -> None:
    story = fetched(dialled(replace(TERMS, kept_ms=900, pii_kept="Hello.")))
    story.tell(*STREAM, e.AudioSent(1, KEPT_GREETING, KEPT_GREETING, 0))
    assert first_word(story.call) is FirstWord.KEPT


def test_nothing_was_heard() -> None:
    assert first_word(fetched(dialled()).call) is None
