"""A Python file's functions as tools: their schema, their arguments, and what can be wrong with such a file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.write_docs import ROOT
from voicecall_core.errors import SettingsError
from voicecall_core.tools import Tools
from voicecall_core.tools.python_tools import load_tools
from voicecall_core.words.values import ToolOutcome

pytestmark = pytest.mark.real_sockets  # a thread's time is real
BOOKING = '''
    from __future__ import annotations

    import enum
    from dataclasses import dataclass
    from typing import Literal, Optional


    class Place(enum.Enum):
        INSIDE = "inside"
        GARDEN = "garden"


    @dataclass
    class Guest:
        name: str
        child: bool = False


    def book(
        day: Literal["friday", "saturday"], people: int, place: Place = Place.INSIDE,
        guests: list[Guest] = (), note: Optional[str] = None, prices: dict[str, float] | None = None,
    ) -> dict:
        """Books a table
        for an evening.

        And tells nobody.

        Args:
            day: The day
                of the week.
            people (int): How many come.

        Returns:
            What was booked.
        """
        return {"day": day, "people": people, "place": place, "guests": guests, "note": note, "prices": prices}


    async def free(day: str) -> list[str]:
        """Lists free tables.

        :param day: When.
        """
        import anyio
        await anyio.sleep(0.001)
        return [day]


    def _helper(x):
        return x

    free.timeout_s = 2.5
'''


def loaded(tmp_path: Path, code: str, name: str = "my tools.py") -> Tools:
    path = tmp_path / name
    path.write_text(dedent(code), "utf-8")
    return load_tools(path)


def test_functions_are_described_by_signature_and_docstring(tmp_path: Path) -> None:
    tools = loaded(tmp_path, BOOKING)
    book, free = tools.specs
    assert (book.name, book.description) == ("book", "Books a table for an evening.")
    guest = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "child": {"type": "boolean"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    number = {"type": "object", "additionalProperties": {"type": "number"}}
    assert book.parameters == {
        "type": "object",
        "properties": {
            "day": {"type": "string", "enum": ["friday", "saturday"], "description": "The day of the week."},
            "people": {"type": "integer", "description": "How many come."},
            "place": {"type": "string", "enum": ["inside", "garden"]},
            "guests": {"type": "array", "items": guest},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "prices": {"anyOf": [number, {"type": "null"}]},
        },
        "required": ["day", "people"],
        "additionalProperties": False,
    }
    assert free.parameters["properties"] == {"day": {"type": "string", "description": "When."}}
    assert [(each.name, each.timeout_s) for each in tools.terms] == [("book", 15), ("free", 2.5)]


async def test_arguments_become_what_the_function_expects(tmp_path: Path) -> None:
    tools = loaded(tmp_path, BOOKING)
    given = {"day": "friday", "people": 2.0, "place": "garden", "guests": [{"name": "Ada"}], "prices": {"wine": 9}}
    answer = await tools.run("book", json.dumps(given), 5)
    assert json.loads(answer.pii_output) == {
        **given,
        "people": 2,
        "guests": [{"name": "Ada", "child": False}],
        "note": None,
    }
    assert (await tools.run("free", '{"day": "today"}', 5)).pii_output == '["today"]', "it is awaited"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{", "the arguments are no JSON object"),
        ("[]", "the arguments are no JSON object"),
        ("[" * 100_000, "the arguments are no JSON object"),
        ("", "day is missing"),
        ('{"day": "monday", "people": 1}', "day has to be one of: friday, saturday"),
        ('{"day": "friday", "people": "two"}', "people has to be a whole number"),
        ('{"day": "friday", "people": true}', "people has to be a whole number"),
        ('{"day": "friday", "people": 1, "guests": [{}]}', "guests[0].name is missing"),
        ('{"day": "friday", "people": 1, "note": 5}', "note has to be a text"),
        ('{"day": "friday", "people": 1, "prices": {"wine": "9"}}', "prices.wine has to be a number"),
        ('{"day": "friday", "people": 1, "when": 5}', "there is no argument when"),
    ],
)
async def test_what_does_not_fit_is_told_and_nothing_is_run(tmp_path: Path, arguments: str, told: str) -> None:
    answer = await loaded(tmp_path, BOOKING).run("book", arguments, 5)
    assert (answer.outcome, json.loads(answer.pii_output)) == (ToolOutcome.BAD_ARGUMENTS, {"error": told})


MISBEHAVING = '''
    import math, sys, threading

    def raises(x: int = 0):
        """R."""
        raise ValueError("the password is hunter2")

    def exits():
        """E."""
        sys.exit("hunter2")

    def is_object():
        """O."""
        return threading.Lock()

    def is_endless():
        """N."""
        return [math.inf]

    def is_circular():
        """C."""
        value = []
        value.append(value)
        return value

    def is_half():
        """H."""
        return "\\ud800"

    def is_nothing():
        """V."""

    def is_long():
        """L."""
        return "x" * 20_000

    def never():
        """Never."""
        threading.Event().wait()
'''


@pytest.mark.parametrize(
    ("name", "outcome", "told"),
    [
        ("raises", ToolOutcome.RAISED, '{"error": "the tool failed"}'),
        ("exits", ToolOutcome.RAISED, '{"error": "the tool failed"}'),
        ("is_object", ToolOutcome.BAD_RESULT, '{"error": "the tool\'s answer cannot be written as JSON"}'),
        ("is_endless", ToolOutcome.BAD_RESULT, '{"error": "the tool\'s answer cannot be written as JSON"}'),
        ("is_circular", ToolOutcome.BAD_RESULT, '{"error": "the tool\'s answer cannot be written as JSON"}'),
        ("is_half", ToolOutcome.RETURNED, '"?"'),
        ("is_nothing", ToolOutcome.RETURNED, '{"status": "done"}'),
        (
            "is_long",
            ToolOutcome.BAD_RESULT,
            '{"error": "the tool\'s answer is longer than 16,000 bytes, which is too long"}',
        ),
        ("never", ToolOutcome.TIMED_OUT, '{"error": "the tool has not answered within 0.05 seconds"}'),
    ],
)
async def test_whatever_it_does_the_model_is_answered_in_words_that_leak_nothing(
    tmp_path: Path, name: str, outcome: ToolOutcome, told: str
) -> None:
    answer = await loaded(tmp_path, MISBEHAVING).run(name, "{}", 0.05 if name == "never" else 5)
    assert (answer.outcome, answer.pii_output) == (outcome, told)
    assert "hunter2" not in answer.fault
    if name == "raises":
        assert answer.fault == "ValueError (my tools.py, line 6)"


@pytest.mark.parametrize(
    ("code", "line", "what"),
    [
        ("import nowhere_to_be_found\n", 1, "No module named"),
        ("def f(x: int\n", 1, "cannot be loaded"),
        ("x = 1\nraise SystemExit(3)\n", 2, "SystemExit"),
        ("x = 1\n", 0, "has no tools"),
        ("\ndef f(x):\n    '''D.'''\n", 2, "x has no type hint"),
        ("def f(x: set):\n    '''D.'''\n", 1, "x has the type set"),
        ("def f(x: int | str):\n    '''D.'''\n", 1, "x has the type int | str"),
        ("def f(x: 'Nowhere'):\n    '''D.'''\n", 1, "type hints of f"),
        ("def f(*x: int):\n    '''D.'''\n", 1, "cannot be given by name"),
        ("def f(x: int):\n    pass\n", 1, "f has no docstring"),
        ("def end_call():\n    '''D.'''\n", 1, "end_call is no name"),
        ("def f():\n    '''D.'''\n\nf.timeout_s = 0\n", 1, "timeout_s is 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, code: str, line: int, what: str) -> None:
    with pytest.raises(SettingsError) as told:
        loaded(tmp_path, code, "bad.py")
    assert what in told.value.message and (f"bad.py: line {line}:" in told.value.message) == bool(line)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.py", tmp_path):
        with pytest.raises(SettingsError, match=r"is no Python file"):
            load_tools(path)


def test_a_function_that_never_returns_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    """And what it prints goes to standard error; what lies beside the file can be imported."""
    (tmp_path / "beside.py").write_text("WORD = 'beside'\n")
    (tmp_path / "tools.py").write_text(
        dedent(
            '''
            import threading
            from beside import WORD

            def never():
                """Never."""
                print(WORD)
                threading.Event().wait()
            '''
        )
    )
    program = """
        import anyio
        from pathlib import Path
        from voicecall_core.tools.python_tools import load_tools

        print(anyio.run(load_tools(Path("tools.py")).run, "never", "", 0.1))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0 and "TIMED_OUT" in done.stdout, done.stderr
    assert done.stderr == "beside\n" and not re.search("^beside", done.stdout)


async def test_runs_that_never_end_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicecall_core.tools import threads

    tools = loaded(tmp_path, MISBEHAVING)
    answers: list[Any] = [await tools.run("never", "{}", 0.001) for _ in range(threads.MOST + 1)]
    assert {each.outcome for each in answers[: threads.MOST]} == {ToolOutcome.TIMED_OUT}
    assert answers[-1].pii_output == '{"error": "the tool is busy"}'
