"""What is said of a call before it is placed, and when it is over: for people, and as the last line of --json."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rich.console import Console

from voicecall_cli.console.diagnosis import findings
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.summary import summary, transcript
from voicecall_cli.exits import Exit, exit_for
from voicecall_cli.json_format import numbered
from voicecall_cli.played_callee import part_line, played_object
from voicecall_cli.settings import Settings
from voicecall_core import CallRecord, diagnose
from voicecall_core.call.first_word import first_word
from voicecall_core.call.replies import ReplyTimes, longest_wait_s, reply_times
from voicecall_core.diagnosis import Diagnosis
from voicecall_core.diagnosis.report import sentence
from voicecall_core.models.openai_realtime.pricing import minute_usd
from voicecall_core.words.descriptions import CLOSES


def price_line(settings: Settings) -> str:
    """The likely price of a minute, what is not in it, and how long the call may last; one line."""
    most = f"It ends after {settings.max_duration_s / 60:g} min at the latest."
    if settings.say is not None:
        minutes = "the carrier's minutes alone" if settings.phone_rings else "none"
        return f"Cost: {minutes}; no model is used. {most}"
    if not settings.model_is_real:
        return f"Cost: the carrier's minutes alone; the model is simulated, and the callee is told so first. {most}"
    price = minute_usd(settings.model)
    likely = f"about ${price:.2f} a minute" if price is not None else "unknown a minute"
    if not settings.phone_rings:
        return f"Cost: {likely} for {settings.model}, the transcription not counted; no phone rings. {most}"
    return f"Cost: {likely} for {settings.model}, the carrier's minutes and the transcription not counted. {most}"


UNSIGNED = (
    "their signature did not fit. Is TWILIO_AUTH_TOKEN this account's, the public URL the one the tunnel prints, and "
    "TWILIO_SHARED_KEY set if a webhook rule has webhooks signed with a key of its own?"
)


STRANGE = "Whoever finds an open port asks what is there; your token is not the matter."


def reply_object(times: ReplyTimes) -> dict[str, object]:
    """How long replies took, as JSON knows it; what was not measured is null."""
    return {
        "replies": times.count,
        "reply_p50_s": times.p50_s,
        "reply_p95_s": times.p95_s,
        "worst_reply_s": times.worst_s,
        "replies_over": times.over,
        "reply_ours_p50_s": times.ours_p50_s,
        "reply_model_p50_s": times.model_p50_s,
    }


@dataclass(frozen=True)
class Conclusion:
    """A call that is over, with all that is to be said of it.

    `refused`: requests whose signature did not fit; `outsiders`: what did not even look like the carrier's.
    """

    record: CallRecord
    refused: int
    outsiders: int = 0

    @property
    def exit(self) -> Exit:
        """The exit code of its outcome."""
        assert self.record.outcome is not None, "a call that is over has an outcome"
        return exit_for(self.record.outcome)

    @cached_property
    def diagnosed(self) -> Diagnosis:
        """What went wrong, if anything did."""
        return diagnose(self.record)

    def as_object(self) -> dict[str, object]:
        """The last line of --json."""
        call, ending, found = self.record.call, self.record.call.ending, self.diagnosed
        told = {
            "outcome": ending.outcome,
            "cause": ending.cause,
            "confirmed": ending.confirmed,
            "diagnosis": found.rule,
            "finding": sentence(found.findings[0].what) if found.findings else None,
            "findings": [{"rule": each.rule, "sure": each.sure} for each in found.findings],
            "sid": call.sid,
            "exit": int(self.exit),
            "start_to_first_audio_s": call.timing.start_to_first_audio,
            "answer_to_first_audio_s": call.timing.answer_to_first_audio,
            "first_word": first_word(call),
            **reply_object(reply_times(call.heard.replies)),
            "longest_wait_s": longest_wait_s(call),
            "laws_broken": [law.text for law in call.broken],
            "requests_turned_away": self.refused,
            "unauthenticated_requests": self.outsiders,
            "call_file": str(self.record.call_file) if self.record.call_file else None,
            "callee": played_object(self.record),
        }
        return numbered(told)

    def as_line(self) -> str:
        """The last line of --plain: what the last object of --json says, as far as one line holds it."""
        told = self.as_object()
        told["findings"] = ",".join(f"{each.rule}:{each.sure}" for each in self.diagnosed.findings)
        figures = ("start_to_first_audio_s", "reply_p50_s", "reply_p95_s", "worst_reply_s", "longest_wait_s")
        keys = ("outcome", "cause", "diagnosis", "findings", "sid", *figures, "exit")
        return CLOSES + " ".join(f"{key}={'' if told[key] is None else told[key]}" for key in keys)

    def show(self, people: Console, title: HeaderLine, *, said: bool = False) -> None:
        """The summary; if anything was found, what went wrong and what to do, also if the call came to a good end.

        `said`: above it what was said, as the screen that told of it is gone.
        """
        record = self.record
        for line in transcript(record.call, width=people.width) if said else ():
            people.print(line, no_wrap=True, overflow="crop")
        people.print(summary(record.call, header=title, call_file=record.call_file))
        if told := part_line(record):
            people.print(f"  {told}", soft_wrap=True, markup=False, highlight=False)
        if record.recording is not None:
            people.print(record.recording_incomplete or f"  recording      {record.recording}", soft_wrap=True)
        if not (found := self.diagnosed).healthy:
            people.print(findings(found))
        if self.refused:
            people.print(f"{self.refused} requests were turned away: {UNSIGNED}", style="red", soft_wrap=True)
        if self.outsiders:
            count = f"{self.outsiders:,} request{'s' if self.outsiders > 1 else ''}"
            people.print(f"Turned away: {count} unlike the carrier's. {STRANGE}", style="dim", soft_wrap=True)
        if record.incomplete:
            people.print(f"The call file is not complete: {record.incomplete}", style="red", soft_wrap=True)
