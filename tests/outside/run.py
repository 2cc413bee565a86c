"""Runs each outsider against a simulator of its own, and writes down what came of it.

    python -m tests.outside [NAME ...]     # all, or these; exit code 1 if anything is wrong

What it installs lies in .outsiders, apart from the project's own environment.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import anyio
from anyio import to_thread

from tests.outside.environments import Unavailable, prepared
from tests.outside.outsiders import LIMIT_S, Outsider
from tests.outside.results import Checked, Result
from voicecall_core import Simulator, open_simulator

HERE = Path(__file__).parent


async def run(outsider: Outsider) -> Result:
    """Install it if that was not done yet, and let it show what it has to."""
    try:
        command = await to_thread.run_sync(prepared, outsider)
    except Unavailable as why:
        return Result(outsider.name, skipped=str(why))
    async with open_simulator(outsider.scenario) as simulator:
        environment = {**os.environ, **_pointing_at(simulator)}
        lines = await to_thread.run_sync(_output, [*command, str(HERE / "programs" / outsider.program)], environment)
    return read(outsider.name, lines)


def _pointing_at(simulator: Simulator) -> dict[str, str]:
    carrier, model = simulator.carrier_server, simulator.model_server
    return {
        "OUTSIDE_API": carrier.url,
        "OUTSIDE_SID": carrier.account_sid,
        "OUTSIDE_TOKEN": carrier.auth_token,
        "OUTSIDE_KEY": carrier.api_key,
        "OUTSIDE_SECRET": carrier.api_secret,
        "OUTSIDE_NUMBER": carrier.number,
        "OUTSIDE_MODEL_URL": model.url,
        "OUTSIDE_MODEL_KEY": model.key,
        "OPENAI_API_KEY": model.key,
        "NO_PROXY": "*",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _output(command: list[str], environment: Mapping[str, str]) -> list[str]:
    """The program's lines; how it died is one more."""
    try:
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
        return [*said.splitlines(), _died(f"not done after {LIMIT_S} s")]
    lines = done.stdout.splitlines()
    if done.returncode:
        lines.append(_died(f"exit code {done.returncode}: {done.stderr.strip()[-600:]}"))
    return lines


def _died(how: str) -> str:
    return json.dumps({"check": "the program ends by itself", "verdict": "wrong", "said": how})


def read(name: str, lines: list[str]) -> Result:
    """What a program's lines come to; none at all is wrong."""
    packages: dict[str, str] = {}
    checks: list[Checked] = []
    for line in lines:
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        if "skipped" in said:
            return Result(name, packages, skipped=said["skipped"])
        if "package" in said:
            packages[said["package"]] = said["version"]
        elif "check" in said:
            checks.append(Checked(said["check"], said["verdict"], said["said"]))
    return Result(name, packages, tuple(checks) or (Checked("it showed something", "wrong", "no check was run"),))


async def run_all(outsiders: list[Outsider]) -> list[Result]:
    """One after the other: they share two cores with the simulator."""
    results = []
    for outsider in outsiders:
        with anyio.fail_after(LIMIT_S + 900):
            results.append(await run(outsider))
        print(results[-1].line(), flush=True)
        for each in results[-1].checks:
            if each.verdict == "wrong":
                print(f"    wrong: {each.check}: {each.said}", flush=True)
    return results


def as_json(results: list[Result]) -> str:
    """The last run, as it is kept."""
    return json.dumps([asdict(each) for each in results], indent=1, ensure_ascii=False) + "\n"
