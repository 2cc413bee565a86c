"""Runs a rehearsal: one whole call on the simulated phone, judged by what its file expects.

With the built-in model it runs in memory on a clock that jumps, or over sockets; with a real one in real time.
"""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio

from voicecall_core import carriers
from voicecall_core.accounts import ModelAccount
from voicecall_core.agents.agent_file import Agent
from voicecall_core.calling import CallOptions, OutgoingCall
from voicecall_core.dialer import open_dialer
from voicecall_core.errors import VoicecallError, ungrouped
from voicecall_core.masking import fit_to_show
from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import TcpNetwork
from voicecall_core.records import CallRecord
from voicecall_core.rehearsal.expectations import JudgedYes
from voicecall_core.rehearsal.finished_call import FinishedCall
from voicecall_core.rehearsal.judge import Verdict, judge
from voicecall_core.rehearsal.observation import finished_call
from voicecall_core.rehearsal.rehearsal_file import Rehearsal, read_rehearsal
from voicecall_core.rehearsal.results import Run
from voicecall_core.rehearsal.text_model import TextModel, judged_by
from voicecall_core.rehearsal.unchanged_process import unchanged_process
from voicecall_core.rehearsal.virtual_clock import VirtualClock
from voicecall_core.simulation import Simulated, open_simulated_carrier, open_simulator
from voicecall_core.tools import NO_TOOLS, ToolAnswer, Tools
from voicecall_core.tools.declared import tools_of
from voicecall_core.words.terms import ToolSpec, ToolTerms

T = TypeVar("T")

CALLEE = "+15555550100"  # nobody has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How rehearsals are run.

    `model` is a real one, or one that behaves like it; without it the built-in one answers, on a clock that jumps
    unless `over_sockets`. `judge` is the text model that is asked; without one what it has to be asked is not judged,
    which is a failure unless `skip_judged`. Into `log` go call files and recordings. `ca_file` holds certificates that
    are believed besides the usual ones. `secrets`: what ${NAME} stands for in an agent file.
    """

    model: ModelAccount | None = None
    over_sockets: bool = False
    judge: TextModel | None = None
    skip_judged: bool = False
    log: Path | None = None
    ca_file: Path | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def virtual(self) -> bool:
        """On a clock that jumps."""
        return self.model is None and not self.over_sockets


def run_rehearsal(path: Path, name: str, number: int, running: Running) -> Run:
    """Run a rehearsal for the `number`th time (from 1), which is also its chance. Whatever goes wrong is its result."""
    began = time.perf_counter()
    run = Run(name=name, number=number, skip_judged=running.skip_judged)
    try:
        rehearsal = read_rehearsal(path, name)
        with unchanged_process():
            record, call = _made(rehearsal, number, running)
        verdicts = _judged(rehearsal, call, running.judge)
        run = _told(replace(run, about=rehearsal.told, verdicts=verdicts, trouble=_lost(record)), record, call)
    except VoicecallError as error:
        run = replace(run, trouble=f"{error.message} {error.fix}".strip())
    except Exception as error:
        run = replace(run, trouble=f"a mistake of voicecall's own: {_named(error)}")
    return replace(run, took_s=round(time.perf_counter() - began, 3))


def _lost(record: CallRecord) -> str:
    """Why the callee could not be played to his end, which is no fault of the agent's; empty if he was."""
    part = record.callee_part
    return f"The model that plays the callee was lost: {part.trouble}." if part is not None and part.trouble else ""


def _told(run: Run, record: CallRecord, call: FinishedCall) -> Run:
    first = call.first_word
    return replace(
        run,
        outcome=str(call.outcome or ""),
        cause=str(call.cause or ""),
        waits_s=tuple(turn.wait_s for turn in call.turns if turn.wait_s is not None),
        first_word_s=None if first is None or call.answered is None else round(first - call.answered, 3),
        cost_usd=call.cost_usd,
        call_s=call.ended,
        call_file=record.call_file,
    )


def _named(error: BaseException) -> str:
    error = ungrouped(error)
    return fit_to_show(f"{type(error).__name__}: {error}")


# --- the call -----------------------------------------------------------------------------------------------------


def _made(rehearsal: Rehearsal, number: int, running: Running) -> tuple[CallRecord, FinishedCall]:
    if running.virtual:
        carriers.warm()  # in a thread, over which the clock would jump
        clock = VirtualClock()
        return clock.run(partial(_call, rehearsal, number, running, clock))
    return _on_a_real_loop(partial(_call, rehearsal, number, running, None))


async def _call(
    rehearsal: Rehearsal, number: int, running: Running, clock: VirtualClock | None
) -> tuple[CallRecord, FinishedCall]:
    network = MemoryNetwork() if clock is not None else TcpNetwork()
    agent, model, tls = rehearsal.agent, running.model, _trusted(running)
    phone: AbstractAsyncContextManager[Simulated] = (
        open_simulated_carrier(
            model, rehearsal.phone, seed=number - 1, network=network, tls=tls, **_like_the_agents(agent)
        )
        if model is not None
        else open_simulator(rehearsal.phone, seed=number - 1, network=network)
    )
    async with phone as accounts, open_dialer(accounts, tls=tls, **(agent.clips if agent else {})) as dialer:
        carrier = accounts.carrier_server
        assert carrier is not None, "rehearsals ring nobody's phone"
        opened_ms = carrier.now_ms
        options = _options(agent, running, clock)
        call = OutgoingCall(dialer, CALLEE, options, log=running.log, record=running.log is not None)
        record = await call.run()
        return record, finished_call(record, carrier.log, opened_ms, paid=model is not None)


def _like_the_agents(agent: Agent | None) -> dict[str, Any]:
    """Whom a callee is played by, where his file does not say it."""
    terms = agent.terms if agent is not None else {}
    return {f"callee_{key}": terms[key] for key in ("model", "voice") if key in terms}


def _trusted(running: Running) -> ssl.SSLContext | None:
    """Whose certificates are believed; none where nobody outside of this program is asked."""
    if running.model is None:
        return None
    context = ssl.create_default_context()
    if running.ca_file is not None:
        context.load_verify_locations(running.ca_file)
    return context


def _options(agent: Agent | None, running: Running, clock: VirtualClock | None) -> CallOptions:
    """What is asked of the call. Raises SettingsError for tools that cannot be loaded."""
    if agent is None:
        return CallOptions()
    tools = NO_TOOLS if "say" in agent.values else tools_of(agent.table, agent.folder, running.secrets)
    return CallOptions(**agent.terms, tools=tools if clock is None else RealTimeTools(tools, clock))


class RealTimeTools(Tools):
    """The same tools, on a clock that jumps: while one of them runs, time is the machine's own."""

    def __init__(self, tools: Tools, clock: VirtualClock) -> None:
        super().__init__(())
        self._real, self._clock = tools, clock

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return self._real.specs

    @property
    def terms(self) -> tuple[ToolTerms, ...]:
        return self._real.terms

    async def run(self, name: str, arguments: str, timeout_s: float) -> ToolAnswer:
        with self._clock.real_time():
            return await self._real.run(name, arguments, timeout_s)


def _on_a_real_loop(job: Callable[[], Awaitable[T]]) -> T:
    return anyio.run(job, backend="asyncio", backend_options={"use_uvloop": sys.platform != "win32"})


# --- the judging --------------------------------------------------------------------------------------------------


def _judged(rehearsal: Rehearsal, call: FinishedCall, model: TextModel | None) -> tuple[Verdict, ...]:
    verdicts = tuple(judge(expected, call) for expected in rehearsal.expects)
    if model is None or not any(isinstance(expected, JudgedYes) for expected in rehearsal.expects):
        return verdicts

    async def ask() -> tuple[Verdict, ...]:
        async with http_client() as client:
            return await judged_by(model, client, rehearsal.expects, verdicts, call)

    return _on_a_real_loop(ask)
