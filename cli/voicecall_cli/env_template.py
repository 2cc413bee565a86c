"""The text of a .env with every setting, and how one is written. Knows nothing of where the values come from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from voicecall_cli.options import GROUPS, OPTIONS
from voicecall_core.errors import SettingsError

_HEAD = (
    "# Settings of voicecall, each with its default. `voicecall init` asks for what a real call needs and writes them",
    "# into .env; or fill in what follows, and keep it to yourself: chmod 600 .env",
    "# `voicecall dial +15555550100 --sim` needs none of it.",
    "# A flag beats the environment, the environment beats this file, this file beats the default.",
)
_BARE = re.compile(r"[\w.:/+@,-]*", re.ASCII)
_LINE = 100  # characters of a comment


def env_template(values: Mapping[str, str] | None = None) -> str:
    """Every name with its default as a comment; those that a real call needs, and `values`, ready to be read."""
    values = values or {}
    lines = list(_HEAD)
    for group in reversed(GROUPS):  # what has to be filled in comes first
        lines += ["", f"# --- {group} ---"]
        for option in (row for row in OPTIONS if row.group == group):
            lines += ["", *_commented(option.about)]
            if option.where:
                lines += _commented(f"Where: {option.where}.")
            if option.where or option.env in values:
                lines.append(f"{option.env}={_quoted(values.get(option.env, ''))}")
            else:
                lines.append(f"# {option.env}={_quoted(option.default)}")
    return "\n".join(lines) + "\n"


def write_new(path: Path, text: str) -> None:
    """Make a file that its owner alone may read, whole or not at all. Raises SettingsError if it is there already."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(
            f"{path} is there already.", fix="It is never overwritten: change it, or move it."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.", fix="Go to a folder of your own.") from None
    try:
        with open(file, "w", encoding="utf-8") as writing:
            writing.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _commented(text: str) -> list[str]:
    """`text` as comment lines."""
    lines = ["#"]
    for word in text.split():
        if len(lines[-1]) + len(word) >= _LINE:
            lines.append("#")
        lines[-1] += f" {word}"
    return lines


def _quoted(value: str) -> str:
    """`value` as python-dotenv reads it back."""
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\")
    return f'"{value}"' if escaped == value and '"' not in value else "'" + escaped.replace("'", "\\'") + "'"
