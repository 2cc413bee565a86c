"""The built-in carrier and model as accounts to call with: no keys, no money."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from voicecall_core import models
from voicecall_core.accounts import Accounts, CarrierAccount, ModelAccount
from voicecall_core.errors import SettingsError, did_you_mean, errors_ungrouped
from voicecall_core.net.network import Network, TcpNetwork
from voicecall_core.words.numbers import PhoneNumber

if TYPE_CHECKING:  # a real call needs nothing of the simulator
    from voicecall_core.simulator.carrier.players import Players
    from voicecall_core.simulator.carrier.server import SimulatedCarrier
    from voicecall_core.simulator.model.server import SimulatedModel
    from voicecall_core.simulator.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated(Accounts):
    """Accounts of which at least one is built in. What is real has no server here.

    `callee_model` names the model that plays the callee; empty if he acts by a script.
    """

    scenario: Scenario
    seed: int
    carrier_server: SimulatedCarrier | None
    model_server: SimulatedModel | None
    callee_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator(Simulated):
    """The built-in carrier and model, running: accounts with both, and the servers with their logs of what they did."""

    carrier_server: SimulatedCarrier
    model_server: SimulatedModel


@asynccontextmanager
async def open_simulator(
    scenario: str | Scenario = "ordinary",
    *,
    seed: int = 0,
    network: Network | None = None,
    tls: ssl.SSLContext | None = None,
    began: datetime | None = None,
) -> AsyncIterator[Simulator]:
    """Run the built-in carrier and model on free loopback ports until the block is left.

    `scenario` says what happens in each call: a name (`voicecall dial --list-scenarios` shows all) or the path of a
    scenario file, `.toml`. `seed` decides whatever is left to chance. `network` is this machine's unless another is
    given, `tls` says whose certificates the carrier believes at a public URL, `began` is the carrier's date (an aware
    datetime, now unless given). Raises SettingsError for a scenario that there is not, or that is wrong.
    """
    from voicecall_core.simulator.carrier.server import open_carrier
    from voicecall_core.simulator.model.server import open_model
    from voicecall_core.simulator.utterances import Whiteboard

    played = scenario_named(scenario) if isinstance(scenario, str) else scenario
    _demand_script(played)
    network, began, board = network or TcpNetwork(), began or utc_now(), Whiteboard()
    with errors_ungrouped():
        async with (
            open_carrier(network, played, seed=seed, epoch=began.timestamp(), tls=tls, board=board) as carrier,
            open_model(network, played, seed=seed, epoch=began.timestamp(), board=board) as model,
        ):
            yield Simulator(
                carrier=_carrier_account(carrier),
                model=ModelAccount(key=model.key, url=model.url),
                network=network,
                scenario=played,
                seed=seed,
                carrier_server=carrier,
                model_server=model,
            )


@asynccontextmanager
async def open_simulated_carrier(
    model: ModelAccount | None,
    scenario: str | Scenario = "ordinary",
    *,
    seed: int = 0,
    network: Network | None = None,
    tls: ssl.SSLContext | None = None,
    began: datetime | None = None,
    callee_model: str = models.MODEL,
    callee_voice: str = models.VOICE,
) -> AsyncIterator[Simulated]:
    """Run the built-in carrier alone: no phone rings, and the callee that the scenario plans speaks to this model.

    If the scenario has him played by a model, it is the same account's: `callee_model` and `callee_voice`, unless the
    scenario names others. The rest is as with `open_simulator`.
    """
    from voicecall_core.simulator.carrier.server import open_carrier

    played = scenario_named(scenario) if isinstance(scenario, str) else scenario
    network, began = network or TcpNetwork(), began or utc_now()
    players = _players(model, played, network, tls, callee_model, callee_voice)
    date = began.timestamp()
    with errors_ungrouped():
        async with open_carrier(network, played, seed=seed, epoch=date, tls=tls, players=players) as carrier:
            yield Simulated(
                carrier=_carrier_account(carrier),
                model=model,
                network=network,
                scenario=played,
                seed=seed,
                carrier_server=carrier,
                model_server=None,
                callee_model=(played.played_by.model or callee_model) if played.played_by is not None else "",
            )


def _demand_script(scenario: Scenario) -> None:
    if scenario.played_by is not None:
        raise SettingsError(
            f"The callee of {scenario.name} is played by a model, and the built-in model can play nobody.",
            setting="VOICECALL_SCENARIO",
            fix="--simulate carrier lets a real model play him. Offline a callee has [[phone.turn]] in place of it.",
        )


def _players(
    account: ModelAccount | None,
    scenario: Scenario,
    network: Network,
    tls: ssl.SSLContext | None,
    name: str,
    voice: str,
) -> Players | None:
    """Who plays the callee, if anybody is to."""
    if scenario.played_by is None:
        return None
    if account is None or not account.url:
        raise SettingsError(
            f"The callee of {scenario.name} is played by a model.", setting=models.KEY_SETTING, fix="It needs a key."
        )
    from voicecall_core.model_callee import players_of

    # No certificates of one's own are the usual ones, as for the agent's session.
    trusted = tls or (ssl.create_default_context() if account.url.startswith("wss:") else None)
    return players_of(models.connect(network, account.url, account.key, trusted, "voicecall/callee"), name, voice)


@asynccontextmanager
async def open_simulated_model(
    carrier: CarrierAccount,
    scenario: str | Scenario = "ordinary",
    *,
    seed: int = 0,
    network: Network | None = None,
    began: datetime | None = None,
) -> AsyncIterator[Simulated]:
    """Run the built-in model alone, on a loopback port: a phone rings, and a clip says that the model is simulated.

    The rest is as with `open_simulator`.
    """
    from voicecall_core.simulator.model.server import open_model

    played = scenario_named(scenario) if isinstance(scenario, str) else scenario
    began = began or utc_now()
    with errors_ungrouped():
        async with open_model(network or TcpNetwork(), played, seed=seed, epoch=began.timestamp()) as model:
            yield Simulated(
                carrier=carrier,
                model=ModelAccount(key=model.key, url=model.url),
                network=network,
                scenario=played,
                seed=seed,
                carrier_server=None,
                model_server=model,
            )


def _carrier_account(carrier: SimulatedCarrier) -> CarrierAccount:
    return CarrierAccount(
        account_sid=carrier.account_sid,
        auth_token=carrier.auth_token,
        number=PhoneNumber(carrier.number),
        api_key=carrier.api_key,
        api_secret=carrier.api_secret,
        url=carrier.url,
    )


def scenario_named(name: str) -> Scenario:
    """The scenario of that name, or in the file whose name ends in `.toml`. Raises SettingsError if there is none."""
    from voicecall_core.simulator.scenarios.catalogue import SCENARIOS, renamed

    if name.endswith(".toml"):
        from voicecall_core.simulator.scenarios.scenario_file import read_scenario

        return read_scenario(Path(name))
    if name not in SCENARIOS:
        now = renamed(name)
        meant = f"It is called {now} now. " if now else did_you_mean(name, SCENARIOS)
        raise SettingsError(
            f"There is no scenario {name!r}.",
            setting="VOICECALL_SCENARIO",
            fix=f"{meant}voicecall dial --list-scenarios shows all.",
        )
    return SCENARIOS[name]


def utc_now() -> datetime:
    """The date and time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the date in the call file's header, and the built-in carrier's
