"""How checks are run: all at once, each within its own time, none because of one that failed. Knows no check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import anyio

from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.findings import CheckFinding, Section, critical
from voicecall_core.words.checks import CheckResult, Status, skipped

WITHIN_S = 6.0  # for a check that does not say otherwise: one request, its connection and its name included
NO_NETWORK = "--no-network was given"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table. `about` says what it proves.

    It begins when all of `needs` have passed and all of `after` are done; if one of `needs` has not passed it is
    skipped because of that one. `error` and `fix` are what is said if it takes longer than `within_s`.
    """

    name: str
    section: Section
    run: Callable[[Examination], Awaitable[CheckResult]]
    about: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    within_s: float = WITHIN_S
    network: bool = False
    error: int | str = 0
    fix: str = ""


def chosen(table: Sequence[Check], only: Iterable[str]) -> tuple[Check, ...]:
    """The checks named by `only` (sections or names; nothing: all), with those that they need, in the table's order.

    Raises KeyError with the first word that names neither.
    """
    by_name = {check.name: check for check in table}
    wanted: list[str] = []
    for word in only:
        found = [check.name for check in table if word in (check.name, check.section.value)]
        if not found:
            raise KeyError(word)
        wanted += found
    if not wanted:
        return tuple(table)
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept.add(name)
            wanted += by_name[name].needs
    return tuple(check for check in table if check.name in kept)


async def examine(
    checks: Sequence[Check], room: Examination, *, heard: Callable[[CheckFinding], None]
) -> tuple[CheckFinding, ...]:
    """Run the checks; `heard` is told of each finding as it comes. Returns all of them in the order of `checks`."""
    run = _Run(room, heard, {check.name: anyio.Event() for check in checks})
    async with anyio.create_task_group() as tasks:
        for check in checks:
            tasks.start_soon(run.one, check)
    return tuple(run.findings[check.name] for check in checks)


class _Run:
    """One examination under way."""

    def __init__(
        self, room: Examination, heard: Callable[[CheckFinding], None], done: Mapping[str, anyio.Event]
    ) -> None:
        self._room = room
        self._heard = heard
        self._done = done
        self.findings: dict[str, CheckFinding] = {}

    async def one(self, check: Check) -> None:
        """Wait for what it builds on, run it, and tell."""
        for name in (*check.needs, *check.after):
            if name in self._done:
                await self._done[name].wait()
        began = anyio.current_time()
        said = self._hindered(check)
        if said is None:
            said = await _within(check, self._room)
        finding = CheckFinding(check.name, check.section, said, round((anyio.current_time() - began) * 1000))
        self.findings[check.name] = finding
        self._done[check.name].set()
        self._heard(finding)

    def _hindered(self, check: Check) -> CheckResult | None:
        if check.network and self._room.offline:
            return skipped(NO_NETWORK)
        for name in check.needs:
            if not (said := self.findings[name].said).passed:
                return skipped(f"{name} failed") if said.status is Status.CRITICAL else said  # the first cause is told
        return None


async def _within(check: Check, room: Examination) -> CheckResult:
    """What the check says, or what is said of one that came to no end. A check's own bug stops no other check."""
    with anyio.move_on_after(check.within_s):
        try:
            return await check.run(room)
        except Exception as bug:  # anything: the others must go on, and nobody is shown a traceback
            found = f"this check broke down ({type(bug).__name__}): a bug of voicecall"
            return CheckResult(Status.WARNING, found, check.about, fix="Please report it.")
    found = f"no end came within {check.within_s:g} s"
    return critical(found, check.about, error=check.error, fix=check.fix)


def worst(findings: Iterable[CheckFinding]) -> Status:
    """The worst status among them; what was skipped counts for nothing by itself."""
    order = (Status.OK, Status.SKIPPED, Status.NOTE, Status.WARNING, Status.CRITICAL)
    return max((finding.said.status for finding in findings), key=order.index, default=Status.OK)
