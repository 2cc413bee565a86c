from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.tunnel.standins import FREE, QUICK, runs, stand_in, stand_in_with_pid
from tests.write_docs import ROOT
from voicecall_core.errors import SettingsError
from voicecall_core.tunnel import PROGRAMS, Patience, Tunnel, open_tunnel

pytestmark = pytest.mark.real_sockets
SOON = Patience(url_s=5.0, up_s=5.0, down_s=0.3, drain_s=0.5, stop_s=0.5)
PORT = 5050


@asynccontextmanager
async def opened(folder: Path, name: str, behaviour: str, patience: Patience = SOON) -> AsyncIterator[Tunnel]:
    path = stand_in_with_pid(folder, name, behaviour)
    async with open_tunnel(PROGRAMS[name], path, PORT, patience=patience) as tunnel:
        yield tunnel


async def refusal(folder: Path, name: str, behaviour: str, patience: Patience = SOON) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        async with opened(folder, name, behaviour, patience):
            raise AssertionError("it opened")
    return caught.value


@pytest.mark.parametrize(
    ("name", "behaviour", "url"),
    [
        ("cloudflared", f"box('{QUICK}'); registered(); wait()", QUICK),
        ("cloudflared", f"time.sleep(0.3); box('{QUICK}'); time.sleep(0.3); registered(); wait()", QUICK),
        ("cloudflared", f"box('https://first-name.trycloudflare.com'); box('{QUICK}'); registered(); wait()", QUICK),
        ("ngrok", f"note('client session established'); time.sleep(0.3); started('{FREE}'); wait()", FREE),
        ("ngrok", f"started('{FREE.replace('https', 'http')}'); started('{FREE}'); wait()", FREE),
        ("ngrok", f"print('x' * 100_000); print(os.urandom(5000)); started('{FREE}'); wait()", FREE),
    ],
    ids=["at once", "late", "a second address before the first is used", "slow start", "plain http first", "rubbish"],
)
async def test_the_address_is_waited_for(tmp_path: Path, name: str, behaviour: str, url: str) -> None:
    async with opened(tmp_path, name, behaviour) as tunnel:
        assert tunnel.url == url
        assert runs(tmp_path)
    assert not runs(tmp_path)


async def test_a_program_that_does_not_tell_of_its_connection_is_taken_at_its_address(tmp_path: Path) -> None:
    hasty = replace(SOON, up_s=0.2)
    async with opened(tmp_path, "cloudflared", f"box('{QUICK}'); wait()", hasty) as tunnel:
        assert tunnel.url == QUICK


async def test_a_program_that_dies_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    words = 'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: i/o timeout'
    error = await refusal(tmp_path, "cloudflared", f"print({words!r}, file=sys.stderr); sys.exit(1)")
    assert error.message == f"cloudflared ended by itself (exit status 1); it said: {words}."
    assert "api.trycloudflare.com" in error.fix


async def test_a_missing_authtoken_is_told_with_what_to_type_and_a_wrong_one_is_not_shown(tmp_path: Path) -> None:
    token = "2abcDEF" * 6
    behaviour = f"""
print("ERROR:  authentication failed: The authtoken you specified is not valid. Your authtoken: {token}")
print("ERROR:  ERR_NGROK_107")
sys.exit(1)
"""
    error = await refusal(tmp_path, "ngrok", behaviour)
    assert "ngrok config add-authtoken" in error.fix
    assert token not in error.message + error.fix


@pytest.mark.parametrize(
    "behaviour",
    ["wait()", "log('Requesting new quick Tunnel on trycloudflare.com...'); wait()", "print(os.urandom(9999)); wait()"],
    ids=["never prints", "never says where", "prints rubbish"],
)
async def test_an_address_that_never_comes_is_not_waited_for_for_ever(tmp_path: Path, behaviour: str) -> None:
    error = await refusal(tmp_path, "cloudflared", behaviour, replace(SOON, url_s=0.7))
    assert error.message.startswith("cloudflared told no public URL within 0.7 s")
    assert "cloudflared tunnel" in error.fix
    assert not runs(tmp_path)


async def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ngrok"
    path.write_text("not a program")
    with pytest.raises(SettingsError, match="ngrok cannot be started: Permission denied"):
        async with open_tunnel(PROGRAMS["ngrok"], str(path), PORT):
            raise AssertionError("it opened")


async def lost(folder: Path, name: str, behaviour: str) -> str:
    async with opened(folder, name, behaviour) as tunnel:
        with anyio.fail_after(5):
            return await tunnel.lost()
    raise AssertionError("unreachable")


async def test_a_program_that_dies_in_mid_call_is_told_at_once(tmp_path: Path) -> None:
    reason = await lost(tmp_path, "ngrok", f"started('{FREE}'); time.sleep(0.3); note('killed', 'crit'); os._exit(3)")
    assert reason == "ngrok ended by itself (exit status 3); it said: killed"


async def test_a_child_that_holds_the_output_open_does_not_hide_the_end(tmp_path: Path) -> None:
    behaviour = f"started('{FREE}')\nif os.fork():\n    time.sleep(0.2); os._exit(0)\nwait()"
    assert (await lost(tmp_path, "ngrok", behaviour)).startswith("ngrok ended by itself (exit status 0)")


async def test_another_address_in_mid_call_is_a_loss(tmp_path: Path) -> None:
    other = FREE.replace("ab12", "cd34")
    reason = await lost(tmp_path, "ngrok", f"started('{FREE}'); time.sleep(0.3); started('{other}'); wait()")
    assert reason == f"ngrok changed its address from {FREE} to {other}"


async def test_a_connection_that_does_not_come_back_is_a_loss(tmp_path: Path) -> None:
    behaviour = f"""
box('{QUICK}'); registered(); time.sleep(0.2)
for _ in range(100):
    log('Serve tunnel error error="connection with edge closed" connIndex=0', "ERR"); time.sleep(0.05)
"""
    reason = await lost(tmp_path, "cloudflared", behaviour)
    assert reason.startswith("cloudflared has had no connection for 0.3 s; it said: Serve tunnel error")


async def test_a_connection_that_comes_back_is_no_loss(tmp_path: Path) -> None:
    behaviour = f"""
box('{QUICK}'); registered(); time.sleep(0.2)
log('Unregistered tunnel connection connIndex=0'); time.sleep(0.1); registered(); wait()
"""
    async with opened(tmp_path, "cloudflared", behaviour) as tunnel:
        with anyio.move_on_after(1.0) as waiting:
            await tunnel.lost()
    assert waiting.cancelled_caught


STUBBORN = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); started('{FREE}'); wait()"


async def test_a_program_that_ignores_being_told_is_made_to_stop(tmp_path: Path) -> None:
    began = anyio.current_time()
    async with opened(tmp_path, "ngrok", STUBBORN):
        pass
    assert not runs(tmp_path)
    assert 0.4 < anyio.current_time() - began < 5


async def test_it_is_stopped_when_the_block_is_cancelled(tmp_path: Path) -> None:
    with anyio.move_on_after(0.5):
        async with opened(tmp_path, "ngrok", STUBBORN):
            await anyio.sleep_forever()
    assert not runs(tmp_path)


async def test_it_is_stopped_when_the_block_fails_and_the_error_is_the_blocks_own(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="ours"):
        async with opened(tmp_path, "ngrok", f"started('{FREE}'); wait()"):
            raise KeyError("ours")
    assert not runs(tmp_path)


async def test_it_is_stopped_while_its_address_is_waited_for(tmp_path: Path) -> None:
    with anyio.move_on_after(0.5):
        async with opened(tmp_path, "ngrok", "wait()"):
            raise AssertionError("it opened")
    assert not runs(tmp_path)


async def test_its_own_children_end_with_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    behaviour = f"""
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = open({str(pipe)!r}, "w"); held.write("child"); held.flush(); wait()
started('{FREE}'); wait()
"""
    async with opened(tmp_path, "ngrok", behaviour):
        reader = await anyio.open_file(pipe)
    with anyio.fail_after(5):
        assert await reader.read() == "child"  # the end of the file comes when nobody holds it open any more
    await reader.aclose()


async def test_it_has_a_process_group_of_its_own_and_no_more_of_our_environment_than_it_is_given(
    tmp_path: Path,
) -> None:
    told = tmp_path / "told"
    behaviour = f"open({str(told)!r}, 'w').write(f'{{os.getpgrp()}} {{dict(os.environ)}}'); started('{FREE}'); wait()"
    path = stand_in(tmp_path, "ngrok", behaviour)
    async with open_tunnel(PROGRAMS["ngrok"], path, PORT, environment={"HOME": "/nowhere"}, patience=SOON):
        group, environment = told.read_text().split(" ", 1)
    assert int(group) != os.getpgrp()
    assert "/nowhere" in environment
    assert "PATH" not in environment


async def test_it_ends_with_a_program_that_is_killed(tmp_path: Path) -> None:
    """Nobody is left who could stop it, so that it has to know by itself."""
    executable = stand_in_with_pid(tmp_path, "ngrok", f"started({FREE!r}); wait()")
    script = f"""
import anyio, sys
from voicecall_core.tunnel import PROGRAMS, open_tunnel
async def main():
    async with open_tunnel(PROGRAMS["ngrok"], {executable!r}, 1):
        print("up", flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""
    async with await anyio.open_process([sys.executable, "-c", script], stderr=None, cwd=ROOT) as process:
        assert process.stdout is not None
        assert (await process.stdout.receive()).startswith(b"up")
        assert runs(tmp_path)
        process.kill()
        await process.wait()
        with anyio.fail_after(10):
            while runs(tmp_path):  # noqa: ASYNC110 - another process's end
                await anyio.sleep(0.02)
