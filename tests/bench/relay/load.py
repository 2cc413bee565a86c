"""The load on one relay: carrier and model of many calls, in a process: `python -m tests.bench.relay.load SETTINGS`.

It starts the relay, opens the calls, lets them talk, and prints one line of JSON: what the kernel says that the relay
spent, and what became of every frame.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import trustme
import uvloop

from tests.bench.relay.peers import FRAME_MS, STREAM_SID, Call, CarrierEnd, ModelEnd, callee_media, frame
from voicecall_core.carriers.twilio.signature import sign

ACCOUNT, TOKEN = "AC" + "0" * 32, "token"
SLOTS = 20  # a call's frames come in one of so many milliseconds of each 20
EVERY_S = 0.02  # a call is opened
SETTLED_S = 1.5
QUIET_S, DRAINED_S = 1.5, 60.0  # what has not come by then is lost: quiet for so long, or after so long
LEAD_MS = 1_000  # how far the model is ahead of its listener
INTERRUPTED_EVERY = 100  # ticks

Settings = dict[str, Any]


class Rest:
    """As much of the carrier's REST interface as a call needs, and the webhooks that follow from it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._created = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection."""
        while head := await _head(reader):
            length = re.search(r"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            created = head.startswith("POST") and "/Calls.json" in head.partition("\r\n")[0]
            sid = f"CA{self._created:032d}" if created else head.partition("/Calls/CA")[2][:32]
            if created:
                self._load.spawn(self._ring(self._created, sid, parse_qsl(body.decode())))
                self._created += 1
            answer = json.dumps({"sid": sid, "status": "queued" if created else "in-progress"}).encode()
            status = b"201 Created" if created else b"200 OK"
            writer.write(b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n" % status)
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer))

    async def _ring(self, number: int, sid: str, wish: list[tuple[str, str]]) -> None:
        asked = dict(wish)
        known = [("CallSid", sid), ("AccountSid", ACCOUNT), ("Direction", "outbound-api")]
        for status in ("initiated", "ringing"):
            await _post(asked["StatusCallback"], [*known, ("CallStatus", status)])
        document = await _post(asked["Url"], [*known, ("CallStatus", "in-progress")])
        await _post(asked["StatusCallback"], [*known, ("CallStatus", "in-progress")])
        url, call_id = (
            _only(pattern, document) for pattern in (r'<Stream url="([^"]+)"', r'name="call" value="([^"]+)"')
        )
        await self._load.open_call(number, url, sid, call_id)


def _only(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""


async def _post(url: str, form: list[tuple[str, str]]) -> str:
    """A signed webhook."""
    to, body = urlsplit(url), urlencode(form)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    writer.write(
        f"POST {to.path} HTTP/1.1\r\nHost: {to.netloc}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {sign(TOKEN, url, form)}\r\n\r\n{body}".encode()
    )
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 20"), answer
    return answer


class Load:
    """All calls of one run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.calls = [Call(number) for number in range(settings["calls"])]
        self._slots = [self.calls[slot::SLOTS] for slot in range(SLOTS)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._began = 0.0
        self._count = 0  # slots that have passed
        self._media = b""
        self._sounding = False  # the model speaks
        self._going = True

    def spawn(self, work: Any) -> None:
        """Do something meanwhile."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            print(repr(error), file=sys.stderr)
            os._exit(1)

    async def open_call(self, number: int, url: str, sid: str = "CA", call_id: str = "") -> None:
        """Open a media socket."""
        to = urlsplit(url)
        opening = (
            f"GET {to.path} HTTP/1.1\r\nHost: {to.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: R0VULi4uIG5vdCBhIGtleQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"X-Twilio-Signature: {sign(TOKEN, url, [])}\r\n\r\n"
        )
        sound_of_it = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": ACCOUNT,
                "streamSid": STREAM_SID,
                "callSid": sid,
                "tracks": ["inbound"],
                "mediaFormat": sound_of_it,
                "customParameters": {"call": call_id},
            },
            "streamSid": STREAM_SID,
        }
        end = CarrierEnd(self.calls[number], opening, json.dumps(start))
        await asyncio.get_running_loop().create_connection(lambda: end, "127.0.0.1", to.port or 80)

    # --- the talk ---

    def talk(self) -> None:
        """Frames begin to come, and go on until `end`."""
        self._began = asyncio.get_running_loop().time()
        self._going = True
        self._slot()

    def end(self) -> None:
        """No more frames."""
        self._going = False

    def _slot(self) -> None:
        if not self._going:
            return
        loop = asyncio.get_running_loop()
        while self._began + self._count / 1000 <= loop.time():
            tick, slot = divmod(self._count, SLOTS)
            if not slot:
                self._media = frame(callee_media(tick + 1, "/" * 213 + "w=="), masked=True)
            for call in self._slots[slot]:
                self._tick(call, tick)
            self._count += 1
        loop.call_at(self._began + self._count / 1000, self._slot)

    def _tick(self, call: Call, tick: int) -> None:
        assert call.carrier is not None and call.model is not None
        call.sent.append(perf_counter())
        call.carrier.write(self._media)
        if not self.settings["both"] or call.asked:
            return
        phase = tick + call.number
        if self.settings["interrupt"] and tick and not phase % INTERRUPTED_EVERY:
            call.model.interrupt()
        elif not phase % (call.model.piece_ms // FRAME_MS):
            call.model.go_on()

    # --- the run ---

    async def run(self, relay: Relay) -> Settings:
        """One measurement."""
        async with asyncio.timeout(60):
            await relay.ready.wait()
            if relay.port:
                for call in self.calls:
                    await self.open_call(call.number, f"http://127.0.0.1:{relay.port}/media")
                    await asyncio.sleep(EVERY_S)
            while not all(call.model for call in self.calls):  # noqa: ASYNC110 - it takes place in protocols
                await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLED_S)
        for call in self.calls:
            call.played_ms, call.left = 0, 0.0
            call.gaps = call.gaps[:0]
            if self.settings["both"] and call.model:
                call.model.begin()
        self.talk()
        await asyncio.sleep(SETTLED_S)
        return await self._measured(relay)

    async def _measured(self, relay: Relay) -> Settings:
        before, spent, mine = self._relayed(), relay.cpu_s(), cpu_s(os.getpid())
        firsts = [(len(call.late), len(call.gaps), len(call.clears)) for call in self.calls]
        await asyncio.sleep(self.settings["seconds"])
        relayed, spent, mine = self._relayed() - before, relay.cpu_s() - spent, cpu_s(os.getpid()) - mine
        self.end()
        await self._drained()
        late = [call.late[first[0] :] for call, first in zip(self.calls, firsts, strict=True)]
        gaps = [call.gaps[first[1] :] for call, first in zip(self.calls, firsts, strict=True)]
        clears = [call.clears[first[2] :] for call, first in zip(self.calls, firsts, strict=True)]
        return {
            "frames": round(relayed),
            "us_a_frame": spent / relayed * 1e6,
            "ms_a_call_second": spent / self.settings["seconds"] / len(self.calls) * 1e3,
            "core": spent / self.settings["seconds"],
            "load_core": mine / self.settings["seconds"],
            "lost": sum(len(call.sent) - len(call.late) for call in self.calls),
            "lost_out": sum(call.made_ms - call.played_ms for call in self.calls) // FRAME_MS,
            "late_ms": spread(list(chain(*late))),
            "gap_ms": spread(list(chain(*gaps))),
            "clear_ms": spread(list(chain(*clears))),
        }

    async def _drained(self) -> None:
        """Until nothing more comes: a relay that fell behind has all of it still to send, and paces what it sends."""
        clock = asyncio.get_running_loop().time
        began = quiet_since = clock()
        before = -1.0
        while clock() < quiet_since + QUIET_S and clock() < began + DRAINED_S:
            await asyncio.sleep(0.1)
            if (now := self._relayed()) != before:
                before, quiet_since = now, clock()

    def _relayed(self) -> float:
        """20 ms that have come through, in either direction."""
        return sum(len(call.late) + call.played_ms / FRAME_MS for call in self.calls)


def spread(seconds: Sequence[float]) -> list[float]:
    """p50, p99 and p99.9, in ms."""
    if len(seconds) < 2:
        return []
    cuts = quantiles(seconds, n=1000)
    return [round(cuts[at] * 1000, 3) for at in (499, 989, 998)]


def cpu_s(pid: int) -> float:
    """What a process has spent, by the kernel's account of each of its threads: `stat` counts in 10 ms."""
    spent = (path.read_text("ascii").split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(map(int, spent)) / 1e9


class Relay:
    """The relay's process. `port` is where it listens, 0 for one that is asked over REST."""

    def __init__(self, kind: str, settings: Settings) -> None:
        command = [sys.executable, "-m", "tests.bench.relay.yardsticks", kind, json.dumps(settings)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.port, self.ready = 0, asyncio.Event()
        if kind == "program":
            self.ready.set()
        else:
            assert self._process.stdout is not None
            asyncio.get_running_loop().add_reader(self._process.stdout, self._hear)

    def _hear(self) -> None:
        assert self._process.stdout is not None
        asyncio.get_running_loop().remove_reader(self._process.stdout)
        self.port = int(self._process.stdout.readline())
        self.ready.set()

    def cpu_s(self) -> float:
        return cpu_s(self._process.pid)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


async def main(settings: Settings) -> None:
    """Measure one relay, and print what was measured."""
    load, loop, tls = Load(settings), asyncio.get_running_loop(), None
    if settings["authority"]:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(settings["authority"])
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
    piece_ms = settings["piece_ms"]
    model = await loop.create_server(
        lambda: ModelEnd(load.calls, piece_ms, LEAD_MS), "127.0.0.1", 0, ssl=tls, backlog=500
    )
    rest = await asyncio.start_server(Rest(load).answer, "127.0.0.1", 0)
    relay = Relay(
        settings["kind"],
        {
            "model": f"{'wss' if tls else 'ws'}://127.0.0.1:{model.sockets[0].getsockname()[1]}/v1/realtime",
            "rest": f"http://127.0.0.1:{rest.sockets[0].getsockname()[1]}",
            "authority": settings["authority"],
            "account": ACCOUNT,
            "token": TOKEN,
            "calls": settings["calls"],
            "every": EVERY_S,
        },
    )
    try:
        print(json.dumps(await load.run(relay)), flush=True)
    finally:
        relay.stop()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
