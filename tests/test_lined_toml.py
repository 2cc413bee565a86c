"""TOML with lines: what is read, where it stands, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import LONGEST, Table, read_table

DOCUMENT = """\
# an agent
title = "a"  # with a comment = [
"quoted.key" = '''
[not.a.table]
three = "lines"'''
long = \"\"\"
x = \\"\"\"
two quotation marks at its end: \"\"\"\"\"
list = [
  1, # one
  [2, 3],
  { a = 1, b.c = "}" },
]
inline = { x = { y = 1 }, z = 'it''s' }

[a.b]
c.d = 1
c.e = 1979-05-27 07:32:00

[[turn]]
say = "one"
[turn.with]
k = true
[[turn]]
say = "two"
[[turn.part]]
p = 1.5

[a]
late = "1.8s"
""".replace("'it''s'", '"it\'s"')


def table(text: str | bytes) -> Table:
    return read_table(text if isinstance(text, bytes) else text.encode(), "agent.toml")


def refusal(text: str | bytes, ask: Any = lambda found: None) -> str:
    with pytest.raises(SettingsError) as refused:
        ask(table(text))
    return refused.value.message


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_key_and_table_knows_its_line(ends: str, mark: str) -> None:
    top = table(mark + DOCUMENT.replace("\n", ends))
    lines = DOCUMENT.splitlines()

    def at(begins: str, nth: int = 0) -> int:
        return [number for number, line in enumerate(lines, 1) if line.startswith(begins)][nth]

    a, turns = top.table("a"), top.tables("turn")
    assert a is not None and (b := a.table("b")) is not None
    assert top.line_of("title") == 2 and top.line_of("quoted.key") == 3
    assert top.line_of("long") == at("long") and top.line_of("list") == at("list") and top.raw("list")[2]["b"]["c"]
    assert top.lines[("list", 1)] == at("  [2") and top.lines[("list", 2, "b", "c")] == at("  { a")
    assert (a.line, a.line_of("late"), b.line, b.line_of("c")) == (at("[a]"), at("late"), at("[a.b]"), at("c.d"))
    assert [each.line for each in turns] == [at("[[turn]]"), at("[[turn]]", 1)]
    assert [each.line_of("say") for each in turns] == [at("say"), at("say", 1)]
    assert turns[1].tables("part")[0].line_of("p") == at("p = 1.5")
    assert turns[1].line_of("nothing") == turns[1].line and turns[1].path == ("turn", 1)


def test_values_come_out_as_they_were_written() -> None:
    found = table('t = " x "\nw = 3\nn = 2\nf = 1.5\ns = false\nl = ["a"]\nd = "1.8s"\nm = 90\nq = "250ms"\n')
    assert (found.text("t"), found.whole("w"), found.number("n"), found.number("f")) == (" x ", 3, 2.0, 1.5)
    assert (found.switch("s"), found.texts("l")) == (False, ("a",))
    assert (found.ms("d"), found.ms("m"), found.ms("q")) == (1800, 90_000, 250)
    assert (found.text("no", ""), found.whole("no", 1), found.switch("no", True), found.ms("no", 5)) == ("", 1, True, 5)
    assert (found.texts("no"), found.table("no"), found.tables("no"), found.raw("no")) == ((), None, (), None)
    assert "t" in found and "no" not in found and found.keys()[:2] == ("t", "w")


WRONG: list[tuple[str, Any, str]] = [
    ("\n\na = 1", lambda t: t.text("a"), "line 3: a is 1, not a text"),
    ("a = ' '", lambda t: t.text("a"), "line 1: a is empty"),
    ("a = true", lambda t: t.whole("a"), "line 1: a is true, not a whole number"),
    ("a = 1.0", lambda t: t.whole("a"), "line 1: a is 1.0, not a whole number"),
    ("a = 7", lambda t: t.whole("a", high=6), "line 1: a is 7"),
    ("a = nan", lambda t: t.number("a"), "line 1: a is nan"),
    ("a = 'on'", lambda t: t.switch("a"), "line 1: a is 'on', not true or false"),
    ("a = ['b', 1]", lambda t: t.texts("a"), "line 1: a holds something that is no text"),
    ("a = 'soon'", lambda t: t.ms("a"), "line 1: a is 'soon', which is no duration"),
    ("a = '2m'", lambda t: t.ms("a", high=1000), "line 1: a is '2m'"),
    ("a = -1", lambda t: t.ms("a"), "line 1: a is -1, which is no duration"),
    ("a = 1", lambda t: t.table("a"), "line 1: a is 1, not a table"),
    ("a = [1]", lambda t: t.tables("a"), "line 1: a is no list of tables"),
    ("[x]\na = 1\n[x.y]", lambda t: t.table("x").table("y").text("b"), "line 3: [x.y] has no b"),
    ("b = 1", lambda t: t.text("a"), "line 1: the file has no a"),
    ("greting = 1", lambda t: t.only("greeting"), "line 1: there is no 'greting' here"),
    ("x = 1\nx = 2", None, "line 2: x is written a second time; it stands in line 1 already"),
    ("[x]\ny = 1\n[x]", None, "line 3: [x] is written a second time; it stands in line 1 already"),
    ("x = { y = 1, y = 2 }", None, "line 1: y is written a second time; it stands in line 1 already"),
    ("x = 1\n\ny = z", None, "line 3: this is no TOML: Invalid value"),
    ("x = '", None, "line 1: this is no TOML"),
    ("x = " + "9" * 5000, None, "this is no TOML"),
    ("x = " + "[" * 3000 + "]" * 3000, None, "line 1: is nested more than 32 deep"),
    ("a." * 100_000 + "a = 1", None, "line 1: is nested more than 32 deep"),
    ("#" * (LONGEST + 1), None, "agent.toml: is longer than 1,000,000 bytes"),
]


@pytest.mark.parametrize(("text", "ask", "said"), WRONG, ids=[said[:40] for *_, said in WRONG])
def test_a_refusal_names_file_line_and_fault(text: str, ask: Any, said: str) -> None:
    message = refusal(text, ask or (lambda found: None))
    assert message.startswith("agent.toml: ") and said in message


def test_what_is_not_utf_8_is_told_by_its_line() -> None:
    assert refusal(b"a = 1\nb = '\xe9'") == "agent.toml: line 2: is not UTF-8 text."


def test_a_mistyped_key_is_told_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError) as refused:
        table("greting = 1").only("greeting", "voice")
    assert refused.value.fix == "Did you mean greeting?"


names = some.sampled_from(["a", "b", "c-d", '"e.f"', "'g h'", '"\\u00e9"'])
keys = some.lists(names, min_size=1, max_size=3).map(" . ".join)
scalars = some.one_of(
    some.text(max_size=6).map(json.dumps),
    some.sampled_from(["1", "true", "0x1f", "1979-05-27 07:32:00", "'#'", "'''\n['''", '"""\n""\\"[x]\n"""""', "-inf"]),
)


def _lists(inner: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    listed = some.lists(inner, max_size=3).map(lambda each: "[\n" + ", # ,]\n".join(each) + "\n]")
    pairs = some.lists(some.tuples(keys, inner), max_size=3)
    return listed | pairs.map(lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each) + "}")


values = some.recursive(scalars, _lists, max_leaves=5)
statements = some.one_of(
    some.tuples(keys, values).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    keys.map(lambda key: f"[{key}] # ]"),
    keys.map(lambda key: f"[[ {key} ]]"),
    some.sampled_from(["", "# x = [", "]", "x"]),
)


def _paths(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, each in below for path in [(*way, key), *_paths(each, (*way, key))]]


@given(some.lists(statements, max_size=8), some.sampled_from(["\n", "\r\n", "\n\n"]))
def test_whatever_tomllib_reads_has_lines_and_nothing_else_is_read(parts: list[str], ends: str) -> None:
    text = ends.join(parts)
    try:
        meant = tomllib.loads(text)
    except ValueError:
        with pytest.raises(SettingsError):
            table(text)
        return
    found = table(text)
    assert found.values == meant and set(found.lines) == set(_paths(meant))
    rows = text.split("\n")
    for path, line in found.lines.items():
        if path and isinstance(path[-1], str) and path[-1].isascii():
            assert path[-1] in rows[line - 1], (path, line)


@given(some.binary(max_size=60) | some.text(alphabet="a=.[]{}\"'\\#\n, 1", max_size=40).map(str.encode))
def test_no_bytes_make_more_than_a_sentence(data: bytes) -> None:
    try:
        read_table(data, "agent.toml")
    except SettingsError as error:
        assert error.message.startswith("agent.toml: ")
