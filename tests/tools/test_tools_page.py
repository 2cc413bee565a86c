"""docs/tools.md: its examples are what they say, and its words those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.lined_toml import read_table
from voicecall_core.tools import base, declared, http_tools, threads
from voicecall_core.tools.declared import tools_of
from voicecall_core.tools.python_tools import load_tools
from voicecall_core.words.terms import FILLER, FILLER_AFTER_S, TOOL_TIMEOUT_S
from voicecall_core.words.values import ToolOutcome

PAGE = (ROOT / "docs" / "tools.md").read_text("utf-8")


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@pytest.mark.real_sockets
async def test_the_functions_are_tools(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(example("python"), "utf-8")
    tools = load_tools(tmp_path / "tools.py")
    free, book = tools.specs
    assert free.description == "Says which tables are free on a day."
    assert free.parameters["properties"]["day"]["description"] == "The evening that is asked for."
    assert [tool.timeout_s for tool in tools.terms] == [15, 5]
    assert json.loads((await tools.run("free_tables", '{"day": "friday"}', 5)).pii_output)["people"] == 2
    booked = await tools.run(book.name, '{"table": "at the bar", "name": "Ada"}', 5)
    assert booked.pii_output == '"at the bar is booked for Ada"'


def test_the_request_is_a_tool() -> None:
    secrets = {"BOOKING_KEY": "k", "BOOKING_TOKEN": "t"}
    (spec,) = tools_of(read_table(example("toml").encode(), "agent.toml"), Path(), secrets).specs
    assert (spec.name, spec.parameters["required"]) == ("opening_hours", ["place", "day"])


def test_the_page_has_the_codes_own_numbers_and_names() -> None:
    keys = re.findall(r"^\| `(\w+)` \|.*\|.*\|$", PAGE.split("| Key |")[1].split("Scheme,")[0], re.MULTILINE)
    assert keys == list(declared.KEYS)
    outcomes = re.findall(r"^\| `([a-z-]+)` \|", PAGE.split("| Outcome |")[1], re.MULTILINE)
    assert outcomes == [str(each) for each in ToolOutcome]
    for words in (
        FILLER,
        f"({FILLER_AFTER_S} s)",
        f"within {TOOL_TIMEOUT_S:.0f} seconds",
        f"{base.LONGEST:,} bytes",
        f"{http_tools.MOST_BYTES:,} bytes",
        f"{threads.MOST} of them",
        *http_tools.METHODS,
    ):
        assert words in PAGE.replace("\n", " "), words
