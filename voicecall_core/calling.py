"""One call, from what is asked of it to its record: the one place where a call is put together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from voicecall_core import models
from voicecall_core.accounts import Accounts
from voicecall_core.addresses import Addresses
from voicecall_core.call.step import Call, Entry, Step
from voicecall_core.callfile.writer import CallFileHeader, Journal
from voicecall_core.carriers.base import RestRequest
from voicecall_core.dialer import Dialer, carrier_at, model_at, program_version
from voicecall_core.errors import SettingsError, errors_ungrouped
from voicecall_core.media import AudioGauges
from voicecall_core.media.recorder import WavRecorder
from voicecall_core.net.network import TcpNetwork
from voicecall_core.numbering import callable_number
from voicecall_core.records import CallRecord
from voicecall_core.safekeeping import Safekeeping
from voicecall_core.session import CallPlan, Session, Watcher, create_terms
from voicecall_core.simulation import Simulated
from voicecall_core.tools import NO_TOOLS, Tools
from voicecall_core.words.events import Event, HangUpAsked, OperatorSpoke
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.orders import Document, DocumentKind
from voicecall_core.words.terms import (
    FILLER,
    FILLER_AFTER_S,
    GREETING,
    INSTRUCTIONS,
    MAX_DURATION_S,
    PATIENCE_S,
    RING_TIMEOUT_S,
    Brief,
    Greet,
    Kind,
    Limits,
    Policy,
    Terms,
)

if TYPE_CHECKING:  # a real call needs nothing of the simulator
    from voicecall_core.simulator.carrier.players import Part
    from voicecall_core.simulator.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """What is asked of one call; durations in seconds.

    `say` makes it an announcement, without a model. `guard` off shows the bug that the guard prevents. `patience_s`:
    how long the callee may wait for a sound before something is done about it. `tools`: what the model may call besides
    hanging up; while one runs and nothing is heard for `filler_after_s`, the agent says `filler`, or if that is empty
    something like it. `keep_greeting`: its sound may be kept for other calls, and one that is kept may be played. Where
    `say`, `max_duration_s`, `ring_timeout_s` or `limits` is None, a simulated call's scenario decides, and otherwise
    what is usual: no announcement, 600 s, 30 s.
    """

    greeting: str = GREETING
    instructions: str = INSTRUCTIONS
    model: str = models.MODEL
    voice: str = models.VOICE
    greet: Greet = Greet.RINGING
    guard: Policy = Policy.GUARD
    say: str | None = None
    max_duration_s: float | None = None
    ring_timeout_s: float | None = None
    patience_s: float = PATIENCE_S
    tools: Tools = NO_TOOLS
    filler: str = FILLER
    filler_after_s: float = FILLER_AFTER_S
    keep_greeting: bool = True
    limits: Limits | None = None

    def under(self, scenario: Scenario, *, model_is_real: bool = False) -> CallOptions:
        """These options, with the scenario's own where nothing was asked for.

        Waits that a scenario shortens are those for a built-in model, too: a real one is given its time.
        """
        own: dict[str, Any] = {name: value for name, value in scenario.dial.items() if getattr(self, name) is None}
        return replace(self, limits=self.limits or Limits().scaled(1.0 if model_is_real else scenario.scale), **own)


USUAL = CallOptions()


def plan_call(
    options: CallOptions,
    call_id: str,
    callee: PhoneNumber,
    caller: PhoneNumber,
    began: datetime,
    *,
    moment: bool = False,
) -> CallPlan:
    """One call as these options ask for it. `moment`: there is a clip that asks the callee for a moment."""
    terms = Terms(
        call_id=call_id,
        kind=Kind.SAY if options.say else Kind.STREAM,
        policy=options.guard,
        greet=options.greet,
        max_duration_s=MAX_DURATION_S if options.max_duration_s is None else options.max_duration_s,
        ring_timeout_s=RING_TIMEOUT_S if options.ring_timeout_s is None else options.ring_timeout_s,
        patience_s=options.patience_s,
        moment=moment,
        pii_say=options.say or "",
        pii_greeting=options.greeting,
        model=options.model,
        tools=options.tools.terms,
        pii_filler=options.filler if options.tools.terms else "",
        filler_after_s=options.filler_after_s,
        limits=options.limits or Limits(),
    )
    brief = Brief(options.model, options.voice, options.instructions, options.greeting, tools=options.tools.specs)
    return CallPlan(terms, brief, callee, caller, began, tools=options.tools)


class OutgoingCall:
    """A call to be placed: `run` places it; until it returns, the other methods may be called from any task.

    `header` is what is known before the dialling; `session` is the call being made.
    """

    def __init__(
        self,
        dialer: Dialer,
        to: str | PhoneNumber,
        options: CallOptions = USUAL,
        *,
        log: Path | None = None,
        record: bool = False,
        watch: Watcher | None = None,
        call_id: str = "",
    ) -> None:
        """See `place_call`, whose arguments these are; `call_id` is made up unless given."""
        number = callable_number(to.e164 if isinstance(to, PhoneNumber) else to, rehearsal=not dialer.phone_rings)
        rehearsed = _rehearsed(dialer)
        if rehearsed is not None:
            options = options.under(rehearsed.scenario, model_is_real=rehearsed.model_server is None)
        if not (options.say or dialer.endpoints.model.usable):
            raise SettingsError("A conversation needs a model.", setting=models.KEY_SETTING, fix="Give a ModelAccount.")
        call_id = call_id or f"c-{secrets.token_hex(4)}"
        plan, self._keeps_greeting = _planned(dialer, options, call_id, number), options.keep_greeting
        played = (rehearsed.scenario.name, rehearsed.seed) if rehearsed is not None else ("", 0)
        self.header = CallFileHeader(
            plan.terms, number, dialer.caller, plan.began, program_version(), *played, dialer.half, dialer.callee_model
        )
        name = f"{plan.began:%Y%m%d-%H%M%S}-{plan.terms.call_id}"
        self._journal = Journal(log / f"{name}.jsonl", self.header) if log else None
        self._recording = WavRecorder(log / f"{name}.wav") if log and record else None
        self._steps: list[Entry | Event] = []  # the event alone of a step that nothing came of: it is most of them
        self._watcher, self._dialer = watch, dialer
        self._unwatched: Exception | None = None  # why the watcher is told no more
        carrier = dialer.endpoints.carrier
        self._kept = Safekeeping(plan, carrier.account_sid, carrier.control, dialer.guardian, dialer.ledger)
        self.session = Session(
            plan,
            dialer.endpoints,
            journal=self._journal,
            watch=self._watch,
            recorder=self._recording,
            others=self._kept.others,
        )

    async def run(self) -> CallRecord:
        """Place the call, and return its record once it is over. See `place_call`."""
        try:
            with errors_ungrouped():
                async with self._dialer.switchboard.line(self.session):
                    self._kept.begin()
                    await self.session.run()
        finally:
            self._kept.end()
            if self._keeps_greeting:
                self._dialer.keep_greeting(self.session.plan, self.session.greeting)
            self._close_files()
            steps = self._forget()
        if self._unwatched is not None:
            raise self._unwatched
        if self.session.unjudged:
            raise self.session.faults[-1]
        journal, recording = self._journal, self._recording
        return CallRecord(
            self.header,
            steps,
            self.call,
            call_file=journal.path if journal else None,
            incomplete=journal.failure if journal else "",
            recording=recording.path if recording else None,
            recording_incomplete=recording.failure if recording else "",
            callee_part=self._part(),
        )

    def _part(self) -> Part | None:
        """How the callee was played, if he was."""
        rehearsed = _rehearsed(self._dialer)
        if rehearsed is None or rehearsed.carrier_server is None:
            return None
        line = rehearsed.carrier_server.calls.get(self.call.sid)
        return line.part if line is not None else None

    def _forget(self) -> tuple[Entry, ...]:
        """What was kept for the record: the switchboard remembers the session for long after the call."""
        steps = tuple(each if isinstance(each, Entry) else Entry(each) for each in self._steps)
        self._steps.clear()
        self._watcher = None
        return steps

    def _close_files(self) -> None:
        """What cannot be written to its end says so; the call was a call all the same."""
        for file in (self._journal, self._recording):
            if file is None:
                continue
            try:
                file.close()
            except Exception as error:
                file.failure = file.failure or str(error)

    @property
    def call(self) -> Call:
        """The call as it stands now."""
        return self.session.call

    def hang_up(self) -> None:
        """End the call; `run` returns once the carrier has confirmed it, or cannot be reached any more."""
        self.session.tell(HangUpAsked())

    def say(self, text: str) -> None:
        """Have the callee told `text` by the model, as soon as the guard lets it through."""
        self.session.tell(OperatorSpoke(text))

    def gauges(self) -> AudioGauges:
        """How the audio stands now."""
        return self.session.bridge.gauges()

    def _watch(self, step: Step) -> None:
        self._steps.append(step.entry if step.verdicts or step.orders else step.event)
        self._kept.see(step.call)
        if self._watcher is not None and self._unwatched is None:
            try:
                self._watcher(step)
            except Exception as error:  # a guest: its mistake is no reason to end the call, nor to forget it
                self._unwatched = error


def _planned(dialer: Dialer, options: CallOptions, call_id: str, number: PhoneNumber) -> CallPlan:
    """The call as these options ask for it at this place, with the greeting that is kept for it."""
    moment = dialer.asks_for_a_moment(options.greeting or options.instructions)
    plan = plan_call(options, call_id, number, dialer.caller, dialer.now(), moment=moment)
    return dialer.with_greeting(plan) if options.keep_greeting or dialer.half == "model" else plan


def _rehearsed(dialer: Dialer) -> Simulated | None:
    """What is built in, where no phone rings."""
    return None if dialer.phone_rings else dialer.simulated


async def place_call(
    dialer: Dialer,
    to: str | PhoneNumber,
    options: CallOptions = USUAL,
    *,
    log: Path | None = None,
    record: bool = False,
    watch: Watcher | None = None,
) -> CallRecord:
    """Place one call and return its record once it is over; any number of calls may be placed at once.

    `to` is + and digits. Into the directory `log` goes its call file, and with `record` its audio beside that: stereo
    WAV, callee left, agent right. `watch` sees every step as it happens, and must not block. Cancelling leaves the
    call to the carrier, which ends it after `max_duration_s`; `OutgoingCall` can be hung up.

    What becomes of the call, a refusal by the carrier included, is its outcome, never an exception. What `watch`
    raises is raised once the call is over; it is told no more from then on. Raises SettingsError, with nobody called,
    if the number may not be called, the call file cannot be written, there is no model for a conversation, or the
    dialer's tunnel is lost.
    """
    return await OutgoingCall(dialer, to, options, log=log, record=record, watch=watch).run()


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What would be sent for a call: the REST request, the document that answers its first fetch, the set-up of the
    model's session (None for an announcement). Secrets and numbers are masked."""

    request: RestRequest
    document: str
    set_up: dict[str, Any] | None


async def draft_call(accounts: Accounts, to: PhoneNumber, options: CallOptions, *, public_url: str) -> CallDraft:
    """What `place_call` would send, of which nothing is. Raises SettingsError if the carrier's URL will not do."""
    caller = accounts.carrier.number or PhoneNumber("+10000000000")
    plan = plan_call(options, f"c-{secrets.token_hex(4)}", to, caller, datetime.min)
    call_id, say = plan.terms.call_id, plan.terms.kind is Kind.SAY
    addresses = Addresses(public_url, b"shown to nobody")
    async with httpx2.AsyncClient() as http:
        carrier = carrier_at(accounts.carrier, http)
        request = await carrier.control.describe(**create_terms(plan, addresses))
    document = Document(DocumentKind.SAY, 1, plan.terms.pii_say) if say else Document(DocumentKind.STREAM, 1)
    xml = carrier.webhooks.write(document, addresses.document(call_id, 1)).replace(addresses.token(call_id, 1), "TOKEN")
    set_up = None if say else model_at(accounts.model, TcpNetwork(), None).set_up(plan.brief)
    return CallDraft(request, xml, set_up)
