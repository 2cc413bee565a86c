"""`--dry-run`: what would be sent, to whom, and nothing is. Knows no way to place a call."""

from __future__ import annotations

import json
from typing import Any

import httpx2
from rich.console import Console
from rich.text import Text

from cli.console.plain import plain
from cli.settings import Settings
from cli.world import plan_of, scenario_of
from voicecall_core.addresses import Addresses
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.carriers.twilio.terms import RestRequest
from voicecall_core.carriers.twilio.twiml import write
from voicecall_core.models.openai_realtime import writing
from voicecall_core.session import create_terms
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.orders import Document, DocumentKind
from voicecall_core.words.terms import Kind

NOBODY = PhoneNumber("+10000000000")
UNSET = "https://your-tunnel.example"
NO_ACCOUNT = "AC" + "0" * 32


async def dry_run(settings: Settings, callee: PhoneNumber, console: Console) -> int:
    """Print the REST request, the TwiML and the session's set-up, with secrets and numbers masked."""
    plan = plan_of(settings, callee, settings.from_number or NOBODY, scenario_of(settings))
    addresses = Addresses(settings.public_url or UNSET, b"shown to nobody")
    async with httpx2.AsyncClient() as http:
        account = settings.account_sid or NO_ACCOUNT
        rest = TwilioRest(
            account, *(settings.login if settings.account_sid else (account, "-")), http, settings.twilio_url
        )
        request = await rest.describe(**create_terms(plan, addresses))
    say = plan.terms.kind is Kind.SAY
    document = Document(DocumentKind.SAY, 1, plan.terms.pii_say) if say else Document(DocumentKind.STREAM, 1)
    xml = write(document, addresses.document(plan.terms.call_id, 1)).replace(
        addresses.token(plan.terms.call_id, 1), "TOKEN"
    )
    set_up = None if say else json.loads(writing.session_update(plan.brief, held=True, event_id="set-up"))
    if settings.json:
        console.out(json.dumps(_as_object(request, xml, settings.realtime_url, set_up)), highlight=False)
        return 0
    _show(console, "The REST request", _request_lines(request))
    _show(console, "The TwiML that answers its first fetch", [xml.replace("><", ">\n<")])
    if set_up is not None:
        _show(console, f"The set-up of the session at {settings.realtime_url}", [json.dumps(set_up, indent=2)])
    console.print("Nothing was sent.", style="bold")
    return 0


def _request_lines(request: RestRequest) -> list[str]:
    lines = [f"{request.method} {request.url}", f"Authorization: {request.authorization}"]
    return lines + [f"{name}={value}" for name, value in request.parameters]


def _show(console: Console, title: str, lines: list[str]) -> None:
    console.print(Text(title, style="bold"))
    for line in "\n".join(lines).splitlines():
        console.print(Text(f"  {plain(line)}"), soft_wrap=True)
    console.print()


def _as_object(request: RestRequest, xml: str, url: str, set_up: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "request": {
            "method": request.method,
            "url": request.url,
            "authorization": request.authorization,
            "parameters": [list(pair) for pair in request.parameters],
        },
        "twiml": xml,
        "session": None if set_up is None else {"url": url, "set_up": set_up},
    }
