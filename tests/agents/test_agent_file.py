"""An agent file becomes what a call is asked for; whatever is wrong in it is one sentence with a line."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.agent_file_page import EXAMPLE
from voicecall_core import CallOptions
from voicecall_core.agents.agent_file import Agent, load_agent
from voicecall_core.agents.keys import KEYS
from voicecall_core.agents.values import TEXT_MAX, Wrong
from voicecall_core.agents.variables import VALUE_MAX, Variables, names_in, value_fault
from voicecall_core.errors import SettingsError
from voicecall_core.words.terms import Greet, Policy

WHOLE = """\
version = 1
about = "Confirms a table"
greeting = "Hello {name}, this is {shop}."
instructions = "@role.txt"
say = "Your table, {name}, for {{7}}."
model = "gpt-realtime-2.1"
voice = "cedar"
greet = "answered"
guard = false
max_duration = "2m"
ring_timeout = 20
patience = 2.5
apology = "sorry.ulaw"
moment_clip = false
tools = "tools.py"

[variables]
name = {}
shop = { default = "Luigi's", about = "Who calls" }

[[tool]]
name = "book"
about = "Books a table."
url = "https://example.com/book"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "role.txt").write_text("Be kind to {name}.\n", encoding="utf-8")
    (tmp_path / "tools.py").write_text("", encoding="utf-8")
    (tmp_path / "sorry.ulaw").write_bytes(b"\xff" * 160)
    return tmp_path


def load(folder: Path, text: str, **given: str) -> Agent:
    path = folder / "agent.toml"
    path.write_text(text, encoding="utf-8")
    return load_agent(path, given)


def refusal(folder: Path, text: str, **given: str) -> SettingsError:
    with pytest.raises(SettingsError) as refused:
        load(folder, text, **given)
    return refused.value


def test_all_that_a_file_says_reaches_the_call_with_its_line(folder: Path) -> None:
    agent = load(folder, WHOLE, name="Ada")
    options = CallOptions(**agent.terms)
    assert (options.greeting, options.instructions) == ("Hello Ada, this is Luigi's.", "Be kind to Ada.")
    assert (options.say, options.voice, options.greet) == ("Your table, Ada, for {7}.", "cedar", Greet.ANSWERED)
    assert (options.guard, options.max_duration_s, options.ring_timeout_s) == (Policy.NAIVE, 120.0, 20.0)
    assert (options.patience_s, agent.clips) == (2.5, {"apology": folder / "sorry.ulaw", "moment": False})
    assert agent.places["voice"] == "voice in agent.toml, line 7" and agent.about == "Confirms a table"
    assert agent.table.tables("tool")[0].text("name") == "book" and agent.folder == folder


def test_what_a_file_does_not_say_is_left_to_the_defaults(folder: Path) -> None:
    agent = load(folder, "")
    assert CallOptions(**agent.terms) == CallOptions()
    assert agent.clips == {"apology": None, "moment": True} and not agent.values


def test_every_key_is_an_argument_of_a_call_or_of_its_place() -> None:
    options = {each.name for each in dataclasses.fields(CallOptions)}
    assert {key.field for key in KEYS} - options == {"apology", "moment_clip"}
    assert options - {key.field for key in KEYS} == {"limits", "keep_greeting"}


@pytest.mark.parametrize(
    ("greeting", "keep", "keeps"),
    [
        ("Hello.", "", True),
        ("Hello {name}.", "", False),
        ("Hello {{name}}.", "", True),
        ("Hello {name}.", "keep_greeting = true", True),
        ("Hello.", "keep_greeting = false", False),
    ],
)
def test_a_greeting_with_variables_in_it_is_kept_only_if_asked_for(
    folder: Path, greeting: str, keep: str, keeps: bool
) -> None:
    text = f"greeting = '{greeting}'\n{keep}\n[variables]\nname = 'Ada'\n"
    assert load(folder, text).keeps_greeting is keeps


WRONG: list[tuple[str, dict[str, str], str, str]] = [
    ("version = 2", {}, "line 1: version is 2", "version 1"),
    ("\nvocie = 'x'", {}, "line 2: there is no 'vocie' here", "Did you mean voice?"),
    ("voice = 'a b'", {}, "line 1: voice is 'a b', which is not a name", ""),
    ("voice = 7", {}, "line 1: voice is 7, not a text", ""),
    ("max_duration = '1 year'", {}, "line 1: max_duration is '1 year'", "Write 1s to"),
    ("ring_timeout = true", {}, "line 1: ring_timeout is true, not a text", ""),
    ("moment_clip = true", {}, "line 1: moment_clip is true", "Name a file"),
    ("apology = 'gone.ulaw'", {}, "line 1: apology names", "Name a file."),
    ("instructions = '@gone.txt'", {}, "line 1: instructions names", "Name a text file"),
    ("greeting = '  '", {}, "line 1: greeting is empty", ""),
    ('greeting = "\\u0000"', {}, "line 1: greeting holds", ""),
    ("\ngreeting = 'Hi {nmae}'\n[variables]\nname = ''", {}, "line 2: greeting names {nmae}", "Did you mean name?"),
    ("greeting = 'a { b'", {}, "line 1: greeting has a { that belongs to no variable", "Write {{"),
    ("greeting = 'a } b'", {}, "line 1: greeting has a } that belongs to no variable", "Write }}"),
    ("instructions = '@role.txt'", {}, "line 1: instructions names {name}", "Declare it"),
    ("[variables]\n\nname = {}", {}, "line 3: name has no value", "--set name=..."),
    ("[variables]\n'a-b' = ''", {}, "line 2: 'a-b' is no variable's name", ""),
    ("[variables]\na = 1", {}, "line 2: a is 1, not a text", ""),
    ("[variables]\na = { defalt = '' }", {}, "line 2: there is no 'defalt' here", "Did you mean default?"),
    ('[variables]\na = "x\\ny"', {}, "line 2: the value of a holds a line break", ""),
    ("", {"name": "x"}, "--set name: agent.toml has no such variable", "It has none."),
    ("[variables]\nname = {}", {"name": "x\x1b[2J"}, "--set name: its value holds a line break or", ""),
    ("[variables]\nname = {}", {"name": "x" * (VALUE_MAX + 1)}, "--set name: its value has 4,001 characters", ""),
]


@pytest.mark.parametrize(("text", "given", "said", "fix"), WRONG, ids=[said[:50] for *_, said, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(
    folder: Path, text: str, given: dict[str, str], said: str, fix: str
) -> None:
    refused = refusal(folder, text, **given)
    assert said in refused.message and fix in refused.fix
    assert "x\x1b" not in refused.message


TOOL = """
[variables]
name = {}
[[tool]]
name = "book"
about = "Books a table for {name}"
url = "https://example.com/{day}"
headers = { Authorization = "Bearer ${KEY}", X-Guest = "{name}" }
"""


def test_a_tools_texts_have_variables_and_its_url_has_arguments(folder: Path) -> None:
    agent = load(folder, TOOL, name="Ada")
    (tool,) = agent.table.tables("tool")
    assert tool.text("about") == "Books a table for Ada" and tool.text("url") == "https://example.com/{day}"
    assert tool.raw("headers") == {"Authorization": "Bearer ${KEY}", "X-Guest": "Ada"}
    assert tool.line_of("about") == 6
    assert "line 6: about names {nmae}" in refusal(folder, TOOL.replace("{name}", "{nmae}"), name="x").message
    assert "line 8: X-Guest names {nmae}" in refusal(folder, TOOL.replace('"{name}"', '"{nmae}"'), name="x").message


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_agent(tmp_path / "gone.toml", {})
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_agent(tmp_path, {})


def test_a_text_may_not_grow_beyond_the_most(folder: Path) -> None:
    text = "instructions = '" + "{a}" * (TEXT_MAX // VALUE_MAX + 1) + "'\n[variables]\na = {}"
    assert "its variables filled in" in refusal(folder, text, a="x" * VALUE_MAX).message


def test_a_value_is_text_and_no_template(folder: Path) -> None:
    agent = load(folder, "greeting = '{a}'\n[variables]\na = {}\nb = 'secret'", a="{b} {{ }")
    assert agent.values["greeting"] == "{b} {{ }"


plain = some.text(alphabet="ab{} \n")


@given(plain, some.dictionaries(some.sampled_from(["a", "b", "ab"]), some.text(max_size=5)))
def test_filling_in_gives_back_every_text_or_says_why_not(text: str, values: dict[str, Any]) -> None:
    variables = Variables(values)
    assert variables.filled(text.replace("{", "{{").replace("}", "}}")) == text
    try:
        filled = variables.filled(text)
    except Wrong:
        return
    assert names_in(text) <= set(values)
    assert filled == text.format(**values), "the braces of Python's own templates"


@pytest.mark.parametrize("text", ["a\nb", "\x1b[1m", "\x00", "a\u2028b", "\ud800", "x" * (VALUE_MAX + 1)])
def test_no_value_holds_what_cannot_be_seen(text: str) -> None:
    assert value_fault(text) and not value_fault("Zo\u00eb \U0001f469\u200d\U0001f680 O'Neill")


def test_the_example_of_the_page_is_an_agent(folder: Path) -> None:
    agent = load(folder, EXAMPLE, name="Ada")
    assert "Luigi's" in agent.values["greeting"] and "for two at" in agent.values["instructions"]
    assert not agent.keeps_greeting
