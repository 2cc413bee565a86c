"""The pages that are made from the code: `make docs` writes them, tests/test_house.py fails if they are stale.

Knows nothing of what a setting or an exit code is for beyond what its table says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests import (
    agent_file_page,
    call_file_page,
    diagnosis_page,
    doctor_page,
    failures_page,
    json_page,
    pictures,
    scenario_file_page,
    screens,
    sim_page,
    simulator_page,
    verdict_page,
)
from tests.call import write_tables
from tests.outside import page as outsiders_page
from voicecall_cli.env_template import env_template
from voicecall_cli.exits import Exit, exit_for
from voicecall_cli.options import GROUPS, OPTIONS, Option
from voicecall_core.call.endings import ENDINGS
from voicecall_core.words.terms import Policy

ROOT = Path(__file__).parent.parent
_MADE = "Made from the code by `make docs`; change it there."


def settings_page() -> str:
    """docs/settings.md: every setting by group."""
    lines = [
        "# Settings",
        "",
        "A value is looked for, highest first: the flag, the agent file ([agent-file.md](agent-file.md)) where it has",
        "the setting, the environment, the file `.env` in the working directory, the default. An empty value in the",
        "environment or in `.env` counts as none. Keys have no flag: a flag can be read in the shell's history and in",
        "the list of processes. `TEXT|@FILE` takes the text itself or, behind an `@`, the name of a UTF-8 file; a",
        "text that begins with an `@` is written with two. A `DURATION` is `90s`, `5m` or `1h30m`; a plain number is",
        "seconds. `VOICECALL_DEBUG=1` shows the traceback of a bug.",
        "",
        "Settings marked * belong to the real carrier or the real model, and are not even read where the built-in one",
        "stands there (`--sim`, `--simulate`), except for public URL and tunnel: `--public-url` or `--tunnel`, typed",
        "as a flag, lead a simulated call through it, and `VOICECALL_CA_FILE` then counts too.",
        "",
        _MADE,
    ]
    for group in GROUPS:
        rows = [(_flag(row), _name(row), _default(row), row.about) for row in _rows(group)]
        lines += ["", f"## {group}", "", *_table(("Flag", "Environment", "Default", "What it is"), rows)]
    lines += ["", "## Where to find what a real call needs", ""]
    lines += _table(("Environment", "Where"), ((f"`{row.env}`", row.where) for row in OPTIONS if row.where))
    return "\n".join(lines) + "\n"


def _rows(group: str) -> list[Option]:
    return [option for option in OPTIONS if option.group == group]


def _flag(option: Option) -> str:
    if not option.flag:
        return ""
    return f"`{option.flag}`" if option.is_switch else f"`{option.flag} {option.metavar}`"


def _name(option: Option) -> str:
    return f"`{option.env}`" + (" *" if option.real else "")


def _default(option: Option) -> str:
    return f"`{option.default}`" if option.default else ""


def exit_codes_page() -> str:
    """docs/exit-codes.md: every code of every command."""
    rows = ((f"`{int(code)}`", code.name.lower().replace("_", "-"), code.about) for code in Exit)
    about = (
        "One table for all commands. `voicecall replay` of a call file says what the file comes to: 0 if nothing was "
        "found, the outcome's code if the call did not complete, and 1 if it did with a finding, or if the file ends "
        "before its call. Of several files the worst stands."
    )
    return _page("Exit codes", about, ("Code", "Name", "Meaning"), rows)


def endings_page() -> str:
    """docs/endings.md: what ends a call, and how it is then ended."""
    rows = []
    for cause, rule in ENDINGS.items():
        outcome = f"{rule.outcome} (`{int(exit_for(rule.outcome))}`)"
        if rule.unheard and rule.unheard != rule.outcome:
            outcome += f"; agent not heard: {rule.unheard} (`{int(exit_for(rule.unheard))}`)"
        if rule.unanswered and rule.unanswered != rule.outcome:
            outcome += f"; left waiting: {rule.unanswered} (`{int(exit_for(rule.unanswered))}`)"
        rows.append((cause, rule.wait, rule.action, outcome))
    about = (
        "The first cause stands. A call whose end the carrier did not confirm is `unconfirmed` "
        f"(`{int(exit_for('unconfirmed'))}`), whatever its cause. *Left waiting* is a callee who had waited for the "
        "agent for longer than `--patience` when the call began to end; once the agent has apologised, the call is "
        "called by what made it. Exit codes stand in brackets."
    )
    return _page("How a call ends", about, ("Cause", "What is waited for", "What is done", "Outcome"), rows)


def _page(title: str, about: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([f"# {title}", "", about, "", _MADE, "", *_table(head, rows)]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


PAGES: dict[str, Callable[[], str]] = {
    ".env.example": env_template,
    "docs/settings.md": settings_page,
    "docs/outsiders.md": outsiders_page.page,
    "docs/exit-codes.md": exit_codes_page,
    "docs/endings.md": endings_page,
    "docs/agent-file.md": lambda: agent_file_page.page(_table, _MADE),
    "docs/scenario-file.md": lambda: scenario_file_page.page(_table, _MADE),
    "docs/doctor.md": lambda: doctor_page.page(_MADE),
    "docs/call-file.md": lambda: call_file_page.page(_table, _MADE),
    "docs/json.md": lambda: json_page.page(_MADE),
    "docs/diagnosis.md": lambda: diagnosis_page.page(_table, _MADE),
    "docs/verdict.md": lambda: verdict_page.page(_table, _MADE),
    "docs/simulator.md": lambda: simulator_page.page(_table, _MADE),
    "docs/sim.md": lambda: sim_page.written(sim_page.PAGE.read_text(encoding="utf-8"), _table, _MADE),
    "docs/failures.md": lambda: failures_page.written(failures_page.PAGE.read_text(encoding="utf-8")),
    "docs/proof.md": lambda: write_tables.written(write_tables.PAGE.read_text(encoding="utf-8")),
    "tests/pictured/barge-in.txt": lambda: screens.kept("barge-in", Policy.GUARD),
    "tests/pictured/race-guard-off.txt": lambda: screens.kept("race", Policy.NAIVE),
    "tests/pictured/stream-drops.txt": lambda: screens.kept("stream-drops", Policy.GUARD),
    "docs/race.svg": pictures.with_guard,
    "docs/race-guard-off.svg": pictures.without_guard,
}


def main() -> None:
    """Write every page anew."""
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
