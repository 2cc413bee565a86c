"""What `voicecall sim` says around the calls: how a program is pointed at the line, and what became of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicecall_core.line.course import Led
from voicecall_core.line.facts import CallFacts
from voicecall_core.line.hosts import CARRIER_HOSTS, MODEL_HOSTS
from voicecall_core.line.line import Line
from voicecall_core.line.words import request_of, said
from voicecall_core.masking import fit_to_show
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.verdict import LineVerdict
from voicecall_core.simulator.verdict.words import summary, verdict_lines

_NO_SUCH_KEYS = 401
_LONGEST = 60  # characters of the program's command line


def head_lines(line: Line, led: Led | None, command: Sequence[str], *, exit_after: int, calls: bool) -> Iterator[str]:
    """Where the line is, and how a program gets there."""
    yield f"The line is up: carrier {line.carrier.url}, model {line.model.url}"
    if led is None:
        yield from _pointing(line)
    else:
        yield f"{_told(command)} runs with the line's own account, number and keys in its environment."
        yield f"Led here: {', '.join((*CARRIER_HOSTS, *MODEL_HOSTS))}. They are not reached for real."
        if led.unread_proxy:
            yield f"Your proxy ({led.unread_proxy}) is of a kind that is not used here: others are reached straight."
    for origin, port in line.options.routes.ports.items():
        yield f"Led to port {port} of this machine: {origin.scheme}://{origin.host}"
    if calls:
        yield "The line calls the program as soon as it listens."
    yield _ends(exit_after, has_program=led is not None)


def _told(command: Sequence[str]) -> str:
    text = fit_to_show(shlex.join(command))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\u2026"


def _pointing(line: Line) -> Iterator[str]:
    keys = line.keys
    yield "Point a program at it:"
    for name, value in (
        ("TWILIO_ACCOUNT_SID", keys.account_sid),
        ("TWILIO_AUTH_TOKEN", keys.auth_token),
        ("TWILIO_PHONE_NUMBER", "..." if line.options.number else keys.number),
        ("OPENAI_API_KEY", keys.model_key),
        ("OPENAI_BASE_URL", keys.model_url),
    ):
        yield f"  export {name}={shlex.quote(value)}"
    if line.options.number:
        yield "  (TWILIO_PHONE_NUMBER: the number that you gave.)"
    yield f'  client.api.base_url = "{line.carrier.url}"  # twilio-python; in twilio-node client.api.baseUrl'
    yield "These keys are the line's own, and worth nothing elsewhere. voicecall sim -- PROGRAM sets all of it."


def _ends(exit_after: int, *, has_program: bool) -> str:
    if exit_after:
        return f"It ends when {exit_after} call{'s are' if exit_after > 1 else ' is'} over; Ctrl-C ends it sooner."
    if has_program:
        return "It ends when the program's calls are over; Ctrl-C ends it sooner."
    return "Ctrl-C ends it."


def told_of_passing(line: Line, led: Led | None) -> Iterator[str]:
    """What was asked for that the line does not have, and what it does not remember."""
    if forgotten := line.carrier.forgotten_calls:
        yield f"{forgotten:,} calls that were over are forgotten: they are in neither the verdict nor the files."
    refused = sum(effect.what is What.REST and effect.code == _NO_SUCH_KEYS for effect in line.carrier.log)
    if refused:
        yield f"{refused} requests with other keys than the line's were refused ({_NO_SUCH_KEYS})."
        yield "Does the program read keys from somewhere else than its environment?"
    for host in sorted(line.options.routes.strange):
        yield f"The program named {host}, which was asked for real. --map https://{host}=http://127.0.0.1:PORT leads it"
        yield "to a port of this machine."
    for host in sorted(led.passing.refused) if led is not None else ():
        yield f"{host} is not built here; the program was not let through to it."


def summary_lines(
    calls: Sequence[CallFacts],
    verdicts: Sequence[LineVerdict],
    files: Sequence[Path | None],
    program: int | None,
    log: Sequence[Effect],
) -> Iterator[str]:
    """What became of every call, what is wrong with it, and what became of the program."""
    if not calls:
        yield "There was no call."
    for call, verdict, file in zip(calls, verdicts, files, strict=True):
        yield f"{_who(call)}: {call.status}, {call.seconds} s, {_heard(call)}"
        for document in call.documents:
            yield f"  document: {document}"
        _, *found = verdict_lines(verdict)
        yield f"  verdict: {summary(verdict)}"
        yield from found
        yield from (f"  in the ladder: {line}" for line in _shown(verdict, log))
        if file is not None:
            yield f"  voicecall replay {file}"
    if program:
        yield f"The program ended by itself with exit status {program}."


def _shown(verdict: LineVerdict, log: Sequence[Effect]) -> Iterator[str]:
    """The lines of the ladder that the findings speak of, each once: of their requests, or of their moments."""
    named = {found.request for found in verdict.findings if found.request}
    moments = {found.at_ms for found in verdict.findings if not found.request}
    for effect in log:
        if effect.sid == verdict.sid and (request_of(effect) in named or effect.at_ms in moments):
            yield f"{effect.at_ms / 1000:.3f} s  {said(effect)}"


def _who(call: CallFacts) -> str:
    return f"Call from {call.from_}" if call.inbound else f"Call to {call.to}"


def _heard(call: CallFacts) -> str:
    streams = f"{call.streams} media stream{'' if call.streams == 1 else 's'}"
    return f"{streams}, the other side heard {call.heard_s:g} s of it" if call.streams else "no media stream"
