"""The speech models that can hold a call; each has a package of its own behind the same Protocol.

What stands here is the one that is used: where it is reached, and what is asked for where nothing else is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicecall_core.models.openai_realtime import KEY_SETTING, MODEL, URL, URL_SETTING, VOICE
from voicecall_core.words.terms import SIMULATED_MODEL

if TYPE_CHECKING:  # imported when a model is asked for: `--help` needs the names alone
    import ssl
    from collections.abc import Iterable

    from voicecall_core.models.base import Model
    from voicecall_core.net.network import Network
    from voicecall_core.words.values import Usage


__all__ = ["KEY_SETTING", "MODEL", "URL", "URL_SETTING", "VOICE", "connect", "spent_usd"]


def connect(network: Network, url: str, key: str, tls: ssl.SSLContext | None, user_agent: str) -> Model:
    """The model at `url`; `tls` says whose certificates are believed."""
    from voicecall_core.models.openai_realtime.client import OpenAIRealtime

    return OpenAIRealtime(network, url, key, tls, user_agent)


def spent_usd(usages: Iterable[Usage], model: str) -> float | None:
    """What these responses cost together, estimated in USD; None for a model whose price is not known."""
    if model == SIMULATED_MODEL:
        return 0.0
    from voicecall_core.models.openai_realtime.pricing import cost_usd

    prices = [cost_usd(usage, model) for usage in usages]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None
