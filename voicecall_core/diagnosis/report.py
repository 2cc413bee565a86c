"""A diagnosis in plain sentences, and how long each hop of the handshake took."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from voicecall_core.call.timing import Moment, Timing
from voicecall_core.diagnosis.findings import Diagnosis, Finding

# From the answer to the first sound, on either side. Ringing is no hop: it is the callee's own time.
CARRIER = (Moment.ANSWERED, Moment.FETCHED, Moment.ACCEPTED, Moment.STARTED)
MODEL = (
    Moment.MODEL_ASKED,
    Moment.MODEL_CONNECTED,
    Moment.MODEL_SECURED,
    Moment.MODEL_UPGRADED,
    Moment.MODEL_CREATED,
    Moment.MODEL_READY,
)
GREETING = (Moment.GREETING_ASKED, Moment.GREETING_READY)
_BEFORE_SOUND = (Moment.STARTED, Moment.GREETING_READY)  # the later of the two is what the first sound waited for


def hops(timing: Timing) -> list[tuple[float, Moment, Moment]]:
    """Every hop that was met, as (seconds, from, to)."""
    found = []
    for chain in (CARRIER, MODEL, GREETING):
        met = [moment for moment in chain if moment in timing.first]
        for start, end in pairwise(met):
            took = timing.between(start, end)
            if took is not None and took >= 0:
                found.append((took, start, end))
    sounded = [timing.first[moment] for moment in _BEFORE_SOUND if moment in timing.first]
    if Moment.FIRST_AUDIO in timing.first and sounded:
        latest = max(_BEFORE_SOUND, key=lambda moment: timing.first.get(moment, -1.0))
        took = timing.first[Moment.FIRST_AUDIO] - max(sounded)
        if took >= 0:
            found.append((took, latest, Moment.FIRST_AUDIO))
    return found


def slowest(timing: Timing) -> str:
    """The slowest hop in words; empty if none was met."""
    found = hops(timing)
    if not found:
        return ""
    took, start, end = max(found, key=lambda hop: hop[0])
    return f"{start} -> {end}, {took * 1000:.0f} ms"


def _line(number: int) -> str:
    return f"line {number}"


def report_lines(diagnosis: Diagnosis, where: Callable[[int], str] = _line) -> list[str]:
    """One line a thing: each finding with how sure it is, its proof and its remedy; or that all was well.

    `where` says in words where a line stands.
    """
    if diagnosis.healthy:
        slow = f" The slowest hop of the handshake: {diagnosis.hop}." if diagnosis.hop else ""
        return [f"healthy: nothing went wrong.{slow}"]
    if not diagnosis.findings:
        return ["nothing found: what the record tells shows no failure; what it does not tell is not known."]
    return [line for finding in diagnosis.findings for line in _finding(finding, where)]


def _finding(finding: Finding, where: Callable[[int], str]) -> list[str]:
    lines = [f"{headline(finding)}: {sentence(finding.what)}"]
    lines += [f"  {where(proof.line)}, {proof.at:.3f} s: {proof.words}" for proof in finding.proof]
    return [*lines, f"  {finding.fix}"]


def headline(finding: Finding) -> str:
    """The rule, and how sure it is."""
    return f"{finding.rule} ({finding.sure})"


def sentence(words: str) -> str:
    """Words with a capital at their beginning and a full stop at their end."""
    return f"{words[:1].upper()}{words[1:]}."
