"""`voicecall show`: one call whole, in the forms in which people share it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.callfile.recorded import dialled, lines_of
from tests.cli.typed import typed
from voicecall_cli.exits import Exit
from voicecall_core import read_call
from voicecall_core.words.events import DialBegan, DigitPressed, Heard
from voicecall_core.words.terms import Policy

Shown = tuple[int, str, str]
Show = Callable[..., Shown]
CALL = Path("calls/20260101-000000-c-abc1.jsonl")


@pytest.fixture
def show(capfd: pytest.CaptureFixture[str]) -> Show:
    def shown(*arguments: str | Path) -> Shown:
        return typed(capfd, "show", *arguments)

    return shown


@pytest.fixture
def barge_in() -> Path:
    CALL.parent.mkdir()
    dialled(CALL, "barge-in")
    return CALL


def words_of(path: Path) -> set[str]:
    """The longer words that people said in a call, none of which the program itself says."""
    return {word for line in read_call(path).call.transcript for word in line.pii_text.split() if len(word) > 6}


def test_the_text_is_plain_and_tells_what_was_heard(show: Show, barge_in: Path) -> None:
    code, out, err = show("--last")
    assert (code, err) == (Exit.OK, "")
    assert all(line.isprintable() and len(line) <= 100 for line in out.splitlines())
    for words in ("completed: the callee hung up", "healthy: nothing went wrong", "— [cut off after"):
        assert words in " ".join(out.split())
    titles = ["What was said", "The guard", "The handshake", "The ladder"]
    assert sorted(titles, key=out.index) == titles
    assert show("c-abc1", "--text")[1] == show(CALL)[1] == out


def test_without_words_nothing_that_was_said_is_there_in_any_form(show: Show, barge_in: Path) -> None:
    said = words_of(barge_in)
    assert said
    barge_in.with_suffix(".wav").write_bytes(b"RIFF")
    for form in ("--text", "--json", "--vcon"):
        assert any(word in show(CALL, form)[1] for word in said)
        code, out, _ = show(CALL, form, "--no-words")
        assert code == Exit.OK and not [word for word in said if word in out]
        assert ".wav" not in out
    assert "(words left out)" in show(CALL, "--no-words")[1]


def test_without_words_no_key_and_no_half_line_is_shown(show: Show, tmp_path: Path) -> None:
    steps = (
        DialBegan(at=0.0),
        DigitPressed(at=1.0, socket=1, digit="7"),
        Heard(at=2.0, session=1, item="i", pii_text="secret"),
    )
    lines = lines_of(*steps)
    (tmp_path / "torn.jsonl").write_text("\n".join([*lines[:3], lines[3][:-5]]), "utf-8")
    assert "key pressed: 7" in show(tmp_path / "torn.jsonl")[1]
    code, out, _ = show(tmp_path / "torn.jsonl", "--no-words")
    assert code == Exit.OK and "key pressed: …" in out and "It ends within line 4." in out and "secret" not in out
    (tmp_path / "broken.jsonl").write_text("\n".join([*lines[:2], '{"pii_text": "secret"', lines[3], ""]), "utf-8")
    code, out, err = show(tmp_path / "broken.jsonl", "--no-words")
    assert code == Exit.CALL_FILE and "Line 3 is not JSON" in err and "secret" not in out + err


def test_a_call_that_only_says_something_shows_what(show: Show) -> None:
    CALL.parent.mkdir()
    dialled(CALL, "say")
    message = read_call(CALL).header.terms.pii_say
    assert message and f"The message that the carrier was to speak: {message}" in show("--last")[1]
    assert json.loads(show("--last", "--json")[1])["pii_message"] == message
    assert message not in show("--last", "--no-words")[1] + show("--last", "--no-words", "--json")[1]


def test_json_is_one_object_with_what_was_heard_and_found(show: Show) -> None:
    CALL.parent.mkdir()
    dialled(CALL, "race", Policy.NAIVE)
    code, out, err = show("--last", "--json")
    told = json.loads(out)
    assert (code, err, out.count("\n")) == (Exit.OK, "", 1)
    assert (told["outcome"], told["diagnosis"], told["findings"][0]["rule"]) == ("failed", "race", "race")
    assert told["findings"][0]["proof"] and told["verdicts"] and told["moments"]["create sent"] == 0


def test_a_form_is_written_for_its_owner_alone_and_never_over_a_call(show: Show, barge_in: Path) -> None:
    code, out, err = show("--last", "-o", "call.txt")
    assert (code, out) == (Exit.OK, "") and "call.txt: written" in err
    assert Path("call.txt").read_text("utf-8") == show("--last", "-o", "-")[1]
    assert Path("call.txt").stat().st_mode & 0o077 == 0
    kept = barge_in.read_bytes()
    Path("other.jsonl").write_bytes(kept)
    for target in (barge_in, "other.jsonl", "call.wav", "nowhere/call.txt", "."):
        code, _, err = show("--last", "-o", target)
        assert code == Exit.USAGE and str(target) in err
    assert barge_in.read_bytes() == Path("other.jsonl").read_bytes() == kept and not Path("call.wav").exists()


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (("c-abc1", "--text", "--json"), Exit.USAGE, "two forms"),
        (("calls",), Exit.USAGE, "--last --log calls"),
        (("c-9",), Exit.CALL_FILE, "no call in calls"),
        (("-",), Exit.USAGE, "replay -"),
        (("foreign.log",), Exit.CALL_FILE, "voicecall replay FILE"),
    ],
)
def test_what_cannot_be_shown_says_why(
    show: Show, barge_in: Path, asked: tuple[str, ...], code: Exit, words: str
) -> None:
    Path("foreign.log").write_text("hello\n", "utf-8")
    found, out, err = show(*asked)
    assert (found, out) == (code, "") and words in err
