"""What is said of a call's price and length before it is placed. Knows nothing of what it then costs."""

from __future__ import annotations

from cli.settings import Settings
from voicecall_core.models.openai_realtime.pricing import minute_usd


def price_line(settings: Settings) -> str:
    """The likely price of a minute, what is not in it, and how long the call may last; one line."""
    most = f"It ends after {settings.max_duration_s / 60:g} min at the latest."
    if settings.say is not None:
        return f"Cost: the carrier's minutes alone; no model is used. {most}"
    price = minute_usd(settings.model)
    likely = f"about ${price:.2f} a minute" if price is not None else "unknown a minute"
    return f"Cost: {likely} for {settings.model}, the carrier's minutes and the transcription not counted. {most}"
