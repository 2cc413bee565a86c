"""Which hosts are this machine itself, where nobody else can listen or answer."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

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
