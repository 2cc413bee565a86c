"""What was said, line by line. Knows nothing of what it means."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.state import StepContext, TranscriptLine
from voicecall_core.words.events import Heard, Spoken

CALLEE, AGENT = "callee", "agent"


def on_words(context: StepContext, event: Heard | Spoken) -> None:
    """Words as they are spoken: a part is added to its item's line, the whole replaces it."""
    who = CALLEE if isinstance(event, Heard) else AGENT
    lines = context.call.transcript
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].who == who and lines[index].item == event.item:
            text = event.pii_text if event.final else lines[index].pii_text + event.pii_text
            line = replace(lines[index], pii_text=text, final=event.final)
            context.put(transcript=(*lines[:index], line, *lines[index + 1 :]))
            return
    context.put(transcript=(*lines, TranscriptLine(who, event.item, event.pii_text, event.final, context.at)))
