"""What a call lacks before it can be placed, and where to find it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from voicecall_cli.options import GROUPS, OPTIONS
from voicecall_cli.settings import DOTENV, Settings
from voicecall_core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Missing:
    """A setting without which no real call can be placed, and where to find its value."""

    env: str
    flag: str
    where: str


def missing_for_call(settings: Settings) -> tuple[Missing, ...]:
    """All that a real call with these settings lacks, keys first; nothing for what is simulated.

    A say call needs no model.
    """
    return tuple(
        Missing(option.env, option.flag, option.where)
        for option in sorted(OPTIONS, key=lambda each: GROUPS.index(each.group), reverse=True)
        if option.where
        and settings.is_real(option.real)
        and getattr(settings, option.field) is None
        and not (option.field == "openai_key" and settings.say is not None)
        and not (option.field == "public_url" and settings.tunnel_program is not None)
    )


def how_to_set() -> str:
    """What to do about settings that are not there: a .env that is there is never changed by `init`."""
    if os.path.lexists(DOTENV):
        return "Write them into .env."
    return "Let voicecall init ask for them, or write them into .env."


def demand_complete(settings: Settings) -> None:
    """Raise SettingsError naming everything that a real call lacks, all at once, and where to find each."""
    if lacking := missing_for_call(settings):
        width = max(len(each.env) for each in lacking)
        lines = "".join(f"\n  {each.env:<{width}}  {each.where}" for each in lacking)
        count = "a setting that is" if len(lacking) == 1 else f"{len(lacking)} settings that are"
        raise SettingsError(
            f"A real call needs {count} not there:{lines}",
            setting=lacking[0].env,
            fix=f"{how_to_set()} Or add --sim to call without keys.",
        )
