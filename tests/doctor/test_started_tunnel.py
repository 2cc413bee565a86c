"""A tunnel that doctor starts itself: its name is new, so that it is given time, and it is stopped at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from tests.doctor.meddler import HOST
from tests.doctor.patient import PORT, PUBLIC, Illness, examined
from voicecall_core.doctor.findings import CheckFinding
from voicecall_core.doctor.subject import Subject
from voicecall_core.tunnel import PROGRAMS, Patience, Tunnel
from voicecall_core.words.checks import Status


class Program:
    """A tunnel program that is there at once; what it was asked for, and whether it was stopped."""

    def __init__(self) -> None:
        self.port = 0
        self.stopped = False

    def __call__(self, port: int) -> AbstractAsyncContextManager[Tunnel]:
        self.port = port
        return self._run(port)

    @asynccontextmanager
    async def _run(self, port: int) -> AsyncIterator[Tunnel]:
        tunnel = Tunnel(PROGRAMS["cloudflared"], port, Patience())
        tunnel.url = f"https://{HOST}"
        try:
            yield tunnel
        finally:
            self.stopped = True


def known_after(tries: int) -> Callable[[str], object]:
    left = tries

    async def resolve(host: str) -> list[str]:
        nonlocal left
        left -= 1
        if left >= 0:
            raise OSError(f"{host} is not in the DNS")
        return [PUBLIC]

    return resolve


def no_url(subject: Subject) -> Subject:
    return replace(subject, way=replace(subject.way, public_url="", tunnel="cloudflared"))


async def started(tries: int) -> tuple[Program, dict[str, CheckFinding]]:
    program = Program()
    ill = Illness(subject=no_url, program=program, resolve=known_after(tries))  # type: ignore[arg-type]
    return program, await examined(ill)


async def test_its_address_is_examined_like_any_other() -> None:
    program, findings = await started(tries=0)
    assert {each.said.status for each in findings.values()} == {Status.OK}
    assert HOST in findings["url"].said.found
    assert (program.port, program.stopped) == (PORT, True)


async def test_its_name_may_take_a_while_to_be_known() -> None:
    _, findings = await started(tries=12)
    assert findings["dns"].said.status is Status.OK
    assert findings["dns"].took_ms == 12_000


async def test_a_name_that_never_comes_is_told() -> None:
    program, findings = await started(tries=1_000)
    assert (findings["dns"].said.status, findings["dns"].said.error) == (Status.CRITICAL, 11210)
    assert program.stopped
