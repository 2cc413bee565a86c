"""Whose certificates are believed. Knows nothing of what is sent."""

from __future__ import annotations

import ssl
from pathlib import Path

from voicecall_core.errors import SettingsError


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """The usual certificates, and those of `ca_file` besides. Raises SettingsError if that holds none."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (ssl.SSLError, OSError):
            raise SettingsError(
                f"VOICECALL_CA_FILE names {ca_file}, which holds no certificate.",
                setting="VOICECALL_CA_FILE",
                fix="Name a PEM file: it begins with -----BEGIN CERTIFICATE-----.",
            ) from None
    return context
