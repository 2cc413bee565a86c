"""schemathesis: REST against a schema written from the published field lists, with requests of chance's own."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlencode

from checks import NOT_BUILT, check, given, version
from rest_schema import schema

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# TRACE is not among the methods of any resource: HTTP's own 501 is the right answer to it (RFC 9110, 15.6.2).
CONFIG = '[phases.coverage]\nunexpected-methods = ["get", "put", "post", "delete", "patch"]\n'
EXAMPLES = 25
SECONDS = 150
FAULTS = ("failure", "error")


def placed() -> str:
    """The SID of a call that stays up."""
    form = {"To": "+15555550100", "From": given("NUMBER"), "Twiml": '<Response><Pause length="600"/></Response>'}
    pair = base64.b64encode(f"{given('SID')}:{given('TOKEN')}".encode()).decode()
    request = urllib.request.Request(
        f"{given('API')}/2010-04-01/Accounts/{given('SID')}/Calls.json",
        urlencode(form).encode(),
        {"Authorization": f"Basic {pair}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["sid"])


def walked(folder: Path) -> dict[str, str]:
    """Each operation, and what is wrong with it; empty: nothing."""
    file, report = folder / "schema.json", folder / "report.xml"
    (folder / "schemathesis.toml").write_text(CONFIG)
    file.write_text(json.dumps(schema(given("SID"), given("NUMBER"), placed())))
    command = [str(Path(sys.executable).with_name("st")), "run", str(file), "--url", given("API"), "--seed", "1"]
    command += ["--auth", f"{given('SID')}:{given('TOKEN')}", "--checks", CHECKS, "--max-examples", str(EXAMPLES)]
    command += ["--phases", "examples,coverage,fuzzing", "--report", "junit", "--report-junit-path", str(report)]
    command += ["--continue-on-failure", "--generation-database", "none", "--request-timeout", "10"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if not report.exists():
        raise RuntimeError((done.stdout + done.stderr)[-600:])
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        faults = [each.text or each.get("message") or "it failed" for each in case.iter() if each.tag in FAULTS]
        found[case.get("name", "")] = next((each for each in faults if NOT_BUILT not in each), "".join(faults[:1]))
    return found


def main() -> None:
    version("schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        found = walked(Path(folder))
    for operation, fault in sorted(found.items()):
        with check(operation.replace(given("SID"), "{account}")):
            assert not fault, fault


main()
