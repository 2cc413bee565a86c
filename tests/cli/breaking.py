"""`python -m tests.cli.breaking PART dial ...` is `voicecall dial ...`, of which one part breaks at a named moment.

The part raises from a certain use of it on; or the process itself is left without memory, descriptors or room.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - the loop is this program's, and what takes its memory must stand beside its tasks
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from voicecall_cli.exits import Exit
from voicecall_cli.main import run

_TWILIO = "voicecall_core.carriers.twilio"
_FRAMES = 40  # 20 ms each: the call is well under way


@dataclass(frozen=True)
class Part:
    """A method (or a function) that raises `error` from its use number `after` on, and the exit code of such a call."""

    module: str
    name: str
    after: int = 0
    error: type[Exception] = RuntimeError
    exit: Exit = Exit.OUR_FAULT


PARTS = {
    "the webhook that asks for the document": Part(f"{_TWILIO}.carrier", "TwilioWebhooks.fetched"),
    "the webhook of a status": Part(f"{_TWILIO}.carrier", "TwilioWebhooks.status_reported", 1),
    "the writing of documents": Part(f"{_TWILIO}.carrier", "TwilioWebhooks.write"),
    "the bridge at its first socket": Part("voicecall_core.media.bridge", "Bridge.carry"),
    "the bridge under way": Part("voicecall_core.media.bridge", "Bridge._callee_spoke", _FRAMES),
    "the agent's voice": Part("voicecall_core.media.leg", "Leg._send_frame", _FRAMES),
    "the errand of create, its answer lost": Part(f"{_TWILIO}.rest", "_sid_of", exit=Exit.OK),
    "an errand at the model": Part("voicecall_core.session.model_commands", "ModelCommands.say", 1),
    "the model's line": Part("voicecall_core.models.openai_realtime.client", "ModelLine.run"),
    "the model's line under way": Part("voicecall_core.models.openai_realtime.client", "ModelLine.hear", _FRAMES),
    "the recorder": Part("voicecall_core.media.recorder", "WavRecorder.callee", _FRAMES),
    "the recorder at its end": Part("voicecall_core.media.recorder", "WavRecorder.close", exit=Exit.OK),
    "the call file": Part("voicecall_core.callfile.writer", "Journal.step", 8),
    "the call file at its end": Part("voicecall_core.callfile.writer", "Journal.close", exit=Exit.OK),
    "the ledger": Part("voicecall_core.ledger.ledger", "Ledger._write", 1, exit=Exit.OK),
    "the guardian": Part("voicecall_core.guardian.guardian", "Guardian._tell", exit=Exit.OK),
    "the judge": Part("voicecall_core.session.session", "step", 12, exit=Exit.BUG),
    "the door": Part("voicecall_core.tunnel.arrivals", "Arrivals.glance", 4),
    "the writer": Part("voicecall_cli.console.guest", "GuestFile.write", 5, exit=Exit.OK),
    "the lines": Part("voicecall_cli.console.lines", "lines", 3, exit=Exit.OK),
    "the live screen": Part("voicecall_cli.console.live", "pictured", 3, exit=Exit.OK),
    "what the lines wait in": Part("voicecall_cli.dial_view", "Printer.put", 3, exit=Exit.OK),
    "the conclusion": Part("voicecall_cli.dial_summary", "Conclusion.show", exit=Exit.OK),
    "memory of the audio": Part("voicecall_core.media.bridge", "Bridge._callee_spoke", _FRAMES, MemoryError),
    "memory of the judge": Part("voicecall_core.session.session", "step", 12, MemoryError, exit=Exit.BUG),
    "memory of the call file": Part("voicecall_core.callfile.writer", "Journal.step", 8, MemoryError),
    "memory of the view": Part("voicecall_cli.console.guest", "GuestFile.write", 5, MemoryError, exit=Exit.OK),
}


def break_part(part: Part) -> None:
    """From now on the part counts its uses, and breaks."""
    *path, name = part.name.split(".")
    where: Any = import_module(part.module)
    for each in path:
        where = getattr(where, each)
    setattr(where, name, counted(getattr(where, name), part.after, lambda: raise_(part)))


def raise_(part: Part) -> None:
    raise part.error(f"broken: {part.name}")


def counted(kept: Callable[..., Any], after: int, then: Callable[[], None]) -> Callable[..., Any]:
    """`kept`, with `then` done before each use from number `after` on."""
    uses = 0

    def counting(*args: Any, **more: Any) -> Any:
        nonlocal uses
        uses += 1
        if uses > after:
            then()
        return kept(*args, **more)

    return counting


def under_way(then: Callable[[], None]) -> None:
    """Once, when the callee has been heard for a while."""
    from voicecall_core.media.bridge import Bridge

    done: list[bool] = []

    def once() -> None:
        if not done:
            done.append(True)
            then()

    Bridge._callee_spoke = counted(Bridge._callee_spoke, _FRAMES, once)  # type: ignore[method-assign]


def no_memory() -> None:
    """Not a page more than there is."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def no_memory_that_is_wanted() -> None:
    """The same, and whoever computes wants more and more of it."""
    no_memory()
    hoard: list[bytearray] = []

    def want() -> None:
        try:
            while True:
                hoard.append(bytearray(4096))
        except MemoryError:
            loop.call_later(0.01, want)

    loop = asyncio.get_running_loop()
    want()


def no_descriptors() -> None:
    """What is open stays open, and nothing can be opened."""
    most = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    while True:
        try:
            os.dup(0)
        except OSError:
            return


SHORTAGES = {
    "all memory": no_memory,
    "all memory, again and again": no_memory_that_is_wanted,
    "all descriptors": no_descriptors,
}


if __name__ == "__main__":
    wanted = sys.argv[1]
    if wanted in PARTS:
        break_part(PARTS[wanted])
    else:
        under_way(SHORTAGES[wanted])
    run(sys.argv[2:])
