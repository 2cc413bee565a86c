"""What went wrong in a call, as it is shown. Knows nothing of the rules that found it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain
from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.findings import Diagnosis, Finding
from voicecall_core.diagnosis.report import headline, report_lines, sentence

_SHOWN = 3  # findings in full; what is lighter is named
_PROOF = 8  # lines of one finding
_STYLES = {Sure.CERTAIN: palette.BAD, Sure.LIKELY: palette.CARE, Sure.POSSIBLE: palette.CARE}


def findings(diagnosis: Diagnosis) -> RenderableType:
    """The diagnosis: the heaviest findings with their proof and their remedy; fits 80 columns."""
    if diagnosis.healthy:
        return Text(plain(report_lines(diagnosis)[0]), style=palette.GOOD)
    shown = [_finding(finding) for finding in diagnosis.findings[:_SHOWN]]
    lighter = diagnosis.findings[_SHOWN:]
    if not lighter:
        return Group(*shown)
    names = ", ".join(finding.rule for finding in lighter)
    return Group(*shown, Text(f"and {counted(len(lighter), 'lighter finding')}: {names}", style=palette.FAINT))


def _finding(finding: Finding) -> RenderableType:
    head = Text.assemble((plain(headline(finding)), _STYLES[finding.sure]), f": {plain(sentence(finding.what))}")
    proof = Table.grid(padding=(0, 2))
    proof.add_column(justify="right", no_wrap=True, style=palette.FAINT)
    proof.add_column(justify="right", no_wrap=True, style=palette.FAINT)
    proof.add_column(overflow="fold")
    for one in finding.proof[:_PROOF]:
        proof.add_row(f"  line {one.line}", f"{one.at:.3f} s", Text(plain(one.words)))
    more = len(finding.proof) - _PROOF
    if more > 0:
        proof.add_row("", "", Text(f"and {more:,} more", style=palette.FAINT))
    remedy = Table.grid(padding=(0, 2))
    remedy.add_column(no_wrap=True, style=palette.FAINT)
    remedy.add_column(overflow="fold")
    remedy.add_row("  what to do", Text(plain(finding.fix)))
    return Group(head, proof, remedy)
