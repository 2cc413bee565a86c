"""Which clock and loop a test runs on: trio's mock clock, or uvloop where real sockets are the point."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from trio.testing import MockClock


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_sockets: run on asyncio with uvloop, as in production, on a real clock")
    # A shell starts a command in the background with SIGINT ignored, and so would every program started by a test.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A new clock for each test: it jumps to the next deadline as soon as every task waits."""
    if request.node.get_closest_marker("real_sockets"):
        return "asyncio", {"use_uvloop": True}
    return "trio", {"clock": MockClock(autojump_threshold=0)}
