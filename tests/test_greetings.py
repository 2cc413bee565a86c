"""Greetings in a folder: kept wholly or not at all, read back only if they are ours and whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from voicecall_core.greetings import Greetings, KeptGreeting, name_of
from voicecall_core.words.terms import Brief

BRIEF = Brief("gpt-x", "marin", "Be kind.", "Hello.")
HELLO = KeptGreeting("Hello.", b"\x7f" * 8_000)
NAME = name_of("wss://model", BRIEF)


def only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_is_kept_is_found_and_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    Greetings(folder).keep(NAME, HELLO)
    found = Greetings(folder)
    assert found.find(NAME) == HELLO and HELLO.ms == 1000
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE(only(folder).stat().st_mode) == 0o600
    assert not found.failure


def test_what_decides_how_it_sounds_decides_its_name() -> None:
    others = [
        name_of("the built-in model", BRIEF),
        name_of("wss://model", replace(BRIEF, voice="cedar")),
        name_of("wss://model", replace(BRIEF, model="gpt-y")),
        name_of("wss://model", replace(BRIEF, pii_greeting="Hallo.")),
    ]
    assert len({NAME, *others}) == 5
    assert name_of("wss://model", replace(BRIEF, pii_instructions="Be short.")) == NAME


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-160])


def foreign(path: Path) -> None:
    path.write_bytes(b"\x00" * 500)


def wrong_head(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def of_others(path: Path) -> None:
    path.chmod(0o666)


def elsewhere(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def no_file(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("spoil", [damaged, foreign, wrong_head, of_others, elsewhere, no_file, a_pipe])
def test_what_is_not_ours_or_not_whole_is_done_without(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    greetings = Greetings(tmp_path)
    greetings.keep(NAME, HELLO)
    spoil(tmp_path / f"{NAME}.greeting")
    assert greetings.find(NAME) is None
    assert greetings.failure.startswith(f"{tmp_path / NAME}.greeting was not used: ")


def test_a_damaged_one_is_replaced_by_the_next(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path)
    greetings.keep(NAME, HELLO)
    damaged(only(tmp_path))
    greetings.keep(NAME, HELLO)
    assert greetings.find(NAME) == HELLO


def test_a_folder_that_cannot_be_written_is_told_once_and_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    greetings = Greetings(tmp_path / "file" / "cache")
    assert greetings.find(NAME) is None
    greetings.keep(NAME, HELLO)
    assert "file" in greetings.failure


def test_nothing_is_there_without_a_word(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path / "none")
    assert greetings.find(NAME) is None and not greetings.failure


@pytest.mark.parametrize(
    "greeting", [KeptGreeting("", HELLO.audio), KeptGreeting("Hi.", b""), KeptGreeting("Hi.", b"\x7f" * 480_008)]
)
def test_what_is_no_greeting_is_not_kept(tmp_path: Path, greeting: KeptGreeting) -> None:
    Greetings(tmp_path).keep(NAME, greeting)
    assert not list(tmp_path.iterdir())


def test_the_least_used_goes_first(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path, most_bytes=20_000)
    for at, name in enumerate(("a", "b")):
        greetings.keep(name, HELLO)
        os.utime(tmp_path / f"{name}.greeting", (at, at))
    assert greetings.find("a") == HELLO  # used now
    greetings.keep("c", HELLO)
    assert {path.stem for path in tmp_path.iterdir()} == {"a", "c"}


def test_what_a_killed_write_has_left_goes_too(tmp_path: Path) -> None:
    left = tmp_path / "b.greeting.0123456789abcdef"
    left.write_bytes(b"x" * 8_000)
    os.utime(left, (0, 0))
    Greetings(tmp_path, most_bytes=10_000).keep("a", HELLO)
    assert {path.name for path in tmp_path.iterdir()} == {"a.greeting"}
