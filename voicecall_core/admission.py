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
# Each escape may take as long as a hundred letters. The carrier's have a hundred of them at most: numbers begin with
# one, and names of places hold a few.
ESCAPES = 400
LIMITS = HttpLimits(
    head_bytes=8_192,
    head_lines=64,  # about twenty behind a tunnel
    body_bytes=8_192,
    message_bytes=65_536,  # the carrier's hold 20 ms of audio; a stream's beginning some hundred bytes
    silent_s=3.0,  # a tunnel on this machine connects when it has something to pass on
    head_s=3.0,
    body_s=3.0,
    answer_s=3.0,
)

# What the server itself refuses; with any other status it is no proper request.
FAULTS: dict[int, Fault] = {408: Fault.SLOW, 413: Fault.SIZE, 431: Fault.SIZE, 503: Fault.FULL}


def is_too_large(request: Request) -> bool:
    """Whether a body has more fields or escapes than the carrier sends: counted, as parsing them is what takes long."""
    return request.body.count(b"&") >= FIELDS or request.body.count(b"%") > ESCAPES


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

    The carrier opens it once, and a proxy may repeat that a time or two: so many are judged at once. Whoever has
    overheard the upgrade can repeat it for ever, and nothing in it tells him from the carrier. What the carrier says on
    its socket does: so whoever comes later is let in on trial, and judged once he has begun the call's stream. Those
    who wait for that have no place of their own, but one of the port's, where the idlest goes for the next. Whoever
    can begin the stream and goes on repeating that waits twice as long each time, alone or with a few others.
    """

    AT_ONCE = 3
    FIRST_WAIT_S = 0.25
    LONGEST_WAIT_S = 2.0
    MOST_WAITING = 4
    TRIAL_S = 3.0  # the carrier begins the stream at once
    TRIAL_MESSAGES = 3  # and with its second message

    def __init__(self) -> None:
        self._came = self._judged = self._waiting = 0

    def at_once(self) -> bool:
        """Whether another upgrade is one of the first few."""
        self._came += 1
        return self._came <= self.AT_ONCE

    async def may_ask(self) -> bool:
        """Wait for the turn of one who has begun the stream; False if too many wait already."""
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
