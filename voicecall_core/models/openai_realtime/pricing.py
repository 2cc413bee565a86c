"""What a response costs, estimated from its tokens. Knows nothing of invoices, currencies or accounts.

The transcription of the callee's words is not in it: it runs on a model of its own, is billed at that model's price,
and the usage that responses report does not count it. Nor are the carrier's minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_core.words.values import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens."""

    text_in: float
    text_cached: float
    text_out: float
    audio_in: float
    audio_cached: float
    audio_out: float


_PER = 1_000_000
_FLAGSHIP = Price(text_in=4.0, text_cached=0.40, text_out=24.0, audio_in=32.0, audio_cached=0.40, audio_out=64.0)

# OpenAI: docs/models/<name>, as of 2026-11-22. A model that is not here has no price, rather than a likely one.
PRICES = {
    "gpt-realtime-2.1": _FLAGSHIP,
    "gpt-realtime-2": _FLAGSHIP,
    "gpt-realtime-2.1-mini": Price(
        text_in=0.60, text_cached=0.06, text_out=2.40, audio_in=10.0, audio_cached=0.30, audio_out=20.0
    ),
    "gpt-realtime-1.5": Price(
        text_in=4.0, text_cached=0.40, text_out=16.0, audio_in=32.0, audio_cached=0.40, audio_out=64.0
    ),
}


# OpenAI: docs/guides/realtime-costs. A minute of the callee's speech is 600 audio tokens, of the model's 1,200; silence
# is not billed. The rest is an assumption: each side speaks half the time, in six turns a minute, the model's words are
# 150 a minute (1.3 tokens each), and every turn reads again what was said in the first half of a call of five minutes.
_HEARD, _SPOKEN, _TRANSCRIPT = 600 / 2, 1200 / 2, 150 * 1.3 / 2
_TURNS, _MINUTES_READ_AGAIN = 6, 2.5


def minute_usd(model: str) -> float | None:
    """What a minute of conversation is likely to cost in USD; None for a model whose price is not known."""
    price = PRICES.get(model)
    if price is None:
        return None
    said = _HEARD * price.audio_in + _SPOKEN * price.audio_out + _TRANSCRIPT * price.text_out
    read_again = _TURNS * _MINUTES_READ_AGAIN * (_HEARD + _SPOKEN) * price.audio_cached
    return (said + read_again) / _PER


def cost_usd(usage: Usage, model: str) -> float | None:
    """What these tokens cost in USD; None for a model whose price is not known."""
    price = PRICES.get(model)
    if price is None:
        return None
    # Cached tokens are part of the inputs; a server that counts them otherwise must not make a negative price.
    fresh_text, fresh_audio = max(0, usage.text_in - usage.text_cached), max(0, usage.audio_in - usage.audio_cached)
    total = (
        fresh_text * price.text_in
        + usage.text_cached * price.text_cached
        + usage.text_out * price.text_out
        + fresh_audio * price.audio_in
        + usage.audio_cached * price.audio_cached
        + usage.audio_out * price.audio_out
    )
    return total / _PER
