"""What settings say together: which give way, which follow from others, which contradict. Knows no one's meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.options import BY_FIELD
from voicecall_core.errors import SettingsError

if TYPE_CHECKING:
    from cli.settings import Settings

REAL_PORT = 5050  # what tunnels are told; 5000 is taken by AirPlay on a Mac
_WAYS = ("public_url", "tunnel")


def is_read(field: str, flags: Mapping[str, object]) -> bool:
    """Whether a simulated call reads a setting of real ones: the way there and back, where it was typed.

    A public URL or a tunnel that stands in .env is for real calls, and would spoil a rehearsal where it does not run.
    """
    typed = [name for name in _WAYS if flags.get(name) is not None]
    return field in typed or (field == "ca_file" and bool(typed))


def settle(values: dict[str, Any], sources: Mapping[str, str]) -> None:
    """Fill in what follows from other settings. Raises SettingsError where two ways are named and neither was typed."""
    started = values["tunnel"] not in (None, "none")
    if started and values["public_url"]:
        typed = [name for name in _WAYS if sources[name] == BY_FIELD[name].flag]
        if len(typed) != 1:
            raise SettingsError(
                f"{sources['public_url']} and {sources['tunnel']} name two ways to this program.",
                setting=BY_FIELD["tunnel"].env,
                fix="Leave one of them away; one that is typed as a flag beats one that is not.",
            )
        values[next(name for name in _WAYS if name not in typed)] = None
        started = values["tunnel"] is not None
    if values["port"] is None:
        values["port"] = 0 if started or (values["sim"] and not values["public_url"]) else REAL_PORT
    if sources["max_duration_s"] == "default":
        values["max_duration_s"] = min(values["max_duration_s"], values["max_duration_cap_s"])


def agree(settings: Settings) -> None:
    """Raise SettingsError for the first two that do not go together."""
    if (settings.api_key is None) != (settings.api_secret is None):
        here, gone = ("KEY", "SECRET") if settings.api_key else ("SECRET", "KEY")
        raise SettingsError(
            f"TWILIO_API_{here} is set and TWILIO_API_{gone} is not; they are a pair.",
            setting=f"TWILIO_API_{gone}",
            fix=f"Set TWILIO_API_{gone} too, or remove TWILIO_API_{here}: the auth token will do for everything.",
        )
    if settings.max_duration_s > settings.max_duration_cap_s:
        raise SettingsError(
            f"{settings.sources['max_duration_s']} asks for {settings.max_duration_s:g} s; no call may last longer "
            f"than {settings.max_duration_cap_s:g} s.",
            setting=BY_FIELD["max_duration_s"].env,
            fix=f"Ask for less, or raise {BY_FIELD['max_duration_cap_s'].env} if you mean it.",
        )
    if settings.record and settings.log is None:
        raise SettingsError(
            "--record keeps the audio beside the call file, and no call file is written.",
            setting="VOICECALL_RECORD",
            fix="Leave --no-log out.",
        )
    for name in ("scenario", "seed"):
        if not settings.sim and settings.sources[name] == BY_FIELD[name].flag:
            raise SettingsError(
                f"--{name} means something for a simulated call only.", setting=BY_FIELD[name].env, fix="Add --sim."
            )
