"""Reads the phone's part of a rehearsal: who picks up, what he does, the line's faults, the built-in model's part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from voicecall_core.audio import RATE_HZ
from voicecall_core.errors import did_you_mean
from voicecall_core.lined_toml import Table
from voicecall_core.simulator.scenarios.plan_tables import LONGEST_MS, chosen, default_of, read_plan
from voicecall_core.simulator.scenarios.played import played_by_of
from voicecall_core.simulator.scenarios.replies import replies_of
from voicecall_core.simulator.scenarios.scenario import (
    NOISES,
    TONE,
    Act,
    CarrierPlan,
    ModelPlan,
    Noise,
    PlayedBy,
    PlaySound,
    Scenario,
    SpeakText,
    Wait,
)
from voicecall_core.simulator.scenarios.turns import acts_of
from voicecall_core.simulator.wav import as_mu_law

KEYS = (
    *("picks_up", "answers_after", "rings", "turn", "played_by", "reply", "noise", "network", "faults"),
    *("carrier", "model", "dial", "scale"),
)
PICKS_UP: Mapping[str, Mapping[str, Any]] = {
    "person": {},
    "voicemail": {"answered_by": "machine"},
    "busy": {"answer_ms": 800, "ends_as": "busy"},
    "no-answer": {"answer_ms": None},
    "unreachable": {"answer_ms": 200, "ends_as": "failed"},
}
NOBODY = ("busy", "no-answer", "unreachable")
NETWORK = {
    "jitter": "jitter_ms",
    "bursts": "frames_at_once",
    "stall_at": "stall_media_at_ms",
    "drop_at": "drop_stream_at_ms",
    "stop_at": "stop_stream_at_ms",
}
DIAL = ("say", "max_duration_s", "ring_timeout_s")
NOISE_KEYS = ("kind", "level")
_SOFTEST_DB, _LOUDEST_DB = -80, -10
_RING_MS = 6_000  # in North America: two seconds of sound, four of silence
_RINGS = 20
_LONGEST_JITTER_MS = 2_000
_MOST_AT_ONCE = 100  # frames: two seconds
_MESSAGE = SpeakText("Please leave a message after the tone.")
_TONE_HZ, _TONE_MS, _TONE_PEAK = 1_000, 400, 8_000
# What a model with replies of its own never comes to.
_CLIPS_ONLY = ("replies", "end_call_after_turns", "end_call", "farewell_text", "pieces")


def phone_of(table: Table, folder: Path, name: str) -> Scenario:
    """The scenario of a `[phone]` table; its recordings lie in `folder`. Raises SettingsError with the line."""
    table.only(*KEYS)
    return scenario_of(table, folder, name, "")


def scenario_of(table: Table, folder: Path, name: str, about: str) -> Scenario:
    """The same for a table that may hold other keys beside."""
    faults = [_fault(table, each) for each in table.texts("faults")]
    carrier = {**_together(table, faults, "carrier"), **_picking_up(table), **_network(table)}
    model = _together(table, faults, "model")
    replies = replies_of(table.tables("reply"))
    for kind, plan, found in (("carrier", CarrierPlan, carrier), ("model", ModelPlan, model)):
        own = table.table(kind)
        if own is not None:
            found.update(read_plan(own, plan))
            _demand_effect(own, replies != ())
    if replies:
        model["script"] = replies
    return Scenario(
        name,
        about,
        _acts(table, folder),
        carrier=CarrierPlan(**carrier),
        model=ModelPlan(**model),
        dial=_dial(table, faults),
        scale=table.number("scale", min((each.scale for each in faults), default=1.0), low=0.001, high=100),
        noise=_noise(table),
        played_by=_played_by(table),
    )


def _played_by(table: Table) -> PlayedBy | None:
    own = table.table("played_by")
    if own is None:
        return None
    if table.tables("turn"):
        raise own.wrong("", "this callee is played by a model, and has turns in the file too", "Remove one of them.")
    if "picks_up" in table and table.text("picks_up") != "person":
        raise own.wrong("", f"picks_up is {table.raw('picks_up')!r}: there is no person to be played", "Remove it.")
    return played_by_of(own)


def _demand_effect(own: Table, has_replies: bool) -> None:
    for key in _CLIPS_ONLY if has_replies else ():
        if key in own:
            raise own.wrong(key, f"{key} is about the model's clips, and it has replies here", "Remove one of them.")


def _acts(table: Table, folder: Path) -> tuple[Act, ...]:
    turns = table.tables("turn")
    picks_up = chosen(table, "picks_up", tuple(PICKS_UP)) if "picks_up" in table else "person"
    if picks_up in NOBODY and turns:
        raise turns[0].wrong("", f"picks_up is {picks_up!r}: there is nobody who could take a turn", "Remove it.")
    before = (Wait(500), _MESSAGE, PlaySound(TONE, _tone())) if picks_up == "voicemail" else ()
    return (*before, *acts_of(turns, folder))


def _tone() -> bytes:
    turn = 2 * math.pi * _TONE_HZ / RATE_HZ
    return as_mu_law(_TONE_PEAK * math.sin(turn * at) for at in range(_TONE_MS * RATE_HZ // 1000))


def _picking_up(table: Table) -> dict[str, Any]:
    found = dict(PICKS_UP[chosen(table, "picks_up", tuple(PICKS_UP))]) if "picks_up" in table else {}
    if "rings" in table and "answers_after" in table:
        raise table.wrong("rings", "rings and answers_after say the same", "Remove one of them.")
    if "answer_ms" in found and (late := next((key for key in ("rings", "answers_after") if key in table), "")):
        raise table.wrong(late, f"picks_up is {table.raw('picks_up')!r}, and {late} says when somebody answers")
    if "rings" in table:
        found["answer_ms"] = table.whole("rings", low=1, high=_RINGS) * _RING_MS
    if "answers_after" in table:
        found["answer_ms"] = table.ms("answers_after", low=0, high=LONGEST_MS)
    return found


def _network(table: Table) -> dict[str, Any]:
    network = table.table("network")
    if network is None:
        return {}
    network.only(*NETWORK)
    found: dict[str, Any] = {}
    for key in network.keys():
        if key == "bursts":
            found[NETWORK[key]] = network.whole(key, low=1, high=_MOST_AT_ONCE)
        else:
            longest = _LONGEST_JITTER_MS if key == "jitter" else LONGEST_MS
            found[NETWORK[key]] = network.ms(key, low=0, high=longest)
    return found


def _noise(table: Table) -> Noise | None:
    if "noise" not in table:
        return None
    if isinstance(table.raw("noise"), str):
        return Noise(chosen(table, "noise", NOISES))
    own = table.table("noise")
    assert own is not None
    own.only(*NOISE_KEYS)
    level = own.number("level", Noise().level_db, low=_SOFTEST_DB, high=_LOUDEST_DB)
    return Noise(chosen(own, "kind", NOISES) if "kind" in own else Noise().kind, level)


def _dial(table: Table, faults: list[Scenario]) -> dict[str, str | float]:
    found = {key: value for each in faults for key, value in each.dial.items()}
    own = table.table("dial")
    if own is not None:
        own.only(*DIAL)
        for key in own.keys():
            found[key] = own.text(key) if key == "say" else own.number(key, low=0.1, high=86_400)
    return found


def _fault(table: Table, name: str) -> Scenario:
    from voicecall_core.simulator.scenarios.catalogue import SCENARIOS  # read by this very module

    known = [
        each for each, scenario in SCENARIOS.items() if _differences(scenario.carrier) or _differences(scenario.model)
    ]
    if name in known:
        return SCENARIOS[name]
    fix = did_you_mean(name, known) or "voicecall dial --list-scenarios shows all."
    if name in SCENARIOS:
        raise table.wrong("faults", f"{name} is what a callee does, and no fault of carrier or model", fix.strip())
    raise table.wrong("faults", f"there is no fault {name!r}", fix.strip())


def _differences(plan: CarrierPlan | ModelPlan) -> dict[str, Any]:
    """What a plan sets, of what there is to set."""
    values = ((each, getattr(plan, each.name)) for each in fields(plan))
    return {each.name: value for each, value in values if value != default_of(each)}


def _together(table: Table, faults: list[Scenario], kind: str) -> dict[str, Any]:
    """The faults of several scenarios at once. Raises SettingsError if two of them want different things."""
    found: dict[str, Any] = {}
    by: dict[str, str] = {}
    for fault in faults:
        for key, value in _differences(getattr(fault, kind)).items():
            if found.get(key, value) != value:
                raise table.wrong("faults", f"{by[key]} and {fault.name} do not go together: both set {key}")
            found[key], by[key] = value, fault.name
    return found
