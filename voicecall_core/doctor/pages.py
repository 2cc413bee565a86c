"""Who answers in our place, told by what the answer looks like. Knows nothing of how it was asked for."""

from __future__ import annotations

import re

from voicecall_core.doctor.arrivals import Walked
from voicecall_core.doctor.finding import Said, critical
from voicecall_core.doctor.room import Room
from voicecall_core.doctor.way import start_tunnel
from voicecall_core.tunnel import faults

_ERROR, _NOT_XML, _REDIRECTED = 11200, 12100, 11215
_OURS = b"This is not the nonce of this process."
_NOBODY_BEHIND = (502, 503, 504)

# ngrok: docs of the header ngrok-skip-browser-warning, error ERR_NGROK_6024; localtunnel: its reminder page.
_WARNINGS = (
    (b"err_ngrok_6024", "ngrok"),
    (b"ngrok-skip-browser-warning", "ngrok"),
    (b"tunnel password", "localtunnel"),
    (b"bypass-tunnel-reminder", "localtunnel"),
)
# ngrok: ERR_NGROK_3200 (the tunnel is not online), ERR_NGROK_8012 (nothing listens behind it); cloudflare: error 1033.
_DEAD = (
    (b"err_ngrok_3200", "ngrok says that the tunnel is not online"),
    (b"error 1033", "cloudflare finds no tunnel"),
    (b"argo tunnel error", "cloudflare finds no tunnel"),
)
_EMPTY = ((b"err_ngrok_8012", "ngrok finds nobody at the port it leads to"),)


def named(walked: Walked, room: Room, expected: str) -> Said:
    """What stands in the way, by its answer."""
    text = walked.answer.lower() + b" " + " ".join(value for _, value in walked.headers).lower().encode()
    told = f"HTTP {walked.status}"
    port = room.arrivals.port if room.arrivals is not None else room.subject.way.port
    for sign, who in _WARNINGS:
        if sign in text:
            fix = "Use cloudflared, or a plan or domain of your own without that page."
            return critical(f"{who} puts a browser-warning page in the way", expected, error=_NOT_XML, fix=fix)
    for sign, what in _DEAD:
        if sign in text:
            return critical(f"{what} ({told})", expected, error=_ERROR, fix=start_tunnel(room))
    if any(sign in text for sign, _ in _EMPTY) or walked.status in _NOBODY_BEHIND:
        found = f"the tunnel is up, and finds nobody behind it ({told})"
        return critical(found, expected, error=_ERROR, fix=f"Let it lead to port {port}: {start_tunnel(room)}")
    if _OURS in walked.answer:
        found = "another voicecall answers there"
        return critical(found, expected, error=_ERROR, fix=f"End the other one, or let the tunnel lead to port {port}.")
    if 300 <= walked.status < 400:
        to = next((value for name, value in walked.headers if name.lower() == "location"), "")
        found = f"it redirects to {_host(to) or 'another place'} ({told})"
        return critical(found, expected, error=_REDIRECTED, fix="Give --public-url the address that it redirects to.")
    what, fix, code = faults.answered(walked.status)
    return critical(what, expected, error=code, fix=fix)


def _host(url: str) -> str:
    found = re.match(r"https?://[^/?#]+", url)
    return found[0] if found else ""
