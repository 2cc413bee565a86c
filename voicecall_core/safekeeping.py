"""What of a call outlives this process: its entry in the ledger, and a guardian that hangs up what is left behind.

Both are told before create and at each step; neither can fail a call. Knows nothing of why a call ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, Create
from voicecall_core.carriers.base import CallControl
from voicecall_core.guardian import Guardian
from voicecall_core.ledger import Ledger
from voicecall_core.session.plan import GRACE_S, CallPlan

_SLACK_S = 900.0  # in the carrier's queue and on its clock; the entry of a call that cannot be up goes after that


@dataclass(slots=True)
class Safekeeping:
    """One call's. `begin` before it is asked for, `see` after each step, `end` when this process is done with it."""

    plan: CallPlan
    account: str
    control: CallControl
    guardian: Guardian | None
    ledger: Ledger | None
    _sid: str = ""
    _settled: bool = False

    def begin(self) -> None:
        """The call is about to be asked for."""
        terms = self.plan.terms
        longest_s = terms.ring_timeout_s + terms.max_duration_s + GRACE_S + _SLACK_S
        words = f"voicecall has ended, and its call {terms.call_id} to {self.plan.callee} may ring or be up: "
        self._tell_ledger(
            lambda ledger: ledger.ask(terms.call_id, self.plan.callee, self.account, self.plan.began, longest_s)
        )
        self._tell_guardian(
            lambda guardian: guardian.watch(terms.call_id, f"{words}voicecall hangup asks the carrier for it.")
        )

    def see(self, call: Call) -> None:
        """The call stands like this now."""
        if self._settled:
            return
        call_id, sid = self.plan.terms.call_id, call.sid
        if sid and sid != self._sid:
            self._sid = sid
            words = f"voicecall has ended, and its call may still be up: voicecall hangup {sid}."
            self._tell_ledger(lambda ledger: ledger.learn(call_id, sid))
            self._tell_guardian(lambda guardian: guardian.watch(call_id, words, self.control.raw_hang_up(sid)))
        if is_settled(call):
            self._settled = True
            self._tell_ledger(lambda ledger: ledger.close(call_id))
            self._tell_guardian(lambda guardian: guardian.settle(call_id))

    def end(self) -> None:
        """This process does nothing more about the call."""
        self._tell_ledger(lambda ledger: ledger.let_go(self.plan.terms.call_id))

    def _tell_ledger(self, tell: Callable[[Ledger], None]) -> None:
        """A mistake in there is no reason to end the call, nor to tell the guardian nothing."""
        if self.ledger is not None:
            with suppress(Exception):
                tell(self.ledger)

    def _tell_guardian(self, tell: Callable[[Guardian], None]) -> None:
        if self.guardian is not None:
            with suppress(Exception):
                tell(self.guardian)

    def others(self) -> frozenset[str]:
        """The SIDs of other calls that are remembered, of other processes' too."""
        return self.ledger.known_sids(but=self.plan.terms.call_id) if self.ledger is not None else frozenset()


def is_settled(call: Call) -> bool:
    """Nothing of this call can be up: the carrier has said so, or has never taken it."""
    refused = call.phase is Phase.OVER and call.create in (Create.UNSENT, Create.REFUSED) and not call.sid
    return call.ending.confirmed or refused
