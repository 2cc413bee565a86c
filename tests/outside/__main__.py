"""`python -m tests.outside [NAME ...]`: run the outsiders, print what came of it, and keep a whole run."""

from __future__ import annotations

import sys

import anyio

from tests.outside.outsiders import OUTSIDERS
from tests.outside.page import page
from tests.outside.results import KEPT
from tests.outside.run import as_json, run_all

PAGE = KEPT.with_name("outsiders.md")


def main(names: list[str]) -> int:
    """Exit code 1 if anything is wrong, 2 for a name that there is not."""
    if unknown := set(names) - {each.name for each in OUTSIDERS}:
        print(f"There is no outsider {sorted(unknown)[0]!r}: {', '.join(each.name for each in OUTSIDERS)}.")
        return 2
    results = anyio.run(run_all, [each for each in OUTSIDERS if not names or each.name in names])
    if not names:
        KEPT.write_text(as_json(results), "utf-8")
        PAGE.write_text(page(), "utf-8")
        print(page())
    return int(any(each.count("wrong") for each in results))


sys.exit(main(sys.argv[1:]))
