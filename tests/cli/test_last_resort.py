"""Whatever ends the program or its view, its call is hung up or named; judged by the log of a carrier outside of it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
import pytest

from tests.cli.breaking import PARTS, SHORTAGES
from tests.placing import simulator_from_outside
from tests.simulator.program import plan
from tests.tunnel.standins import is_alive, stand_in_with_pid
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.simulator.scenarios.scenario import Scenario

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]

NUMBER = "+14155552671"
DIAL = [sys.executable, "-m", "voicecall_cli", "dial", NUMBER]
SILENT = plan()  # the callee picks up, and stays on the line
WITHIN_S = 30.0


async def until(true: Callable[[], bool]) -> None:
    """Wait for what other processes bring about, of which no event of this loop tells."""
    while not true():  # noqa: ASYNC110
        await anyio.sleep(0.01)


@dataclass
class Placed:
    """A call by a program of its own, on a carrier that is not in it."""

    carrier: SimulatedCarrier
    program: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]

    async def until(self, what: What, count: int = 1) -> None:
        """Wait until the carrier has done that."""
        with anyio.fail_after(WITHIN_S):
            await until(lambda: sum(effect.what is what for effect in self.carrier.log) >= count)

    async def ended(self) -> int:
        """The program's exit code."""
        return await anyio.to_thread.run_sync(lambda: self.program.wait(WITHIN_S))

    def up(self) -> list[str]:
        return [sid for sid, call in self.carrier.calls.items() if not call.record.over]

    @property
    def ends(self) -> list[str]:
        return [effect.detail for effect in self.carrier.log if effect.what is What.HUNG_UP]

    def remembered(self) -> list[str]:
        entries = [path.read_text("utf-8") for path in (self.folder / "state").glob("c-*.jsonl")]
        return [entry for entry in entries if '"ended"' not in entry]

    def told(self) -> str:
        return (self.folder / "err").read_text("utf-8", "replace")

    async def ask(self, *arguments: str, typed: bytes = b"") -> tuple[int, str]:
        """Another command of ours, afterwards: its exit code, and all that it says."""
        command = [sys.executable, "-m", "voicecall_cli", *arguments]
        done = await anyio.run_process(command, input=typed, cwd=self.folder, env=self.environment, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()


@asynccontextmanager
async def placed(
    folder: Path,
    *arguments: str,
    scenario: str | Scenario = SILENT,
    out: int | IO[Any] = subprocess.DEVNULL,
    terminal: int | None = None,
    most_bytes: int = 0,
    breaking: str = "",
    **more: str,
) -> AsyncIterator[Placed]:
    def controlled() -> None:
        if terminal is not None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    async with simulator_from_outside(scenario) as (simulator, settings):
        command = [sys.executable, "-m", "tests.cli.breaking", breaking, *DIAL[3:]] if breaking else DIAL
        environment = settings | {"PYTHONPATH": f"{ROOT}:{ROOT / 'cli'}"} | more
        with (folder / "err").open("wb") as err:
            program = subprocess.Popen(  # noqa: ASYNC220 - a program that is to be killed, not awaited
                [*command, *arguments],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=out if terminal is None else terminal,
                stderr=err if terminal is None else terminal,
                start_new_session=True,
                preexec_fn=controlled,
            )
        try:
            yield Placed(simulator.carrier_server, program, folder, environment)
        finally:
            program.kill()
            program.wait()


DEATHS = [signal.SIGKILL, *(pytest.param(each, marks=pytest.mark.every) for each in (signal.SIGABRT, signal.SIGSEGV))]


@pytest.mark.parametrize("death", DEATHS)
async def test_a_program_that_dies_is_survived_by_its_guardian(death: signal.Signals, tmp_path: Path) -> None:
    async with placed(tmp_path, "--plain", "--no-log") as call:
        await call.until(What.STREAM_STARTED)
        (sid,) = call.up()
        assert f'"{sid}"' in call.remembered()[0] and NUMBER not in call.remembered()[0]
        call.program.send_signal(death)
        await call.until(What.HUNG_UP)
        assert call.ends == ["api"] and call.up() == []
        with anyio.fail_after(WITHIN_S):
            await until(lambda: "its guardian's hang-up" in call.told())
        assert f"voicecall hangup {sid}" in call.told()


FEW = [0.0, *(pytest.param(each, marks=pytest.mark.every) for each in (0.002, 0.02, 0.1, 0.5))]


@pytest.mark.parametrize("apart_s", FEW)
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.every)])
async def test_two_signals_at_any_distance_lose_no_hang_up(
    number: signal.Signals, apart_s: float, tmp_path: Path
) -> None:
    async with placed(tmp_path, "--plain") as call:
        await call.until(What.STREAM_STARTED)
        call.program.send_signal(number)
        await anyio.sleep(apart_s)
        call.program.send_signal(number)
        assert await call.ended() in (0, 17)
        assert call.up() == [] and call.remembered() == []


PHASES: list[tuple[What, Callable[[int], bool]]] = [
    (What.REST, lambda code: code in (17, 130)),
    (What.RINGING, lambda code: code == 17),
    (What.ANSWERED, lambda code: code == 17),
    (What.STREAM_STARTED, lambda code: code in (0, 17)),
    (What.HEARD, lambda code: code in (0, 17)),
]


@pytest.mark.every
@pytest.mark.parametrize(("phase", "fits"), PHASES)
async def test_two_ctrl_c_in_every_phase(phase: What, fits: Callable[[int], bool], tmp_path: Path) -> None:
    async with placed(tmp_path, "--plain") as call:
        await call.until(phase)
        call.program.send_signal(signal.SIGINT)
        await anyio.sleep(0.01)
        call.program.send_signal(signal.SIGINT)
        assert fits(await call.ended())
        assert call.up() == [] or call.up()[0] in call.told()


async def test_a_terminal_that_is_closed_ends_the_call_in_order(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    async with placed(tmp_path, terminal=slave, TERM="xterm-256color", COLUMNS="100", LINES="30") as call:
        os.close(slave)
        await call.until(What.STREAM_STARTED)
        await anyio.to_thread.run_sync(os.read, master, 65536)
        os.close(master)
        assert await call.ended() in (0, 17)
        assert call.ends == ["api"] and call.up() == [] and call.remembered() == []


@pytest.mark.every
@pytest.mark.parametrize("kind", ["full", "left", "stopped", "letters"])
async def test_a_view_that_fails_is_no_reason_to_end_the_call(kind: str, tmp_path: Path) -> None:
    arguments = ["--max-duration", "6", "--json" if kind == "stopped" else "--plain", "--greeting", "こんにちは"]
    reader, writer = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    os.set_blocking(reader, False)
    letters = "cp1252" if kind == "letters" else "utf-8"
    out = full if kind == "full" else writer
    async with placed(tmp_path, *arguments, out=out, PYTHONIOENCODING=letters) as call:
        os.close(writer)
        os.close(full)
        if kind == "left":
            os.close(reader)
        await call.until(What.STREAM_STARTED)
        assert call.up(), "it goes on"
        assert await call.ended() == 0
        assert call.ends == ["api"] and "Traceback" not in call.told()


@pytest.mark.every
async def test_a_disk_that_is_full_is_told_and_ends_no_call(tmp_path: Path) -> None:
    arguments = ("--plain", "--record", "--max-duration", "6")
    with (tmp_path / "out").open("wb") as out:
        async with placed(tmp_path, *arguments, out=out, most_bytes=12_000) as call:
            assert await call.ended() == 0
            assert call.ends == ["api"] and call.up() == []
    said = (tmp_path / "out").read_text("utf-8", "replace") + call.told()
    assert "File too large" in said and "Traceback" not in said


@pytest.mark.every
async def test_leaving_before_create_is_answered_names_the_call(tmp_path: Path) -> None:
    async with placed(tmp_path, "--plain", scenario=plan(rest_ms={"create": 15_000}, answer_ms=60_000)) as call:
        with anyio.fail_after(WITHIN_S):
            await until(lambda: bool(call.remembered()))
        await anyio.sleep(0.5)
        call.program.send_signal(signal.SIGINT)
        await anyio.sleep(0.1)
        call.program.send_signal(signal.SIGINT)
        code, told = await call.ended(), call.told()
        assert code in (17, 130) and (code == 17 or "voicecall hangup" in told)
        if code == 130:
            assert "asks the carrier for it" in told, "the guardian knows of it too"


@asynccontextmanager
async def terminal() -> AsyncIterator[tuple[int, bytearray]]:
    """A terminal that somebody reads: what programs take for it, and what has been read."""
    master, slave = pty.openpty()
    read = bytearray()

    def reading() -> None:
        with suppress(OSError):
            while piece := os.read(master, 65536):
                read.extend(piece)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, reading)
        yield slave, read
        os.close(slave)  # the last one who holds it: the reading ends
    os.close(master)


async def broken(part: str, view: str, folder: Path) -> tuple[Placed, int, str]:
    """A call of which one part breaks: where it was, its exit code, and all that was said."""
    arguments = ["--record", "--max-duration", "5", *(["--plain"] if view == "plain" else [])]
    async with terminal() as (slave, read):
        with (folder / "out").open("wb") as out:
            more = {"out": out} if view == "plain" else {"terminal": slave}
            size = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
            async with placed(folder, *arguments, breaking=part, **more, **size) as call:  # type: ignore[arg-type]
                code = await call.ended()
                with anyio.move_on_after(WITHIN_S):
                    await until(lambda: not call.up())
    said = bytes(read) if view == "live" else (folder / "out").read_bytes() + (folder / "err").read_bytes()
    return call, code, said.decode("utf-8", "replace")


FEW_BREAK = [("the bridge under way", "live"), ("the call file", "plain")]
ALL_BREAK = [
    pytest.param(part, view, marks=[] if (part, view) in FEW_BREAK else pytest.mark.every)
    for part in PARTS
    for view in ("plain", "live")
]


@pytest.mark.parametrize(("part", "view"), ALL_BREAK)
async def test_a_part_that_breaks_leaves_no_call_up(part: str, view: str, tmp_path: Path) -> None:
    call, code, said = await broken(part, view, tmp_path)
    assert code == PARTS[part].exit, said
    assert len(call.carrier.calls) == 1 and len(call.ends) == 1 and call.up() == []
    assert "Traceback" not in said
    assert ("of voicecall's own" in said or "bug of voicecall" in said) >= (code != 0), said
    if code == Exit.BUG:
        assert f"voicecall hangup {next(iter(call.carrier.calls))}" in said, "its end is not confirmed"
    else:
        assert call.remembered() == []


FEW_SHORT = [("all memory, again and again", "plain")]


@pytest.mark.parametrize(
    ("shortage", "view"),
    [
        pytest.param(shortage, view, marks=[] if (shortage, view) in FEW_SHORT else pytest.mark.every)
        for shortage in SHORTAGES
        for view in ("plain", "live")
    ],
)
async def test_a_shortage_in_the_middle_of_a_call_leaves_none_up(shortage: str, view: str, tmp_path: Path) -> None:
    call, code, said = await broken(shortage, view, tmp_path)
    assert code in (Exit.OK, Exit.OUR_FAULT, Exit.BUG), said
    assert len(call.carrier.calls) == 1 and len(call.ends) == 1 and call.up() == []


FORWARDS = "box(forward()); registered(); wait()"


@asynccontextmanager
async def tunnelled(folder: Path) -> AsyncIterator[tuple[Placed, int]]:
    """A call whose webhooks and audio come through a tunnel program that it has started, and that program's id."""
    stand_in_with_pid(folder, "cloudflared", FORWARDS)
    path = f"{folder}:{os.environ.get('PATH', '')}"
    async with placed(folder, "--plain", "--tunnel", "cloudflared", VOICECALL_PUBLIC_URL="", PATH=path) as call:
        await call.until(What.STREAM_STARTED)
        yield call, int((folder / "pid").read_text())


async def test_a_tunnel_ends_at_once_with_a_program_that_is_killed(tmp_path: Path) -> None:
    async with tunnelled(tmp_path) as (call, _):
        call.program.kill()
        with anyio.fail_after(1.0):
            await until(lambda: not is_alive(tmp_path))
        await call.until(What.HUNG_UP)
        assert call.ends == ["api"] and call.up() == []


@pytest.mark.every
async def test_a_tunnel_that_is_killed_ends_its_call(tmp_path: Path) -> None:
    async with tunnelled(tmp_path) as (call, tunnel):
        os.kill(tunnel, signal.SIGKILL)
        assert await call.ended() == Exit.STREAM_FAILED, call.told()
        assert call.ends == ["api"] and call.up() == [] and call.remembered() == []


def guardian_of(program: int) -> int:
    """The process id of a program's guardian."""
    for each in Path("/proc").glob("[0-9]*"):
        try:
            told, line = (each / "stat").read_text(), (each / "cmdline").read_bytes()
        except OSError:
            continue
        if int(told.rsplit(")", 1)[1].split()[1]) == program and b"child.py" in line:
            return int(each.name)
    raise AssertionError("there is none")


@asynccontextmanager
async def left_up(folder: Path) -> AsyncIterator[tuple[Placed, str]]:
    """A call that rings, whose program is gone with its guardian."""
    async with placed(folder, "--plain", "--no-log", scenario=plan(answer_ms=60_000)) as call:
        await call.until(What.RINGING)
        os.kill(guardian_of(call.program.pid), signal.SIGKILL)
        call.program.kill()
        call.program.wait()
        (sid,) = call.up()
        yield call, sid


async def test_the_next_start_names_what_was_left_up_and_hangup_ends_it(tmp_path: Path) -> None:
    async with left_up(tmp_path) as (call, sid):
        code, said = await call.ask("hangup")
        assert code == 1 and f"The carrier says: ringing. To end it: voicecall hangup {sid}" in said
        assert NUMBER not in said and call.up() == [sid]
        code, said = await call.ask("doctor", "--only", "calls", "--json")
        row = json.loads(said)
        assert row["status"] == "warning" and row["fix"] == f"To end it: voicecall hangup {sid}."
        assert "The carrier says: ringing." in row["found"] and code == 1
        code, said = await call.ask("doctor", "--only", "calls", "--json", "--no-network")
        assert sid in said and "The carrier says" not in said
        code, said = await call.ask("doctor", "--only", "calls", "--sim")
        assert sid not in said, "simulated calls apart"
        code, said = await call.ask("hangup", NUMBER)
        assert code == 0 and call.up() == [] and call.ends == ["api"], said
        code, said = await call.ask("hangup")
        assert (code, said) == (0, "No call that may still be up is remembered.\n")


@pytest.mark.every
async def test_what_ended_by_itself_is_asked_about_once_and_forgotten(tmp_path: Path) -> None:
    async with left_up(tmp_path) as (call, sid):
        _, said = await call.ask("dial", NUMBER, "--plain", "--max-duration", "1")
        assert f"voicecall hangup {sid}" in said
        assert (await call.ask("hangup", sid))[0] == 0
        assert call.remembered() == []


@pytest.mark.every
async def test_a_call_whose_sid_was_never_told_is_named_by_what_the_carrier_lists(tmp_path: Path) -> None:
    async with left_up(tmp_path) as (call, sid):
        (path,) = (tmp_path / "state").glob("c-*.jsonl")
        path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
        code, said = await call.ask("hangup", path.stem)
        assert code == 1 and f"Its SID was never told; it may be {sid}" in said
        assert call.up() == [sid], "in doubt nobody is hung up on"
