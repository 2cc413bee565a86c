"""Law 9: no more is claimed to have been heard than can have been."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.call.barge_in import forget_unheard, heard_ms
from voicecall_core.words.orders import DeleteItem, TruncateItem
from voicecall_core.words.values import ItemPlay

_ms = st.integers(0, 60_000)


@st.composite
def _plays(draw: st.DrawFn) -> ItemPlay:
    """An item as far as it can have come: no more acknowledged than sent, no more sent than generated."""
    generated = draw(_ms)
    sent = draw(st.integers(0, generated))
    return ItemPlay("i1", "r1", generated, sent, draw(st.integers(0, sent)), draw(_ms))


@given(_plays(), _ms)
def test_the_claim_lies_between_the_last_mark_and_what_can_have_played(item: ItemPlay, stream_ms: int) -> None:
    claim = heard_ms(item, stream_ms)
    assert claim >= item.acked_ms
    assert claim <= item.sent_ms
    assert claim <= item.acked_ms + max(0, stream_ms - item.acked_at_ms)


@given(_plays(), _ms, _ms)
def test_more_time_never_makes_it_less(item: ItemPlay, first: int, later: int) -> None:
    early, late = sorted((first, later))
    assert heard_ms(item, early) <= heard_ms(item, late)


@given(st.lists(_plays(), max_size=3), _ms)
def test_the_model_is_told_of_each_item_at_most_once_and_never_to_truncate_at_nothing(
    playing: list[ItemPlay], stream_ms: int
) -> None:
    orders = list(forget_unheard(1, playing, stream_ms))
    assert len(orders) <= len(playing)
    for order in orders:
        assert isinstance(order, DeleteItem) or (isinstance(order, TruncateItem) and order.audio_end_ms >= 1)


def test_an_item_heard_to_its_end_needs_nothing() -> None:
    assert list(forget_unheard(1, [ItemPlay("i1", "r1", 1000, 1000, 1000, 5000)], 9000)) == []
