"""What a program's checks come to: one JSON line each on stdout. Uses nothing but the standard library."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NOT_BUILT = "not built into voicecall"


@contextmanager
def check(name: str) -> Iterator[None]:
    """One check: whatever is raised in it makes it wrong, or `not built here` if the simulator said so itself."""
    verdict, said = "ok", ""
    try:
        yield
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        verdict = "not built here" if NOT_BUILT in said else "wrong"
    print(json.dumps({"check": name, "verdict": verdict, "said": said[:600]}), flush=True)


def refused(error: object, status: int, code: int) -> bool:
    """Whether the carrier's client read that refusal."""
    return (getattr(error, "status", None), getattr(error, "code", None)) == (status, code)


def given(name: str) -> str:
    """What the run hands to the program."""
    return os.environ["OUTSIDE_" + name]


def version(name: str) -> None:
    """Say which version of a package this is."""
    from importlib.metadata import version as installed

    print(json.dumps({"package": name, "version": installed(name)}), flush=True)


def skip(why: str) -> None:
    """Say why the program cannot be run here, and end."""
    print(json.dumps({"skipped": why}), flush=True)
    sys.exit(0)
