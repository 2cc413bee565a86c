"""What was asked for and cannot take effect in this call: said before it, never ignored. Knows no way to place one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from voicecall_cli.settings import Settings

if TYPE_CHECKING:
    from voicecall_core.simulator.scenarios.scenario import Scenario

STAND_IN = (
    "The built-in model is a stand-in: it says recorded sentences, whatever it hears. "
    "A scenario file can give it replies."
)
_OF_THE_MODEL = ("model", "voice", "greeting", "instructions")
_OF_TOOLS = ("tools", "filler", "filler_after_s")


def without_effect(settings: Settings) -> Iterator[str]:
    """A sentence for each, and one for a model that is a stand-in."""
    asked, tools = _said(settings, _OF_THE_MODEL), _said(settings, _OF_TOOLS)
    if asked + tools and settings.say is not None:
        yield f"An announcement uses no model: {_listed(asked + tools)} {_have(asked + tools)} no effect."
    if settings.simulate == "model" and settings.say is not None:
        yield "An announcement uses no model: --simulate model has no effect."
    if settings.phone_rings and settings.model_is_real:
        return
    from voicecall_core.simulation import scenario_named  # for those only who simulate something

    scenario = scenario_named(settings.scenario)
    if settings.say is None and "say" not in scenario.dial and not settings.model_is_real:
        if not scenario.model.script:
            yield STAND_IN
            if tools:
                yield f"It calls no tools: {_listed(tools)} {_have(tools)} no effect."
        if asked:
            yield f"The built-in model does not read {_listed(asked)}."
    yield from _planned_for_others(settings, scenario)


def _planned_for_others(settings: Settings, scenario: Scenario) -> Iterator[str]:
    """What the scenario plans for the half that is real."""
    from voicecall_core.simulator.scenarios.scenario import ModelPlan

    if settings.model_is_real and scenario.model != ModelPlan():
        yield f"The model is real: what scenario {scenario.name} plans for it has no effect."
    if settings.phone_rings and any(reply.when for reply in scenario.model.script):
        yield "The built-in model understands nothing that a real callee says: replies with a `when` are never due."
    if settings.phone_rings and settings.sources["scenario"] != "default":
        yield f"The phone is real: what scenario {scenario.name} plans for carrier and callee has no effect."


def _said(settings: Settings, fields: Iterable[str]) -> list[str]:
    return [settings.sources[field] for field in fields if settings.sources[field] != "default"]


def _listed(places: list[str]) -> str:
    return ", ".join(places[:-1]) + (" and " if places[:-1] else "") + places[-1]


def _have(places: list[str]) -> str:
    return "have" if len(places) > 1 else "has"
