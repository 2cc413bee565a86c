"""Asks whether a locked version has a known vulnerability, and never takes silence for "none": `make audit`.

pip-audit ends with 0 and "No known vulnerabilities found" where its database knows nothing of any package, as behind a
mirror that serves files alone. So its report is counted here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
NONE_KNOWN, FOUND, UNKNOWN = 0, 1, 69  # 69: a service is out of reach (sysexits.h), as `voicecall` itself has it

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_WITHIN_S = "15"


def pinned(lock: str) -> dict[str, str]:
    """Each locked package with its version, those for other systems included."""
    return dict(_PINNED.findall(lock))


def verdict(locked: Sequence[str], report: str, complaint: str) -> tuple[int, list[str]]:
    """Exit code and lines: what pip-audit's JSON says of the locked packages, or why there is none."""
    try:
        told = {each["name"]: each for each in json.loads(report)["dependencies"]}
    except (ValueError, KeyError, TypeError):
        why = (complaint.strip().splitlines() or ["it said nothing"])[-1]
        return UNKNOWN, [f"Not audited: the database of known vulnerabilities is out of reach. {why[:300]}", _NOT_CLEAN]
    unknown = [name for name in locked if "vulns" not in told.get(name, {})]
    flaws = [
        f"{name} {told[name]['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for name in locked
        if name not in unknown
        for flaw in told[name]["vulns"]
    ]
    lines = list(flaws)
    if len(unknown) == len(locked):
        what = f"what answers in its place knows none of the {len(locked)} packages"
        lines += [f"Not audited: the database of known vulnerabilities is out of reach; {what}.", _NOT_CLEAN]
    elif unknown:
        what = f"the database of known vulnerabilities does not know {len(unknown)} of {len(locked)} packages"
        lines += [f"Not audited: {what}: {', '.join(unknown)}.", _NOT_CLEAN]
    elif not flaws:
        lines.append(f"{len(locked)} locked packages, none with a known vulnerability.")
    else:
        lines.append("Renew the lock with `make lock`, and run `make test`.")
    return (FOUND if flaws else UNKNOWN if unknown else NONE_KNOWN), lines


_NOT_CLEAN = "That is no clean bill: run `make audit` where the database can be asked."


def main() -> int:
    """Audit the lock with this interpreter's pip-audit."""
    locked = pinned(LOCK.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as directory:
        asked = Path(directory, "locked.txt")
        asked.write_text("".join(f"{name}=={version}\n" for name, version in locked.items()), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        command += ["--timeout", _WITHIN_S, "--format", "json", "-r", str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    code, lines = verdict(list(locked), done.stdout, done.stderr)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
