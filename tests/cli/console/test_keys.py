from __future__ import annotations

import os
import pty
import termios

import anyio
import pytest

from voicecall_cli.console.keys import (
    HangUpKey,
    Key,
    LookKey,
    Prompt,
    SayKey,
    Wish,
    each_key,
    has_keys,
    keys_of,
    unechoed,
)


def typed(*chunks: str, speech: bool = True) -> tuple[Prompt, list[Wish]]:
    prompt, wishes = Prompt(speech=speech), list[Wish]()
    for chunk in chunks:
        prompt, more = prompt.pressed(chunk)
        wishes += more
    return prompt, [*wishes]


def test_a_sentence_is_typed_and_said() -> None:
    assert typed("s", "H", "i", "!") == (Prompt("Hi!"), [])
    assert typed("s", "Hi!", "\r") == (Prompt(), [SayKey("Hi!")])
    assert typed("sboth at once\n") == (Prompt(), [SayKey("both at once")])


def test_h_hangs_up_only_by_itself() -> None:
    assert typed("h") == (Prompt(), [HangUpKey()])
    assert HangUpKey() not in typed("hello, how are you")[1]
    assert typed("s", "h") == (Prompt("h"), [])


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("\x7f", "one tw"),
        ("\x08", "one tw"),
        ("\x15", ""),
        ("\x17", "one "),
        ("\x1b[D", "one two"),
        ("\x00", "one two"),
    ],
)
def test_a_line_can_be_edited(keys: str, left: str) -> None:
    assert typed("s", "one two", keys) == (Prompt(left), [])


def test_escape_drops_the_sentence_and_nothing_is_not_said() -> None:
    assert typed("s", "never mind", "\x1b") == (Prompt(), [])
    assert typed("s", "  ", "\r") == (Prompt(), [])
    assert typed("s", "x" * 5000)[0] == Prompt("x" * 1000)


def test_where_there_is_no_agent_nothing_can_be_said() -> None:
    prompt, wishes = typed("s", "h", speech=False)
    assert prompt.typed is None and wishes[-1] == HangUpKey() and SayKey("") not in wishes


def test_other_keys_say_what_to_look_at_and_not_while_a_sentence_is_typed() -> None:
    assert typed("t", "\x1b[A", "\x1b") == (Prompt(), [LookKey("t"), LookKey(Key.UP), LookKey("\x1b")])
    assert typed("s", "t", "\x1b[A", "l") == (Prompt("tl"), [])


def test_keys_without_a_letter_have_names() -> None:
    assert each_key("a\x1b[A\x1bOB\x1b[5~b\x1b[6~\x1b[C\x1b[D\x1b[H\x1b[4~\x1b[24~") == [
        "a",
        Key.UP,
        Key.DOWN,
        Key.PAGE_UP,
        "b",
        Key.PAGE_DOWN,
        Key.RIGHT,
        Key.LEFT,
        Key.HOME,
        Key.END,
    ]


def test_a_file_or_a_pipe_has_no_keys() -> None:
    read, write = os.pipe()
    assert not has_keys(read) and not has_keys(-1)
    os.close(read)
    os.close(write)


def test_the_terminal_is_put_back_whatever_happens() -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with pytest.raises(RuntimeError), unechoed(theirs):
        mode = termios.tcgetattr(theirs)
        assert not mode[3] & termios.ECHO and not mode[3] & termios.ICANON
        assert mode[3] & termios.ISIG and mode[6][termios.VINTR] == before[6][termios.VINTR]
        assert mode[6][termios.VSUSP] != before[6][termios.VSUSP]
        raise RuntimeError
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


@pytest.mark.real_sockets
async def test_keys_come_as_they_are_typed() -> None:
    ours, theirs = pty.openpty()
    came = ""
    with unechoed(theirs), anyio.fail_after(10):
        os.write(ours, "é".encode())
        async for keys in keys_of(theirs):
            came += keys
            if came.endswith("q"):
                break
            os.write(ours, b"q")
    assert came == "éq"
    os.close(ours)
    os.close(theirs)


@pytest.mark.real_sockets
async def test_keys_end_with_their_terminal() -> None:
    ours, theirs = pty.openpty()
    os.close(ours)
    with anyio.fail_after(10):
        assert [keys async for keys in keys_of(theirs)] == []
    os.close(theirs)
