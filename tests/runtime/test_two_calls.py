"""Two calls at once to one number, whose creates are answered, lost, or lost and never carried out, in every order.

Nobody touches a call but his own; what he cannot tell from another's is named and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from tests.placing import CALLEE, EPOCH
from voicecall_core.addresses import Addresses
from voicecall_core.call.endings import Outcome
from voicecall_core.errors import CarrierError
from voicecall_core.ledger import open_ledger
from voicecall_core.safekeeping import Safekeeping
from voicecall_core.session import CallPlan, Endpoints, Session
from voicecall_core.switchboard import Switchboard
from voicecall_core.words import events as e
from voicecall_core.words.terms import Brief, Kind, Terms
from voicecall_core.words.values import CallStatus


@dataclass(frozen=True)
class Course:
    """One call's: asked for at `begins`, carried out or not, answered or not; when it is told of, and hung up."""

    begins: float
    create: str  # answered, lost, never
    rings_at: float  # after create; 0: nothing of it ever reaches us
    hung_up_at: float


@dataclass
class Line:
    """The carrier as one call's session asks it: all share the list of calls that are placed."""

    name: str
    course: Course
    placed: dict[str, str]  # SID -> whose
    touched: list[tuple[str, str]] = field(default_factory=list)  # who, which SID
    ended: set[str] = field(default_factory=set)

    async def create(self, **asked: object) -> str:
        await anyio.sleep(0.3)
        sid = f"CA{self.name * 32}"
        if self.course.create != "never":
            self.placed[sid] = self.name
        await anyio.sleep(0.3)
        if self.course.create != "answered":
            raise CarrierError("no answer", lost=True)
        return sid

    async def look_up(self, **asked: object) -> tuple[str, ...]:
        await anyio.sleep(0.1)
        found = tuple(self.placed)
        await anyio.sleep(0.1)
        return found

    async def hang_up(self, sid: str) -> None:
        self.touched.append((self.name, sid))
        self.ended.add(sid)

    async def fetch(self, sid: str) -> CallStatus:
        return CallStatus.COMPLETED if sid in self.ended else CallStatus.RINGING

    @property
    def control(self) -> Line:
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: ""


def session_of(line: Line, folder: Path | None) -> tuple[Session, Safekeeping]:
    """A call's session, remembered in the ledger of a folder if there is one: then nothing else is known of others."""
    terms = Terms(f"c-{line.name}", kind=Kind.SAY, pii_say="Hello.")
    plan = CallPlan(terms, Brief("m", "v", "", ""), CALLEE, CALLEE, EPOCH)
    ends = Endpoints(cast(Any, line), cast(Any, line), Addresses("http://127.0.0.1:1", b"s"), lambda name: b"")
    kept = Safekeeping(plan, "AC", cast(Any, line), None, open_ledger(folder) if folder is not None else None)
    return Session(plan, ends, watch=lambda step: kept.see(step.call), others=kept.others), kept


async def carried_out(courses: dict[str, Course], folders: Sequence[Path]) -> tuple[dict[str, Session], list[Line]]:
    placed: dict[str, str] = {}
    ended: set[str] = set()
    touched: list[tuple[str, str]] = []
    lines = {name: Line(name, course, placed, touched, ended) for name, course in courses.items()}
    sessions = {}
    boards = {name: Switchboard(Addresses("http://127.0.0.1:1", b"s"), cast(Any, None)) for name in lines}
    async with anyio.create_task_group() as tasks:

        async def call(line: Line) -> None:
            await anyio.sleep(line.course.begins)
            at = list(lines).index(line.name)
            session, kept = session_of(line, folders[at % len(folders)] if folders else None)
            sessions[line.name] = session
            board = boards[line.name] if folders else boards["a"]
            async with board.line(session):
                kept.begin()
                tasks.start_soon(happens, line, session)
                await session.run()

        async def happens(line: Line, session: Session) -> None:
            course, sid = line.course, f"CA{line.name * 32}"
            for at, what in sorted([(course.rings_at, "rings"), (course.hung_up_at, "hung up")]):
                await anyio.sleep_until(start + course.begins + at)
                if what == "hung up":
                    session.tell(e.HangUpAsked())
                elif at and sid in placed:
                    session.tell(e.StatusReported(CallStatus.RINGING, sid))

        start = anyio.current_time()
        for line in lines.values():
            tasks.start_soon(call, line)
    return sessions, [*lines.values()]


COURSES = [Course(0, *rest) for rest in product(("answered", "lost", "never"), (0, 0.4, 9), (0.5, 5))]


@pytest.mark.parametrize("where", ["one process", "two processes", "two machines"])
@pytest.mark.parametrize("begins", [0.0, 0.35, pytest.param(2.0, marks=pytest.mark.every)])
async def test_nobody_touches_a_call_that_is_not_his(begins: float, where: str, tmp_path: Path) -> None:
    for number, (one, other) in enumerate(product(COURSES[::3], COURSES[1::3])):
        second = Course(begins, other.create, other.rings_at, other.hung_up_at)
        folders = {"one process": [], "two processes": [tmp_path / f"{number}"]}
        apart = [tmp_path / f"{number}-{machine}" for machine in "ab"]  # on two machines nobody knows of the other
        sessions, lines = await carried_out({"a": one, "b": second}, folders.get(where, apart))
        for who, sid in lines[0].touched:
            assert lines[0].placed[sid] == who, (one, second)
        for line in lines:
            outcome = sessions[line.name].call.ending.outcome
            sid = f"CA{line.name * 32}"
            if sid in line.placed and sid not in line.ended:  # it may be up: then nobody says that it is over
                assert outcome in (Outcome.UNKNOWN, Outcome.UNCONFIRMED), (one, second)


async def test_what_is_in_doubt_is_named() -> None:
    lost = Course(0, "lost", 0, 30)
    sessions, lines = await carried_out({"a": lost, "b": lost}, [])
    for session in sessions.values():
        assert session.call.ending.outcome is Outcome.UNKNOWN
        assert all(sid in session.call.notes[-1].text for sid in lines[0].placed)
    assert lines[0].touched == []
