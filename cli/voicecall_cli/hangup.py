"""`voicecall hangup`: ends a call by its SID, our id for it or its number; by itself it shows what may still be up."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Annotated

import typer

from voicecall_cli.completeness import how_to_set
from voicecall_cli.exits import Exit
from voicecall_cli.json_format import numbered
from voicecall_cli.numbers import caller_region
from voicecall_cli.settings import Settings
from voicecall_cli.slips import settings_told
from voicecall_core.errors import SettingsError
from voicecall_core.masking import masked
from voicecall_core.numbering import read_number

if TYPE_CHECKING:  # with what follows from it 0.2 s of imports: not for `--help`
    from voicecall_cli.left_behind import LeftBehind
    from voicecall_core.carriers.base import CallControl
    from voicecall_core.ledger import Entry, Ledger

LOOKS = 6  # at the call's status, after the hang-up was accepted: accepted is not yet ended
LOOK_EVERY_S = 1.0
_SID, _CALL = r"CA[0-9a-fA-F]{32}", r"c-[0-9a-z]+"
_FEWEST = 7  # digits of a number

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall hangup",
        "voicecall hangup CA0123456789abcdef0123456789abcdef",
        "voicecall hangup '+49 30 23125 000'",
        "voicecall hangup --json",
    )
)


def hangup(
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[CA...|c-...|NUMBER]",
            help="The call's SID or id, as dial printed it, or its number. Without one: what may still be up.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="One JSON object per call. Without a call, nothing is asked.")
    ] = False,
) -> int:
    """End a call that is still up, no matter who placed it; or show what may be up."""
    from voicecall_cli.left_behind import remembers

    settings = settings_told({})
    which = which if which is None else _read(which, settings)
    if which is None and not remembers(settings):  # nobody has to be asked
        typer.echo(_none_remembered(which), err=as_json)
        return Exit.OK
    if not all(settings.login) or not settings.account_sid:
        raise SettingsError(
            "Hanging up needs TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or an API key.",
            setting="TWILIO_ACCOUNT_SID",
            fix=how_to_set(),
        )

    import anyio

    if which is not None and re.fullmatch(_SID, which):
        return anyio.run(_hang_up, settings, which, as_json)
    return anyio.run(_remembered, settings, which, as_json)


def _read(text: str, settings: Settings) -> str:
    """The SID, the id, or the number in E.164 form that somebody means. Raises SettingsError that says what to type."""
    text = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(f"{_SID}|{_CALL}", text):
        return text
    if re.match(r"CA[0-9a-fA-F]", text):
        raise _wrong(f"A call's SID has 32 hex digits after CA; this has {len(text) - 2}.", "Copy it once more.")
    if sum(each.isdecimal() for each in text) < _FEWEST or any(
        each.isalpha() for each in text.lower().removeprefix("tel:")
    ):
        fix = "Write CA and 32 hex digits, the c-... that dial printed, or the number, as in +15555550100."
        raise _wrong("That is not a call's SID, nor its id or number.", fix)
    try:
        return read_number(text, caller_region(settings)).e164
    except SettingsError as error:
        raise _wrong(error.message, error.fix) from None


def _wrong(what: str, fix: str) -> SettingsError:
    return SettingsError(what, setting="CA...", fix=f"{fix} voicecall hangup by itself shows what may still be up.")


async def _hang_up(settings: Settings, sid: str, as_json: bool = False) -> Exit:
    """End one call by its SID, whoever placed it."""
    from voicecall_cli.left_behind import calls_of, left_behind

    ledger, entries = left_behind(settings)
    async with calls_of(settings) as calls:
        code, status = await _ended(calls, sid, as_json)
    if as_json:
        _print(next((_known(entry) for entry in entries if entry.sid == sid), _known(None)), sid, status, code)
    for entry in entries:
        if ledger is not None and entry.sid == sid and code is Exit.OK:
            ledger.close(entry.call)
    return code


async def _ended(calls: CallControl, sid: str, as_json: bool) -> tuple[Exit, str]:
    """Ask for the call's end, then look until the carrier says that it has ended; with the last that it said."""
    import anyio

    from voicecall_core.words.values import TERMINAL

    await calls.hang_up(sid)
    for _ in range(LOOKS):
        if (status := await calls.fetch(sid)) in TERMINAL:
            typer.echo(f"The call has ended: {status}.", err=as_json)
            return Exit.OK, str(status)
        await anyio.sleep(LOOK_EVERY_S)
    typer.echo(
        f"The carrier took the hang-up, but says the call is {status}. Try again: voicecall hangup {sid}", err=True
    )
    return Exit.UNCONFIRMED, str(status)


def _known(entry: Entry | None) -> dict[str, object]:
    """What is remembered of a call; null where nothing is."""
    if entry is None:
        return {"call": None, "to": None, "asked": None}
    return {"call": entry.call, "to": str(entry.to), "asked": entry.asked.isoformat()}


def _print(known: dict[str, object], sid: str, status: str, code: Exit, maybe: tuple[str, ...] = ()) -> None:
    told = {**known, "sid": sid or None, "maybe": list(maybe), "status": status or None, "ended": code is Exit.OK}
    print(json.dumps(numbered({**told, "exit": int(code)}), ensure_ascii=False), flush=True)


async def _remembered(settings: Settings, which: str | None, as_json: bool = False) -> Exit:
    """Of the calls that were left behind those that are meant: hang them up if they were named, offer it if not."""
    from voicecall_cli.left_behind import calls_of, left_behind, looked_at

    ledger, entries = left_behind(settings)
    meant = [entry for entry in entries if ledger is not None and _is_meant(entry, which, ledger)]
    if ledger is None or not meant:
        typer.echo(_none_remembered(which), err=as_json)
        return Exit.USAGE if which else Exit.OK
    codes = [Exit.OK]
    async with calls_of(settings) as calls:
        for one in await looked_at(meant, ledger, calls):
            codes.append(await _dealt_with(one, calls, named=bool(which), as_json=as_json))
            if codes[-1] is Exit.OK:
                ledger.close(one.entry.call)
    if codes == [Exit.OK]:
        typer.echo("What is remembered has ended.", err=as_json)
    return max(codes)


async def _dealt_with(one: LeftBehind, calls: CallControl, *, named: bool, as_json: bool) -> Exit:
    """Show a call that may be up, and end it if it was named or if whoever sits here wants that."""
    typer.echo(one.words(), err=as_json)
    code, status = Exit.DIFFERENT, one.status
    if one.entry.sid and (named or (not as_json and _agreed())):
        code, status = await _ended(calls, one.entry.sid, as_json)
    if as_json:
        _print(_known(one.entry), one.entry.sid, status, code, one.sids)
    return code


def _none_remembered(which: str | None) -> str:
    if which is None:
        return "No call that may still be up is remembered."
    call = f"call to {masked(which)}" if which.startswith("+") else f"call {which}"
    return f"No {call} that may still be up is remembered. Any call is ended by its SID: voicecall hangup CA..."


def _is_meant(entry: Entry, which: str | None, ledger: Ledger) -> bool:
    return which is None or which == entry.call or ledger.hashed(which) == entry.number


def _agreed() -> bool:
    """Whether whoever sits at the terminal wants it to be hung up; nobody does where there is none."""
    return sys.stdin.isatty() and typer.confirm("Hang it up?", default=False)
