"""Whatever ends the program or its view, its call is hung up or named; judged by the log of a carrier outside of it."""

from __future__ import annotations

import json
import os
import pty
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.cli.programs import NUMBER, WITHIN_S, Placed, placed, until
from tests.simulator.program import plan
from tests.tunnel.standins import is_alive, stand_in_with_pid
from voicecall_cli.exits import Exit
from voicecall_core.simulator.carrier.effects import What

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]


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


@pytest.mark.every
@pytest.mark.parametrize("phase", [What.RINGING, What.STREAM_STARTED])
@pytest.mark.parametrize("killed", [False, True])
async def test_a_program_that_is_suspended_ends_its_call_when_it_goes_on_or_is_killed(
    phase: What, killed: bool, tmp_path: Path
) -> None:
    async with placed(tmp_path, "--plain", scenario=plan(answer_ms=500)) as call:
        await call.until(phase)
        call.program.send_signal(signal.SIGSTOP)
        await anyio.sleep(1.5)  # it is answered meanwhile, and nobody fetches the document
        call.program.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
        call.program.send_signal(signal.SIGCONT)
        assert await call.ended() == (-signal.SIGKILL if killed else Exit.CANCELLED)
        await call.until(What.HUNG_UP)
        assert call.ends and call.up() == [], "by the interface, or by the document that it fetched late"


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
async def test_a_call_that_could_not_be_remembered_is_told(tmp_path: Path) -> None:
    reader, writer = os.pipe()  # which has no end that it could reach
    async with placed(tmp_path, "--plain", "--no-log", "--max-duration", "6", out=writer, most_bytes=400) as call:
        os.close(writer)
        folder = tmp_path / "state"
        with anyio.fail_after(WITHIN_S):
            await until(lambda: bool(call.remembered()))
        (entry,) = folder.glob("c-*")
        os.truncate(entry, 400)  # full
        assert await call.ended() == 0
    with os.fdopen(reader, "rb") as said:
        assert b"This call was not remembered as it should be: File too large." in said.read()


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
        code, said = await call.ask("hangup", "+1 (415) 555-2671")
        assert code == 0 and call.up() == [] and call.ends == ["api"], said
        code, said = await call.ask("hangup")
        assert (code, said) == (0, "No call that may still be up is remembered.\n")


@pytest.mark.every
async def test_it_is_named_without_asking_and_not_to_who_means_another(tmp_path: Path) -> None:
    async with left_up(tmp_path) as (call, sid):
        code, said = await call.ask("doctor", "--only", "calls", "--json", "--no-network")
        assert sid in said and "The carrier says" not in said
        code, said = await call.ask("doctor", "--only", "calls", "--sim")
        assert sid not in said, "simulated calls apart"
        code, said = await call.ask("hangup", "+49 30 123456")
        assert code == 2 and "+49•••••456" in said and "123456" not in said.replace(" ", "")
        assert call.up() == [sid]


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
