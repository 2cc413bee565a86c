"""Two programs that know nothing of each other call one number, and one of them never learns what became of its own."""

from __future__ import annotations

import signal
from pathlib import Path

import anyio
import pytest

from tests.cli.programs import DIAL, WITHIN_S, placed, placed_on, until
from tests.simulator.program import plan
from voicecall_cli.exits import Exit
from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.simulator.carrier.effects import What

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]


class Losing:
    """The way to a carrier on which no create gets through, and each comes back without an answer."""

    def __init__(self, url: str) -> None:
        self.url, self.asked = url, list[str]()

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.method)
        if request.method == "POST":
            return Response(502)
        kept = {name: value for name, value in request.headers if name.lower() == "authorization"}
        async with http_client() as http:
            answer = await http.get(f"{self.url}{request.target}", headers=kept)
        return Response(answer.status_code, answer.content, (("content-type", "application/json"),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


@pytest.mark.every
@pytest.mark.parametrize("times", [1, 2])
async def test_another_machines_call_to_the_same_number_is_not_touched(times: int, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    network = TcpNetwork()
    async with placed(theirs, "--plain", scenario=plan(answer_ms=60_000)) as other, anyio.create_task_group() as tasks:
        await other.until(What.RINGING)
        async with await network.listen(0) as listener:
            port = port_of(listener)
        listener, losing = await network.listen(0), Losing(other.carrier.url)
        await tasks.start(lambda *, task_status: serve(listener, losing, task_status=task_status))
        environment = other.environment | {
            "VOICECALL_PORT": str(port),
            "VOICECALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TWILIO_API_URL": f"http://127.0.0.1:{port_of(listener)}",
        }
        with (ours / "out").open("wb") as out:
            async with placed_on(other.carrier, ours, environment, *DIAL, "--plain", out=out) as call:
                with anyio.fail_after(WITHIN_S):
                    await until(lambda: losing.asked.count("GET") >= 2)
                for _ in range(times):
                    call.program.send_signal(signal.SIGINT)
                    await anyio.sleep(0.1)
                assert await call.ended() in (Exit.UNKNOWN, Exit.INTERRUPTED)
                (sid,) = other.up()
                assert other.ends == [] and f"It may be {sid}" in call.told() + (ours / "out").read_text("utf-8")
                assert len(call.remembered()) == 1
        tasks.cancel_scope.cancel()
