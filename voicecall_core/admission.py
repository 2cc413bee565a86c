"""What outsiders may take of a process that carries calls, and how soon upgrades to one socket follow each other.

Whoever finds the port can send to it, and is heard by the same event loop as the callee. So the cheap questions are
asked first, and what the dear ones cost (reading a form, computing its signature) is bounded.
"""

from __future__ import annotations

from collections import OrderedDict

import anyio

from voicecall_core.net.http_server import HttpLimits, Request
from voicecall_core.words.values import Fault

# A webhook of an outgoing call has at most about forty fields and 2 kB; twice and four times that is let through.
FIELDS = 96
LIMITS = HttpLimits(
    head_bytes=8_192,
    head_lines=64,  # about twenty behind a tunnel
    body_bytes=8_192,
    silent_s=3.0,  # a tunnel on this machine connects when it has something to pass on
    head_s=3.0,
    body_s=3.0,
    answer_s=3.0,
)

# What the server itself refuses; with any other status it is no proper request.
FAULTS: dict[int, Fault] = {408: Fault.SLOW, 413: Fault.SIZE, 431: Fault.SIZE, 503: Fault.FULL}


def is_too_large(request: Request) -> bool:
    """Whether a body has more fields than the carrier sends: counted, as parsing them is what takes long."""
    return request.body.count(b"&") >= FIELDS


class Repeats:
    """How often each signed request has come, word for word.

    A carrier that got no answer repeats one five times at most (docs/usage/webhooks/connection-overrides, `rc`).
    Whoever repeats it more often has overheard it; the call has long been told.
    """

    MOST = 8
    KEPT = 256  # requests; beyond it the one that has not come for longest is forgotten

    def __init__(self) -> None:
        self._came: OrderedDict[int, int] = OrderedDict()

    def too_many(self, request: Request) -> bool:
        """Count a request; whether it has come too often."""
        words = hash((request.target, request.body))
        self._came[words] = self._came.pop(words, 0) + 1
        if len(self._came) > self.KEPT:
            self._came.popitem(last=False)
        return self._came[words] > self.MOST


class UpgradePace:
    """Signed upgrades to the socket of one generation.

    The carrier opens it once, and a proxy may repeat that a time or two: so many are judged at once. Whoever goes on
    waits twice as long each time, alone or with a few others; one more is refused. None is refused for having come
    after many: a carrier whose request somebody else repeats gets in as well, only later.
    """

    AT_ONCE = 3
    FIRST_WAIT_S = 0.25
    LONGEST_WAIT_S = 2.0  # below every time within which a client wants its answer
    MOST_WAITING = 4

    def __init__(self) -> None:
        self._judged = self._waiting = 0

    async def may_ask(self) -> bool:
        """Wait for one's turn; False if too many wait already."""
        late = self._judged - self.AT_ONCE
        if late >= 0 and self._waiting >= self.MOST_WAITING:
            return False
        self._judged += 1
        if late >= 0:
            self._waiting += 1
            try:
                await anyio.sleep(min(self.FIRST_WAIT_S * 2 ** min(late, 10), self.LONGEST_WAIT_S))
            finally:
                self._waiting -= 1
        return True
