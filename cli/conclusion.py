"""What is said when a call is over: for people, and as the last line of --json. Knows nothing of how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from cli.console.diagnosis import findings
from cli.console.header import Header
from cli.console.summary import summary
from cli.exits import Exit, exit_for
from voicecall_core.diagnosis import Diagnosis, diagnose
from voicecall_core.diagnosis.telling import sentence
from voicecall_core.journal import Journal
from voicecall_core.judgement.books import Call
from voicecall_core.judgement.ending import Outcome
from voicecall_core.judgement.guard import Verdict
from voicecall_core.recording import Recording
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Order

UNSIGNED = (
    "their signature did not fit. Is TWILIO_AUTH_TOKEN this account's, and the public URL the one the tunnel prints?"
)
Steps = Sequence[tuple[Event, Sequence[Verdict], Sequence[Order]]]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A call that is over, with all that is to be said of it. `refused`: requests whose signature did not fit."""

    call: Call
    steps: Steps
    journal: Journal | None
    recording: Recording | None
    refused: int

    @property
    def exit(self) -> Exit:
        """The exit code of its outcome."""
        assert self.call.ending.outcome is not None, "a call that is over has an outcome"
        return exit_for(self.call.ending.outcome)

    def diagnosed(self) -> Diagnosis:
        """What went wrong, if anything did."""
        return diagnose(self.call.terms, self.steps, self.call)

    def as_object(self) -> dict[str, object]:
        """The last line of --json."""
        call, ending, found = self.call, self.call.ending, self.diagnosed()
        return {
            "outcome": ending.outcome,
            "cause": ending.cause,
            "confirmed": ending.confirmed,
            "diagnosis": found.rule,
            "finding": sentence(found.findings[0].what) if found.findings else None,
            "sid": call.sid,
            "exit": int(self.exit),
            "start_to_first_audio_s": call.timing.start_to_first_audio,
            "answer_to_first_audio_s": call.timing.answer_to_first_audio,
            "laws_broken": [law.text for law in call.broken],
            "requests_turned_away": self.refused,
            "call_file": str(self.journal.path) if self.journal else None,
        }

    def show(self, people: Console, title: Header) -> None:
        """The summary; for a call that did not end as it should, what went wrong and what to do."""
        people.print(summary(self.call, header=title, call_file=self.journal.path if self.journal else None))
        if self.recording is not None:
            people.print(self.recording.failure or f"  recording      {self.recording.path}", soft_wrap=True)
        if self.call.ending.outcome is not Outcome.COMPLETED:
            people.print(findings(self.diagnosed()))
        if self.refused:
            people.print(f"{self.refused} requests were turned away: {UNSIGNED}", style="red", soft_wrap=True)
        if self.journal is not None and self.journal.failure:
            people.print(f"The call file is not complete: {self.journal.failure}", style="red", soft_wrap=True)
