"""How a call's documents are run, one after the other. How each verb is performed is written beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
from anyio.abc import TaskGroup

from voicecall_core.simulator.carrier import documents, recording, twiml, verbs
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.documents import Inline, Origin, ServedDocument
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.entries import Entries, Key, Sentence, SpeechBegan
from voicecall_core.simulator.carrier.forks import Forks
from voicecall_core.simulator.carrier.gathering import gather
from voicecall_core.simulator.carrier.prompts import Prompts
from voicecall_core.simulator.carrier.recordings import Recording
from voicecall_core.simulator.carrier.second_leg import dial
from voicecall_core.simulator.carrier.streams import ConnectedStreams

ERROR_MESSAGE_S = 4.0  # assumption: "We are sorry, an application error has occurred. Goodbye."
REDIRECT_MS = 5  # assumption: from one document to the request for the next


class _Over:
    """The document ends the call."""


OVER = _Over()


class Interpreter:
    """What the carrier does with a call that was answered."""

    def __init__(
        self,
        context: CarrierContext,
        record: CallResource,
        callee: Callee,
        taken: Callable[[verbs.Verb | None], bool] = lambda first: True,
    ) -> None:
        """`taken` sees the first verb of the first document, and says whether the call is taken at all."""
        self._context = context
        self._taken = taken
        self._record = record
        self._callee = callee
        self._running = anyio.CancelScope()
        self._successor: Origin | None = None
        self._first = True
        self.entries = Entries()
        self.prompts = Prompts(context, record.sid, callee)
        self._streams = ConnectedStreams(context, record, callee)
        self.forks = Forks(context, record, callee)

    def replace(self, origin: Origin) -> None:
        """Stop what runs, at once, and run this instead."""
        self._successor, self._streams.reason = origin, "update"
        self._running.cancel()

    def call_ends(self) -> None:
        """What is cut short from here on is because the call is over."""
        self._streams.reason = "call-ended"

    def press(self, digit: str) -> None:
        """A key press; heard while a stream runs or a verb listens."""
        self._streams.press(digit)
        self.entries.enter(Key(digit))

    def speaks(self) -> None:
        """The callee begins to speak."""
        self.entries.enter(SpeechBegan())

    def said(self, text: str) -> None:
        """The callee has said something to its end."""
        self.entries.enter(Sentence(text))

    async def run(self, first: Origin, tasks: TaskGroup, over: Callable[[], bool]) -> None:
        """Run documents until none is left. `tasks` must outlive a document, not the call."""
        origin: Origin | None = first
        while origin is not None and not over():
            following: Origin | None = None
            with anyio.CancelScope() as self._running:
                if self._successor is None:  # an update may have come before anything ran
                    following = await self._one(origin, tasks)
            origin, self._successor = self._successor or following, None
            self._streams.reason = "call-ended"

    async def _one(self, origin: Origin, tasks: TaskGroup) -> Origin | None:
        document = await self._await_document(origin, tasks)
        script, taken, self._taken = document.script, self._taken, lambda verb: True
        is_taken = taken(None if document.error else next(iter(script.verbs), None))
        if document.error:
            await self._apologise(document.error)
            return None
        self._note(What.RAN, script.words, source=document.source)
        for name in script.skipped:
            self._note(What.WARNING, f"<{name}> is not known here and was skipped", code=twiml.SCHEMA_WARNING)
        for name in script.not_built:
            self._note(What.WARNING, f"<{name}> is real at Twilio, but not built here: it was skipped")
        for verb in script.verbs if is_taken else ():
            following = await self._perform(self._allowed(verb), document, tasks)
            if isinstance(following, _Over):
                return None
            if following is not None:
                return following
        return None

    def _allowed(self, verb: verbs.Verb) -> verbs.Verb:
        """What is performed on a trial account, which has no streams and no recordings."""
        if self._context.plan.trial == "no-stream" and isinstance(verb, verbs.Stream | verbs.Record):
            name = type(verb).__name__
            # Twilio: docs/usage/trials/try-out-voice, for Stream; assumption: Record is told in the same words
            return verbs.Say(f"The {name} verb is not available on trial accounts.")
        return verb

    async def _perform(self, verb: verbs.Verb, document: ServedDocument, tasks: TaskGroup) -> Origin | _Over | None:
        """Perform one verb; what is to be done after it, if that is not the next one."""
        match verb:
            case verbs.Say() | verbs.Play() | verbs.Pause():
                await self.prompts.play(verb, document.source, document.base)
            case verbs.Stream(forked=True):
                self.forks.start(verb, tasks)
            case verbs.Stream():
                await self._streams.connect(verb)
            case verbs.StopStream(name):
                self.forks.stop(name)
            case verbs.Gather():
                return await self._gather(verb, document)
            case verbs.Record():
                return await self._record_callee(verb, document)
            case verbs.Dial():
                return await self._dial(verb, document)
            case verbs.Redirect(url, method):
                return documents.redirected(url, method, document.base)
            case verbs.Reject() | verbs.Hangup():
                return OVER
        return None

    async def _gather(self, verb: verbs.Gather, document: ServedDocument) -> Origin | None:
        play = partial(self.prompts.play, source=document.source, base=document.base)
        found = await gather(verb, self.entries, play)
        self._note(What.GATHERED, "speech" if found.pii_speech else "digits" if found.digits else "nothing")
        if found.nothing and not verb.action_on_empty:
            return None
        return documents.acted("gather", verb.action, verb.method, document.base, found.form())

    async def _record_callee(self, verb: verbs.Record, document: ServedDocument) -> Origin | None:
        if verb.beep:
            await self.prompts.beep()
        context, now = self._context, self._context.epoch_now()
        kept = Recording(context.new_sid("RE"), self._record.account_sid, self._record.sid, now, "RecordVerb")
        context.keep(kept)
        recorder, url = recording.Recorder(context, self._callee, kept), context.api + kept.path
        try:
            await recorder.run(verb, self.entries)
        except BaseException:
            if kept.status == "completed" and self._successor is None:  # he hung up: the action is asked all the same
                last = documents.acted("record", verb.action, verb.method, document.base, recorder.form(url))
                if last is not None:
                    context.tasks.start_soon(self._tell_of_message, last)
            raise
        finally:
            callback = verb.callback if kept.status in verb.callback_events else ""
            recording.tell(context, kept, url, callback, verb.callback_method)
        if kept.status == "absent":
            return None
        return documents.acted("record", verb.action, verb.method, document.base, recorder.form(url))

    async def _tell_of_message(self, last: documents.Remote) -> None:
        """What the action is asked once the call is over; its answer has nobody to be run for."""
        await anyio.sleep(REDIRECT_MS / 1000)
        await documents.obtain(self._context, self._record, last)

    async def _dial(self, verb: verbs.Dial, document: ServedDocument) -> Origin | None:
        went = await dial(self._context, self._record, self._callee, verb)
        if not verb.action:
            return None
        return documents.acted("dial", verb.action, verb.method, document.base, went.form())

    async def _await_document(self, origin: Origin, tasks: TaskGroup) -> ServedDocument:
        """The document of `origin`. An update takes its place, but does not call the request for it back.

        The request goes out with the answer, before anything can react to it; what it brings is then thrown away.
        That an update wins over a document that is still being fetched is an assumption.
        """
        found: list[ServedDocument] = []
        arrived, wanted = anyio.Event(), [True]
        plan, doubled = self._context.plan, self._first and self._context.plan.fetch_doubled
        delay, self._first = (plan.fetch_ms if self._first else REDIRECT_MS), False

        async def obtain() -> None:
            if not isinstance(origin, Inline):
                await (anyio.sleep_forever() if delay is None else anyio.sleep(delay / 1000))
            if doubled:
                await documents.obtain(self._context, self._record, origin)
            document = await documents.obtain(self._context, self._record, origin)
            if not document.error:
                what = What.RECEIVED if wanted[0] else What.DISCARDED
                self._note(what, document.script.words, source=document.source)
            found.append(document)
            arrived.set()

        tasks.start_soon(obtain)
        try:
            await arrived.wait()
        except BaseException:
            wanted[0] = False
            raise
        return found[0]

    async def _apologise(self, code: int) -> None:
        self._note(What.WARNING, "the document could not be run", code=code)
        self._note(What.ERROR_MESSAGE, code=code)
        await self.prompts.sound(ERROR_MESSAGE_S)

    def _note(self, what: What, detail: str = "", *, source: str = "", code: int = 0) -> None:
        self._context.note(self._record.sid, what, detail, source=source, code=code)
