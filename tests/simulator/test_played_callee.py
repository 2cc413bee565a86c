"""A callee who is played: what his player says becomes his voice, and nothing that he does keeps a line open."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.simulator.program import Program, World, plan, say, world
from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, SILENCE
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.played_callee import GOODBYE_S, STALLED_S
from voicecall_core.simulator.carrier.players import (
    AgentSpeaks,
    Leaves,
    Left,
    Lost,
    Part,
    Tell,
    TurnWhole,
    Voice,
    Words,
)
from voicecall_core.simulator.scenarios.scenario import Noise, PlayedBy
from voicecall_core.simulator.voices import clip
from voicecall_core.words.values import Usage

MAN = PlayedBy("A man in a hurry", patience_ms=4_000)
QUESTION, ANSWER = clip("question").audio, clip("answer").audio
SILENT = "nothing comes of this"
Script = Callable[["Actor"], Coroutine[Any, Any, None]]


class Actor:
    """A player who does what a test says."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.tell: Tell = lambda _: None
        self.heard = bytearray()
        self.asked: list[str] = []
        self.cuts: list[tuple[str, int]] = []
        self.held = False
        self.turns = 0
        self.began = False

    async def run(self, tell: Tell) -> None:
        self.tell, self.began = tell, True
        for text in self.asked:  # before the script began
            self.speak(ANSWER, text)
        await self._script(self)

    def speak(self, audio: bytes, text: str = "", *, whole: bool = True) -> str:
        """Say this, faster than it can be said."""
        self.turns += 1
        turn = f"turn-{self.turns}"
        self.tell(Words(turn, f"item-{self.turns}", text))
        for at in range(0, len(audio), 3_000):
            self.tell(Voice(turn, f"item-{self.turns}", audio[at : at + 3_000]))
        if whole:
            self.tell(TurnWhole(turn, Usage(audio_out=10)))
        return turn

    def hear(self, frame: bytes) -> None:
        self.heard += frame

    def say(self, text: str) -> None:
        self.asked.append(text)
        if self.began and text != SILENT:
            self.speak(ANSWER, text)

    def hold(self) -> None:
        self.held = True

    def cut(self, item: str, said_ms: int) -> None:
        self.cuts.append((item, said_ms))


async def listens(actor: Actor) -> None:
    await anyio.sleep_forever()


@asynccontextmanager
async def called(script: Script, played_by: PlayedBy = MAN, **changes: Any) -> AsyncIterator[tuple[World, Actor]]:
    actor = Actor(script)
    scenario = replace(plan(), played_by=played_by, **changes)
    async with world(scenario, players=lambda _: actor) as here:
        await here.begin()
        yield here, actor


async def over(here: World) -> Part:
    """How he was played, once the call is over."""
    (sid,) = here.carrier.calls
    await here.over(sid)
    part = here.carrier.calls[sid].part
    assert part is not None
    return part


def first(here: World, what: What) -> Effect:
    return next(effect for effect in here.carrier.log if effect.what is what)


def sound(here: World) -> bytes:
    """All that the program has heard of him."""
    return b"".join(base64.b64decode(message["media"]["payload"]) for message in here.program.heard("media"))


async def test_what_his_player_says_becomes_his_voice_at_the_pace_of_speech() -> None:
    async def speaks(actor: Actor) -> None:
        await anyio.sleep(1)
        actor.speak(QUESTION, "How much is it?")
        await anyio.sleep_forever()

    async with called(speaks) as (here, _):
        part = await over(here)
    spoke, said = first(here, What.SPOKE), first(here, What.SAID)
    assert QUESTION in sound(here)
    assert said.at_ms - spoke.at_ms == pytest.approx(clip("question").ms, abs=60)
    assert (said.detail, said.pii_text) == ("played", "How much is it?")
    assert (part.turns, part.usage.audio_out) == (1, 10)


async def test_a_player_who_is_slow_leaves_gaps_and_nothing_is_lost() -> None:
    async def hesitates(actor: Actor) -> None:
        await anyio.sleep(1)
        turn = actor.speak(QUESTION, whole=False)
        await anyio.sleep(len(QUESTION) / BYTES_PER_MS / 1000 + 1)
        actor.tell(Voice(turn, "item-1", ANSWER))
        actor.tell(TurnWhole(turn))
        await anyio.sleep_forever()

    async with called(hesitates) as (here, _):
        part = await over(here)
    heard = sound(here)
    assert QUESTION in heard and ANSWER in heard and heard.find(ANSWER) - heard.find(QUESTION) > len(QUESTION)
    assert part.turns == 1


async def test_he_hears_the_agent_and_the_silence_between() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await anyio.sleep(1)
        await say(socket, stream, clip("greeting").audio)

    async with called(listens, replace(MAN, patience_ms=2_000)) as (here, actor):
        here.program.talk = talk
        await over(here)
    before, found, _ = bytes(actor.heard).partition(clip("greeting").audio)
    assert found and before == SILENCE * len(before) and len(actor.heard) % FRAME_BYTES == 0


async def test_he_may_be_talked_over_and_his_player_learns_what_was_heard() -> None:
    async def is_talked_over(actor: Actor) -> None:
        await anyio.sleep(1)
        turn = actor.speak(QUESTION, "one two three four", whole=False)
        await anyio.sleep(0.7)
        actor.tell(AgentSpeaks())
        actor.tell(Voice(turn, "item-1", ANSWER))  # it was on its way
        await anyio.sleep_forever()

    async with called(is_talked_over) as (here, actor):
        await over(here)
    ((item, said_ms),) = actor.cuts
    assert item == "item-1" and said_ms == pytest.approx(700, abs=40)
    heard = sound(here)
    assert QUESTION[: 600 * BYTES_PER_MS] in heard and QUESTION[: 800 * BYTES_PER_MS] not in heard
    assert ANSWER[:800] not in heard
    text = first(here, What.SAID).pii_text
    assert text and "one two three four".startswith(text) and len(text) < 18


async def test_he_says_what_he_was_saying_before_he_hangs_up() -> None:
    async def leaves(actor: Actor) -> None:
        await anyio.sleep(1)
        actor.speak(QUESTION, "Bye.")
        actor.tell(Leaves())
        await anyio.sleep_forever()

    async with called(leaves) as (here, _):
        part = await over(here)
    assert part.left is Left.BY_HIMSELF and QUESTION in sound(here)
    assert "callee" in here.details(What.HUNG_UP)


async def test_after_his_last_turn_he_says_goodbye_and_hangs_up() -> None:
    async def chats(actor: Actor) -> None:
        while not actor.held:
            actor.speak(QUESTION)
            await anyio.sleep(2.5)
        await anyio.sleep_forever()

    async with called(chats, replace(MAN, turns=3, says_first="", goodbye="Off I go.")) as (here, actor):
        part = await over(here)
    assert actor.asked == ["Off I go."] and part.left is Left.TURNS and part.turns == 4
    assert [each.pii_text for each in here.carrier.log if each.what is What.SAID][-1] == "Off I go."


async def test_a_goodbye_that_never_comes_is_not_waited_for() -> None:
    async def chats(actor: Actor) -> None:
        actor.speak(QUESTION)
        await anyio.sleep_forever()

    async with called(chats, replace(MAN, turns=1, goodbye=SILENT)) as (here, actor):
        part = await over(here)
    waited = (first(here, What.HUNG_UP).at_ms - first(here, What.SAID).at_ms) / 1000
    assert part.left is Left.TURNS and actor.asked == [SILENT] and waited < 10 + GOODBYE_S + 1


async def test_he_may_speak_first() -> None:
    async with called(listens, replace(MAN, says_first="Hello?")) as (here, actor):
        await over(here)
    assert actor.asked == ["Hello?"] and first(here, What.SAID).pii_text == "Hello?"


async def test_silence_has_an_end() -> None:
    async with called(listens) as (here, _):
        part = await over(here)
    quiet_ms = first(here, What.HUNG_UP).at_ms - first(here, What.ANSWERED).at_ms
    assert part.left is Left.SILENCE and quiet_ms == pytest.approx(MAN.patience_ms, abs=100)
    assert any("nobody has spoken for too long" in detail for detail in here.details(What.WARNING))


@pytest.mark.parametrize("tells", [True, False])
async def test_a_player_who_is_lost_ends_the_call_and_is_told(tells: bool) -> None:
    async def dies(actor: Actor) -> None:
        await anyio.sleep(0.5)
        if tells:
            actor.tell(Lost("server_error: gone"))

    async with called(dies) as (here, _):
        part = await over(here)
    assert (part.left, part.trouble) == (Left.LOST, "server_error: gone" if tells else "it has ended")
    assert any(part.trouble in detail for detail in here.details(What.WARNING))
    assert "callee" in here.details(What.HUNG_UP)


async def test_a_turn_that_never_ends_has_an_end() -> None:
    async def stalls(actor: Actor) -> None:
        actor.speak(QUESTION, whole=False)
        await anyio.sleep_forever()

    async with called(stalls) as (here, _):
        await over(here)
    took = (first(here, What.SAID).at_ms - first(here, What.SPOKE).at_ms) / 1000
    assert took == pytest.approx(max(STALLED_S, clip("question").ms / 1000), abs=0.2)


async def test_words_without_a_sound_are_no_turn() -> None:
    async def mutters(actor: Actor) -> None:
        actor.speak(b"", "Hm.")
        actor.speak(QUESTION, "Well?")
        await anyio.sleep_forever()

    async with called(mutters) as (here, _):
        part = await over(here)
    assert part.turns == 1 and first(here, What.SAID).pii_text == "Well?"


async def test_noise_lies_under_his_voice_too() -> None:
    async def speaks(actor: Actor) -> None:
        actor.speak(QUESTION)
        await anyio.sleep_forever()

    async with called(speaks, noise=Noise("hum", -20)) as (here, _):
        await over(here)
    assert QUESTION not in sound(here) and SILENCE * FRAME_BYTES not in sound(here)[FRAME_BYTES:]
