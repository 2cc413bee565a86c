"""What a session promises of each step: judged alone, written down first, then seen, then acted on."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from tests.placing import CALL_ID, CALLEE, EPOCH
from voicecall_core.addresses import Addresses
from voicecall_core.call.endings import Cause
from voicecall_core.call.step import Entry, Step
from voicecall_core.callfile.writer import CallFileHeader, Journal
from voicecall_core.errors import CarrierError, SettingsError
from voicecall_core.session import CallPlan, Endpoints, Session, Watcher, create_terms
from voicecall_core.session.session import Timers
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Brief, Terms
from voicecall_core.words.values import CallStatus, Timer

TERMS = Terms(CALL_ID, pii_greeting="Hello.")
SID = "CA" + "a" * 32
LIVE = (
    e.DialBegan(),
    e.Created(SID),
    e.Fetched(1, 1, SID),
    e.UpgradeAsked(2, 1, True),
    e.StreamStarted(2, "MZ1", SID),
)
APOLOGY = e.ModelFailed(1, "invalid_api_key", "wrong key", retryable=False)  # the clip is asked for as it is ordered


class Nobody:
    """Whoever would be asked: nothing of this call is run, so that nobody is."""

    def __getattr__(self, name: str) -> Nobody:
        return self

    def __call__(self, *args: Any) -> Nobody:
        return self


def session_of(
    carried_out: Callable[[str], None], *, journal: Journal | None = None, watch: Watcher | None = None
) -> Session:
    """A session that is told by hand and asks nobody. `carried_out`: its apology is being played."""

    def clip(name: str) -> bytes:
        carried_out(name)
        return b""

    nobody = cast(Any, Nobody())
    outsiders = Endpoints(nobody, nobody, Addresses("http://127.0.0.1:1", b"s"), clip)
    plan = CallPlan(TERMS, Brief("gpt-realtime-2.1", "marin", "", ""), CALLEE, CALLEE, EPOCH)
    return Session(plan, outsiders, journal=journal, watch=watch)


@contextmanager
def journal_at(log: Path) -> Iterator[Journal]:
    """A call file of its own, closed afterwards."""
    with closing(Journal(log, CallFileHeader(TERMS, CALLEE, CALLEE, EPOCH, "voicecall test"))) as journal:
        yield journal


def steps_in(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]


async def test_a_step_is_in_the_file_before_it_is_seen_and_seen_before_it_is_carried_out(tmp_path: Path) -> None:
    log, happened = tmp_path / "call.jsonl", []

    def watch(step: Step) -> None:
        assert steps_in(log)[-1]["event"]["type"] == type(step.event).__name__
        happened.append(type(step.event).__name__)

    def carried_out(clip: str) -> None:
        written = [order["type"] for order in steps_in(log)[-1]["orders"]]
        assert "PlayClip" in written, "ordered, and not written down yet"
        happened.append(clip)

    with journal_at(log) as journal:
        session = session_of(carried_out, journal=journal, watch=watch)
        for event in (*LIVE, APOLOGY):
            session.tell(event)
    assert happened[-2:] == ["ModelFailed", "apology"]
    assert len(steps_in(log)) == len(happened) - 1


async def test_what_is_told_while_a_step_is_carried_out_waits_for_its_turn(tmp_path: Path) -> None:
    """Each order is carried out before the next event is judged, also where an order makes something happen at once."""
    log = tmp_path / "call.jsonl"
    seen: list[tuple[Cause | None, int]] = []

    def carried_out(clip: str) -> None:
        session.tell(e.HangUpAsked())
        session.tell(e.DigitPressed(2, "5"))
        seen.append((session.call.ending.cause, len(steps_in(log))))

    with journal_at(log) as journal:
        session = session_of(carried_out, journal=journal)
        for event in (*LIVE, APOLOGY):
            session.tell(event)
    assert seen == [(None, len(LIVE) + 1)], "judged in the middle of another event's orders"
    assert session.call.ending.cause is Cause.OPERATOR
    assert [step["event"]["type"] for step in steps_in(log)[-3:]] == ["ModelFailed", "HangUpAsked", "DigitPressed"]


async def test_an_order_that_fails_ends_the_call_in_order_and_does_not_deafen_the_session() -> None:
    def carried_out(clip: str) -> None:
        raise RuntimeError("no such clip")

    session = session_of(carried_out)
    for event in LIVE:
        session.tell(event)
    session.tell(APOLOGY)
    assert session.call.ending.cause is Cause.OUR_FAULT
    assert [str(fault) for fault in session.faults] == ["no such clip"]
    session.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert session.over.is_set()


def test_a_call_file_is_its_owners_and_never_written_over(tmp_path: Path) -> None:
    log = tmp_path / "call.jsonl"
    with journal_at(log) as journal:
        journal.step(Entry(e.DialBegan()))
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert len(steps_in(log)) == 1, "a line is there as soon as it was written: nobody has closed the file"
        kept = log.read_bytes()
        with pytest.raises(SettingsError, match="cannot be written"), journal_at(log):
            pass
    assert log.read_bytes() == kept


async def test_a_wait_that_is_started_again_runs_from_then_on() -> None:
    """One wait of each name: the second start replaces the first, and a stop forgets it."""
    began, fired = anyio.current_time(), []
    async with anyio.create_task_group() as tasks:

        def spawn(job: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
            tasks.start_soon(job, *args)

        waits = Timers(spawn, lambda timer: fired.append((timer, round(anyio.current_time() - began, 3))))
        waits.start(o.StartTimer(Timer.GREETING, 5.0))
        waits.start(o.StartTimer(Timer.STREAM, 9.0))
        waits.start(o.StartTimer(Timer.SPEECH, 4.0))
        await anyio.sleep(3)
        waits.start(o.StartTimer(Timer.GREETING, 5.0))
        waits.stop(o.StopTimer(Timer.SPEECH))
    assert fired == [(Timer.GREETING, 8.0), (Timer.STREAM, 9.0)]


@pytest.mark.parametrize(("cap_s", "limit_s"), [(600.0, 630), (31.0, 61), (20.0, 50), (1.0, 31)])
def test_the_carrier_is_told_to_end_the_call_by_itself_half_a_minute_after_our_own_cap(
    cap_s: float, limit_s: int
) -> None:
    plan = CallPlan(Terms("c-1", max_duration_s=cap_s), Brief("m", "v", "", ""), CALLEE, CALLEE, EPOCH)
    assert create_terms(plan, Addresses("https://a.example", b"s"))["time_limit_s"] == limit_s


class SlowLine:
    """A model session that takes half a second to close."""

    def __init__(self, number: int) -> None:
        self.session, self.closed, self._ended = number, False, anyio.Event()

    async def run(self) -> None:
        await self._ended.wait()

    def __getattr__(self, name: str) -> Nobody:
        return Nobody()

    async def close(self) -> None:
        await anyio.sleep(0.5)
        self.closed = True
        self._ended.set()


class Strangers:
    """The carrier's REST interface and the model in one: what create is answered with, and what was done."""

    def __init__(self, answer: CarrierError) -> None:
        self.answer, self.hung_up = answer, list[str]()
        self.lines: list[SlowLine] = []

    async def create(self, **terms: object) -> str:
        raise self.answer

    async def look_up(self, **terms: object) -> tuple[str, ...]:
        return ()

    async def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)

    def open(self, order: o.OpenModel, *_: object) -> SlowLine:
        self.lines.append(SlowLine(order.session))
        return self.lines[-1]

    @property
    def control(self) -> Strangers:
        return self

    def __getattr__(self, name: str) -> Nobody:
        return Nobody()

    def called(self) -> Session:
        """A session that talks to them."""
        both = cast(Any, self)
        plan = CallPlan(TERMS, Brief("gpt-realtime-2.1", "marin", "", ""), CALLEE, CALLEE, EPOCH)
        return Session(plan, Endpoints(both, both, Addresses("http://127.0.0.1:1", b"s"), lambda name: b""))


async def test_at_the_end_of_a_call_its_model_sessions_are_closed_and_waited_for() -> None:
    outsiders = Strangers(CarrierError("no such number", code=21211))
    session = outsiders.called()
    await session.run()
    assert [line.closed for line in outsiders.lines] == [True]


async def test_a_sid_that_is_learnt_after_the_end_is_hung_up_all_the_same() -> None:
    """Create's answer was lost, the call was given up, and the phone rings all the same."""
    outsiders = Strangers(CarrierError("time-out", lost=True))
    session = outsiders.called()
    async with anyio.create_task_group() as tasks:
        session.afterlife = tasks
        await session.run()
        assert outsiders.hung_up == []
        session.tell(e.StatusReported(CallStatus.RINGING, SID))
    assert outsiders.hung_up == [SID]
