"""What Ctrl-C and its like mean at the moment: one reader of signals from the program's first await to its last."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from anyio import CancelScope

SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class Signals:
    """`obeyed` is called for each signal that comes. Until somebody sets it, the block is left."""

    def __init__(self, scope: CancelScope) -> None:
        self._scope = scope
        self.left = False
        self.obeyed: Callable[[], None] = self.leave

    def leave(self) -> None:
        """Leave the block, and the program as an interrupted one."""
        self.left = True
        self._scope.cancel()


@asynccontextmanager
async def open_signals() -> AsyncIterator[Signals]:
    """Read the signals while the block runs, and none after it. Raises KeyboardInterrupt if one of them has ended it.

    A program that was told to outlive its terminal (nohup) does.
    """
    wanted = [number for number in SIGNALS if number is signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
    try:
        with anyio.open_signal_receiver(*wanted) as received:
            async with anyio.create_task_group() as tasks:
                signals = Signals(tasks.cancel_scope)

                async def listen() -> None:
                    async for _ in received:
                        signals.obeyed()

                tasks.start_soon(listen)
                yield signals
                tasks.cancel_scope.cancel()
    finally:
        _be_deaf()
    if signals.left:
        raise KeyboardInterrupt


def _be_deaf() -> None:
    """From here on no signal changes what the program says by its exit code: milliseconds are left of it.

    Not before: who reads signals gives each its default meaning back when he leaves, which is to die of it.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
