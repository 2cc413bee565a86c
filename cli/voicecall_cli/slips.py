"""Misspelt names of settings, told wherever settings are read, before anything that they explain."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from voicecall_cli.settings import Flags, Settings, settings_from, slips


def tell_slips() -> None:
    """Name each misspelt setting beside the output, with the one that was meant."""
    for line in slips():
        typer.echo(line, err=True)


def settings_told(flags: Flags, given: Mapping[str, str] | None = None) -> Settings:
    """The settings of one run; see `settings_from`. Raises SettingsError, after the misspelt names have been told."""
    tell_slips()
    return settings_from(flags=flags, given=given)
