"""Whole calls whose callee speaks sentences of one's own and whose model has replies of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.placing import Placed, place
from tests.scenario_file_page import EXAMPLE, FAULTY
from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import read_table
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.server import open_carrier
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.scenarios.scenario_file import phone_of

ORDER = """
[phone]
answers_after = "1s"
{more}
[[phone.turn]]
say = "I'd like a table for two, please."
[[phone.turn]]
say = "Quetzalcoatl, party of nine."
[[phone.turn]]
say = "Goodbye."
[[phone.reply]]
when = "table"
say = "For when would that be?"
[[phone.reply]]
when = "/quetzal\\\\w+/"
say = "I have written that down."
[[phone.reply]]
when = "goodbye"
say = "See you then."
hang_up = true
"""


@pytest.fixture(autouse=True)
def without_a_synthesiser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sounds on every machine."""
    monkeypatch.setenv("PATH", "")


def phone(text: str) -> Scenario:
    table = read_table(text.encode(), "order.toml").table("phone")
    assert table is not None
    return phone_of(table, Path(), "order")


def said(placed: Placed) -> list[tuple[str, str]]:
    """Who said what, as the program wrote it down."""
    return [(line.who, line.pii_text) for line in placed.call.transcript]


@pytest.mark.parametrize("more", ["", 'noise = { kind = "babble", level = -45 }\n[phone.network]\njitter = "40ms"'])
async def test_the_callee_says_sentences_and_the_model_has_replies_to_them(more: str) -> None:
    placed = await place(phone(ORDER.format(more=more)))
    turns = [(effect.detail, effect.pii_text) for effect in placed.carrier.log if effect.what is What.SPOKE]
    assert turns == [
        ("words", "I'd like a table for two, please."),
        ("stand-in", "Quetzalcoatl, party of nine."),
        ("words", "Goodbye."),
    ]
    assert [entry.detail["text"] for entry in placed.model.log if entry.what == "heard"] == [text for _, text in turns]
    assert said(placed)[1:] == [
        ("callee", "I'd like a table for two, please."),
        ("agent", "For when would that be?"),
        ("callee", "Quetzalcoatl, party of nine."),
        ("agent", "I have written that down."),
        ("callee", "Goodbye."),
        ("agent", "See you then."),
    ]
    assert (placed.record.outcome, placed.call.ending.cause) == ("completed", "agent")


async def test_without_a_model_of_ours_what_nobody_can_speak_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"say 'Quetzalcoatl, party of nine\.'.* no 'quetzalcoatl', 'party', 'of'"):
        async with open_carrier(MemoryNetwork(), phone(ORDER.format(more=""))):
            raise AssertionError("it opened")


async def test_a_session_that_is_lost_goes_on_with_the_reply_that_is_next() -> None:
    text = ORDER.replace('when = "table"\n', "").replace('when = "/quetzal\\\\w+/"\n', "")
    placed = await place(
        phone(text.format(more='faults = ["model-lost-in-mid-turn"]\n[phone.model]\ndrops_at_ms = [9000]'))
    )
    assert placed.model.record.sessions == 2
    spoken = [words for who, words in said(placed) if who == "agent"]
    assert spoken[1:] == ["For when would that be?", "I have written that down.", "See you then."]


async def test_voicemail_picks_up_and_the_message_is_left_behind_the_tone() -> None:
    placed = await place(phone('[phone]\npicks_up = "voicemail"\n[[phone.turn]]\nwait = "after agent"\nhang_up = true'))
    turns = [effect.pii_text or effect.detail for effect in placed.carrier.log if effect.what is What.SPOKE]
    assert turns == ["Please leave a message after the tone.", "tone"]
    assert placed.call.ending.cause == "callee"


async def test_the_pages_examples_are_whole_calls_that_are_remembered_by_their_names(tmp_path: Path) -> None:
    for name, text, cause in (("order", EXAMPLE, "agent"), ("faulty", FAULTY, "callee")):
        file = tmp_path / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
        placed = await place(str(file))
        assert (placed.record.header.scenario, placed.record.outcome) == (name, "completed")
        assert placed.call.ending.cause == cause
