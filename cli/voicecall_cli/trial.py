"""What a trial account will not do with the call that is being placed. Knows no way to place one."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import typer

from voicecall_cli.settings import Settings
from voicecall_cli.wiring import trust
from voicecall_core.carriers.twilio.account import TwilioAccount
from voicecall_core.carriers.twilio.trial import hindrances
from voicecall_core.errors import CarrierError
from voicecall_core.net.http_client import http_client
from voicecall_core.words.numbers import PhoneNumber

ASKED_WITHIN_S = 3.0  # an answer takes a fraction of that; nobody waits longer for a hint


def _beside_the_output(text: str) -> None:
    typer.echo(text, err=True)


class TrialHint:
    """What is told of it whenever it is known, by `say`: no call waits for a hint."""

    def __init__(self) -> None:
        self.say: Callable[[str], None] = _beside_the_output

    async def ask(self, settings: Settings, callee: PhoneNumber) -> None:
        """Ask, and tell; nothing for any other account, or one that cannot be asked: the call will tell."""
        if text := await _hint(settings, callee):
            self.say(text)


async def _hint(settings: Settings, callee: PhoneNumber) -> str:
    found: tuple[str, ...] = ()
    with anyio.move_on_after(ASKED_WITHIN_S):
        try:
            found = await _asked(settings, callee)
        except CarrierError:
            return ""
    if not found:
        return ""
    lines = ["This is a trial account of Twilio's:", *(f"  - {each}" for each in found)]
    lines.append("Upgrade it, or verify the number: https://console.twilio.com > Billing; > Verified Caller IDs")
    return "\n".join(lines)


async def _asked(settings: Settings, callee: PhoneNumber) -> tuple[str, ...]:
    sid, token = settings.account_sid or "", settings.auth_token.reveal() if settings.auth_token else ""
    async with http_client(verify=trust(settings.ca_file)) as http:
        account = TwilioAccount(sid, sid, token, http, settings.twilio_url, answer_within_s=ASKED_WITHIN_S)
        return await hindrances(account, await account.state(), callee, streams=settings.say is None)
