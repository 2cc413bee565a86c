"""An agent to begin with, its tool and three rehearsals, written into a folder. Overwrites nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from voicecall_cli.exits import Exit
from voicecall_core.errors import SettingsError

_STARTER = Path(__file__).parent.parent / "starter"


def write_starter(folder: Path) -> int:
    """Write what is not there yet, say what was written, and what to do next. Raises SettingsError."""
    for source in starter_files():
        name = source.relative_to(_STARTER)
        told = "is written" if _written(source, folder / name) else "is there already, and is left as it is"
        typer.echo(f"{name} {told}.")
    typer.echo("Next: voicecall test")
    return Exit.OK


def starter_files() -> Iterator[Path]:
    """The files that come with the program, in the order in which they are read best."""
    yield from (_STARTER / "agent.toml", _STARTER / "tools.py")
    yield from sorted((_STARTER / "rehearsals").glob("*.toml"))


def _written(source: Path, path: Path) -> bool:
    """Whether it was written; false if something of that name is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError:
        if not path.parent.is_dir():
            raise SettingsError(f"{path.parent} is no folder.", fix="Move it away, or run this elsewhere.") from None
        return False
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}.") from None
    return True
