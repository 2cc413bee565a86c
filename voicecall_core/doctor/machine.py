"""Checks of this machine: interpreter, files, names, port, clock. Knows neither peer."""

from __future__ import annotations

import anyio

from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.examination import NO_NETWORK, Check
from voicecall_core.doctor.findings import Section, critical
from voicecall_core.errors import SettingsError
from voicecall_core.listener import open_port
from voicecall_core.net.http_server import serve
from voicecall_core.net.network import port_of
from voicecall_core.net.urls import LOOPBACK
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Arrivals
from voicecall_core.words.checks import CheckResult, note, ok, percentiles, skipped, warning

OLDEST, NEWEST = (3, 11), (3, 13)
TICKS, TICK_S = 30, 0.010
LAG_S = 0.060  # three frames; a loop that comes so late makes the agent's voice stutter
SKEW_S = 4.0  # a lost create is looked up by date with 5 s to spare; answers' dates have whole seconds


async def python(room: Examination) -> CheckResult:
    """Whether this interpreter is one that voicecall is tested with."""
    version = room.subject.machine.python
    shown, expected = ".".join(map(str, version)), "3.11, 3.12 or 3.13"
    if OLDEST <= version[:2] <= NEWEST:
        return ok(shown, expected)
    return critical(
        shown,
        expected,
        fix="pipx reinstall voicecall --python python3.13    (in a clone: make clean && make PYTHON=python3.13 call)",
    )


async def env_file(room: Examination) -> CheckResult:
    """Whether .env is there, and nobody else may read the keys in it."""
    machine = room.subject.machine
    if not machine.dotenv:
        return ok("there is none; settings come from the environment", "readable by its owner alone, if there is one")
    if machine.open_to:
        found = f"{machine.dotenv} may be read by {machine.open_to}"
        return warning(found, "readable by its owner alone", fix=f"chmod 600 {machine.dotenv}")
    return ok(f"{machine.dotenv} is its owner's alone", "readable by its owner alone")


async def settings(room: Examination) -> CheckResult:
    """Whether every setting that a call needs is there and can be used."""
    machine = room.subject.machine
    expected = "all that a call needs, each in its form"
    if machine.faulty:
        first = machine.faulty[0]
        return critical(" ".join(each.message for each in machine.faulty), expected, fix=first.fix)
    if machine.lacking:
        names = ", ".join(each.env for each in machine.lacking)
        where = f"{machine.lacking[0].env}: {machine.lacking[0].where}."
        how = "Write them into .env." if machine.dotenv else "Let voicecall init ask for them, or write them into .env."
        fix = f"{how} {where}"
        return critical(f"not there: {names}", expected, fix=fix)
    return ok("all there", expected)


async def names(room: Examination) -> CheckResult:
    """Whether a setting's name is misspelt, so that its value is not seen."""
    found = room.subject.machine.misspelt
    if not found:
        return ok("no unknown names", "names that voicecall reads")
    shown = ", ".join(
        f"{name} (did you mean {meant}?)" if meant else f"{name} is read by nobody" for name, meant in found
    )
    mends = (f"Rename {name} to {meant}." if meant else f"Remove {name}." for name, meant in found)
    return warning(shown, "names that voicecall reads", fix=" ".join(mends))


async def proxies(room: Examination) -> CheckResult:
    """Which proxy variables would be obeyed: by REST requests alone, never by the model's socket."""
    found = room.subject.machine.proxies
    expected = "none, or one that lets api.twilio.com through"
    if not found:
        return ok("none set", expected)
    if fault := room.subject.machine.proxy_fault:
        return critical(f"{found[0]}: {fault}", expected, fix=f"unset {' '.join(found)}")
    shown = f"{', '.join(found)}: obeyed for the carrier's REST; the model's socket goes straight"
    return note(shown, expected, fix=f"unset {' '.join(found)}")


async def calls(room: Examination) -> CheckResult:
    """Whether a call that an earlier program asked for may still be up, and whether calls are remembered at all."""
    expected = "no call of an earlier program that may still be up"
    if left := await room.ways.left_up(not room.offline):
        return warning(" ".join(one.found for one in left), expected, fix=" ".join(f"{one.fix}." for one in left))
    if fault := room.subject.machine.memory_fault:
        found = f"calls are not remembered across starts: {fault}"
        return warning(found, expected, fix="VOICECALL_STATE names another folder.")
    return ok("none is remembered that may still be up", expected)


async def port(room: Examination) -> CheckResult:
    """Whether the port can be had; it stays open for the examination of the tunnel."""
    wanted = room.subject.way.port
    try:
        listener = await open_port(room.ways.network, wanted)
    except SettingsError as error:
        fix = f"lsof -nP -iTCP:{wanted} -sTCP:LISTEN    (shows who has it; or take another with --port)"
        return critical(error.message.rstrip("."), "a free port", error=11200, fix=fix)
    proof = room.proof
    proof.port = port_of(listener)
    if not proof.base and proof.loopback_allowed:
        proof.base = f"http://{LOOPBACK}:{proof.port}"
    proof.arrivals = Arrivals(room.nonce, Switchboard(room.addresses, room.webhooks))
    room.tasks.start_soon(serve, listener, proof.arrivals)
    return ok(f"{proof.port} is free", "a free port")


async def loop_lag(room: Examination) -> CheckResult:
    """How late this process comes to its own appointments."""
    late = []
    for _ in range(TICKS):
        due = anyio.current_time() + TICK_S
        await anyio.sleep(TICK_S)
        late.append(max(0.0, anyio.current_time() - due))
    half, most = percentiles(late)
    found = f"p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
    expected = f"p95 below {LAG_S * 1000:.0f} ms"
    if half > LAG_S or most > LAG_S:
        return warning(
            found, expected, error=31930, fix="top shows what keeps this machine busy; end it, or call later."
        )
    return ok(found, expected)


async def clock(room: Examination) -> CheckResult:
    """How far our clock is from the dates of the peers' answers; of several the nearest counts."""
    if not room.skews:
        return skipped(NO_NETWORK if room.offline else "no peer told its date")
    who, skew = min(room.skews, key=lambda each: abs(each[1]))
    expected = f"within {SKEW_S:.0f} s of the peers' dates"
    if abs(skew) <= SKEW_S:
        return ok(f"{abs(skew):.0f} s from {who}", expected)
    found = f"{_span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} {who}"
    return warning(found, expected, fix="sudo timedatectl set-ntp true    (macOS: sudo sntp -sS time.apple.com)")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


_HERE = Section.MACHINE
CHECKS = (
    Check("python", _HERE, python, "an interpreter that is tested"),
    Check("env-file", _HERE, env_file, "keys that nobody else can read"),
    Check("settings", _HERE, settings, "all that a call needs, each in its form"),
    Check("names", _HERE, names, "names of settings that are read"),
    Check("proxies", _HERE, proxies, "which proxy variables would be obeyed"),
    Check("calls", _HERE, calls, "no call of an earlier program that may still be up"),
    Check("port", _HERE, port, "the port that the tunnel leads to is free"),
    Check("loop-lag", _HERE, loop_lag, "a process that keeps its appointments"),
    Check(
        "clock", _HERE, clock, "a clock that agrees with the peers'",
        after=("reached", "auth-token", "model-key", "webhook"),
    ),
)  # fmt: skip
