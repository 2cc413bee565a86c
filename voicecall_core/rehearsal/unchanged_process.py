"""A run's tools are somebody's code in this very process: what they change of it is not left to the next run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType


@contextmanager
def unchanged_process() -> Iterator[None]:
    """The working folder and where modules are looked for are as before once the block is left.

    What was imported from folders that came in within the block is imported anew the next time: another agent's file
    of the same name is another one, and what such a module has counted begins from the start.
    """
    folder, looked_in = os.getcwd(), list(sys.path)
    try:
        yield
    finally:
        with suppress(OSError):
            os.chdir(folder)
        _forget([each for each in sys.path if each not in looked_in])
        sys.path[:] = looked_in


def _forget(folders: list[str]) -> None:
    places = {Path(each) for each in folders}
    own = {name for name, module in list(sys.modules.items()) if "." not in name and places & _places(module)}
    for name in [each for each in sys.modules if each.partition(".")[0] in own]:
        del sys.modules[name]


def _places(module: ModuleType) -> set[Path]:
    """The folders in which a module or package that is no part of another one was found."""
    packaged = [Path(each).parent for each in getattr(module, "__path__", ())]
    file = getattr(module, "__file__", None)
    return set(packaged or ([Path(file).parent] if file else []))
