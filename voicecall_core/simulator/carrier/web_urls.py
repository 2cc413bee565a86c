"""Addresses that the carrier asks at. Knows nothing of asking."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit


def signing_text(base: str, address: str) -> str:
    """An address as seen from another; empty if it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def is_web_url(url: str) -> bool:
    """Whether the carrier would ask at this address at all."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
