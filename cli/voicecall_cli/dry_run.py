"""`--dry-run`: what would be sent, to whom, and nothing is. Knows no way to place a call."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.text import Text

from voicecall_cli.console.text import plain
from voicecall_cli.json_format import numbered
from voicecall_cli.settings import Settings
from voicecall_cli.wiring import accounts_of, options_of
from voicecall_core import CallDraft, PhoneNumber, draft_call
from voicecall_core.agents.keys import KEYS
from voicecall_core.carriers.base import RestRequest
from voicecall_core.simulation import scenario_named

UNSET = "https://your-tunnel.example"
NO_ACCOUNT = "AC" + "0" * 32


async def dry_run(settings: Settings, callee: PhoneNumber, console: Console) -> int:
    """Print the REST request, the TwiML and the session's set-up, with secrets and numbers masked."""
    accounts, options = accounts_of(settings), options_of(settings)
    if not accounts.carrier.account_sid:
        accounts = replace(accounts, carrier=replace(accounts.carrier, account_sid=NO_ACCOUNT, auth_token="-"))
    if not settings.phone_rings:
        options = options.under(scenario_named(settings.scenario), model_is_real=settings.model_is_real)
    origins = origins_of(settings)
    where = settings.realtime_url if settings.model_is_real else "the built-in model"
    draft = await draft_call(accounts, callee, options, public_url=settings.public_url or UNSET)
    if settings.json:
        console.out(json.dumps(numbered(_as_object(draft, where, origins))), highlight=False)
        return 0
    _show(console, "The REST request", _request_lines(draft.request))
    _show(console, "The TwiML that answers its first fetch", [draft.document.replace("><", ">\n<")])
    if draft.set_up is not None:
        _show(console, f"The set-up of the session at {where}", [json.dumps(draft.set_up, indent=2)])
    if origins:
        width = max(len(name) for name in origins)
        lines = [f"{name:<{width}}  {origin}" for name, origin in origins.items()]
        _show(console, "What is not the default, and where it is said", lines)
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


def origins_of(settings: Settings) -> dict[str, str]:
    """Where each setting of the agent and of the call's terms is said, of those that are not the default."""
    fields = {key.name: key.field for key in KEYS}
    return {name: settings.sources[field] for name, field in fields.items() if settings.sources[field] != "default"}


def _as_object(draft: CallDraft, url: str, origins: dict[str, str]) -> dict[str, Any]:
    request = draft.request
    return {
        "request": {
            "method": request.method,
            "url": request.url,
            "authorization": request.authorization,
            "parameters": [list(pair) for pair in request.parameters],
        },
        "twiml": draft.document,
        "session": None if draft.set_up is None else {"url": url, "set_up": draft.set_up},
        "origins": origins,
    }
