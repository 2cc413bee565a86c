"""Scenario files: what they say becomes the record, and what is wrong in them is told with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenario_file_page import ABOUT, EXAMPLE, FAULTY, KEYS, PLANS, comments
from voicecall_core.errors import SettingsError
from voicecall_core.simulation import scenario_named
from voicecall_core.simulator.scenarios.catalogue import FILES, SCENARIOS, shipped_file
from voicecall_core.simulator.scenarios.plan_tables import keys_of
from voicecall_core.simulator.scenarios.scenario import (
    AccountPlan,
    AwaitQuiet,
    CarrierPlan,
    HangUpPhone,
    Listen,
    ModelPlan,
    Noise,
    PlaySound,
    Press,
    Scenario,
    ScriptedReply,
    Speak,
    SpeakText,
    ToolCall,
    Wait,
)
from voicecall_core.simulator.scenarios.scenario_file import read_shipped
from voicecall_core.simulator.wav import as_mu_law

HEAD = "[scenario]\nversion = 1\n[phone]\n"


def read(tmp_path: Path, text: str, name: str = "own.toml") -> Scenario:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return scenario_named(str(file))


def phone(tmp_path: Path, text: str) -> Scenario:
    return read(tmp_path, HEAD + text)


def turns(tmp_path: Path, *lines: str) -> tuple[object, ...]:
    return phone(tmp_path, "turn = [\n" + "".join(f"  {{ {line} }},\n" for line in lines) + "]\n").callee


def test_the_examples_of_the_page_are_what_they_say(tmp_path: Path) -> None:
    order = read(tmp_path, EXAMPLE, "order.toml")
    assert (order.name, order.about) == ("order", "A caller orders a table and interrupts")
    assert order.noise == Noise("babble", -50)
    assert order.callee[2:4] == (Listen(heard_ms=400), SpeakText("At seven. Thank you."))
    assert order.model.script[-1] == ScriptedReply("goodbye", "See you then.", hang_up=True)
    faulty = read(tmp_path, FAULTY)
    assert faulty.model == replace(SCENARIOS["model-lost-in-mid-turn"].model)
    assert faulty.carrier == CarrierPlan(jitter_ms=40, fetch_ms=400, callbacks_lost=frozenset({"initiated"}))
    assert faulty.callee == (
        *(Listen(), Speak("question"), AwaitQuiet(2_000), Press("1"), Wait(200), Press("#")),
        *(Wait(1_000), Speak("bye"), HangUpPhone()),
    )


def test_every_key_is_in_the_page_with_what_it_is() -> None:
    assert {name: set(about) for name, about in ABOUT.items()} == {name: set(keys) for name, keys in KEYS.items()}
    for kind in PLANS.values():
        assert [name for name in keys_of(kind) if not comments(kind).get(name)] == []


@pytest.mark.parametrize(
    ("when", "act"),
    [
        ("after agent", Listen()),
        ("after agent 2s", Listen(quiet_ms=2_000)),
        ("over agent", Listen(heard_ms=500)),
        ("over agent 1.2s", Listen(heard_ms=1_200)),
        ("after silence 3s", AwaitQuiet(3_000)),
        ("after 250ms", Wait(250)),
    ],
)
def test_when_a_turn_begins(tmp_path: Path, when: str, act: object) -> None:
    assert turns(tmp_path, f'say = "Hi there", when = "{when}"') == (act, SpeakText("Hi there"))
    assert turns(tmp_path, f'wait = "{when}"') == (act,)


def test_at_once_is_no_wait(tmp_path: Path) -> None:
    assert turns(tmp_path, 'clip = "short", when = "at once"', 'wait = "2s"') == (Speak("short"), Wait(2_000))


def test_how_long_the_callee_waits_for_the_agent(tmp_path: Path) -> None:
    patient = turns(tmp_path, 'hang_up = true, patience = "1m"', 'wait = "after silence 3s", patience = "9s"')
    assert patient == (Listen(patience_ms=60_000), HangUpPhone(), AwaitQuiet(3_000, 9_000))


def test_a_recording_lies_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(wav(b"\x00\x10" * 1_600))
    assert turns(tmp_path, 'play = "hello.wav", text = "Hello"') == (
        Listen(),
        PlaySound("hello.wav", as_mu_law([0x1000] * 1_600), "Hello"),
    )


def wav(body: bytes) -> bytes:
    """A mono WAV of 16 bits at 8 kHz."""
    head = b"RIFF" + (36 + len(body)).to_bytes(4, "little") + b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
    rate = (8_000).to_bytes(4, "little") + (16_000).to_bytes(4, "little")
    return head + rate + b"\x02\x00\x10\x00data" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("", CarrierPlan()),
        ('answers_after = "3s"', CarrierPlan(answer_ms=3_000)),
        ("rings = 2", CarrierPlan(answer_ms=12_000)),
        ('picks_up = "busy"', SCENARIOS["busy"].carrier),
        ('picks_up = "no-answer"', SCENARIOS["no-answer"].carrier),
        ('picks_up = "unreachable"', SCENARIOS["failed"].carrier),
        ('network = { stall_at = "5s", bursts = 3 }', CarrierPlan(stall_media_at_ms=5_000, frames_at_once=3)),
        (
            'carrier = { stream_ms = "never", rest_ms = { update = 9 } }',
            CarrierPlan(stream_ms=None, rest_ms={"update": 9}),
        ),
        (
            'carrier = { account = { kind = "Trial", alerts = [[11200, "x"]], closed_countries = ["DE"] } }',
            CarrierPlan(account=AccountPlan(kind="Trial", alerts=((11_200, "x"),), closed_countries=frozenset({"DE"}))),
        ),
        ('faults = ["race", "key"]\ncarrier = {}', None),
    ],
)
def test_who_picks_up_and_what_the_carrier_does(tmp_path: Path, text: str, plan: CarrierPlan | None) -> None:
    if plan is None:
        with pytest.raises(SettingsError, match="line 4: there is no fault 'key'"):
            phone(tmp_path, text)
    else:
        assert phone(tmp_path, text).carrier == plan


def test_faults_go_together_unless_they_want_different_things(tmp_path: Path) -> None:
    both = phone(tmp_path, 'faults = ["stream-drops", "model-drops"]')
    assert both.carrier == SCENARIOS["stream-drops"].carrier and both.model == SCENARIOS["model-drops"].model
    with pytest.raises(SettingsError, match="race and slow-model do not go together: both set handshake_ms"):
        phone(tmp_path, 'faults = ["race", "slow-model"]')
    with pytest.raises(SettingsError, match="barge-in is what a callee does"):
        phone(tmp_path, 'faults = ["barge-in"]')


def test_the_models_part(tmp_path: Path) -> None:
    text = """
    [[phone.reply]]
    call = [{ tool = "a" }, { tool = "b", with = { x = [1, "é"] } }]
    times = 2
    [[phone.reply]]
    hang_up = true
    """
    assert phone(tmp_path, text).model == ModelPlan(
        script=(
            ScriptedReply(calls=(ToolCall("a"), ToolCall("b", '{"x": [1, "é"]}')), times=2),
            ScriptedReply(say="Thank you for your time. Goodbye.", hang_up=True),
        )
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[phone.turn]]\nsays = 'x'", "line 5: there is no 'says' here.*say"),
        ("[[phone.turn]]\nsay = 'x'\nwait = '1s'", "line 6: a turn does one thing, and this has say and wait"),
        ("[[phone.turn]]", "line 4: this turn does nothing"),
        ("[[phone.turn]]\nsay = '...'", "line 5: say holds no word"),
        ("[[phone.turn]]\nsay = 'x'\nwhen = 'later'", "line 6: when is 'later'"),
        ("[[phone.turn]]\nsay = 'x'\nwhen = 'after lunch'", "line 6: 'lunch' is no duration"),
        ("[[phone.turn]]\npress = '12x'", "line 5: press is '12x'"),
        ("[[phone.turn]]\nclip = 'helo'", "line 5: there is no clip 'helo'"),
        ("[[phone.turn]]\nplay = 'none.wav'", "line 5: .*none.wav cannot be read: No such file"),
        ("[[phone.turn]]\nwait = 'never'", "line 5: wait is 'never', which is no duration"),
        ("picks_up = 'busy'\n[[phone.turn]]\nsay = 'x'", "line 5: picks_up is 'busy'"),
        ("picks_up = 'nobody'", "line 4: picks_up is 'nobody'"),
        ("rings = 2\nanswers_after = '2s'", "line 4: rings and answers_after say the same"),
        ("noise = 'loud'", "line 4: noise is 'loud'"),
        ("[phone.network]\njiter = '2s'", "line 5: there is no 'jiter' here.*jitter"),
        ("[phone.carrier]\nfetch_ms = -1", "line 5: fetch_ms is -1"),
        ("[phone.carrier]\naccount = { alerts = [1] }", "line 5: alerts is no list of codes"),
        ("[phone.carrier]\ncallbacks_lost = 'ringing'", "line 5: callbacks_lost is 'ringing', not a list"),
        ("[phone.model]\ndrops_at_ms = [true]", "line 5: drops_at_ms is no list of times"),
        ("[phone.model]\nstuck_at = 'here'", "line 5: stuck_at is 'here'"),
        ("[phone.carrier]\nframes_at_once = 0", "line 5: frames_at_once is 0"),
        ("[phone.model]\nclose_code = 99", "line 5: close_code is 99"),
        ("[phone.model]\nreplies = ['reply-9']", "line 5: replies names no clip"),
        ("[phone.model]\npieces = 2\n[[phone.reply]]\nsay = 'x'", "line 5: pieces is about the model's clips"),
        ("[[phone.reply]]\nwhen = '/(/'\nsay = 'x'", "line 5: /\\(/ is no regular expression"),
        ("[[phone.reply]]\nsay = 'x'\nthen = 'y'", "line 6: then is said when a tool has answered"),
        ("[[phone.reply]]\ncall = { tool = 'no blanks' }", "line 5: 'no blanks' is no name of a tool"),
        ("[[phone.reply]]\ncall = { tool = 'a', with = { d = 2026-01-01 } }", "line 5: with holds a date"),
        ("[[phone.reply]]\nwhen = 'x'", "line 4: this reply says nothing"),
    ],
)
def test_what_will_not_do_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        phone(tmp_path, text)
    whole = f"{refused.value} {refused.value.fix}"
    assert whole.startswith("own.toml: ")
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(whole)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[phone]\n", r"has no \[scenario\]"),
        ("[scenario]\nversion = 1\n", r"there is no \[phone\]"),
        ("[scenario]\nversion = 2\n[phone]\n", "line 2: this is version 2"),
        ("[scenario]\nversion = 1\nname = '../x'\n[phone]\n", "line 3: '../x' is no name"),
        ("[scenario]\nversion = 1\n[phones]\n", "there is no 'phones' here"),
    ],
)
def test_a_file_that_is_no_scenario_is_told_so(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read: No such file"):
        scenario_named(str(tmp_path / "none.toml"))


def test_the_phone_of_a_rehearsal_is_a_scenario(tmp_path: Path) -> None:
    text = '[rehearsal]\nversion = 1\nabout = "A talk"\n[phone]\nrings = 1\n[[expect]]\nsaid = "x"\n'
    found = read(tmp_path, text, "talk.toml")
    assert (found.name, found.about, found.carrier.answer_ms) == ("talk", "A talk", 6_000)


def test_the_shipped_files_hold_what_the_catalogue_has() -> None:
    read = [scenario for name in FILES for scenario in read_shipped(shipped_file(name), name)]
    assert read == list(SCENARIOS.values())
    at_a_glance = [(each.name, each.about, each.outcome) for each in SCENARIOS.listed()]
    assert at_a_glance == [(each.name, each.about, each.expects.outcome) for each in read]


def test_what_is_wrong_in_a_shipped_file_is_told_with_its_line() -> None:
    text = '[scenario]\nversion = 1\n[[phone]]\nname = "a"\nabout = "b"\nexpects = { outcom = "completed" }\n'
    with pytest.raises(SettingsError, match="line 6: there is no 'outcom' here"):
        read_shipped(text.encode(), "shipped.toml")
