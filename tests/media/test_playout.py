"""The order of the agent's speech, its marks, and what is known of how far it has come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.audio import FRAME_BYTES
from voicecall_core.media.playout import CLIP, ItemEnding, Mark, Playout
from voicecall_core.words.values import KEPT_GREETING, ItemPlay

SECOND = b"\x55" * 8_000


def drain(playout: Playout, stream_ms: int = 0) -> list[str]:
    """Send all that can be sent: items' names for frames, names with a stroke for marks at an item's end."""
    left = []
    while True:
        if (name := playout.due_mark()) is not None:
            left += [] if name.startswith("~") else [f"|{name}"]
        elif playout.has_frame():
            left.append(playout.take(stream_ms).item)
        else:
            return left


def test_audio_is_cut_into_whole_frames_and_its_end_is_filled_with_silence() -> None:
    """Field failure M17: odd little pieces stutter."""
    playout = Playout()
    assert playout.add(1, "r", "i", b"a" * 100)
    assert not playout.has_frame()
    assert not playout.add(1, "r", "i", b"b" * 100)
    assert playout.take(0).audio == b"a" * 100 + b"b" * 60
    assert not playout.has_frame()
    assert playout.end(1, "i") == ItemEnding(1, "r", "i", 25)
    frame = playout.take(0)
    assert frame.audio == b"b" * 40 + b"\xff" * 120
    assert not frame.first
    assert playout.due_mark() == "i"
    assert playout.due_mark() is None
    assert playout.end(1, "i") is None


def test_items_play_in_order_and_each_has_its_mark() -> None:
    """Several audio items in one response."""
    playout = Playout()
    for item in ("i1", "i2"):
        playout.add(1, "r", item, b"x" * 320)
        playout.end(1, item)
    assert drain(playout) == ["i1", "i1", "|i1", "i2", "i2", "|i2"]


def test_a_clip_plays_after_what_is_queued_and_can_play_again() -> None:
    playout = Playout()
    playout.add(1, "r", "i", b"x" * 160)
    for _ in range(2):
        playout.add_clip("sorry", b"y" * 160)
    playout.end(1, "i")
    assert drain(playout) == ["i", "|i", "sorry", "|sorry", "sorry", "|sorry"]
    came = Mark("sorry", CLIP, last=True)
    assert [playout.marked("sorry", 9), playout.marked("sorry", 9), playout.marked("sorry", 9)] == [came, came, None]
    assert playout.playing(1, 0) == ()


def test_an_item_whose_end_was_never_told_does_not_block_the_next() -> None:
    playout = Playout()
    playout.add(1, "r1", "i1", b"x" * 200)
    assert drain(playout) == ["i1"]
    playout.add(2, "r2", "i2", b"y" * 160)
    assert drain(playout) == ["i1", "|i1", "i2"]
    playout.add(1, "r1", "i1", b"x" * 160)
    assert playout.dropped == 160


def test_the_end_of_a_response_or_session_ends_its_items_once() -> None:
    playout = Playout()
    playout.add(1, "r1", "i1", b"x" * 80)
    playout.add(1, "r2", "i2", b"x" * 160)
    assert playout.end_all(1, "r1") == [ItemEnding(1, "r1", "i1", 10)]
    assert playout.end_all(1) == [ItemEnding(1, "r2", "i2", 20)]
    assert playout.end_all(1) == []
    assert drain(playout) == ["i1", "|i1", "i2", "|i2"]


def test_a_muted_response_leaves_no_more_not_even_its_mark() -> None:
    """Field failure M7: late deltas leak."""
    playout = Playout()
    playout.add(1, "r1", "i1", SECOND)
    playout.add(1, "r2", "i3", b"z" * 160)
    playout.take(0)
    playout.mute("r1")
    playout.add(1, "r1", "i1", SECOND)
    playout.add(1, "r1", "i2", SECOND)
    assert drain(playout) == ["i3"]
    assert playout.end(1, "i1") == ItemEnding(1, "r1", "i1", 2_000)
    assert playout.waiting_ms == 0


def test_clearing_drops_all_that_waits_and_forgets_what_played() -> None:
    playout = Playout()
    playout.add(1, "r1", "i1", b"x" * 160)
    playout.end(1, "i1")
    playout.add(1, "r1", "i2", SECOND)
    assert len(drain(playout)) == 52
    playout.add(1, "r1", "i2", SECOND)
    playout.clear()
    playout.add(1, "r1", "i2", SECOND)
    assert drain(playout) == []
    assert playout.playing(1, 500) == ()
    playout.add(1, "r2", "i3", b"y" * 160)
    assert drain(playout) == ["i3"]


def test_a_mark_that_a_clear_flushed_is_known_but_is_not_playback() -> None:
    """Field failure M9."""
    playout = Playout()
    playout.add(1, "r1", "i1", SECOND)
    playout.end(1, "i1")
    drain(playout, 100)
    playout.clear()
    playout.add(1, "r2", "i2", SECOND)
    drain(playout, 200)
    assert playout.marked("i1", 900) == Mark("i1", "r1", last=True)
    assert playout.playing(1, 900) == (ItemPlay("i2", "r2", 1_000, 1_000, 0, 200),)


def test_a_mark_nobody_sent_is_none() -> None:
    assert Playout().marked("i1", 0) is None


def test_how_far_each_item_has_come() -> None:
    playout = Playout()
    playout.add(1, "r", "i1", SECOND)
    playout.end(1, "i1")
    playout.add(1, "r", "i2", SECOND)
    for _ in range(50):
        playout.take(300)
    assert playout.playing(1, 400) == (
        ItemPlay("i1", "r", 1_000, 1_000, 0, 300),
        ItemPlay("i2", "r", 1_000, 0, 0, 1_300),  # it cannot begin before i1 can have ended
    )
    assert playout.due_mark() == "i1"
    playout.take(1_200)
    assert playout.marked("i1", 1_450) == Mark("i1", "r", last=True)
    assert playout.playing(1, 1_500) == (ItemPlay("i2", "r", 1_000, 20, 0, 1_450),)
    assert playout.playing(2, 1_500) == (), "another session knows nothing of these items"


def test_a_stream_that_drops_takes_what_left_with_it_and_the_rest_goes_on() -> None:
    playout = Playout()
    playout.add(1, "r", "i1", b"x" * 160)
    playout.end(1, "i1")
    playout.add(1, "r", "i2", b"y" * 320)
    playout.end(1, "i2")
    playout.take(5_000)
    assert playout.due_mark() == "i1"
    playout.take(5_000)
    playout.lose_stream()
    assert playout.marked("i1", 0) is None
    assert not playout.take(40).first
    assert playout.playing(1, 60) == (ItemPlay("i2", "r", 40, 40, 0, 40),)


def test_what_is_too_far_ahead_is_dropped_and_counted() -> None:
    playout = Playout()
    for _ in range(601):
        playout.add(1, "r", "i", SECOND)
    assert playout.waiting_ms == 600_000
    assert playout.dropped == 8_000
    for n in range(1_000):
        playout.add(1, "r", f"tiny-{n}", b"x")
    assert playout.dropped > 8_000


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.binary(min_size=1, max_size=500))
        | st.sampled_from(["take", "clear", "end"]),
        max_size=60,
    )
)
def test_whatever_happens_lengths_agree_and_frames_are_whole(steps: list[str | tuple[str, bytes]]) -> None:
    playout = Playout()
    for step in steps:
        if isinstance(step, tuple):
            playout.add(1, step[0], step[0], step[1])
        elif step == "clear":
            playout.clear()
        elif step == "end":
            playout.end_all(1)
        elif playout.due_mark() is None and playout.has_frame():
            assert len(playout.take(0).audio) == FRAME_BYTES
        for play in playout.playing(1, 0):
            assert play.acked_ms <= play.sent_ms <= play.generated_ms
        assert playout.waiting_ms * 8 <= sum(len(s[1]) for s in steps if isinstance(s, tuple))
    playout.end_all(1)
    drain(playout)
    assert playout.waiting_ms == 0 and not playout.has_frame()


def test_of_the_items_that_are_known_and_the_responses_that_are_muted_the_oldest_are_forgotten() -> None:
    playout = Playout()
    for n in range(600):
        playout.add(1, "r", f"i{n}", b"x" * 160)
        playout.end(1, f"i{n}")
        drain(playout)
    assert not playout.add(1, "r", "i599", b"x"), "the end of this one has been told: what still comes is late"
    assert playout.add(1, "r", "i0", b"x"), "and this one is taken for a new one"
    for n in range(300):
        playout.mute(f"m{n}")
    playout.add(1, "m299", "late", SECOND)
    assert drain(playout) == []
    playout.add(1, "m0", "long ago", SECOND)
    assert drain(playout).count("long ago") == 50


def test_items_that_are_waiting_are_bounded_too_however_short_they_are() -> None:
    playout = Playout()
    for n in range(300):
        playout.add(1, "r", f"tiny-{n}", b"x" * 160)
        playout.end(1, f"tiny-{n}")
    assert (playout.waiting_ms, playout.dropped) == (256 * 20, 44 * 160)
    assert [name for name in drain(playout) if name[0] != "|"] == [f"tiny-{n}" for n in range(256)]


# --- marks in the midst of an item ---------------------------------------------------------------------------------


def send(playout: Playout, frames: int, stream_ms: int = 0) -> list[str]:
    """Send so many frames, and every mark that is due before, between and after them; the marks' names."""
    marks = []
    for left in range(frames, -1, -1):
        while (name := playout.due_mark()) is not None:
            marks.append(name)
        if left:
            playout.take(stream_ms)
    return marks


def test_each_whole_second_is_marked_and_tells_how_much_was_heard() -> None:
    """Law 9: what was acknowledged is the least that may be claimed."""
    playout = Playout()
    playout.add(1, "r", "i1", SECOND * 3)
    assert send(playout, 49, 100) == []
    assert send(playout, 1) == ["~1"]
    assert playout.playing(1, 500) == (ItemPlay("i1", "r", 3_000, 1_000, 0, 100),)
    assert send(playout, 60) == ["~2"]
    assert playout.marked("~1", 1_130) == Mark("i1", "r")
    assert playout.playing(1, 1_200) == (ItemPlay("i1", "r", 3_000, 2_200, 1_000, 1_130),)
    assert playout.marked("~2", 2_140) == Mark("i1", "r")
    assert playout.playing(1, 2_200) == (ItemPlay("i1", "r", 3_000, 2_200, 2_000, 2_140),)
    assert playout.marked("~2", 2_300) is None


def test_what_plays_after_an_item_counts_from_its_last_mark() -> None:
    playout = Playout()
    playout.add(1, "r", "i1", SECOND * 2)
    playout.end(1, "i1")
    playout.add(1, "r", "i2", SECOND)
    send(playout, 100, 0)
    playout.take(1_700)
    playout.marked("~1", 1_050)
    (first, second) = playout.playing(1, 1_700)
    assert (first.acked_ms, first.acked_at_ms) == (1_000, 1_050)
    assert (second.acked_ms, second.acked_at_ms) == (0, 2_050), "not before the rest of what is before it has played"


def test_two_items_never_share_a_mark() -> None:
    playout = Playout()
    playout.add(1, "r1", "item_1", SECOND * 2)
    playout.end(1, "item_1")
    playout.add(2, "r2", "item_1", SECOND * 2)
    playout.end(2, "item_1")
    marks = send(playout, 200)
    assert marks == ["~1", "item_1", "~2", "item_1"], "the last second needs no mark beside the item's own"
    assert playout.marked("item_1", 2_000) == Mark("item_1", "r1", last=True)
    assert playout.playing(1, 2_000) == ()
    assert [play.response for play in playout.playing(2, 2_000)] == ["r2"]
    assert playout.marked("item_1", 4_000) == Mark("item_1", "r2", last=True)


def test_a_mark_that_a_clear_flushed_acknowledges_nothing() -> None:
    playout = Playout()
    playout.add(1, "r1", "i1", SECOND * 2)
    send(playout, 60, 100)
    playout.clear()
    playout.add(1, "r2", "i2", SECOND)
    send(playout, 10, 200)
    assert playout.marked("~1", 210) == Mark("i1", "r1")
    assert playout.playing(1, 300) == (ItemPlay("i2", "r2", 1_000, 200, 0, 200),)


def test_an_item_that_runs_dry_is_marked_and_found_dry_once_that_is_back() -> None:
    playout = Playout()
    playout.add(1, "r", "i", b"x" * 400)
    assert send(playout, 2) == ["~1"], "half a frame is left, which cannot be sent before more comes"
    assert send(playout, 0) == [], "one at a time"
    assert playout.marked("~1", 60) == Mark("i", "r", dry=True)
    assert send(playout, 0) == [], "told once"
    playout.add(1, "r", "i", b"y" * 240)
    frame = playout.take(900)
    assert frame.first, "it sounds again"
    assert not playout.take(900).first
    assert playout.playing(1, 920) == (ItemPlay("i", "r", 80, 80, 40, 900),), "the pause is not playback"
    assert send(playout, 0) == ["~2"]
    assert playout.marked("~2", 950) == Mark("i", "r", dry=True)


def test_an_item_is_not_dry_if_more_came_while_the_mark_was_on_its_way() -> None:
    playout = Playout()
    playout.add(1, "r", "i", b"x" * 320)
    assert send(playout, 2) == ["~1"]
    playout.add(1, "r", "i", b"x" * 160)
    send(playout, 1)
    assert playout.marked("~1", 40) == Mark("i", "r")
    assert send(playout, 0) == ["~2"]
    playout.end(1, "i")
    assert send(playout, 0) == ["i"]
    assert playout.marked("~2", 60) == Mark("i", "r"), "it is complete: nothing more is waited for"
    assert playout.marked("i", 60) == Mark("i", "r", last=True)


def test_an_item_that_never_had_a_whole_frame_is_dry_too() -> None:
    playout = Playout()
    playout.add(1, "r", "i", b"x" * 100)
    assert send(playout, 0) == ["~1"]
    assert playout.marked("~1", 5) == Mark("i", "r", dry=True)
    playout.add(1, "r", "i", b"x" * 60)
    assert playout.take(300).first


def test_a_dry_item_is_asked_about_again_on_the_next_stream() -> None:
    playout = Playout()
    playout.add(1, "r", "i", b"x" * 160)
    assert send(playout, 1) == ["~1"]
    playout.lose_stream()
    assert playout.marked("~1", 5) is None
    assert send(playout, 0) == ["~2"]
    assert playout.marked("~2", 20) == Mark("i", "r", dry=True)
    assert playout.playing(1, 20) == (ItemPlay("i", "r", 20, 20, 0, 20),), "what went down with a stream was not heard"


def test_the_kept_greeting_is_told_of_whichever_session_the_callee_talks_to() -> None:
    playout = Playout()
    playout.add_clip(KEPT_GREETING, b"y" * 320, KEPT_GREETING)
    playout.add_clip("sorry", b"y" * 160)
    playout.take(0)
    assert [(each.item, each.sent_ms) for each in playout.playing(7, 20)] == [(KEPT_GREETING, 20)]
