"""The command line as somebody types it, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_cli.main import run

Told = tuple[int, str, str]


def typed(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Told:
    """Run it to its end: the exit code, and what it wrote on standard output and beside it; never a traceback."""
    with pytest.raises(SystemExit) as caught:
        run([str(each) for each in words])
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert isinstance(caught.value.code, int)
    return caught.value.code, shown.out, shown.err
