"""A shell without any setting, in an empty directory: what the tester's own .env says must not matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_cli.options import NOT_OPTIONS, OPTIONS


@pytest.fixture(autouse=True)
def bare_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in {option.env for option in OPTIONS} | NOT_OPTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
