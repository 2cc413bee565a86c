"""What counts as this machine, wherever that is asked."""

from __future__ import annotations

import pytest

from voicecall_core.net.urls import LOOPBACK, is_loopback


@pytest.mark.parametrize("host", [LOOPBACK, "127.8.9.10", "::1", "localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "128.0.0.1", "10.0.0.1", "::2", "127.0.0.999", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0"],
)
def test_anything_else(host: str) -> None:
    assert not is_loopback(host)
