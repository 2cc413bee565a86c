"""What a URL may be, and which hosts are this machine itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"  # an address, not "localhost", which may mean ::1, where nobody listens


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a URL's host is (::1 without its brackets); None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether a URL's host leads to this machine and nowhere else."""
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback


_OPEN = {"https": "http", "wss": "ws"}


def url_fault(text: str, secure: str, *, path: bool = False) -> tuple[str, str] | None:
    """What is wrong with a base URL of the scheme `secure` (https or wss), and what to write; None if it will do.

    The scheme's open counterpart will do on this machine, where nobody else can listen; a `path` only if one may be.
    """
    example, unencrypted = f"{secure}://example.com", _OPEN[secure]
    if "://" not in text:
        return "has no scheme", f"Write {secure}:// before it, as in {example}."
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  reading it is the check: a port that is no number raises here
    except ValueError:
        return "is not a URL", f"Write one such as {example}."
    if not parts.hostname:
        return "names no host", f"Write one such as {example}."
    if parts.username is not None or parts.password is not None:
        return "has a user name or password in it", "Remove what stands before the @."
    if parts.scheme not in (secure, unencrypted):
        return f"begins with {parts.scheme}://", f"Write a URL that begins with {secure}://."
    if parts.scheme == unencrypted and not is_loopback(parts.hostname):
        return (
            f"begins with {unencrypted}://, which anybody on the way can read and change",
            f"Write {secure}://; {unencrypted}:// is taken for this machine alone (127.0.0.1, ::1, localhost).",
        )
    if parts.query or parts.fragment:
        return "has something behind a ? or #", "Write it up to there; what a request needs is added by itself."
    if not path and parts.path.strip("/"):
        return "has a path", f"Write scheme and host alone, as in {example}."
    return None
