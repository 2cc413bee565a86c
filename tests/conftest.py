"""Which clock and loop a test runs on: trio's mock clock, or uvloop where real sockets are the point."""

from __future__ import annotations

import inspect
import signal
from functools import partial
from typing import Any

import pytest
import trio
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


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test on the mock clock is trio's own main function.

    anyio would run it as a guest of another loop, which costs a thread's turn at each of some thousand steps; it still
    does where it has to run an asynchronous fixture beside the test.
    """
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or pyfuncitem.get_closest_marker("real_sockets"):
        return None
    used = [each for defs in pyfuncitem._fixtureinfo.name2fixturedefs.values() for each in defs]
    if any(inspect.iscoroutinefunction(each.func) or inspect.isasyncgenfunction(each.func) for each in used):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    trio.run(partial(pyfuncitem.obj, **given), clock=MockClock(autojump_threshold=0))
    return True
