"""Cost, gauges and keys: the last lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.glance import meter
from voicecall_cli.console.text import dollars, plain
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call
from voicecall_core.media import gauges as bridge
from voicecall_core.models import spent_usd
from voicecall_core.words.terms import Kind

_GAP = "   "
_TYPED_MIN = 20  # cells for the sentence before the hint beside it gives way
_LATE_MS = 10.0  # half a frame
_LONG_METER = 30


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
    """What the call has cost so far and how its audio fares; what there is no room for is left out from the end."""
    so_far = " so far" if call.usage and call.phase is not Phase.OVER else ""
    parts = [] if call.terms.kind is Kind.SAY else [Text(f"{cost_words(call)}{so_far}")]
    if gauges is not None and call.phase is not Phase.OVER:
        if gauges.audio is not None:
            parts += _losses(gauges.audio)
            parts.append(Text(f"queue {gauges.audio.waiting_ms:,} ms", style=palette.FAINT))
        parts.append(_loop(gauges))
    line = Text(" ")
    for part in parts:
        gap = _GAP if line.cell_len > 1 else ""
        if line.cell_len + len(gap) + part.cell_len > width:
            break
        line.append(gap).append_text(part)
    return line


def _loop(gauges: ConsoleGauges) -> Text:
    late = gauges.loop_lag_ms >= _LATE_MS
    return Text(f"loop {gauges.loop_lag_ms:.1f} ms", style=palette.CARE if late else palette.FAINT)


def _losses(audio: bridge.AudioGauges) -> list[Text]:
    """What was lost, if anything was."""
    losses = (
        (audio.held_ms, f"held {audio.held_ms:,} ms"),
        (audio.dropped_in, f"dropped {audio.dropped_in:,} frames in"),
        (audio.dropped_out_ms, f"dropped {audio.dropped_out_ms:,} ms out"),
        (audio.lost_ms, f"lost {audio.lost_ms:,} ms"),
        (audio.unusable, f"{audio.unusable:,} unusable"),
    )
    return [Text(words, style=palette.CARE) for number, words in losses if number]


def meter_lines(gauges: ConsoleGauges | None, *, width: int) -> list[Text]:
    """Every gauge, each with what it means."""
    if gauges is None:
        return [Text(" A recording has no levels: they are of a live call alone.", style=palette.FAINT)]
    cells = max(6, min(_LONG_METER, width - 74))
    rows = [
        ("event loop", Text(f"{gauges.loop_lag_ms:.1f} ms"), "the longest delay of the last second; a frame is 20 ms")
    ]
    if (audio := gauges.audio) is not None:
        rows = [
            ("callee", _level(audio.callee_db, palette.CALLEE, cells), "loudest of the last quarter of a second"),
            ("agent", _level(audio.agent_db, palette.AGENT, cells), "the same, as it left"),
            ("frames", Text(f"{audio.frames_in:,} in, {audio.frames_out:,} out"), "20 ms each"),
            ("carrier silent", Text(f"{audio.silent_ms:,} ms"), "since its last frame; it sends fifty a second"),
            ("queue", Text(f"{audio.waiting_ms:,} ms"), "speech of the agent that has not left"),
            ("held", Text(f"{audio.held_ms:,} ms"), "speech of the callee that waits for a model session"),
            ("dropped in", Text(f"{audio.dropped_in:,} frames"), "of the callee, where the buffer was full"),
            ("dropped out", Text(f"{audio.dropped_out_ms:,} ms"), "of the agent, too late or too far ahead"),
            ("lost", Text(f"{audio.lost_ms:,} ms"), "had left, and cannot have played when the stream ended"),
            ("unusable", Text(f"{audio.unusable:,}"), "pieces of either side that could not be used"),
            ("pings", Text(f"{audio.unanswered_pings:,}"), "on the media socket that were not answered"),
            *rows,
        ]
    lines = []
    for name, value, about in rows:
        line = Text.assemble((f" {name:<14}  ", palette.STRONG), value)
        line.append(" " * max(2, 27 + cells - line.cell_len)).append(about, style=palette.FAINT)
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def _level(db: float, style: str, cells: int) -> Text:
    return Text.assemble(meter(db, style, cells), f" {db:4.0f} dB")


# --- keys ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyName:
    """A key: what it does in a word or two for the last line, in full for the help, in brief where there is no room."""

    key: str
    words: str
    about: str
    brief: str = ""


HANG_UP = KeyName("h", "hang up", "hang up")
SAY = KeyName("s", "say something", "type a sentence that the agent says through the stream", "say")
PAGE_KEYS = (
    KeyName("m", "meters", "meters: levels, buffers, and what was lost"),
    KeyName("t", "transcript", "the whole transcript, as the callee heard it"),
    KeyName("g", "guard", "every decision of the guard, with its reason"),
    KeyName("l", "ladder", "the ladder: who told whom what"),
    KeyName("?", "help", "this page"),
)
SCROLL = KeyName("↑↓", "scroll", "scroll a page, also Page Up, Page Down, Home, End")
BACK = KeyName("Esc", "back", "back to the overview, as the page's own key does")


def call_keys(call: Call, *, page: bool) -> list[KeyName]:
    """The keys of a live call; `page`: a page is open that can be scrolled and left."""
    own = [HANG_UP] if call.terms.kind is Kind.SAY else [HANG_UP, SAY]
    return [*own, *PAGE_KEYS, *([SCROLL, BACK] if page else [])]


def keys_line(names: Sequence[KeyName], *, width: int) -> Text:
    """Which keys there are: in full, in brief, with the pages as one; of what has no room even so the last go."""
    grouped = _grouped(names)
    for some, gap, brief in ((names, "   ", False), (names, "  ", True), (grouped, "  ", True), (grouped, " ", True)):
        line = _keys(some, gap, brief=brief)
        if line.cell_len <= width:
            return line
    while grouped and line.cell_len > width:
        grouped = grouped[:-1]
        line = _keys(grouped, " ", brief=True)
    return line


def _grouped(names: Sequence[KeyName]) -> list[KeyName]:
    """The keys that open a page as one."""
    pages = [name for name in names if name in PAGE_KEYS]
    if not pages:
        return [*names]
    one = KeyName(" ".join(name.key for name in pages), "pages", "")
    place = names.index(pages[0])
    return [*names[:place], one, *(name for name in names[place:] if name not in pages)]


def _keys(names: Sequence[KeyName], gap: str, *, brief: bool) -> Text:
    line = Text(" ")
    for index, name in enumerate(names):
        line.append(gap if index else "").append(name.key, style=palette.STRONG)
        line.append(f" {(brief and name.brief) or name.words}", style=palette.FAINT)
    return line


def key_line(call: Call, typed: str | None, *, width: int, keys: bool, page: bool = False) -> Text:
    """Which keys a live call has; or the sentence that is being typed, its end always in sight."""
    if typed is not None:
        return _typing(plain(typed), width)
    if not keys or call.phase is Phase.OVER:
        return Text()
    return keys_line(call_keys(call, page=page), width=width)


def _typing(words: str, width: int) -> Text:
    """The sentence so far; of one that is too long, its end."""
    head, hint = " say: ", "   Enter says it, Esc drops it"
    room = width - cell_len(head) - 1
    hint = hint if room - cell_len(hint) > _TYPED_MIN else ""
    while words and cell_len(words) > room - cell_len(hint):
        words = words[1:]
    return Text.assemble((head, palette.STRONG), words, ("▏", palette.STRONG), (hint, palette.FAINT))
