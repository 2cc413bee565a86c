"""Every scenario as a whole call in memory, placed once: judged by the carrier's log, the table of endings, the ear,
and by the diagnosis; and once more without the guard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.diagnosis.made import MADE, miss_of
from tests.diagnosis.near_misses import diagnosed, missed, mute
from tests.placing import Placed, place
from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES
from voicecall_core.call.health import Trouble
from voicecall_core.call.hearing import Fate
from voicecall_core.call.invariants import STREAM_STATES
from voicecall_core.call.step import Entry
from voicecall_core.diagnosis import Diagnosis, diagnose
from voicecall_core.diagnosis.evidence_index import EvidenceIndex
from voicecall_core.diagnosis.waits import longest
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.callee import voiced
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed, heard_clip
from voicecall_core.simulator.carrier.silence import Hearing, Turn, hearing
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS, SILENT
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Listen, ModelPlan, Speak, Wait
from voicecall_core.simulator.verdict import Severity, judged_all
from voicecall_core.simulator.voices import clip
from voicecall_core.words import events as e
from voicecall_core.words.orders import AskGreeting
from voicecall_core.words.terms import Kind, Policy

GREETING = clip("greeting").audio
HARM = {"race", "silent-race", "retried-write", "overwrite", "key-press-overwrite"}
PATIENCE_MS = 4_000
NOTICED_MS = 1_200  # from his last word until our ear takes it for that, and from asking again to its first sound
PROMPT = {"ordinary", "barge-in", "agent-ends", "stream-drops", "callbacks-lost"}
PROMPT_MS = 40  # from `start` to the greeting's first sound, if it was ready


def diagnosis_of(placed: Placed) -> Diagnosis:
    return diagnose(placed.call.terms, placed.steps, placed.call)


def _checked(placed: Placed, name: str) -> None:
    expects = SCENARIOS[name].expects
    ending = placed.call.ending
    assert (ending.outcome, ending.cause) == (expects.outcome, expects.cause)
    assert (heard_clip(placed.carrier.log, GREETING) is not None) == expects.greeting_heard
    assert harmed(placed.carrier.log) is None
    assert not any(verdict.broken for verdict in judged_all(placed.carrier.log, placed.model.log))
    assert not placed.call.broken
    assert placed.switchboard.quiet
    assert diagnosis_of(placed).rule == expects.diagnosis
    _the_longest_wait_is_one(placed)
    the_screen_shows_what_was_heard(placed, name)
    if name not in RESUMED:
        the_replies_took_as_long_as_the_carrier_heard(placed)


RESUMED = {"stream-stopped-early"}  # goes on with the next stream, which the ear does not take for the same sentence
EXACT_MS = 25


def the_screen_shows_what_was_heard(placed: Placed, name: str) -> None:
    """What is kept for the screen is what the carrier's ear heard, and it waits when the diagnosis says so."""
    call = placed.call
    silent = [spell for spell in call.troubles if spell.trouble is Trouble.WAITING]
    waited = max((spell.lasts(call.at) for spell in silent), default=0.0) >= call.terms.patience_s
    found = [finding.rule for finding in diagnosis_of(placed).findings]
    assert waited == ("agent-silent" in found)
    told = [speech for speech in call.heard.speeches if speech.began is not None]
    ear = hearing(placed.carrier.log).spoken
    if len(told) != len(ear) or name in RESUMED:
        return  # the ear knows no apology and no farewell
    for speech, spoken in zip(told, ear, strict=True):
        assert (speech.fate in (Fate.HEARD, Fate.UNPROVEN)) == spoken.whole
        assert speech.heard_ms(call.at) == pytest.approx(spoken.ended_ms - spoken.began_ms, abs=EXACT_MS)


MEASURED_MS = 20
SPEAKS_ON_MS = 1_000


def the_replies_took_as_long_as_the_carrier_heard(placed: Placed) -> None:
    """Judged by the carrier's own ear, which knows when each clip of the callee's was said and what was played."""
    ear = hearing(placed.carrier.log)
    replied = [turn for turn in ear.turns if turn.answered and _gets_a_reply(turn, ear)]
    heard = [turn.wait_ms + _after_the_last_sound_ms(turn.clips[-1]) for turn in replied]
    told = [reply.wait_s for reply in placed.call.heard.replies]
    assert [wait_s * 1000 for wait_s in told if wait_s is not None] == pytest.approx(heard, abs=MEASURED_MS)


def _gets_a_reply(turn: Turn, ear: Hearing) -> bool:
    """What comes after it is not the agent's first word, and the agent had not been speaking on over it."""
    first = min((one.began_ms for one in ear.spoken), default=turn.ended_ms)
    over = any(one.began_ms <= turn.ended_ms < one.ended_ms - SPEAKS_ON_MS for one in ear.spoken)
    return turn.ended_ms > first and not over


def _after_the_last_sound_ms(name: str) -> int:
    """From the last sound of a clip until it counts as said: its own silence, and the frame it leaves with."""
    audio = clip(name).audio
    sounds = [at for at in range(0, len(audio), FRAME_BYTES) if voiced(audio[at : at + FRAME_BYTES])]
    return (len(audio) - sounds[-1]) // BYTES_PER_MS


def _rules_fit_nothing_but_what_happened(placed: Placed, name: str, policy: Policy) -> None:
    """No rule reads the text of an error, and a rule whose call this is does not fit its near miss."""
    steps: list[Entry] = [*placed.steps]
    silent = [replace(step, event=mute(step.event)) for step in steps]
    without = diagnose(placed.call.terms, silent, placed.call)
    assert [one.rule for one in without.findings] == [one.rule for one in diagnosis_of(placed).findings]
    for rule, made in MADE.items():
        if (made.scenario, made.policy) == (name, policy):
            near = diagnosed(placed.call.terms, missed(steps, miss_of(steps, made)))
            assert rule not in [finding.rule for finding in near.findings]


def _the_longest_wait_is_one(placed: Placed) -> None:
    """From the events alone, and by the judge."""
    waited = longest(EvidenceIndex(placed.call.terms, placed.steps, placed.call))
    judged = placed.call.conversation.longest_s
    if waited is not None and placed.call.terms.kind is Kind.STREAM:
        assert waited.seconds <= judged + 0.01
        assert judged < placed.call.terms.patience_s or judged == pytest.approx(waited.seconds, abs=0.01)


def _nobody_waited_in_silence(placed: Placed) -> None:
    """Judged by the ear alone: whatever fails, the callee hears something within the budget of patience."""
    heard = hearing(placed.carrier.log)
    assert heard.longest_ms <= PATIENCE_MS + NOTICED_MS
    assert heard.longest_moment_ms <= 2 * PATIENCE_MS + NOTICED_MS  # another session, then the apology
    assert heard.answered_twice == ()
    assert [one for one in heard.cut if one.clip in ("greeting", "farewell")] == []


def _the_greeting_sounded_at_once(placed: Placed) -> None:
    began = heard_clip(placed.carrier.log, GREETING)
    assert began is not None and began <= PROMPT_MS
    headline = placed.call.timing.start_to_first_audio
    assert headline is not None and headline <= PROMPT_MS / 1000


_HOURS = ("session-is-changed", "model-lost-minutes-apart")  # calls of many minutes, each frame of them


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.every] if name in _HOURS else []) for name in SCENARIOS]
)
async def test_a_scenario_ends_and_is_diagnosed_as_it_should(name: str) -> None:
    network = MemoryNetwork()
    placed = await place(name, network=network)
    _checked(placed, name)
    if name in SILENT:
        _nobody_waited_in_silence(placed)
    if name in PROMPT:
        _the_greeting_sounded_at_once(placed)
    _rules_fit_nothing_but_what_happened(placed, name, Policy.GUARD)
    assert network.open_ends == 0


@pytest.mark.every
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("seed", range(1, 11))
async def test_chance_changes_nothing(name: str, seed: int) -> None:
    _checked(await place(name, seed=seed), name)


async def test_the_greeting_is_asked_for_once_and_heard_once() -> None:
    placed = await place("ordinary")
    asked = [order for step in placed.steps for order in step.orders if isinstance(order, AskGreeting)]
    heard = b"".join(effect.audio for effect in placed.carrier.log if effect.what is What.HEARD)
    assert len(asked) == 1
    assert heard.count(GREETING) == 1


async def test_the_race_is_refused_in_writing() -> None:
    placed = await place("race")
    refusals = [verdict for _, verdict in placed.call.verdicts if verdict.refused]
    assert [verdict.asker.value for verdict in refusals] == ["greeting fallback"]
    assert refusals[0].state in STREAM_STATES and refusals[0].reason


async def test_without_the_guard_the_race_kills_the_call() -> None:
    placed = await place("race", policy=Policy.NAIVE)
    log = placed.carrier.log
    assert harmed(log) is not None
    assert placed.call.ending.outcome == "failed" and placed.call.ending.cause == "overwritten"
    assert {law.law for law in placed.call.broken} >= {1, 2}
    assert any("handshake is cancelled" in note.text for note in placed.call.notes)
    assert heard_clip(log, GREETING) is None
    order = [effect.what for effect in log]
    assert order.index(What.STREAM_STARTED) < order.index(What.STREAM_ENDED) < order.index(What.SAY_BEGAN)


async def _unguarded(name: str, seed: int) -> Placed:
    """How it ends, what that is called, and whether it is called a harm: the carrier's log has the last word on it."""
    expects = SCENARIOS[name].expects
    placed = await place(name, seed=seed, policy=Policy.NAIVE)
    found, harm = diagnosis_of(placed), bool(harmed(placed.carrier.log))
    assert found.rule in (expects.guard_off_diagnosis or (expects.diagnosis,))
    assert (found.rule in HARM) == harm
    told = [each for verdict in judged_all(placed.carrier.log, placed.model.log) for each in verdict.findings]
    assert any(each.law == 1 and each.severity is Severity.BROKEN for each in told) == harm
    if name not in FIELD:
        assert placed.call.ending.outcome == (expects.guard_off or expects.outcome)
        assert any(law.law == 1 for law in placed.call.broken) == harm
    return placed


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in SILENT])
async def test_without_the_guard_a_scenario_ends_and_is_diagnosed_as_it_says(name: str) -> None:
    placed = await _unguarded(name, 0)
    _rules_fit_nothing_but_what_happened(placed, name, Policy.NAIVE)


def test_every_rule_of_a_scenarios_call_is_what_that_call_is_diagnosed_as() -> None:
    for rule, made in MADE.items():
        expects = SCENARIOS[made.scenario].expects
        assert rule in (expects.guard_off_diagnosis if made.policy is Policy.NAIVE else (expects.diagnosis,))


@pytest.mark.every
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in SILENT])
@pytest.mark.parametrize("seed", range(1, 10))
async def test_chance_changes_nothing_of_that_either(name: str, seed: int) -> None:
    await _unguarded(name, seed)


async def test_a_healthy_call_names_its_slowest_hop() -> None:
    found = diagnosis_of(await place("slow-model"))
    assert found.healthy and found.hop == "model connected -> model upgraded, 2600 ms"


async def test_the_silent_variant_left_no_error_anywhere() -> None:
    placed = await place("silent-race", policy=Policy.NAIVE)
    names = {type(step.event).__name__ for step in placed.steps}
    assert not names & {"ModelFailed", "ModelErred", "StreamReported"} - {"StreamReported"}
    assert diagnosis_of(placed).rule == "silent-race"


async def test_a_turn_that_goes_down_with_its_session_is_heard_by_the_next_one_and_answered() -> None:
    """The session is lost 0.16 s after the turn was complete, before its words were known."""
    scenario = replace(SCENARIOS["model-drops"], model=ModelPlan(drop_after_ms=7_000, drops=1))
    scenario = replace(scenario, callee=(Wait(300), Speak("hello"), Listen(), Speak("short"), Listen(), HangUpPhone()))
    events = [step.event for step in (await place(scenario)).steps]
    (lost,) = (event for event in events if isinstance(event, e.ModelFailed))
    (again,) = (event for event in events if isinstance(event, e.TurnCommitted) and event.session == 2)
    answers = [event for event in events if isinstance(event, e.AudioSent) and event.at > again.at]
    assert len([event for event in events if isinstance(event, e.TurnCommitted) and event.session == 1]) == 2
    assert again.at - lost.at < 1.0
    assert answers[0].at - again.at < 1.0
