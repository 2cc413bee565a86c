"""Each rule of the verdict about a program: a log that breaks it, and the one next to it that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.model.record import Entry
from voicecall_core.simulator.verdict import LineFinding, Severity, judged, judged_all
from voicecall_core.simulator.verdict.findings import RULES
from voicecall_core.simulator.voices import clip

SID = "CA" + "1" * 32
LOUD = b"\x00" * 8  # a ms of the loudest mu-law
STREAM = "Connect/Stream"
TWIML = "Twiml Say Hangup"


def at(at_ms: int, what: What, detail: str = "", **rest: object) -> Effect:
    return replace(Effect(at_ms, SID, what, detail), **rest)  # type: ignore[arg-type]


def rest(at_ms: int, source: str = TWIML, code: int = 200, request: int = 2, took_ms: int = 0) -> Effect:
    return at(at_ms, What.REST, "update", source=source, code=code, request=request, took_ms=took_ms)


def hook(at_ms: int, about: str, code: int = 200, took_ms: int = 5, request: int = 9) -> list[Effect]:
    sent = at(at_ms, What.WEBHOOK_SENT, about, request=request)
    return [
        sent,
        at(at_ms + took_ms, What.WEBHOOK_ANSWERED, about, code=code, request=request, took_ms=took_ms),
    ]


def sound(stream_ms: int, ms: int) -> Effect:
    return at(stream_ms + ms + 130, What.HEARD, stream_ms=stream_ms, audio=LOUD * ms)


def said(from_ms: int, to_ms: int, words: str = "Hello?") -> list[Effect]:
    return [
        at(from_ms, What.SPOKE, "hello", pii_text=words),
        at(to_ms, What.SAID, "hello", pii_text=words),
    ]


OPENING = [at(0, What.PLACED), at(100, What.ANSWERED)]
RECEIVED = at(110, What.RECEIVED, STREAM, source="fetch")
STARTED = [RECEIVED, at(110, What.RAN, STREAM, source="fetch"), at(130, What.STREAM_STARTED)]
MARK = at(140, What.MARK_SET, "m")


def closing(at_ms: int, by: str = "callee") -> list[Effect]:
    return [at(at_ms, What.HUNG_UP, by), at(at_ms, What.ENDED, "completed")]


def stop(at_ms: int, why: str = "call-ended", left_ms: int = 0) -> Effect:
    return at(at_ms, What.STREAM_ENDED, why, code=left_ms)


GOOD = [*OPENING, *STARTED, MARK, sound(20, 1500), *said(1700, 2500), sound(3000, 1500), stop(5000), *closing(5000)]


def found(*log: Effect, model: tuple[Entry, ...] = ()) -> list[LineFinding]:
    return list(judged(sorted(log, key=lambda each: each.at_ms), SID, model).findings)


def rules(*log: Effect, model: tuple[Entry, ...] = ()) -> dict[str, str]:
    return {each.rule: str(each.severity) for each in found(*log, model=model)}


def test_a_call_in_which_nothing_went_wrong_has_no_finding() -> None:
    assert rules(*GOOD) == {}


UPDATED = [at(500, What.RAN, "Say Hangup", source="update"), at(501, What.SAY_BEGAN, source="update", pii_text="Hi.")]


def test_an_update_over_a_running_stream_is_named_with_its_request_and_its_cause() -> None:
    callback = hook(450, "status:in-progress", took_ms=80, request=4)
    log = [*OPENING, *STARTED, *callback, rest(500), stop(500, "update"), *UPDATED, *closing(3000, "document")]
    assert rules(*log) == {"stream-ended-by-update": "broken", "say-after-stream-document": "broken"}
    ended, spoken = found(*log)
    assert (ended.law, ended.at_ms, ended.request) == (1, 500, "REST request 2")
    assert "<Say><Hangup>" in ended.sentence and "370 ms after its start" in ended.sentence
    assert "in-progress callback most likely caused it (webhook 4, sent 50 ms before)" in ended.sentence
    assert spoken.at_ms == 501


def test_the_cause_is_told_by_when_a_slow_update_came_and_not_by_when_it_was_done() -> None:
    callback = hook(450, "status:in-progress", took_ms=20)
    slow = rest(1500, took_ms=1040)
    log = [*OPENING, *STARTED, *callback, slow, stop(1500, "update"), *closing(4000, "document")]
    assert "sent 10 ms before" in found(*log)[0].sentence
    unrelated = rest(1500)
    log = [*OPENING, *STARTED, *callback, unrelated, stop(1500, "update"), *closing(4000, "document")]
    assert "caused" not in found(*log)[0].sentence


@pytest.mark.parametrize("verbs", ["Say Dial", "Enqueue", "Redirect", "Connect/Stream"])
def test_a_hand_over_is_a_note_and_a_hang_up_by_document_is_nothing(verbs: str) -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 3000), rest(4000, f"Twiml {verbs}"), stop(4000, "update")]
    handed = [*log, at(4001, What.SAY_BEGAN, source="update", pii_text="One moment"), *closing(6000, "document")]
    assert rules(*handed) == {"stream-ended-by-update": "note"}
    hung = [*OPENING, *STARTED, MARK, sound(20, 3000), rest(4000, "Twiml Hangup"), stop(4000, "update")]
    assert rules(*hung, *closing(4000, "document")) == {}


def test_a_stream_document_that_was_being_fetched_is_discarded() -> None:
    late = [at(135, What.RECEIVED, "Say Hangup", source="update"), at(140, What.DISCARDED, STREAM, source="fetch")]
    log = [*OPENING, *hook(110, "fetch", took_ms=29), rest(130), *late, *closing(3000, "document")]
    (one,) = found(*log)
    assert (one.rule, one.severity, one.request) == ("stream-discarded-by-update", Severity.BROKEN, "REST request 2")
    assert "10 ms later and was discarded" in one.sentence
    dialled = [*OPENING, rest(130, "Twiml Dial"), late[1], *closing(3000, "document")]
    assert rules(*dialled) == {"stream-discarded-by-update": "warning"}


def test_of_two_updates_the_first_one_discarded_it() -> None:
    log = [*OPENING, rest(120, request=2), at(121, What.RECEIVED, "Say", source="update"), rest(130, request=3)]
    discarded = at(140, What.DISCARDED, STREAM, source="fetch")
    assert [each.request for each in found(*log, discarded, *closing(3000, "document"))] == ["REST request 2"]


def test_a_stream_that_was_yet_to_start_is_prevented() -> None:
    log = [*OPENING, RECEIVED, rest(120), at(121, What.RAN, "Play", source="update"), *closing(3000, "document")]
    assert rules(*log) == {"stream-discarded-by-update": "broken"}
    failed = [*OPENING, RECEIVED, at(115, What.STREAM_FAILED, "31920", code=31920, source="plan"), *log[3:]]
    assert rules(*failed) == {}


def test_a_say_after_a_stream_that_the_program_closed_is_a_warning() -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 3000), stop(4000, "server-closed"), rest(4500)]
    said_so = [at(4501, What.SAY_BEGAN, source="update", pii_text="Bye."), *closing(6000, "document")]
    assert rules(*log, *said_so) == {"say-after-stream-document": "warning"}
    assert rules(*GOOD[:-3], replace(said_so[0], source="redirect"), stop(5000), *closing(6000)) == {}


def test_a_refused_update_is_a_warning() -> None:
    assert rules(*GOOD, rest(5100, code=400)) == {"update-refused": "warning"}
    assert rules(*GOOD, rest(5100, "Status completed", code=400)) == {}


@pytest.mark.parametrize(
    ("took_ms", "code", "expected"),
    [
        (5_000, 200, {}),
        (5_001, 200, {"fetch-late": "warning"}),
        (15_000, 0, {"fetch-unanswered": "broken"}),
        (3, 0, {"fetch-unanswered": "broken"}),
        (3, 404, {"fetch-refused": "broken"}),
        (3, 302, {"fetch-refused": "broken"}),
    ],
)
def test_how_a_fetch_was_answered(took_ms: int, code: int, expected: dict[str, str]) -> None:
    assert rules(*GOOD, *hook(100, "fetch", code, took_ms)) == expected


@pytest.mark.parametrize("code", [11750, 11770, 12100, 12300])
def test_a_document_that_cannot_be_run(code: int) -> None:
    log = [*OPENING, *hook(110, "fetch", 204)]
    heard = [*log, at(120, What.ERROR_MESSAGE, code=code), *closing(4000, "document")]
    (one,) = found(*heard)
    assert (one.rule, one.severity, one.request) == ("document-refused", Severity.BROKEN, "webhook 9")
    assert "status 204" in one.sentence and str(code) in one.sentence
    helped = at(120, What.WARNING, "the document failed, the fallback is asked", code=code)
    assert rules(*log, helped, *hook(121, "fallback", request=10), *closing(4000, "document")) == {
        "document-refused": "warning"
    }


def test_a_request_that_the_carrier_lost_is_nobodys_fault() -> None:
    lost = [at(110, What.WEBHOOK_LOST, "fetch"), at(111, What.ERROR_MESSAGE, code=11205)]
    assert rules(*OPENING, *lost, *closing(4000, "document")) == {}


def test_a_skipped_verb_is_a_warning() -> None:
    skipped = at(120, What.WARNING, "<say> is not known here and was skipped", code=12200)
    assert rules(*GOOD, skipped) == {"document-warning": "warning"}


@pytest.mark.parametrize(
    ("took_ms", "code", "expected"),
    [
        (10, 204, {}),
        (10, 403, {"callback-refused": "warning"}),
        (15_000, 0, {"callback-refused": "warning"}),
        (5_001, 200, {"callback-late": "note"}),
    ],
)
def test_how_a_callback_was_answered(took_ms: int, code: int, expected: dict[str, str]) -> None:
    assert rules(*GOOD, *hook(100, "status:in-progress", code, took_ms)) == expected


def test_a_stream_that_was_not_let_in() -> None:
    failed = at(125, What.STREAM_FAILED, "31920: Stream - WebSocket - Handshake Error", code=31920)
    short = [*OPENING, RECEIVED, *closing(3000)]
    assert rules(*short, failed) == {"stream-refused": "broken"}
    assert rules(*short, replace(failed, source="plan")) == {}
    assert rules(*short, replace(failed, source="query")) == {"query-in-stream-url": "broken"}


def test_what_the_carrier_could_not_use_on_the_media_socket() -> None:
    assert rules(*GOOD, at(900, What.WARNING, "not JSON", code=31951)) == {"bad-media-message": "warning"}
    assert rules(*GOOD, at(900, What.WARNING, "closed", code=31921)) == {}


def test_a_stream_that_speaks_without_a_mark() -> None:
    unmarked = [each for each in GOOD if each.what is not What.MARK_SET]
    assert rules(*unmarked) == {"marks-never-asked-for": "note"}


def test_nothing_heard_at_all() -> None:
    assert rules(*OPENING, *STARTED, stop(5200), *closing(5200)) == {"nothing-heard": "broken"}
    assert rules(*OPENING, *STARTED, stop(5000), *closing(5000)) == {}
    assert rules(*OPENING, RECEIVED, *closing(9000)) == {}  # the carrier never came for the stream


@pytest.mark.parametrize(("wait_ms", "grave"), [(4_400, None), (4_600, "warning"), (10_100, "broken")])
def test_a_turn_that_waits_in_silence(wait_ms: int, grave: str | None) -> None:
    answer = 1500 + wait_ms - 130
    log = [*OPENING, *STARTED, MARK, sound(20, 500), *said(700, 1500), sound(answer, 900)]
    ended = [stop(answer + 1100), *closing(answer + 1100)]
    assert rules(*log, *ended) == ({} if grave is None else {"silence": grave})
    noise = [replace(each, pii_text="") if each.what in (What.SPOKE, What.SAID) else each for each in log]
    assert rules(*noise, *ended) == {}


def test_a_first_word_that_comes_late() -> None:
    log = [*OPENING, *STARTED, MARK, sound(4_700, 900), stop(6000), *closing(6000)]
    assert rules(*log) == {"silence": "warning"}


def test_a_call_that_nobody_ends() -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 900), stop(17_000), *closing(17_000)]
    assert rules(*log) == {"never-hung-up": "warning"}
    assert rules(*log[:-3], stop(17_000), *closing(17_000, "api")) == {}
    assert rules(*log[:-3], stop(17_000), *closing(17_000, "time-limit")) == {"left-up": "broken"}
    assert rules(*log[:-3]) == {"left-up": "broken"}
    down = at(9_000, What.REST, "update", source="Status completed", code=503)
    assert rules(*log[:-3], down, stop(17_000), *closing(17_000, "time-limit")) == {"left-up": "warning"}


def test_the_greeting_twice_by_the_carriers_voice() -> None:
    first = at(200, What.SAY_BEGAN, source="fetch", pii_text="Hello there!")
    words = [first, replace(first, at_ms=3000, pii_text="hello, there")]
    ended = closing(6000, "document")
    assert rules(*OPENING, at(150, What.RAN, "Say Say"), *words, *ended) == {"greeting-twice": "broken"}
    assert rules(*OPENING, *words, *said(1500, 2000), *ended) == {}
    other = replace(words[1], pii_text="How are you?")
    assert rules(*OPENING, words[0], other, *ended) == {}


def test_the_greeting_twice_by_its_sound() -> None:
    heard = clip("greeting").audio
    first = at(4000, What.HEARD, stream_ms=20, audio=heard)
    second = at(9000, What.HEARD, stream_ms=40 + len(heard) // 8, audio=heard)
    end = [stop(9500), *closing(9500)]
    assert rules(*OPENING, *STARTED, MARK, first, second, *end) == {"greeting-twice": "broken"}
    assert rules(*OPENING, *STARTED, MARK, first, *end) == {}


def test_the_greeting_twice_by_what_the_model_said_in_another_coding() -> None:
    def model(second_at: int) -> tuple[Entry, ...]:
        ended = [("r1", 200), ("r2", second_at)]
        items = [("i", 1000, "Hello there!")]
        return tuple(
            each
            for name, ms in ended
            for each in (entry(ms, "sounded", id=name), entry(ms + 300, "response-ended", id=name, items=items))
        )

    both = [*OPENING, *STARTED, MARK, sound(20, 2000), *said(3000, 3600), sound(4200, 900), stop(6000), *closing(6000)]
    assert rules(*both, model=model(1200)) == {"greeting-twice": "broken"}
    assert rules(*both, model=model(4200)) == {}  # the second came after the callee's word
    one = [replace(each, audio=LOUD * 1000) if each.stream_ms == 20 else each for each in both]
    assert rules(*one, model=model(1200)) == {}  # there was no time to hear it twice


def test_silence_after_a_hang_up_that_the_carrier_did_not_do_is_not_the_programs() -> None:
    asked = at(2_000, What.REST, "update", source="Status completed", code=503)
    log = [*OPENING, *STARTED, MARK, sound(20, 500), *said(700, 1500), stop(15_000), *closing(15_000, "document")]
    assert rules(*log, asked) == {}
    assert rules(*log, replace(asked, at_ms=7_000)) == {"silence": "warning"}
    assert rules(*log) == {"silence": "broken"}


@pytest.mark.parametrize("lost", [at(2_000, What.STALLED), stop(2_000, "dropped"), stop(2_000, "stopped")])
def test_silence_while_the_carrier_had_taken_the_stream_away_is_not_the_programs(lost: Effect) -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 500), *said(700, 1500)]
    assert rules(*log, lost, *closing(15_000)) == {}
    again = [at(9_000, What.STREAM_STARTED), stop(15_000), *closing(15_000)]
    assert rules(*log, lost, *again) == {"silence": "warning"}
    assert rules(*log, stop(2_000, "server-closed"), *again) == {"silence": "broken"}


def test_a_call_of_which_the_carrier_told_nothing_is_left_up_by_nobodys_fault_alone() -> None:
    lost = at(100, What.WEBHOOK_LOST, "status:in-progress")
    assert rules(*OPENING, lost) == {"left-up": "warning"}
    assert rules(*OPENING, lost, *hook(300, "fetch")) == {"left-up": "broken"}


def test_a_first_sentence_that_is_cut_off() -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 600)]
    end = closing(2000, "document")
    assert rules(*log, stop(900, "server-closed", 700), *end) == {"greeting-cut-off": "broken"}
    assert rules(*log, stop(900, "server-closed", 100), *end) == {}
    assert rules(*log, stop(900, "dropped", 700), *end) == {}
    assert rules(*log, *said(700, 1400), stop(900, "server-closed", 700), *end) == {}


def test_talking_over_the_callee() -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 5000), *said(1000, 3000), stop(5500), *closing(5500)]
    assert rules(*log) == {"talked-over": "warning"}
    assert rules(*log, at(1400, What.CLEARED)) == {}
    short = [*OPENING, *STARTED, MARK, sound(20, 5000), *said(1000, 2400), stop(5500), *closing(5500)]
    assert rules(*short) == {}


def test_a_farewell_that_is_cut_off() -> None:
    log = [*OPENING, *STARTED, MARK, sound(20, 1500), *said(1700, 2500), sound(3000, 900)]
    assert rules(*log, stop(4100, left_ms=600), *closing(4100, "api")) == {"farewell-cut-off": "warning"}
    assert rules(*log, stop(4100, left_ms=100), *closing(4100, "api")) == {}
    assert rules(*log, stop(4100, left_ms=600), *closing(4100, "callee")) == {}
    spoken = [at(150, What.RAN, "Say"), at(200, What.SAY_BEGAN, source="fetch", pii_text="A" * 50)]
    assert rules(*OPENING, *spoken, *closing(1000, "api")) == {"farewell-cut-off": "warning"}
    assert rules(*OPENING, *spoken, *closing(3300, "api")) == {}


def entry(at_ms: int, what: str, **detail: object) -> Entry:
    return Entry(at_ms, 1, what, detail)


SPOKEN = (
    entry(50, "asked"),
    entry(60, "opened"),
    entry(140, "sounded", id="r1"),
    entry(500, "response-ended", id="r1", items=[("i1", 4000, "A long sentence.")], status="completed"),
)
CLOSED = entry(5100, "closed", by="client", code=1000, reason="")
BARGED = [*OPENING, *STARTED, MARK, sound(20, 1500), at(1650, What.CLEARED, code=2400), *said(1600, 2400)]
BARGED += [sound(3000, 1500), stop(5000), *closing(5000)]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(1500, {}), (1800, {}), (1900, {"truncation-dishonest": "broken"}), (None, {"truncation-missing": "warning"})],
)
def test_what_the_model_is_told_was_heard(claim: int | None, expected: dict[str, str]) -> None:
    told = () if claim is None else (entry(1700, "truncated", item="i1", ms=claim),)
    assert rules(*BARGED, model=(*SPOKEN, *told, CLOSED)) == expected


def test_nothing_is_missing_where_all_was_heard_or_the_session_was_over() -> None:
    short = (*SPOKEN[:3], replace(SPOKEN[3], detail={**SPOKEN[3].detail, "items": [("i1", 1600, "A.")]}), CLOSED)
    assert rules(*BARGED, model=short) == {}
    assert rules(*BARGED, model=(*SPOKEN, entry(1700, "closed", by="drop", code=1006, reason=""))) == {}


def test_a_session_that_outlives_its_call() -> None:
    later = at(10_001, What.WEBHOOK_SENT, "status:completed", request=30)
    assert rules(*GOOD, later, model=SPOKEN) == {"session-left-open": "warning"}
    assert rules(*GOOD, later, model=(*SPOKEN, CLOSED)) == {}
    lost = at(5_001, What.WEBHOOK_LOST, "status:completed")
    assert rules(*GOOD, lost, later, model=SPOKEN) == {}


def test_a_handshake_that_was_abandoned_stands_beside_the_overwrite() -> None:
    model = (entry(50, "asked"), entry(900, "closed", by="client", code=1006, reason="during the handshake"))
    log = [*OPENING, *STARTED, rest(500), stop(500, "update"), *closing(3000, "document")]
    assert rules(*log, model=model) == {"stream-ended-by-update": "broken", "handshake-abandoned": "note"}
    assert "within its own handshake 400 ms later" in found(*log, model=model)[0].sentence
    assert rules(*GOOD, model=model) == {}


def test_of_two_calls_at_once_what_the_model_was_told_is_not_judged() -> None:
    other = [Effect(40, "CA2", What.PLACED), Effect(6000, "CA2", What.ENDED)]
    log = sorted([*BARGED, *other], key=lambda each: each.at_ms)
    verdict = judged(log, SID, (*SPOKEN, CLOSED))
    assert verdict.findings == () and len(verdict.untold) == 1
    assert [each.sid for each in judged_all(log)] == [SID, "CA2"]


def test_every_rule_says_what_it_asks() -> None:
    assert all(rule.about.endswith(".") and 0 <= rule.law <= 23 for rule in RULES.values())
