"""The tables of docs/proof.md that are made from the code; `python -m tests.call.write_tables` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voicecall_core.call.guard_table import TABLE, Asker, State
from voicecall_core.call.invariants import LAWS
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.standard_walks import STANDARD, GuardWalk, Walk
from voicecall_core.checker.talk_moves import A_GREETING, BEFORE_THE_MODEL, TO_A_STREAM

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
_LETTERS = dict(zip(State, "RSCLGDHO", strict=True))


def guard_table() -> str:
    """Who asks, in which state of the document, and what is answered, by which rule."""
    head = ["asks", *(f"{letter} {state}" for state, letter in _LETTERS.items())]
    rows = [[str(asker), *(_cell(asker, state) for state in State)] for asker in Asker]
    return _table([head, ["---"] * len(head), *rows])


def _cell(asker: Asker, state: State) -> str:
    cell = TABLE[asker, state]
    return "–" if cell.ruling == "impossible" else f"{cell.ruling}: {cell.rule}"


def rules_table() -> str:
    """Every rule's reason in words, in the order in which the table first names it."""
    reasons = {cell.rule: cell.reason for cell in TABLE.values() if cell.ruling != "impossible"}
    return _table([["rule", "reason"], ["---", "---"], *([rule, reason] for rule, reason in reasons.items())])


def laws_table() -> str:
    """The laws that are checked after every step, as the code says them."""
    rows = [["law", "what must hold after every step"], ["---", "---"]]
    for number, checks in LAWS.items():
        for law in checks:
            text = (law.__doc__ or "").split("\n\n")[0].removeprefix(f"{number}. ")
            rows.append([str(number) if number else "–", " ".join(text.split())])
    return _table(rows)


def walks_table() -> str:
    """The standard walks: who moves, or what may happen how often."""
    rows = [["walk", "who moves besides carrier and clock; what may happen"], ["---", "---"]]
    rows += [[name, _who(walk)] for name, walk in STANDARD.items()]
    return _table(rows)


def _who(walk: Walk) -> str:
    if isinstance(walk, GuardWalk):
        return "; ".join(actor for actor in Actor if actor in walk.actors)
    left = walk.left._asdict().items()
    budget = ", ".join(f"{name} {count}" for name, count in left if count)
    begins = _BEGINS[walk.after] + " (a kept one)" * walk.kept
    return f"{begins}: {budget}" + ('; "one moment" is said' if walk.moment else "")


_BEGINS = {
    TO_A_STREAM: "from the greeting on",
    TO_A_STREAM + A_GREETING: "once greeted",
    BEFORE_THE_MODEL: "from a greeting before the model is ready",
}


def _table(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "guard": guard_table,
    "rules": rules_table,
    "laws": laws_table,
    "walks": walks_table,
}


def written(page: str) -> str:
    """The page with each marked block made anew. Raises ValueError if a mark is missing."""
    for name, made in BLOCKS.items():
        begin, end = f"<!-- {name}: made from the code -->\n", f"<!-- end of {name} -->"
        head, rest = page.split(begin)
        page = head + begin + made() + "\n" + end + rest.split(end, 1)[1]
    return page


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
