"""What a real call lacks, and where to find it. Knows nothing of how settings are read."""

from __future__ import annotations

from dataclasses import dataclass

from cli.options import OPTIONS
from cli.settings import Settings
from voicecall_core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Missing:
    """A setting without which no real call can be placed, and where to find its value."""

    env: str
    flag: str
    where: str


def missing_for_call(settings: Settings) -> tuple[Missing, ...]:
    """All that a real call with these settings lacks; nothing for a simulated one. A say call needs no model."""
    if settings.sim:
        return ()
    return tuple(
        Missing(option.env, option.flag, option.where)
        for option in OPTIONS
        if option.where
        and getattr(settings, option.field) is None
        and not (option.field == "openai_key" and settings.say is not None)
        and not (option.field == "public_url" and settings.tunnel_program is not None)
    )


def demand_complete(settings: Settings) -> None:
    """Raise SettingsError naming everything that a real call lacks, all at once, and where to find each."""
    if lacking := missing_for_call(settings):
        width = max(len(each.env) for each in lacking)
        lines = "".join(f"\n  {each.env:<{width}}  {each.where}" for each in lacking)
        count = "a setting that is" if len(lacking) == 1 else f"{len(lacking)} settings that are"
        raise SettingsError(
            f"A real call needs {count} not there:{lines}",
            setting=lacking[0].env,
            fix="Write them into .env (cp .env.example .env), or add --sim to call without keys.",
        )
