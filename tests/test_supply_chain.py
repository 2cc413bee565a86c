"""The lock and the audit: locked is what pyproject.toml asks for, and silence is never taken for "none known"."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.audit import FOUND, LOCK, NONE_KNOWN, UNKNOWN, pinned, verdict
from tests.write_docs import ROOT

LOCKED = LOCK.read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = [Requirement(each) for each in [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]]


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_every_dependency_is_locked_at_a_version_that_its_range_allows(wanted: Requirement) -> None:
    """Red after a change of pyproject.toml: `make lock`."""
    version = {canonicalize_name(name): version for name, version in pinned(LOCKED).items()}[
        canonicalize_name(wanted.name)
    ]
    assert wanted.specifier.contains(version, prereleases=True)


def test_every_locked_version_has_hashes_and_no_line_says_where_it_comes_from() -> None:
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in LOCKED.splitlines() if not line.startswith("#")))
    assert len(entries) == len(pinned(LOCKED))
    for entry in entries:
        first, *hashes = entry.replace("\\\n", "\n").splitlines()
        assert "==" in first and hashes
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}\s*", each) for each in hashes)
    assert "://" not in LOCKED and "--index-url" not in LOCKED and "--find-links" not in LOCKED


def test_nothing_for_developers_is_locked() -> None:
    tools = {canonicalize_name(Requirement(each).name) for each in PROJECT["project"]["optional-dependencies"]["dev"]}
    assert not tools & {canonicalize_name(name) for name in pinned(LOCKED)}


def report(**found: dict[str, Any]) -> str:
    return json.dumps({"dependencies": [{"name": name, "version": "1"} | said for name, said in found.items()]})


CLEAN: dict[str, Any] = {"vulns": []}
SKIPPED = {"skip_reason": "Dependency not found and could not be audited"}
FLAWED = {"vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2"], "aliases": []}]}


def test_an_audit_of_everything_that_finds_nothing_says_so() -> None:
    code, lines = verdict(["one", "other"], report(one=CLEAN, other=CLEAN), "No known vulnerabilities found")
    assert (code, lines) == (NONE_KNOWN, ["2 locked packages, none with a known vulnerability."])


def test_a_flaw_is_named_with_what_mends_it() -> None:
    code, lines = verdict(["one", "other"], report(one=CLEAN, other=FLAWED), "Found 1 known vulnerability")
    assert code == FOUND and lines[0] == "other 1: PYSEC-2026-1, mended in 2"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (report(one=SKIPPED, other=SKIPPED), "No known vulnerabilities found"),
        (report(one=CLEAN, other=SKIPPED), "No known vulnerabilities found"),
        (report(one=CLEAN), ""),
        (report(), ""),
        ("", "Traceback:\nConnectionError: the name cannot be resolved"),
        ("", ""),
        ("null", ""),
        ("{", ""),
    ],
)
def test_a_database_that_tells_nothing_is_no_clean_bill(said: str, complaint: str) -> None:
    code, lines = verdict(["one", "other"], said, complaint)
    assert code == UNKNOWN
    assert lines[0].startswith("Not audited: ") and "no clean bill" in lines[-1]


def test_a_flaw_is_a_flaw_though_the_rest_is_unknown() -> None:
    code, lines = verdict(["one", "other"], report(one=SKIPPED, other=FLAWED), "")
    assert code == FOUND and "PYSEC-2026-1" in lines[0] and "Not audited" in lines[1]
