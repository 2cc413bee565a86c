from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cli.console import calls
from voicecall_cli.console.footer import call_keys, cost, gauge_line, key_line, keys_line, meter_lines, tokens
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.glance import meter
from voicecall_core.media.gauges import AudioGauges as Audio
from voicecall_core.words.terms import Kind

AUDIO = Audio(
    callee_db=-30,
    agent_db=-80,
    frames_in=1234,
    frames_out=1200,
    waiting_ms=1340,
    held_ms=0,
    dropped_in=0,
    dropped_out_ms=0,
    lost_ms=0,
    unusable=0,
)
GAUGES = ConsoleGauges(AUDIO, loop_lag_ms=0.84)


def test_tokens_and_their_price() -> None:
    assert tokens(calls.over()) == (1043, 293)
    assert cost(calls.over()) is not None
    line = gauge_line(calls.over(), None, width=80).plain
    assert line == " 1,043 tokens in, 293 out, about $0.0211"


def test_a_model_without_a_price_has_an_unknown_cost() -> None:
    call = calls.played(calls.fresh(model="somebody-elses"), calls.DIAL)
    assert cost(call) is None
    assert "cost unknown" in gauge_line(call, None, width=80).plain


def test_a_live_call_has_gauges() -> None:
    line = gauge_line(calls.talking(), GAUGES, width=200).plain
    for words in ("about $0.0087 so far", "loop 0.8 ms", "queue 1,340 ms"):
        assert words in line
    assert "dropped" not in line and "lost" not in line


def test_what_was_lost_is_told() -> None:
    lossy = replace(AUDIO, dropped_in=3, lost_ms=400, unusable=1, held_ms=120, dropped_out_ms=20)
    line = gauge_line(calls.talking(), ConsoleGauges(lossy, 25.0), width=200).plain
    for words in ("dropped 3 frames in", "dropped 20 ms out", "lost 400 ms", "1 unusable", "held 120 ms"):
        assert words in line


def test_what_has_no_room_is_left_out() -> None:
    for width in (1, 10, 40, 60, 80):
        assert gauge_line(calls.talking(), GAUGES, width=width).cell_len <= max(1, width)


def test_meters_are_as_wide_as_they_are_told() -> None:
    assert [meter(db, "").plain for db in (0, -30, -60, -80, 6)] == ["━━━━━━", "━━━───", "──────", "──────", "━━━━━━"]


def test_keys_are_named_while_they_do_something() -> None:
    line = key_line(calls.talking(), None, width=100, keys=True).plain
    assert line == " h hang up   s say something   m meters   t transcript   g guard   l ladder   ? help"
    assert "↑↓ scroll" in key_line(calls.talking(), None, width=120, keys=True, page=True).plain
    assert "say" not in key_line(calls.fresh(kind=Kind.SAY), None, width=80, keys=True).plain
    assert not key_line(calls.over(), None, width=80, keys=True)
    assert not key_line(calls.talking(), None, width=80, keys=False)


def test_a_sentence_is_shown_while_it_is_typed_its_end_in_sight() -> None:
    line = key_line(calls.talking(), "Tell them [i]hello[/i]", width=80, keys=True).plain
    assert line.startswith(" say: Tell them [i]hello[/i]▏") and "Enter says it" in line
    for width in (12, 40, 80):
        line = key_line(calls.talking(), "word " * 60 + "end\u4f60", width=width, keys=True).plain
        assert "end\u4f60▏" in line


@pytest.mark.parametrize("page", [False, True])
@pytest.mark.parametrize("width", [80, 60, 44, 20, 5])
def test_where_there_is_little_room_the_keys_are_told_in_brief(width: int, page: bool) -> None:
    line = keys_line(call_keys(calls.talking(), page=page), width=width)
    assert line.cell_len <= width
    if width >= 60:
        assert all(words in line.plain for words in ("h hang up", "s say", "?")) and ("Esc" in line.plain) is page


def test_the_meters_say_what_each_figure_means() -> None:
    text = "\n".join(line.plain for line in meter_lines(GAUGES, width=110))
    assert "━" * 15 + "─" * 15 + "  -30 dB" in text and "1,234 in, 1,200 out" in text
    assert "live call alone" in meter_lines(None, width=80)[0].plain
