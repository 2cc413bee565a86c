"""The tunnel programs that can be started: what to type, and what their output means. Starts nothing itself.

Sources: cloudflared's own (cmd/cloudflared/tunnel/quick_tunnel.go; Cloudflare: docs, TryCloudflare, tunnel run
parameters); ngrok: docs/agent/cli, docs/agent/api, docs/errors. What is marked "observed" is from users' logs.
Both are read by what they print. ngrok's local API would tell the same, but its port moves when two agents run, so
that it might tell of another one's tunnel.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicecall_core.net.urls import LOOPBACK, is_loopback


@dataclass(frozen=True, slots=True)
class OutputLine:
    """What one line of output says. `url`: the public address; `up`: connected; `down`: not so any more."""

    text: str
    url: str = ""
    up: bool = False
    down: bool = False
    error: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """One tunnel program. `fixes`: what to do about words in its output, the first that fits."""

    name: str
    arguments: Callable[[int], tuple[str, ...]]
    read: Callable[[str], OutputLine]
    about: str
    fixes: tuple[tuple[str, str], ...]

    def fix(self, said: str, port: int) -> str:
        """What to type about `said`."""
        by_itself = f"See what it says by itself: {self.name} {' '.join(self.arguments(port))}"
        return next((fix for words, fix in self.fixes if words in said), by_itself)


def _cloudflared_arguments(port: int) -> tuple[str, ...]:
    # An empty configuration: with a user's own ~/.cloudflared/config.yml quick tunnels fail, or answer by its rules
    # (Cloudflare: docs, TryCloudflare). Assumption: the null device is taken for an empty file, with a complaint.
    return ("tunnel", "--config", os.devnull, "--no-autoupdate", "--url", f"http://{LOOPBACK}:{port}")


def _ngrok_arguments(port: int) -> tuple[str, ...]:
    return ("http", f"{LOOPBACK}:{port}", "--log", "stdout", "--log-format", "json")


_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (INF|WRN|ERR|FTL|DBG) ")
_BOXED = re.compile(r"\|\s+(https?://[^\s|]+)\s+\|")
# Not api.trycloudflare.com: it stands in the complaint that no tunnel could be had (observed).
_QUICK = re.compile(r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com\b")
_REGISTERED = re.compile(r"Registered tunnel connection|Connection [0-9a-f-]{36} registered")  # the second: until 2022
_EDGE_LOST = re.compile(
    r"Unregistered tunnel connection|Lost connection with the edge|Serve tunnel error|Retrying connection in up to"
    r"|Unable to establish connection with Cloudflare edge|Connection terminated"
)


def _read_cloudflared(line: str) -> OutputLine:
    """`2026-11-22T12:00:00Z INF |  https://four-words.trycloudflare.com  |`, or the same as JSON (`--output json`).

    A quick tunnel has one connection to the edge, so that losing it loses the tunnel until it registers again.
    """
    said = _json(line)
    level, text = str(said.get("level", "")), str(said.get("message", line))
    if stamp := _STAMP.match(text):
        level, text = stamp[1], text[stamp.end() :]
    found = _BOXED.search(text) or _QUICK.search(text)
    url = _address(found[found.lastindex or 0]) if found else ""
    error = level in ("ERR", "FTL", "error", "fatal") and not text.endswith("was empty")  # the empty configuration
    detail = f"{text}: {said['error']}" if "error" in said else text
    return OutputLine(detail.strip(" |+-"), url, bool(_REGISTERED.search(text)), bool(_EDGE_LOST.search(text)), error)


_LOGFMT = re.compile(r'(?<!\w)(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
_NGROK_UP = {"started tunnel", "client session established"}
_NGROK_DOWN = {
    "session closed, starting reconnect loop",
    "failed to reconnect session",
    "heartbeat timeout, terminating session",
}


def _read_ngrok(line: str) -> OutputLine:
    """`{"lvl":"info","msg":"started tunnel",...,"url":"https://abc.ngrok-free.app"}`, or the same as logfmt.

    Older agents start a second tunnel on plain http, which is not taken for the address.
    """
    said = _json(line) or {key: value.strip('"') for key, value in _LOGFMT.findall(line)}
    message = str(said.get("msg", ""))
    cause = str(said.get("err", ""))
    text = f"{message}: {cause}" if cause not in ("", "nil", "<nil>") else message or line
    url = _address(str(said.get("url", ""))) if message == "started tunnel" else ""
    error = str(said.get("lvl", "")) in ("eror", "crit") or line.startswith("ERROR:")
    return OutputLine(text.removeprefix("ERROR:").strip(), url, message in _NGROK_UP, message in _NGROK_DOWN, error)


def _json(line: str) -> Mapping[str, object]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _address(text: str) -> str:
    """A base URL the carrier can use: https, or http on this machine; else nothing."""
    try:
        parts = urlsplit(text)
        open_to_us_alone = parts.scheme == "http" and is_loopback(parts.hostname or "")
    except ValueError:
        return ""
    return text.rstrip("/") if parts.hostname and (parts.scheme == "https" or open_to_us_alone) else ""


_TOO_MANY = "Cloudflare gives no more quick tunnels for now: wait some minutes, or use --tunnel ngrok."
_AUTHTOKEN = "Get your authtoken at https://dashboard.ngrok.com, then: ngrok config add-authtoken TOKEN"
_OTHER_AGENT = "Another ngrok of this account is running: stop it, or give its address with --public-url."

CLOUDFLARED = Program(
    "cloudflared",
    _cloudflared_arguments,
    _read_cloudflared,
    "a quick tunnel of Cloudflare, without an account",
    (
        ("error code: 1015", _TOO_MANY),
        ("429 Too Many Requests", _TOO_MANY),
        ("failed to request quick Tunnel", "See whether this machine reaches https://api.trycloudflare.com."),
    ),
)
NGROK = Program(
    "ngrok",
    _ngrok_arguments,
    _read_ngrok,
    "a tunnel of your ngrok account",
    (
        ("ERR_NGROK_4018", _AUTHTOKEN),  # no authtoken
        ("ERR_NGROK_105", _AUTHTOKEN),  # not one at all
        ("ERR_NGROK_107", _AUTHTOKEN),  # not a valid one
        ("ERR_NGROK_108", _OTHER_AGENT),  # one agent at a time
        ("ERR_NGROK_334", _OTHER_AGENT),  # that address is in use
        ("ERR_NGROK_121", "ngrok update"),  # an agent too old to be served
    ),
)
PROGRAMS: Mapping[str, Program] = {each.name: each for each in (CLOUDFLARED, NGROK)}
