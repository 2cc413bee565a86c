"""docs/rehearsals.md and docs/rehearsal-file.md, typed and written by somebody who has nothing but the pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.lined_toml import read_table
from voicecall_core.rehearsal.expectations_file import READERS
from voicecall_core.rehearsal.rehearsal_file import read_rehearsal

GUIDE = (ROOT / "docs" / "rehearsals.md").read_text("utf-8")
FORMAT = (ROOT / "docs" / "rehearsal-file.md").read_text("utf-8")
COMMANDS = [line.strip() for line in GUIDE.splitlines() if re.match(r" {4}(voicecall|cp|printf|rm|pytest) ", line)]


@pytest.mark.every
@pytest.mark.timeout(300)
def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    for line in COMMANDS:
        expected = int(match[1]) if (match := re.search(r"exit (\d+)", line)) else 0
        done = subprocess.run(
            line,
            shell=True,
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expected, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
    assert "<!doctype html>" in (tmp_path / "rehearsals.html").read_text("utf-8")


def test_the_format_pages_example_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", FORMAT, re.DOTALL)
    (tmp_path / "rehearsals").mkdir()
    (tmp_path / "agent.toml").write_text("version = 1\n[variables]\nname = {}\n", "utf-8")
    path = tmp_path / "rehearsals" / "order.toml"
    path.write_text(example, "utf-8")
    assert len(read_rehearsal(path).expects) == len(read_table(example.encode(), "x").tables("expect")) == 4


def test_the_format_page_has_every_expectation() -> None:
    told = re.findall(r"^\| `(\w+) = ", FORMAT, re.MULTILINE)
    assert sorted(told) == sorted(READERS)


def faults(kind: str, text: str) -> list[str]:
    """What GitHub's own schema says against a file of that kind."""
    from jsonschema import Draft7Validator
    from ruamel.yaml import YAML

    package = find_spec("check_jsonschema")  # which is not imported: that takes seconds
    assert package is not None and package.submodule_search_locations
    schema = Path(package.submodule_search_locations[0]) / "builtin_schemas" / "vendor" / f"github-{kind}.json"
    judge = Draft7Validator(json.loads(schema.read_text("utf-8")))
    return [each.message for each in judge.iter_errors(YAML(typ="safe").load(text))]


def test_the_action_and_the_workflow_are_what_github_reads() -> None:
    (workflow,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert faults("actions", (ROOT / "action.yml").read_text("utf-8")) == []
    assert faults("workflows", workflow) == []
    assert faults("workflows", workflow.replace("runs-on", "run-on")) != []
    assert faults("actions", "name: x\nruns:\n  using: composite\n") != []
