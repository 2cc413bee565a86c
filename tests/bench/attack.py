"""`make attack`: a call goes on while outsiders attack its port, compared with one in peace.

The program is a process, carrier and model are another, the attackers a third. Each attack begins while it rings.
"""

from __future__ import annotations

import json
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
from rich.console import Console
from rich.table import Table

from tests.bench.attackers import ATTACKS, upgrade_to
from tests.bench.process import Program, program
from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.net import opening, websocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import gaps_ms, runs
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
)

_MEDIA, _APPEND = '{"event":"media"', '{"type":"input_audio_buffer.append"'
LATE_S = 1.0  # a frame that is not at the model by then is lost to the conversation
CALL_WITHIN_S = 60.0
GAP_MS, ABOVE_MS = 100, 40  # the longest gap that is borne, or that much more than in peace
REACHED = 0.9  # of the rate that is asked for; below it the attack was another one, and nothing is shown

# A greeting, a turn, and a farewell of 12 s, in which every gap is one that the callee hears.
TALK = Scenario(
    "attack",
    "",
    (Listen(), Speak("short"), Listen(patience_ms=20_000), HangUpPhone()),
    Expectation("completed", "callee"),
    CarrierPlan(answer_ms=3_000),
    ModelPlan(end_call_after_turns=0, farewell_text="Well then, " * 30),
)


@dataclass
class Tap:
    """When the carrier's frames left it and reached the model, and the carrier's own upgrade as it was sent."""

    sent: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    upgrade: str = ""

    @contextmanager
    def on(self) -> Iterator[Tap]:
        """Listen to all sockets of this process meanwhile."""
        socket, tap = websocket.WebSocket, self
        send, receive, upgraded = socket.send, socket.receive, opening._upgraded

        async def heard_send(self: websocket.WebSocket, *texts: str) -> None:
            tap.sent += [perf_counter() for text in texts if text.startswith(_MEDIA)]
            await send(self, *texts)

        async def heard_receive(self: websocket.WebSocket) -> str | bytes:
            message = await receive(self)
            if isinstance(message, str) and message.startswith(_APPEND):
                tap.received.append(perf_counter())
            return message

        async def seen(stream: Any, uri: Any, headers: Any, agent: Any) -> websocket.WebSocket:
            lines = [f"GET {uri.path} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"]
            lines += ["Sec-WebSocket-Key: R0VULi4uIG5vdCBhIGtleQ==", "Sec-WebSocket-Version: 13"]
            tap.upgrade = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "\r\n"])
            return await upgraded(stream, uri, headers, agent)

        socket.send, socket.receive = heard_send, heard_receive  # type: ignore[method-assign]
        opening._upgraded = seen  # type: ignore[assignment]
        try:
            yield self
        finally:
            socket.send, socket.receive = send, receive  # type: ignore[method-assign]
            opening._upgraded = upgraded

    def lost(self) -> int:
        """Frames that were not at the model within LATE_S, those of the call's last moments left out."""
        first = 100  # what came before the call was forwarded is given at once
        last = bisect_right(self.sent, self.received[-1] - LATE_S - 0.5) if self.received else len(self.sent)
        lags = (n + 1 - bisect_right(self.received, self.sent[n] + LATE_S) for n in range(first, last))
        return max([0, *lags])

    def delays_ms(self) -> list[float]:
        """How long each frame took."""
        return sorted((there - here) * 1000 for here, there in list(zip(self.sent, self.received, strict=False))[100:])


@dataclass(frozen=True)
class Result:
    """One call under one attack."""

    kind: str
    status: str
    sent: int
    lost: int
    delay_ms: float
    shreds: int
    gap_ms: int
    done: dict[str, float]

    def borne(self, peace: Result) -> bool:
        """Whether the call went on as it should."""
        heard = self.gap_ms < GAP_MS or self.gap_ms <= peace.gap_ms + ABOVE_MS
        return self.status == "completed" and self.lost == 0 and heard and self.sent > peace.sent * 0.8

    @property
    def rate(self) -> float:
        """How often a second it was attacked."""
        return sum(self.done.get(name, 0) for name in ("asked", "held")) / max(1, self.done.get("seconds", 1))

    @property
    def reached(self) -> bool:
        """Whether it was attacked as often as was asked for."""
        return self.rate >= ATTACKS[self.kind][1] * REACHED

    def verdict(self, peace: Result) -> str:
        """In words."""
        if not self.borne(peace):
            return "NOT HELD"
        return "held" if self.reached else f"held at {self.rate:.0f} only"

    def cells(self, peace: Result | None) -> list[str]:
        """A row of the table."""
        other = {name: count for name, count in self.done.items() if name not in ("asked", "held", "seconds")}
        said = ", ".join(f"{name} {count:.0f}" for name, count in other.items())
        rates = ["", ""] if peace is None else [f"{ATTACKS[self.kind][1]:.0f}", f"{self.rate:.0f}"]
        figures = [f"{self.sent}", f"{self.lost}", f"{self.delay_ms:.0f} ms", f"{self.shreds}", f"{self.gap_ms} ms"]
        return [self.kind, *rates, *figures, self.status, "" if peace is None else self.verdict(peace), said]


async def under(kind: str) -> Result:
    """One call, attacked so from the moment at which it rings."""
    async with program(TALK) as here, anyio.create_task_group() as tasks:
        done: dict[str, float] = {}
        with Tap().on() as tap:
            tasks.start_soon(_attack, kind, here, tap, done)
            with anyio.move_on_after(CALL_WITHIN_S):
                await here.run("--plain")
        tasks.cancel_scope.cancel()
    log = here.carrier.log
    statuses = [effect.detail for effect in log if effect.what is What.ENDED]
    gaps = sorted(gaps_ms(log))[:-1]  # the longest is that in which the callee speaks
    delays = tap.delays_ms()
    late = delays[int(len(delays) * 0.99)] if delays else 0.0
    return Result(
        kind, " ".join(statuses) or "-", len(tap.sent), tap.lost(), late, len(runs(log)), gaps[-1] if gaps else 0, done
    )


async def _attack(kind: str, here: Program, tap: Tap, done: dict[str, float]) -> None:
    await _until(lambda: bool(here.carrier.calls))
    sid = next(iter(here.carrier.calls))
    url = _status_url(here, sid)
    form = [("CallSid", sid), ("AccountSid", here.carrier.account_sid), ("CallStatus", "initiated")]
    body = urlencode(form)
    head = f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    webhook = f"{head}X-Twilio-Signature: {sign(here.carrier.auth_token, url, form)}\r\n\r\n{body}"
    command = [sys.executable, "-m", "tests.bench.attackers", kind, here.env["VOICECALL_PORT"]]
    async with await anyio.open_process(command, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            call = urlsplit(url).path.rpartition("/")[0]
            socket = f"{url.rpartition('/')[0]}/media/1/{'0' * 32}"
            wrong = upgrade_to(urlsplit(socket).path, sign(here.carrier.auth_token, socket, [])).decode()
            known = {"call": call, "webhook": webhook, "wrong": wrong}
            await process.stdin.send(json.dumps(known).encode() + b"\n")
            await _until(lambda: tap.upgrade.startswith("GET /c-"))
            await process.stdin.send(json.dumps({"upgrade": tap.upgrade}).encode() + b"\n")
            await _until(lambda: here.carrier.calls[sid].record.over)
        finally:
            with anyio.move_on_after(5, shield=True), suppress(anyio.BrokenResourceError, anyio.EndOfStream):
                await process.stdin.aclose()
                done.update(json.loads(await process.stdout.receive()))
            with suppress(ProcessLookupError):  # it has left by itself
                process.kill()


async def _until(so: Callable[[], bool]) -> None:
    while not so():  # noqa: ASYNC110 - what is waited for takes place in the servers, which tell nobody
        await anyio.sleep(0.02)


def _status_url(here: Program, sid: str) -> str:
    return here.carrier.calls[sid].record.wish.callback


def main(wanted: list[str]) -> int:
    """The call in peace before and after, and under each attack that is named, all without a name."""
    console = Console(width=200)
    table = Table(show_edge=False)
    for name in (
        "attack",
        "asked/s",
        "reached/s",
        "frames",
        "lost",
        "p99 to model",
        "runs heard",
        "longest gap",
        "call",
    ):
        table.add_column(name, justify="left" if name in ("attack", "call") else "right")
    table.add_column("verdict")
    table.add_column("what the attackers got")
    run: Callable[[str], Result] = partial(_run)
    peace = run("nothing")
    table.add_row(*peace.cells(None))
    broken = short = 0
    for kind in wanted or [kind for kind in ATTACKS if kind != "nothing"]:
        result = run(kind)
        broken += not result.borne(peace)
        short += not result.reached
        table.add_row(*result.cells(peace))
    console.print(table)
    console.print(f"{broken} not held, {short} short of {REACHED:.0%} of the rate that was asked for.")
    console.print(f"A frame is lost that is not at the model within {LATE_S:g} s; a gap is borne under {GAP_MS} ms, ")
    console.print(f"or up to {ABOVE_MS} ms above the one in peace.")
    return min(broken + short, 1)


def _run(kind: str) -> Result:
    return anyio.run(under, kind, backend_options={"use_uvloop": True})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
