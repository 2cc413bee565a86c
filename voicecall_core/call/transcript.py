"""What was said, line by line. Knows nothing of what it means."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from voicecall_core.call.state import StepContext, TranscriptLine
from voicecall_core.words.events import Heard, Spoken

CALLEE, AGENT = "callee", "agent"
_LOOK_BACK = 64  # lines: so much may be said between the first and the last word of one item


def on_words(context: StepContext, event: Heard | Spoken) -> None:
    """Words as they are spoken: a part is added to its item's line, the whole replaces it."""
    who = CALLEE if isinstance(event, Heard) else AGENT
    lines = context.call.transcript
    for index, line in enumerate(islice(reversed(lines), _LOOK_BACK), 1):
        if line.who == who and line.item == event.item:
            text = event.pii_text if event.final else line.pii_text + event.pii_text
            line = replace(line, pii_text=text, final=event.final)
            context.put(transcript=lines.replaced(lines.total - index, line))
            return
    line = TranscriptLine(who, event.item, event.pii_text, event.final, context.at)
    context.put(transcript=lines.added(line))
