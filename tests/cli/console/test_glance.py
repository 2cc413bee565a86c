from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cli.console import calls
from tests.cli.console.test_footer import AUDIO, GAUGES
from voicecall_cli.console import palette
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.glance import WELL, WRONG, alarm_style, health, health_line, talking, talking_line
from voicecall_core.call.step import Call, new_call
from voicecall_core.words import events as e
from voicecall_core.words.terms import Kind, Policy
from voicecall_core.words.values import ModelStage, Timer

LOST = (13.0, e.ModelFailed(1, "1006", "closed"))
FOUND = (13.6, e.ModelReached(2, ModelStage.READY))


def well(call: Call, now: float | None = None, gauges: ConsoleGauges | None = None) -> tuple[str, str]:
    found = health(call, gauges, call.at if now is None else now)
    return found.mark, found.words


@pytest.mark.parametrize(
    ("call", "now", "words"),
    [
        (calls.fresh(), 0.0, "nobody has answered yet"),
        (calls.ringing(), 2.0, "nobody has answered yet, ringing for 1.0 s"),
        (calls.talking(), 12.42, "AGENT speaks since 0:11 (0.5 s)"),
        (calls.played(calls.talking(), [(12.3, e.VoiceBegan(1, 7000))]), 12.5, "BOTH speak at once since 0:12 (0.2 s)"),
        (calls.played(calls.talking(), [(12.3, e.SpeechStarted(1, 9, 7000))]), 13, "CALLEE speaks since 0:12 (0.7 s)"),
        (calls.played(calls.fresh(), calls.DIAL, calls.ANSWER), 10.42, "SILENCE since 0:09 (1.0 s)"),
        (calls.played(calls.fresh(), calls.DIAL, calls.ANSWER[:4]), 6.271, "the callee waits: slow"),
        (calls.played(calls.talking(), [(13.0, e.StreamStopped(1))]), 14.0, "NO STREAM since 0:13 (1.0 s): nobody is"),
        (calls.played(calls.fresh(Policy.NAIVE), calls.RACE[:-1]), 2.0, "the callee hears what the REST write says"),
        (calls.said(), 9.0, "the line is closed, after 9.0 s; answered for 4.1 s"),
        (
            calls.played(calls.fresh(kind=Kind.SAY), calls.DIAL[:1], [(4.8, e.Fetched(1, 1, calls.SID))]),
            5.0,
            "the carrier says",
        ),
    ],
)
def test_who_speaks_and_since_when(call: Call, now: float, words: str) -> None:
    assert words in talking(call, now).plain


def test_levels_stand_beside_it_while_there_is_room() -> None:
    assert talking_line(calls.talking(), GAUGES, width=80, now=13.0).plain.endswith("callee ━━━───  agent ──────")
    assert "━" not in talking_line(calls.talking(), GAUGES, width=40, now=13.0).plain
    assert "━" not in talking_line(calls.talking(), None, width=80, now=13.0).plain


def test_a_call_that_is_well_says_so() -> None:
    assert well(calls.talking()) == (WELL, "healthy")
    assert alarm_style(calls.talking(), GAUGES, 12.0) == ""
    assert well(calls.ringing())[1] == "healthy: the model is ready, the greeting is made and waits"


def test_of_a_greeting_that_is_kept_none_is_said_to_be_made() -> None:
    terms = replace(calls.fresh().terms, kept_ms=3_800, pii_kept="Hello.")
    kept = calls.played(new_call(terms), calls.DIAL)
    assert well(kept)[1] == "healthy: the model is ready, and so is the greeting of an earlier call"


def test_a_lost_model_is_not_well_and_that_it_is_back_is_said_for_a_while() -> None:
    lost = calls.played(calls.talking(), [LOST])
    assert well(lost, 13.4) == (WRONG, "model session lost 0.4 s ago: opening another (loss 1; given up with 4)")
    assert alarm_style(lost, None, 13.4) == palette.BAD
    found = calls.played(lost, [FOUND])
    assert well(found, 14.0) == (WELL, "recovered: the model's session was lost at 0:13 for 0.6 s")
    assert well(found, 30.0) == (WELL, "healthy again; 1 trouble before, the last at 0:13")


def test_a_stream_that_stalls_is_not_well() -> None:
    stalled = ConsoleGauges(replace(AUDIO, silent_ms=1300))
    assert well(calls.talking(), gauges=stalled) == (
        WRONG,
        "the stream stalls: no audio of the carrier for 1.3 s (given up after 30 s)",
    )
    assert well(calls.talking(), gauges=ConsoleGauges(replace(AUDIO, silent_ms=60)))[0] == WELL
    heard = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER)
    line = talking_line(heard, stalled, width=80, now=12.0).plain
    assert line.startswith(" NO AUDIO comes from the carrier since 0:10 (1.3 s)")


def test_both_lines_say_the_same_of_how_long_a_stream_has_stalled() -> None:
    heard = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER)
    for ms in range(1010, 3000, 20):
        stalled = ConsoleGauges(replace(AUDIO, silent_ms=ms))
        said = f"{ms / 1000:.1f} s"
        assert f"({said})" in talking_line(heard, stalled, width=80, now=12.0).plain
        assert f"for {said} " in well(calls.talking(), gauges=stalled)[1]
    assert "AGENT speaks" in talking_line(calls.talking(), stalled, width=80, now=12.0).plain


def test_a_stream_that_is_gone_is_not_well() -> None:
    gone = calls.played(calls.talking(), [(13.0, e.StreamStopped(1))])
    assert well(gone, 14.2)[1] == "the stream is gone for 1.2 s: waiting for the carrier to open another"


def test_a_callee_who_waits_is_said_to_wait_and_from_the_patience_on_in_red() -> None:
    asked = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER, calls.TALK[:4])
    assert well(asked, 12.0)[0] == WELL
    mark, words = well(asked, 14.6)
    assert (mark, words) == ("!", "the callee has waited 3.0 s for the agent")
    patient = calls.played(asked, [(13.6, e.TimerFired(Timer.PATIENCE))])
    assert well(patient, 16.0)[0] == WRONG and "tried:" in well(patient, 16.0)[1]


def test_a_write_that_was_let_through_is_not_well_even_before_it_takes_effect() -> None:
    harmed = calls.played(calls.fresh(Policy.NAIVE), calls.RACE[:6])
    assert well(harmed) == (WRONG, "a REST <Say> was let through: it replaces <Connect><Stream> and cuts the audio")
    cut = calls.played(calls.fresh(Policy.NAIVE), calls.RACE[:-1])
    assert well(cut)[1] == "CUT: a REST <Say> has replaced <Connect><Stream>; the agent is not heard"


def test_how_a_call_ended_is_said_with_its_mark() -> None:
    assert well(calls.over()) == (WELL, "completed: the agent said goodbye and hung up")
    assert well(calls.raced()) == (WRONG, "failed: its stream was overwritten")
    assert well(calls.ending()) == ("!", "ending: the agent said goodbye and hung up")


def test_a_slow_first_word_is_not_green_and_says_so_without_colours() -> None:
    slow = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER[:4], [(6.316, e.AudioSent(1, "i1", "r1", 0))])
    line = health_line(slow, None, width=80, now=6.4)
    assert line.plain.endswith("first word 1,445 ms slow")
    assert [str(span.style) for span in line.spans][-1] == palette.CARE
    unmeasured = health_line(calls.talking(), None, width=80, now=12.0)
    assert unmeasured.plain.endswith("first word 241 ms"), "of a call file that does not tell how long a reply took"
    quick = health_line(calls.played(calls.talking(), [replied(820), replied(1_800)]), None, width=80, now=12.0)
    assert quick.plain.endswith("first word 241 ms  replies p50 820 ms  last 1,800 ms slow")
    assert str(quick.spans[-1].style) == palette.CARE
    quick = health_line(calls.played(calls.talking(), [replied(820)]), None, width=80, now=12.0)
    assert str(quick.spans[-1].style) == palette.GOOD


def test_where_there_is_little_room_replies_are_shown() -> None:
    lost = calls.played(calls.talking(), [replied(820), LOST, FOUND])
    assert health_line(lost, None, width=100, now=14.0).plain.endswith("   replies p50 820 ms  last 820 ms")
    assert health_line(lost, None, width=85, now=14.0).plain.endswith("   last reply 820 ms")


def replied(wait_ms: int) -> tuple[float, e.Event]:
    return 11.9, e.Replied(1, "i2", "r2", 9_000, 9_000 + wait_ms)


def test_what_is_not_right_before_the_answer_is_said() -> None:
    lost = calls.played(calls.fresh(), [(0.0, e.DialBegan()), (5.0, e.CreateLost("no answer"))])
    assert well(lost) == ("!", "the answer to create never came: the carrier is asked whether there is a call")
    failed = calls.played(calls.fresh(), calls.DIAL[:2], [(0.3, e.ModelFailed(1, "1006", "closed"))])
    assert well(failed) == ("!", "1 session of the model failed while the phone rings: another is tried")


def test_an_agent_who_is_cut_off_again_and_again_is_not_well() -> None:
    call = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER)
    for turn in range(3):
        at, item = 20.0 + turn * 3, f"n{turn}"
        call = calls.played(
            call,
            (
                (at, e.SpeechStarted(1, 1, 1)),
                (at + 0.4, e.TurnCommitted(1, f"t{turn}")),
                (at + 0.5, e.ResponseBegan(1, item)),
                (at + 0.6, e.AudioBegan(1, item, item)),
                (at + 0.7, e.AudioSent(1, item, item, 1)),
            ),
        )
        assert well(call)[0] == WELL
    call = calls.played(call, [(29.0, e.SpeechStarted(1, 1, 1))])
    assert well(call) == ("!", "the agent was cut off 3 times in a row: noise or an echo may pass for speech")
