"""Who holds connections to a port: how many at once, who goes for whom, and how many are heard at a time."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, Listener

# No descriptor or no memory is left: it comes back to the one who waits, and sooner to the one who makes room.
SHORTAGE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
# The peer had gone before it was taken up (accept(2): to be treated like "try again").
_GONE_ALREADY = frozenset({errno.ECONNABORTED, errno.ECONNRESET, errno.ENOTCONN, errno.EPROTO})
SHORTAGE_PAUSE_S = 0.1


class Standing(IntEnum):
    """What a connection has shown of itself so far."""

    NEW = 0  # it has asked for nothing yet, or nothing whole, or was refused
    KEPT = 1  # it asked for something and got it, and may ask again
    BUSY = 2  # it is being answered, or is a socket that was accepted: it is never closed for another's sake


class Guest:
    """One connection to a port. `path` is what it asked for last, once that is known."""

    def __init__(self) -> None:
        self.standing = Standing.NEW
        self.since = anyio.current_time()
        self.path = ""
        self.evicted = False
        self.has_spoken = False  # what it said lies here unread: it waits for us, and not we for it
        self.scope = anyio.CancelScope()

    def becomes(self, standing: Standing) -> None:
        """It has shown something else of itself."""
        self.standing = standing
        self.since = anyio.current_time()


class Guests:
    """All connections to a port. Those that are not busy are at most `most`, of which the idlest goes for a new one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._here: dict[Guest, None] = {}  # in the order in which they came

    def __len__(self) -> int:
        return len(self._here)

    def enter(self) -> Guest:
        """Somebody came: he has a place, if need be another's."""
        self.make_room(sum(guest.standing is not Standing.BUSY for guest in self._present()) + 1 - self._most)
        guest = Guest()
        self._here[guest] = None
        return guest

    def leave(self, guest: Guest) -> None:
        """Somebody went."""
        del self._here[guest]

    def make_room(self, places: int) -> None:
        """Close so many, if there are as many that are not busy.

        Who has got nothing yet goes before who has, and of those the ones that we wait for, so that the connections
        that a proxy keeps for the carrier stay. Of the kept no more stay than half of all, or whoever has a signed
        request to repeat would take every place.
        """
        for _ in range(places):
            present = self._present()
            new = [guest for guest in present if guest.standing is Standing.NEW]
            new = [guest for guest in new if not guest.has_spoken] or new
            kept = [guest for guest in present if guest.standing is Standing.KEPT]
            if not (going := kept if len(kept) > self._most // 2 else new or kept):
                return
            idlest = min(going, key=lambda guest: guest.since)
            idlest.evicted = True
            idlest.scope.cancel()

    def _present(self) -> list[Guest]:
        return [guest for guest in self._here if not guest.evicted]


class Turnstile:
    """Lets a few of any number through in each turn of the event loop, so that a crowd does not hold up the audio."""

    def __init__(self, width: int) -> None:
        self._free = anyio.Semaphore(width)

    async def wait(self, guest: Guest) -> None:
        """Wait for one's turn with what was said."""
        guest.has_spoken = True
        async with self._free:
            await anyio.lowlevel.checkpoint()
        guest.has_spoken = False


async def accept_each(
    listener: Listener[ByteStream], handle: Callable[[ByteStream], Any], short: Callable[[], None] = lambda: None
) -> None:
    """Hand over every connection that comes, each in a task of its own, until cancelled.

    Where descriptors run out, `short` may free some, and it goes on after a pause: those that wait are taken up then.
    """
    async with anyio.create_task_group() as tasks:
        while True:
            try:
                await listener.serve(handle, tasks)
            except* OSError as errors:
                numbers = {error.errno for error in _each(errors)}
                if not numbers <= SHORTAGE | _GONE_ALREADY:
                    raise
                if numbers & SHORTAGE:
                    short()
                    await anyio.sleep(SHORTAGE_PAUSE_S)


def _each(errors: BaseExceptionGroup[OSError]) -> Iterator[OSError]:
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _each(error)
        else:
            yield error
