"""Every command that prints JSON is run: every key that it prints is on docs/json.md, and no other is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.callfile.recorded import dialled, with_a_tool
from tests.importers.spoiled import LOGS
from tests.json_keys import JsonObject
from tests.json_page import OBJECTS
from tests.media.recordings import call_with_gaps, wav
from tests.write_docs import ROOT
from voicecall_cli.json_format import FORMAT
from voicecall_core.audio import SILENCE
from voicecall_core.callfile.records import header_of
from voicecall_core.callfile.writer import FORMAT as CALL_FILE_FORMAT
from voicecall_core.callfile.writer import step_object
from voicecall_core.ledger import open_ledger
from voicecall_core.numbering import read_number
from voicecall_core.simulation import utc_now
from voicecall_core.words.terms import Policy

pytestmark = pytest.mark.timeout(120)
NUMBER, ACCOUNT = "+15555550100", "AC" + "0" * 32
Printed = dict[str, Any]


def printed(*arguments: str, at: Path, **environ: str) -> list[Printed]:
    """What a command prints on standard output, in an empty environment but for what is given."""
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    told = subprocess.run(
        [sys.executable, "-m", "voicecall_cli", *arguments],
        cwd=at,
        env={**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def remembered(state: Path) -> Path:
    """A folder in which a call is remembered that its program has left behind."""
    ledger, number = open_ledger(state), read_number(NUMBER)
    ledger.ask("c-5ca1e", number, ACCOUNT, utc_now(), 600.0)
    ledger.learn("c-5ca1e", "CA" + "b" * 32)
    ledger.let_go("c-5ca1e")
    return state


def hangups(at: Path) -> list[Printed]:
    """What may still be up, of a carrier that nobody can reach."""
    return printed(
        "hangup",
        "--json",
        at=at,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN="f" * 32,
        TWILIO_API_URL="http://127.0.0.1:9",
        VOICECALL_STATE=str(remembered(at / "state")),
    )


def rehearsed(at: Path) -> list[Printed]:
    """A rehearsal that fails and is worse than its baseline, and one whose first word is never heard."""
    baseline = {"voicecall_baseline": 1, "rehearsals": {"rehearsal.toml": {"runs": 1, "pass_rate": 1.0}}}
    (at / "baseline.json").write_text(json.dumps(baseline))
    for name, picks_up in (("rehearsal", "busy"), ("broken", "person")):
        wanted = '[[expect]]\noutcome = "completed"\n[[expect]]\nlaws = "kept"\n'
        head = f'[rehearsal]\nversion = 1\n[phone]\npicks_up = "{picks_up}"\n'
        (at / f"{name}.toml").write_text(f"{head}{HANGS_UP if picks_up == 'person' else ''}{wanted}")
    return printed(
        "test", "rehearsal.toml", "broken.toml", "--json", "--baseline", "baseline.json", "--log", ".", at=at
    )


HANGS_UP = '[[phone.turn]]\nhang_up = true\nwhen = "at once"\n'


def half(header: Printed) -> Printed:
    """The same first line of a call in which one of the two alone is built in, and a model plays the callee."""
    return replace(header_of(header, 1), half="carrier", callee_model="m").as_object()


PLACES = """
import base64, os, urllib.parse, urllib.request
sid, token, number = (os.environ["TWILIO_" + name] for name in ("ACCOUNT_SID", "AUTH_TOKEN", "PHONE_NUMBER"))
form = {"To": "+15555550101", "From": number, "Url": "http://127.0.0.1:9/nobody"}
asked = urllib.request.Request(
    f"https://api.twilio.com/2010-04-01/Accounts/{sid}/Calls.json",
    urllib.parse.urlencode(form).encode(),
    {"Authorization": "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()},
)
urllib.request.urlopen(asked).read()
"""


def judged() -> list[list[Printed]]:
    """A program on the line whose call has no document: what took effect, its call, the end."""
    with TemporaryDirectory() as folder:
        *told, call, end = printed("sim", "--json", "--", sys.executable, "-c", PLACES, at=Path(folder))
    return [told, [call], [end]]


@cache
def everything() -> dict[str, list[Printed]]:
    """Every kind of object by the heading under which it is told, each with examples."""
    with TemporaryDirectory() as folder:
        at = Path(folder)
        header, *first, closing = printed("dial", NUMBER, "--sim", "--scenario", "busy", "--json", at=at)
        dry = printed("dial", NUMBER, "--sim", "--dry-run", "--json", at=at)
        checks = printed("doctor", "--json", "--no-network", at=at, VOICECALL_GUARD="off", VOICECALL_PORT="0")
        records, steps = [], list(first)
        for name, policy in (("race", Policy.NAIVE), ("ordinary", Policy.GUARD)):
            steps += map(step_object, dialled(at / f"{name}.jsonl", name, policy).steps)  # as they are printed
            records += printed("replay", f"{name}.jsonl", "--json", at=at)
        (at / "saved.jsonl").write_text("".join(json.dumps(each) + "\n" for each in (header, *first, closing)))
        records += printed("replay", "saved.jsonl", "--json", at=at)
        with_a_tool(at / "tool.jsonl")
        sid = "CA" + "a" * 32
        said = (f"Status callback (type=status, {status}) for {sid}" for status in ("ringing", "in-progress"))
        (at / "app.log").write_text("job done\n".join(f"2026-04-18T12:00:57Z {each}\n" for each in said))
        alert = {"error_code": "31920", "alert_text": "x", "date_created": "2026-04-18T12:00:58Z", "resource_sid": sid}
        (at / "alerts.json").write_text(json.dumps([alert]))
        logs = printed("replay", str(LOGS / "field.log"), "app.log", "alerts.json", "--json", at=at)
        *templates, unread = printed("replay", "app.log", "--unread", "--json", at=at)
        listed = printed("calls", "--log", ".", "--json", at=at)
        shown = [told for each in listed if each["call"] for told in printed("show", each["file"], "--json", at=at)]
        (at / "spoken.wav").write_bytes(wav(*call_with_gaps((900,)).sides))
        (at / "silent.wav").write_bytes(wav(SILENCE * 8_000, SILENCE * 8_000))
        *measured, together = printed("latency", "spoken.wav", "silent.wav", "--json", at=at)
        alone = printed("latency", "silent.wav", "--json", at=at)[-1]
        *runs, tested = rehearsed(at)
        to_test = printed("test", "rehearsal.toml", "--list", "--json", at=at)
        hung_up = hangups(at)
        *walks, proven = printed("prove", "--guard", "off", "--json", at=at)
        rules = printed("prove", "--list-rules", "--json", at=at)
    ends = [each for each in logs if "calls" in each]
    calls = [each for each in logs if "call" in each]
    assert len(ends) == len(calls) == 2
    kinds: list[list[Printed]] = [[header, half(header)], steps, [closing], dry, checks, records, calls, ends]
    kinds += [templates, [unread]]
    kinds += [listed, shown, measured, [together, alone], runs, [tested], to_test, hung_up, walks, [proven], rules]
    kinds += judged()
    return dict(zip((each.name for each in OBJECTS), kinds, strict=True))


def paths(value: object, within: str, whole: frozenset[str]) -> Iterator[str]:
    """The paths of all keys in a value; those of `whole` are not looked into."""
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{within}.{name}" if within else name
            yield path
            if path not in whole:
                yield from paths(inner, path, whole)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict):
                yield from paths(inner, f"{within}[]", whole)


@pytest.mark.parametrize("kind", OBJECTS, ids=lambda kind: kind.name)
def test_what_is_printed_is_told_and_what_is_told_is_printed(kind: JsonObject) -> None:
    examples = everything()[kind.name]
    whole = frozenset(key.path[:-1] for key in kind.keys if key.path.endswith("*"))
    seen = {path for each in examples for path in paths(each, "", whole)}
    told = [key.path.removesuffix("*") for key in kind.keys]
    assert len(set(told)) == len(told)
    assert seen - set(told) == set(), "printed, and not on docs/json.md"
    assert set(told) - seen == set(), "on docs/json.md, and never printed"


@pytest.mark.parametrize("kind", OBJECTS, ids=lambda kind: kind.name)
def test_every_object_bears_the_number_of_its_form(kind: JsonObject) -> None:
    examples = everything()[kind.name]
    numbers = {each.get("format", each.get("voicecall")) for each in examples}
    if any(key.path == "format" for key in kind.keys):
        assert numbers == {FORMAT}
    else:
        assert numbers <= {None, CALL_FILE_FORMAT}


def test_a_key_that_may_be_null_says_so() -> None:
    for kind in OBJECTS:
        for key in kind.keys:
            if "." in key.path or "[]" in key.path:
                continue
            empty = any(key.path in each and each[key.path] is None for each in everything()[kind.name])
            assert not empty or "null" in f"{key.unit} {key.about}", (kind.name, key.path)


def test_the_keys_that_programs_rely_on_keep_their_names() -> None:
    kept = {
        "dial --json, the last line": {"outcome", "diagnosis", "exit", "start_to_first_audio_s"},
        "doctor --json, each line": {"status"},
        "replay --json, a call file": {"outcome", "diagnosis", "exit", "start_to_first_audio_s", "race"},
        "replay --json, the end of another program's log": {"race", "diagnosis", "exit"},
    }
    told = {kind.name: {key.path for key in kind.keys} for kind in OBJECTS}
    assert all(keys <= told[name] for name, keys in kept.items())
