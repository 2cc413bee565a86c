from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations

import pytest

from tests.importers.test_imported import start as started
from tests.importers.test_twilio_records import ACCOUNT, ANSWERED, FETCH, OTHER, SAY, SID, STREAM, alert, alerts, rest
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.joined import reports_of
from voicecall_core.importers.log_kinds import recognise
from voicecall_core.importers.places import placed
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import Race
from voicecall_core.importers.whole_log import LogReport, ReadLog, read_log

APP = (
    f"2026-04-18T12:00:57.619Z INFO Status callback (type=status, in-progress) for {SID}",
    f"2026-04-18T12:00:57.642Z INFO TwiML-fetch (type=undefined) -> REALTIME TwiML returned for {SID}",
    f"2026-04-18T12:01:20.100Z INFO Status callback (type=status, completed) for {SID}",
)
MEDIA = "MZ" + "1" * 32
ALERTS = json.dumps(alerts(alert()), indent=1).splitlines()
EVENTS = json.dumps({"events": [ANSWERED, rest(57, {"twiml": SAY}), FETCH]}, indent=1).splitlines()


def read(name: str, lines: Sequence[str]) -> ReadLog:
    kind = recognise(lines)
    assert kind is not None
    return read_log(lines, kind, name)


def joined(**files: Sequence[str]) -> LogReport:
    (report,) = reports_of([read(name, lines) for name, lines in files.items()])
    return report


def order(report: LogReport, call: ImportedCall) -> list[tuple[str, int]]:
    return list(dict.fromkeys(report.places.of(evidence.line) for evidence in call.evidence))


def test_one_call_of_several_logs_is_one_story_and_every_line_is_named_with_its_file() -> None:
    report = joined(app=APP, alerts=ALERTS)
    (call,) = report.calls
    assert order(report, call) == [("app", 1), ("app", 2), ("alerts", 7), ("app", 3)]
    text = "\n".join(tell(report))
    assert "line 7 of alerts: alert 31920" in text and "line 1 of app  +0.000 s" in text
    assert "stream-refused" in text, "the one log tells the document, the other that it could not be opened"


def test_who_wrote_over_the_stream_is_told_by_one_and_the_rest_by_the_other() -> None:
    report = joined(app=APP[:2], events=EVENTS)
    assert report.race is Race.FOUND
    (line,) = report.calls[0].writes
    assert report.places.of(line)[0] == "events"
    assert f"Written to a call by REST: line {report.places.of(line)[1]} of events." in tell(report)[4]


def test_the_order_of_the_files_changes_no_story() -> None:
    files = {"app": APP, "alerts": ALERTS, "events": EVENTS}
    stories = set()
    for names in permutations(files):
        report = joined(**{name: files[name] for name in names})
        (call,) = report.calls
        findings = tuple((each.rule, each.sure) for each in call.diagnosis.findings)
        stories.add((findings, call.verdict.race, tuple(sorted(order(report, call)))))
    assert len(stories) == 1


@pytest.mark.parametrize(
    "stamps",
    [("12:00:57.619", "12:00:57.642"), ("2026-04-18 14:00:57,619", "2026-04-18 14:00:57,642"), ("", "")],
)
def test_clocks_that_cannot_be_set_to_each_other_are_not(stamps: Sequence[str]) -> None:
    app = [f"{stamp} {line.split(' ', 1)[1]}".strip() for stamp, line in zip(stamps, APP[:2], strict=True)]
    report = joined(app=app, events=EVENTS)
    first, second = report.calls
    assert (first.key, second.key) == ("1a", "1b") and first.names.sid == second.names.sid == SID
    assert any("their clocks cannot be set to each other" in each for each in first.unknown)
    assert {file for call in (first,) for file, _ in order(report, call)} == {"app"}


def test_two_logs_without_a_zone_are_of_one_clock_only_within_the_hour() -> None:
    def local(hour: int) -> list[str]:
        return [line.replace("T12:", f" {hour}:").replace("Z INFO", " INFO") for line in APP]

    app, worker = local(12), [line.replace("57", "58") for line in local(12)]
    assert len(joined(app=app, worker=worker).calls) == 1
    assert len(joined(app=app, worker=local(15)).calls) == 2


def test_a_file_that_is_given_twice_doubles_nothing() -> None:
    alone, twice = joined(app=EVENTS), joined(app=EVENTS, copy=EVENTS)
    assert [call.steps for call in twice.calls] == [call.steps for call in alone.calls]
    assert any("copy" in each and "the same as app" in each for each in twice.unknown)


def test_lines_that_two_files_share_are_told_once() -> None:
    report = joined(app=APP[:2], rotated=APP[1:])
    assert order(report, report.calls[0]) == [("app", 1), ("app", 2), ("rotated", 2)]


def test_logs_that_share_no_call_are_told_apart() -> None:
    other = [line.replace(SID, OTHER) for line in APP]
    reports = list(reports_of([read("app", APP), read("other", other)]))
    assert [report.places.files for report in reports] == [("app",), ("other",)]


def test_a_short_name_joins_no_logs() -> None:
    one, other = ([f"2026-04-18T12:00:57Z call_id=abc status callback ({word})" for word in ("ringing", "busy")],) * 2
    assert len(list(reports_of([read("one", one), read("other", [*other, *APP])]))) == 2


def test_what_rests_on_the_clocks_of_two_logs_is_not_certain_and_says_so() -> None:
    served = f"2026-04-18T12:00:57.642Z answering {SID} with {STREAM}"
    (call,) = joined(app=[APP[0], served], events=EVENTS).calls
    race = next(each for each in call.diagnosis.findings if each.rule == "race")
    assert race.sure == "likely" and "the order of their stamps" in race.what
    assert any("how exactly the clocks" in each for each in call.unknown)


@pytest.mark.parametrize("told_by", ["app", "events"])
def test_a_stream_that_outlives_a_write_is_proof_only_by_the_same_clock(told_by: str) -> None:
    stop = {"event": "stop", "streamSid": MEDIA, "sequenceNumber": "2", "stop": {"callSid": SID, "accountSid": ACCOUNT}}
    live = [f"2026-04-18T12:01:00.1Z app < {started(SID, MEDIA)}", f"2026-04-18T12:02:40.1Z app < {json.dumps(stop)}"]
    if told_by == "app":
        written = f'2026-04-18T12:00:57.650Z POST /Calls/{SID}.json twiml="{SAY}"'
        (call,) = joined(app=[*APP[:2], written, *live], alerts=ALERTS).calls
        assert call.writes and call.verdict.race is Race.ABSENT
    else:
        events = json.dumps({"events": [rest(57, {"twiml": SAY})]}).splitlines()
        (call,) = joined(app=[*APP[:2], *live], events=events).calls
        assert call.verdict.race is Race.UNKNOWN and "line 1 of events writes to the call" in call.verdict.why


def test_where_a_line_stands() -> None:
    places = placed([("a", 10), ("b", 5)])
    assert places.of(10) == ("a", 10) and places.of(places.firsts[1] + 1) == ("b", 1)
    assert places.words([2, 3, places.firsts[1] + 4]) == "lines 2, 3 of a, 4 of b"
    assert placed([("a", 10)]).words([2, 3]) == "lines 2, 3"
