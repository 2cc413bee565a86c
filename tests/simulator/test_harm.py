"""What the log is asked: was a call harmed, what was heard."""

from __future__ import annotations

import pytest

from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.heard import gaps_ms, harmed, heard, heard_clip, heard_from_ms

STREAM = Effect(10, "CA1", What.RECEIVED, "Connect/Stream Pause Redirect", "fetch")
SAY = Effect(20, "CA1", What.SAY_BEGAN, source="update")


def run(at_ms: int, audio: bytes, sid: str = "CA1") -> Effect:
    return Effect(at_ms, sid, What.HEARD, stream_ms=at_ms, audio=audio)


@pytest.mark.parametrize(
    ("log", "harm"),
    [
        ([], False),
        ([STREAM], False),
        ([SAY], False),
        ([SAY, STREAM], False),
        ([STREAM, SAY], True),
        ([STREAM, Effect(20, "CA2", What.SAY_BEGAN, source="update")], False),
        ([STREAM, Effect(20, "CA1", What.SAY_BEGAN, source="redirect")], False),
        ([STREAM, Effect(20, "CA1", What.STREAM_ENDED, "update")], True),
        ([STREAM, Effect(20, "CA1", What.STREAM_ENDED, "call-ended")], False),
        ([Effect(20, "CA1", What.DISCARDED, "Connect/Stream", "fetch")], True),
        ([Effect(20, "CA1", What.DISCARDED, "Say Hangup", "fetch")], False),
    ],
)
def test_harm_is_an_update_that_takes_a_stream_away(log: list[Effect], harm: bool) -> None:
    assert (harmed(log) is not None) is harm


def test_a_clip_is_found_across_runs_with_its_start() -> None:
    log = [run(40, b"abcdefgh" * 10), run(140, b"ABCDEFGH"), run(5, b"x", "CA2")]
    assert heard(log, "CA1") == b"abcdefgh" * 10 + b"ABCDEFGH" and heard_from_ms(log, "CA2") == 5
    assert heard_clip(log, b"efghABCD") == 40 + 9
    assert heard_clip(log, b"abcdefgh" * 10) == 40
    assert heard_clip(log, b"ABCDEFGH", "CA1") == 140
    assert heard_clip(log, b"ABCDEFGH", "CA2") is None and heard_clip(log, b"") is None
    assert heard_from_ms([]) is None


def test_gaps_are_counted_within_a_stream() -> None:
    started = Effect(0, "CA1", What.STREAM_STARTED)
    log = [started, run(0, bytes(160)), run(50, bytes(160)), started, run(900, bytes(160))]
    assert gaps_ms(log) == [30] and gaps_ms(log, "CA9") == []
