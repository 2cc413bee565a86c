"""What a program finds around itself on the line: its environment. Reads and starts nothing.

Every key in it is the line's own. The user's are replaced, under whatever name they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicecall_core.line.hosts import LED
from voicecall_core.line.upstream import no_proxy, spares
from voicecall_core.net.urls import LOOPBACK


@dataclass(frozen=True, slots=True)
class Keys:
    """What the line's carrier and model know a program by. `model_url` is the base of its REST interface."""

    account_sid: str
    auth_token: str = field(repr=False)
    api_key: str
    api_secret: str = field(repr=False)
    number: str
    model_key: str = field(repr=False)
    model_url: str


@dataclass(frozen=True, slots=True)
class Files:
    """What a program reads because its environment names it. `bundle` holds the usual roots and the line's own,
    `extra` that alone, `node` and `python` lead connections that no proxy leads."""

    bundle: Path
    extra: Path
    node: Path
    python: Path  # a folder


# Twilio's own samples and quickstarts, and what is usual beside them.
_NUMBERS = ("TWILIO_PHONE_NUMBER", "TWILIO_FROM_NUMBER", "TWILIO_NUMBER", "TWILIO_FROM", "PHONE_NUMBER_FROM")
# Regions, for which a host of another name is asked; whose the model's bill is.
_DROPPED = ("TWILIO_EDGE", "TWILIO_REGION", "OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID")
_PROXY = ("HTTPS_PROXY", "https_proxy")
# OpenSSL and what stands on it, requests, curl, websocket-client, Deno.
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "DENO_CERT")
_HERE = ("localhost", LOOPBACK, "::1")
_SID = re.compile(r"(AC|SK)[0-9a-fA-F]{32}")

BUNDLES = _BUNDLES


def surroundings(environ: Mapping[str, str], keys: Keys, files: Files, proxy_port: int) -> dict[str, str]:
    """The environment for the program, made from the user's."""
    found = {name: _ours(name, value, keys) for name, value in environ.items() if name not in _DROPPED}
    found |= dict.fromkeys(_NUMBERS, keys.number)
    found |= {
        "TWILIO_ACCOUNT_SID": keys.account_sid,
        "TWILIO_AUTH_TOKEN": keys.auth_token,
        "OPENAI_API_KEY": keys.model_key,
        "OPENAI_BASE_URL": keys.model_url,
    }
    found |= dict.fromkeys(_PROXY, f"http://{LOOPBACK}:{proxy_port}")
    spared = ",".join((*_HERE, *_still_spared(environ)))
    found |= {"NO_PROXY": spared, "no_proxy": spared}
    found |= dict.fromkeys(_BUNDLES, str(files.bundle))
    found["NODE_EXTRA_CA_CERTS"] = str(files.extra)
    found["NODE_OPTIONS"] = _joined(" ", environ.get("NODE_OPTIONS", ""), f'--require "{files.node}"')
    found["PYTHONPATH"] = _joined(":", str(files.python), environ.get("PYTHONPATH", ""))
    found["PYTHONUNBUFFERED"] = "1"  # what it prints is seen when it prints it
    return found


def _ours(name: str, value: str, keys: Keys) -> str:
    """The line's own in place of a user's key, number or address; anything else as it is."""
    if found := _SID.fullmatch(value.strip()):
        return keys.account_sid if found[1] == "AC" else keys.api_key
    name = name.upper()
    if "TWILIO" in name:
        for part, own in (("TOKEN", keys.auth_token), ("SECRET", keys.api_secret), ("API_KEY", keys.api_key)):
            if part in name:
                return own
        return keys.number if value.startswith("+") else value
    if "OPENAI" in name and "AZURE" not in name:
        return keys.model_key if "KEY" in name or value.startswith("sk-") else value
    return value


def _still_spared(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The user's NO_PROXY without what would lead past the proxy to the hosts that are led."""
    return tuple(
        each
        for each in no_proxy(environ)
        if each not in _HERE and not any(spares((each,), host) for host in LED) and each != "*"
    )


def _joined(by: str, *texts: str) -> str:
    return by.join(text for text in texts if text)
