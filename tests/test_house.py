"""What the house rules promise and a linter does not see; what can go stale is compared with the code here.

Knows the files by their text and syntax alone.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.write_docs import PAGES, ROOT
from voicecall_cli.exits import OUTCOMES, Exit, exit_for
from voicecall_cli.options import GROUPS, OPTIONS
from voicecall_cli.settings import Settings
from voicecall_core.call.endings import Outcome

ROOMS = ("cli", "voicecall_core", "tests")
SHIPPED = ("cli", "voicecall_core")
FILE_MOST = {"cli": 450, "voicecall_core": 450, "tests": 450}  # lines; cases are read one at a time, rooms are not
FUNCTION_MOST = 40

# Longer files, each with its reason.
LONG_FILES: dict[str, str] = {}
# Longer functions, each with its reason.
LONG_FUNCTIONS: dict[str, str] = {}

THE_READER = "cli/voicecall_cli/settings.py"


def files(*rooms: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for room in rooms for path in (ROOT / room).rglob("*.py"))


def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


def long_functions() -> Iterator[str]:
    for file in files(*ROOMS):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_MOST:
                    yield f"{file}:{node.name}"


def reads_environment(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" | "getenvb" | "putenv"):
            return True
        case ast.Import():
            return any(alias.name.split(".")[0] == "dotenv" for alias in node.names)
        case ast.ImportFrom(module="os"):
            return any("env" in alias.name for alias in node.names)
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "dotenv"
    return False


def is_named_after_its_room(file: str) -> bool:
    return Path(file).name.startswith("test_") and Path(file).parent != Path("tests")


def test_every_file_says_first_what_it_is() -> None:
    spoken = (file for file in files(*ROOMS) if (ROOT / file).stat().st_size and not is_named_after_its_room(file))
    assert not [file for file in spoken if not ast.get_docstring(tree(file))]


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    lengths = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in files(*ROOMS)}
    long = {file for file, length in lengths.items() if length > FILE_MOST[Path(file).parts[0]]}
    assert long == set(LONG_FILES)


def test_no_function_has_two_jobs() -> None:
    assert set(long_functions()) == set(LONG_FUNCTIONS)


def test_only_the_settings_read_the_environment() -> None:
    readers = {file for file in files(*SHIPPED) if any(reads_environment(node) for node in ast.walk(tree(file)))}
    assert readers == {THE_READER}


@pytest.mark.parametrize("path", PAGES)
def test_generated_pages_are_fresh(path: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == PAGES[path](), "stale: run `make docs`"


def test_settings_have_a_field_for_every_row_of_the_table() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)} - {"sources"}
    assert fields == {option.field for option in OPTIONS}
    assert {option.group for option in OPTIONS} == set(GROUPS)


def test_names_of_settings_are_unique() -> None:
    assert len({option.env for option in OPTIONS}) == len(OPTIONS)
    flags = [option.flag for option in OPTIONS if option.flag]
    assert len(set(flags)) == len(flags)


def test_secrets_have_no_flag() -> None:
    assert not [option.env for option in OPTIONS if option.secret and option.flag]


def test_every_outcome_has_an_exit_code_of_its_own() -> None:
    assert set(OUTCOMES) == {str(outcome) for outcome in Outcome}
    assert len({exit_for(outcome) for outcome in OUTCOMES}) == len(OUTCOMES)


def test_every_exit_code_says_what_it_means() -> None:
    assert all(code.about.endswith(".") for code in Exit)


def test_make_call_and_make_test_come_first_in_the_readme() -> None:
    commands = [line.strip() for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line[:4] == "    "]
    assert [command.split("  ")[0] for command in commands[:2]] == ["make call", "make test"]


def test_the_continuous_integration_runs_make_test() -> None:
    runner = Path(ROOT / ".ci/run")
    assert runner.stat().st_mode & 0o111
    assert "exec make test" in runner.read_text("utf-8")
