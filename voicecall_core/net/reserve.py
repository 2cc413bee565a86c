"""Memory that is set aside for the day on which there is no other: who has to end things then can.

To wake whoever waits takes a few hundred bytes. Where a process may have no more (`ulimit -v`, a container's limit on
addresses), the one callback that finds this out gives back a piece of what was set aside, and wakes with that.
"""

from __future__ import annotations

import mmap

# What Python's allocator asks the system for at a time: less would not help it. It is address space alone; nothing is
# ever written there, so no page of it exists.
PIECE_BYTES = 2**20
PIECES = 8  # one for each failure that is met on the way out


class Reserve:
    """Pieces of memory that nobody uses. Taken by the first `fill`, given back one by one."""

    def __init__(self) -> None:
        self._pieces: list[mmap.mmap] = []
        self._filled = False

    def fill(self) -> None:
        """Set it aside, once. Where there is too little for that already, there is no reserve."""
        if self._filled:
            return
        self._filled = True
        try:
            self._pieces.extend(mmap.mmap(-1, PIECE_BYTES) for _ in range(PIECES))
        except (OSError, MemoryError):
            self._pieces.clear()

    def give_for(self, error: BaseException) -> None:
        """If this was a want of memory: a piece is anybody's from now on, without anything being asked for it."""
        if isinstance(error, MemoryError) and self._pieces:
            self._pieces.pop().close()

    @property
    def pieces(self) -> int:
        """How many are left."""
        return len(self._pieces)


RESERVE = Reserve()  # memory is the process's, so there is one
