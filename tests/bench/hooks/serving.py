"""A server of signed webhooks as a process of its own: `python -m tests.bench.hooks.serving KIND`.

It says where it listens and how a form is signed, as JSON on one line; for each line of its input it says what
processor time it has taken so far, in seconds, the kernel's in it included.
"""

from __future__ import annotations

import json
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import anyio
import uvloop

from tests.placing import CALLEE, UNSCALED, opened_dialer
from voicecall_core import OutgoingCall
from voicecall_core.net.network import TcpNetwork

CALLS = 100
TOKEN, PATHS = "token", "paths"


async def program() -> None:
    """This program's own listener and switchboard, with calls entered that write their call files."""
    async with AsyncExitStack() as stack:
        dialer = await stack.enter_async_context(opened_dialer("no-answer", TcpNetwork()))
        folder = stack.enter_context(TemporaryDirectory())
        paths = []
        for number in range(CALLS):
            call_id = f"c-{number:08x}"
            call = OutgoingCall(dialer, CALLEE, UNSCALED, log=Path(folder), call_id=call_id)
            await stack.enter_async_context(dialer.switchboard.line(call.session))
            paths.append(dialer.switchboard.addresses.status(call_id))
        assert dialer.simulator is not None
        _says({"paths": paths, "token": dialer.simulator.carrier_server.auth_token})
        await _clock()


async def starlette() -> None:
    """What most examples have: Starlette on uvicorn with h11, the SDK's validator, and nothing done with the form."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from twilio.request_validator import RequestValidator

    token = "0123456789abcdef0123456789abcdef"
    validator = RequestValidator(token)

    async def taken(request: Request) -> Response:
        form = await request.form()
        signature = request.headers.get("x-twilio-signature", "")
        return Response(status_code=204 if validator.validate(str(request.url), form, signature) else 403)

    app = Starlette(routes=[Route("/{call}/status", taken, methods=["POST"])])
    config = uvicorn.Config(app, http="h11", ws="none", log_level="error", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            port = listening.getsockname()[1]
            paths = [f"http://127.0.0.1:{port}/c-{number:08x}/status" for number in range(CALLS)]
            _says({"paths": paths, "token": token})
            await _clock()
            server.should_exit = True


async def _clock() -> None:
    """Say the time that was taken whenever it is asked for, to the end of the input."""
    async for _ in anyio.wrap_file(sys.stdin):
        print(process_time(), flush=True)


def _says(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    served = {"program": program, "starlette": starlette}[sys.argv[1]]
    uvloop.run(served())
