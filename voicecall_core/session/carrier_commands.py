"""What a call asks of the carrier's REST interface. Decides nothing: each errand ends in one event, come what may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from voicecall_core.errors import CarrierError
from voicecall_core.session.plan import CallPlan, Endpoints, Spawn, Tell, create_terms
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import RestAnswer

_OURS = "a mistake of our own: {!r}"


class CarrierCommands:
    """Carries out the orders to the carrier, each in a task of its own."""

    def __init__(
        self, plan: CallPlan, endpoints: Endpoints, tell: Tell, spawn: Spawn, others: Callable[[], frozenset[str]]
    ) -> None:
        self._others = others
        self._plan, self._addresses = plan, endpoints.addresses
        self._calls, self._webhooks = endpoints.carrier.control, endpoints.carrier.webhooks
        self._tell, self._spawn = tell, spawn

    def document(self, document: o.Document) -> str:
        """A document by name, in the carrier's language."""
        return self._webhooks.write(document, self._addresses.document(self._plan.terms.call_id, document.generation))

    def create_call(self, order: o.CreateCall) -> None:
        self._spawn(self._create)

    async def _create(self) -> None:
        try:
            sid = await self._calls.create(**create_terms(self._plan, self._addresses))
        except CarrierError as error:
            if error.lost:
                self._tell(e.CreateLost(error.message))
            else:
                self._tell(e.CreateRefused(error.code, _in_full(error), error.retryable))
        except Exception as error:
            self._tell(e.CreateLost(_OURS.format(error)))
            raise
        else:
            self._tell(e.Created(sid))

    def look_up(self, order: o.LookUp) -> None:
        self._spawn(self._look_up)

    async def _look_up(self) -> None:
        plan = self._plan
        try:
            sids = await self._calls.look_up(to=plan.callee.e164, from_number=plan.caller.e164, placed_after=plan.began)
        except CarrierError:
            self._tell(e.LookedUp((), reached=False))
        except Exception:
            self._tell(e.LookedUp((), reached=False))
            raise
        else:
            others = self._others()
            self._tell(e.LookedUp(tuple(sid for sid in sids if sid not in others)))

    def update_call(self, order: o.UpdateCall) -> None:
        self._spawn(self._write, order.number, self._calls.update, order.sid, self.document(order.document))

    def hang_up(self, order: o.HangUp) -> None:
        self._spawn(self._write, order.number, self._calls.hang_up, order.sid)

    async def _write(self, number: int, ask: Callable[..., Awaitable[None]], *args: str) -> None:
        try:
            await ask(*args)
        except CarrierError as error:
            answer = RestAnswer.LOST if error.lost else RestAnswer.REFUSED
            self._tell(e.UpdateAnswered(number, answer, error.code, error.message, self._calls.refusal(error.code)))
        except Exception as error:
            self._tell(e.UpdateAnswered(number, RestAnswer.LOST, reason=_OURS.format(error)))
            raise
        else:
            self._tell(e.UpdateAnswered(number, RestAnswer.ACCEPTED))

    async def hang_up_unasked(self, sid: str) -> None:
        """Hang up although nobody has ordered it, as nobody is left who could."""
        with suppress(CarrierError):
            await self._calls.hang_up(sid)

    def check_call(self, order: o.CheckCall) -> None:
        self._spawn(self._check, order.sid)

    async def _check(self, sid: str) -> None:
        try:
            status = await self._calls.fetch(sid)
        except CarrierError:
            self._tell(e.Checked(None))
        except Exception:
            self._tell(e.Checked(None))
            raise
        else:
            self._tell(e.Checked(status))


def _in_full(error: CarrierError) -> str:
    """What the carrier said and what to do about it: the call ends with this, so that the person sees both."""
    return f"{error.message} {error.fix}".strip()
