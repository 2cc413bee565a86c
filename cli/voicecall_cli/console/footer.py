"""Cost, gauges and keys: the last lines."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import anyio
from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import dollars, plain
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call
from voicecall_core.media import gauges as bridge
from voicecall_core.models import spent_usd
from voicecall_core.words.terms import Kind

_EVERY_S = 0.05  # twenty timers a second: often enough to meet a stall of one frame, too rare to be one
_KEPT = 20  # of them: the last second


@dataclass(frozen=True, slots=True)
class ConsoleGauges:
    """The gauges of this moment. `audio` is None before there is a bridge, as it always is for a say call."""

    audio: bridge.AudioGauges | None = None
    loop_lag_ms: float = 0.0


class LoopLag:
    """The largest delay of a timer in the last second: how late the audio's own timers must be reckoned with."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=_KEPT)

    @property
    def worst_ms(self) -> float:
        """Milliseconds; 0 before the first timer has fired."""
        return max(self._late, default=0.0)

    async def watch(self) -> None:
        """Set one timer after the other, and note how late each fires. Ends by being cancelled."""
        while True:
            due = anyio.current_time() + _EVERY_S
            await anyio.sleep_until(due)
            self._late.append(max(0.0, anyio.current_time() - due) * 1000)


_GAP = "   "
_METER = 6
_TYPED_MIN = 20  # cells for the sentence before the hint beside it gives way
_FLOOR_DB = -60.0  # below this nobody hears anything on a telephone
_LATE_MS = 10.0  # half a frame


def tokens(call: Call) -> tuple[int, int]:
    """Tokens in and out, all responses together."""
    come = sum(each.text_in + each.audio_in for each in call.usage)
    return come, sum(each.text_out + each.audio_out for each in call.usage)


def cost(call: Call) -> float | None:
    """The estimated price of those tokens in USD; None for a model without a known price."""
    return spent_usd(call.usage, call.terms.model)


def cost_words(call: Call) -> str:
    """`1,204 tokens in, 567 out, about $0.0123`."""
    come, gone = tokens(call)
    price = cost(call)
    estimate = f"about {dollars(price)}" if price is not None else "cost unknown"
    return f"{come:,} tokens in, {gone:,} out, {estimate}" if call.usage else "no tokens"


def gauge_line(call: Call, gauges: ConsoleGauges | None, *, width: int) -> Text:
    """What the call costs and how its audio fares, in one line; what there is no room for is left out from the end."""
    parts = [] if call.terms.kind is Kind.SAY else [Text(cost_words(call))]
    if gauges is not None and call.phase is not Phase.OVER:
        late = gauges.loop_lag_ms >= _LATE_MS
        parts.append(Text(f"loop {gauges.loop_lag_ms:.1f} ms", style=palette.CARE if late else ""))
        parts += _audio(gauges.audio) if gauges.audio is not None else []
    line = Text(" ")
    for part in parts:
        gap = _GAP if line.cell_len > 1 else ""
        if line.cell_len + len(gap) + part.cell_len > width:
            break
        line.append(gap).append_text(part)
    return line


def _audio(audio: bridge.AudioGauges) -> list[Text]:
    """Levels, fill, and what was lost, if anything was."""
    parts = [
        Text.assemble("in ", meter(audio.callee_db, palette.CALLEE), " out ", meter(audio.agent_db, palette.AGENT)),
        Text(f"queue {audio.waiting_ms:,} ms"),
    ]
    losses = (
        (audio.held_ms, f"held {audio.held_ms:,} ms"),
        (audio.dropped_in, f"dropped {audio.dropped_in:,} frames in"),
        (audio.dropped_out_ms, f"dropped {audio.dropped_out_ms:,} ms out"),
        (audio.lost_ms, f"lost {audio.lost_ms:,} ms"),
        (audio.unusable, f"{audio.unusable:,} unusable"),
    )
    parts += [Text(words, style=palette.CARE) for number, words in losses if number]
    return [*parts, Text(f"frames {audio.frames_in:,} in, {audio.frames_out:,} out", style=palette.FAINT)]


def meter(db: float, style: str, cells: int = _METER) -> Text:
    """A level as a bar: empty at -60 dB, full at full scale."""
    full = round(max(0.0, min(1.0, 1 - db / _FLOOR_DB)) * cells)
    return Text.assemble(("━" * full, style), ("─" * (cells - full), palette.FAINT))


def key_line(call: Call, typed: str | None, *, width: int, keys: bool) -> Text:
    """Which keys there are; or the sentence that is being typed, its end always in sight."""
    if typed is not None:
        return _typing(plain(typed), width)
    if not keys or call.phase is Phase.OVER:
        return Text()
    pairs = [("h", "hang up")] if call.terms.kind is Kind.SAY else [("s", "say something"), ("h", "hang up")]
    line = Text(" ")
    for key, words in pairs:
        line.append(key, style=palette.STRONG).append(f" {words}   ", style=palette.FAINT)
    return line


def _typing(words: str, width: int) -> Text:
    """The sentence so far; of one that is too long, its end."""
    head, hint = " say: ", "   Enter says it, Esc drops it"
    room = width - cell_len(head) - 1
    hint = hint if room - cell_len(hint) > _TYPED_MIN else ""
    while words and cell_len(words) > room - cell_len(hint):
        words = words[1:]
    return Text.assemble((head, palette.STRONG), words, ("▏", palette.STRONG), (hint, palette.FAINT))
