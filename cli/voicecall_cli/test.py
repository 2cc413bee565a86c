"""`voicecall test`: what is typed decides which rehearsals are run, against what, and how they are told of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall test",
        "voicecall test rehearsals/order.toml --log calls",
        "voicecall test -k 'order and not slow' -x",
        "voicecall test --repeat 10 --baseline baseline.json",
        "voicecall test --simulate carrier --html rehearsals.html",
        "voicecall test --junit junit.xml",
    )
)
_WHICH, _HOW, _TOLD = "Which", "Against what", "Reports"
MOST_RUNS = 1_000


class Simulated(StrEnum):
    """What is simulated, beside the telephone."""

    BOTH = "both"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for."""

    paths: tuple[Path, ...] = ()
    chosen: str = ""
    only_list: bool = False
    fail_fast: bool = False
    repeat: int = 1
    workers: int | None = None
    simulated: Simulated = Simulated.BOTH
    over_sockets: bool = False
    skip_judged: bool = False
    as_json: bool = False
    junit: Path | None = None
    html: Path | None = None
    baseline: Path | None = None
    update_baseline: Path | None = None
    log: Path | None = None


Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH...]", help="Rehearsal files, or folders of them: rehearsals.", show_default=False),
]
Chosen = Annotated[
    str,
    typer.Option(
        "-k",
        metavar="WORDS",
        help="Only those whose name or description fits: words, joined with and, or, not.",
        show_default=False,
        rich_help_panel=_WHICH,
    ),
]
OnlyList = Annotated[bool, typer.Option("--list", metavar="", help="Name them, and run none.", rich_help_panel=_WHICH)]
FailFast = Annotated[
    bool,
    typer.Option("-x", "--fail-fast", metavar="", help="Begin no other once one fails.", rich_help_panel=_HOW),
]
Repeat = Annotated[
    int,
    typer.Option(
        "--repeat",
        min=1,
        max=MOST_RUNS,
        metavar="N",
        help="Run each N times, each time with other chances: pass rates and percentiles.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--jobs",
        min=1,
        max=256,
        metavar="N",
        help="So many at once: one for each processor.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
Simulate = Annotated[
    Simulated,
    typer.Option(
        "--simulate",
        metavar="both|carrier",
        help="carrier: the real model, or one that is compatible (OPENAI_REALTIME_URL), on the simulated phone. It "
        "needs its key, and takes as long as the calls do.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
OverSockets = Annotated[
    bool,
    typer.Option(
        "--over-sockets",
        metavar="",
        help="Over this machine's sockets, in real time, instead of on a clock that jumps.",
        rich_help_panel=_HOW,
    ),
]
SkipJudged = Annotated[
    bool,
    typer.Option(
        "--skip-judged",
        metavar="",
        help="Let pass what only a text model can judge, where none is set (VOICECALL_JUDGE_MODEL).",
        rich_help_panel=_HOW,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="One JSON object per run, and one at the end.", rich_help_panel=_TOLD)
]
Junit = Annotated[
    Path | None,
    typer.Option("--junit", metavar="FILE", help="Write JUnit XML too.", show_default=False, rich_help_panel=_TOLD),
]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write a page with every call in it, its sound too.",
        show_default=False,
        rich_help_panel=_TOLD,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Fail, too, where times, pass rates or cost are worse than in it.",
        show_default=False,
        rich_help_panel=_TOLD,
    ),
]
UpdateBaseline = Annotated[
    Path | None,
    typer.Option(
        "--update-baseline",
        metavar="FILE",
        help="Write into it what they come to now.",
        show_default=False,
        rich_help_panel=_TOLD,
    ),
]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="DIR",
        help="Keep each call's file and recording there: voicecall show and replay read them.",
        show_default=False,
        rich_help_panel=_TOLD,
    ),
]


def test(
    paths: Paths = None,
    chosen: Chosen = "",
    only_list: OnlyList = False,
    fail_fast: FailFast = False,
    repeat: Repeat = 1,
    workers: Workers = None,
    simulate: Simulate = Simulated.BOTH,
    over_sockets: OverSockets = False,
    skip_judged: SkipJudged = False,
    as_json: AsJson = False,
    junit: Junit = None,
    html: Html = None,
    baseline: Baseline = None,
    update_baseline: UpdateBaseline = None,
    log: Log = None,
) -> int:
    """Rehearse your agent: calls on a simulated phone, judged by what your files expect of them."""
    from voicecall_cli.rehearsing.run import rehearse_all  # the simulator and the judge: not for `--help`

    return rehearse_all(
        Wanted(
            paths=tuple(paths or ()),
            chosen=chosen,
            only_list=only_list,
            fail_fast=fail_fast,
            repeat=repeat,
            workers=workers,
            simulated=simulate,
            over_sockets=over_sockets,
            skip_judged=skip_judged,
            as_json=as_json,
            junit=junit,
            html=html,
            baseline=baseline,
            update_baseline=update_baseline,
            log=log,
        )
    )
