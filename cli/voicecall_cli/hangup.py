"""`voicecall hangup`: ends one call by its SID. Knows nothing of the program that placed it."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from voicecall_cli.exits import Exit
from voicecall_cli.settings import Settings, settings_from
from voicecall_core.errors import SettingsError

LOOKS = 6  # at the call's status, after the hang-up was accepted: accepted is not yet ended
LOOK_EVERY_S = 1.0

EXAMPLES = "[bold]Example[/bold]\n\nvoicecall hangup CA0123456789abcdef0123456789abcdef"


def hangup(
    sid: Annotated[
        str, typer.Argument(metavar="CA...", help="The call's SID, as dial printed it.", show_default=False)
    ],
) -> int:
    """End a call that is still up, no matter who placed it."""
    if not re.fullmatch(r"CA[0-9a-fA-F]{32}", sid):
        raise SettingsError("That is not a call's SID.", setting="CA...", fix="Write CA and 32 hex digits.")
    settings = settings_from()
    if not all(settings.login) or not settings.account_sid:
        raise SettingsError(
            "Hanging up needs TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or an API key.",
            setting="TWILIO_ACCOUNT_SID",
            fix="Write them into .env (cp .env.example .env).",
        )

    import anyio  # with what follows from it 0.2 s of imports: not for `--help`

    return anyio.run(_hang_up, settings, sid)


async def _hang_up(settings: Settings, sid: str) -> Exit:
    """Ask for the call's end, then look until the carrier says that it has ended."""
    import anyio

    from voicecall_cli.wiring import trust
    from voicecall_core import carriers
    from voicecall_core.net.http_client import http_client
    from voicecall_core.words.values import TERMINAL

    async with http_client(verify=trust(settings.ca_file)) as http:
        carrier = carriers.connect(settings.account_sid or "", settings.login, "", http, settings.twilio_url)
        calls = carrier.control
        await calls.hang_up(sid)
        for _ in range(LOOKS):
            if (status := await calls.fetch(sid)) in TERMINAL:
                typer.echo(f"The call has ended: {status}.")
                return Exit.OK
            await anyio.sleep(LOOK_EVERY_S)
    typer.echo(
        f"The carrier took the hang-up, but says the call is {status}. Try again: voicecall hangup {sid}", err=True
    )
    return Exit.UNCONFIRMED
