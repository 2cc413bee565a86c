from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voicecall_cli import prove_run
from voicecall_cli.main import run
from voicecall_cli.prove_run import _removable
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.standard_walks import STANDARD, GuardWalk

ROOT = Path(__file__).parents[2]


def proved(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        run(["prove", *arguments])
    captured = capsys.readouterr()
    code = left.value.code
    assert isinstance(code, int)
    return code, captured.out + captured.err


def test_the_guard_holds_in_every_order(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = proved("--actors", "hang-up", capsys=capsys)
    assert code == 0
    assert said.rstrip().endswith("0 broken") and "states" in said and "moves" in said
    assert "orders walked" not in said, "no order was walked singly"
    assert "What is said once a stream is live" in said and "nothing orders it" in said


def test_the_standard_walks_are_told_one_by_one_with_what_they_show_and_what_they_assume(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {name: STANDARD[name] for name in ("a call that only says a sentence", "a goodbye on a stream that ends")}
    monkeypatch.setattr(prove_run, "STANDARD", few)
    code, said = proved(capsys=capsys)
    assert code == 0 and said.rstrip().endswith("0 broken")
    words = " ".join(said.split())
    places = [words.index(each) for each in (*few, "2 walks", "Shown", "Assumed", "Not walked")]
    assert places == sorted(places)
    assert "lead from every state of a call to its end" in words and "is owed it comes" in words
    assert "nothing orders it" in words and "What is said once a stream is live" not in words


def test_no_standard_walk_makes_an_overwrite_that_nothing_orders() -> None:
    assert not [
        name for name, walk in STANDARD.items() if isinstance(walk, GuardWalk) and Actor.OVERWRITE in walk.actors
    ]


def test_without_a_guard_the_fields_bug_is_shown_with_its_harm(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = proved("--guard", "off", capsys=capsys)
    assert code == 1
    story = said[said.index("A callee is harmed") :]
    order = [
        story.index(word) for word in ("status callback: in-progress", "write 1: <Say>", "<Connect><Stream> 1", "harm:")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("rule", ["stream-owns-document", "same-bytes", "wrong-token", "one-hang-up-at-a-time"])
def test_a_rule_taken_away_is_missed(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = proved("--without", rule, capsys=capsys)
    assert code == 1 and "A law is broken" in said and "taken-away" in said


def test_a_walk_that_was_cut_short_does_not_claim_to_be_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = proved("--states", "100", capsys=capsys)
    assert code == 1 and "as far as was walked" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--without", "same-byte"], "Did you mean same-bytes?"),
        (["--without", "same-bytes", "--guard", "off"], "has none"),
        (["--actors", "nobody"], "Choose from"),
        (["--guard", "maybe"], "maybe"),
        (["--states", "0"], "--states"),
    ],
)
def test_what_cannot_be_proved_is_told_in_a_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, words = proved(*arguments, capsys=capsys)
    assert code == 2 and said in words and "Traceback" not in words


def test_ctrl_c_ends_a_deep_walk_and_shows_how_far_it_came() -> None:
    deep = subprocess.Popen(
        [sys.executable, "-m", "voicecall_cli", "prove", "--deep"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        deep.wait(timeout=3)
    deep.send_signal(signal.SIGINT)
    said, _ = deep.communicate(timeout=30)
    assert deep.returncode == 1 and b"as far as was walked" in said


def test_every_rule_that_can_be_taken_away_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = proved("--list-rules", capsys=capsys)
    assert code == 0
    assert all(name[:20] in said for name in _removable())
