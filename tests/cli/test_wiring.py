"""What is typed reaches the call: patience, the clip that asks for a moment, whether the model is opened ahead."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from voicecall_cli.settings import Settings, settings_from
from voicecall_cli.wiring import dialer_of, options_of
from voicecall_core.calling import OutgoingCall

pytestmark = pytest.mark.real_sockets


def _settings(**typed: str) -> Settings:
    return settings_from({}, {"sim": True, **typed}, Path("absent"))


def test_the_patience_that_was_typed_is_the_calls() -> None:
    assert options_of(_settings(patience_s="2.5")).patience_s == 2.5


@pytest.mark.parametrize(
    ("typed", "greeting", "asks"),
    [
        ({}, "Hello, this is a test.", True),
        ({}, "Guten Tag, hier ist eine KI.", False),
        ({"moment_clip": "off"}, "Hello, this is a test.", False),
        ({"moment_clip": "wait.ulaw"}, "Guten Tag, hier ist eine KI.", True),
    ],
)
async def test_a_call_asks_for_a_moment_as_it_was_typed(
    typed: dict[str, str], greeting: str, asks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await anyio.Path("wait.ulaw").write_bytes(b"\xff" * 160)
    settings = _settings(greeting=greeting, patience_s="2.5", **typed)
    async with dialer_of(settings) as dialer:
        call = OutgoingCall(dialer, "+15555550100", options_of(settings))
        assert (call.call.terms.moment, call.call.terms.patience_s) == (asks, 2.5)


@pytest.mark.parametrize(
    ("typed", "sockets"),
    [({}, 1), ({"say": "Good morning."}, 0), ({"guard": "off"}, 0), ({"scenario": "say"}, 0)],
    ids=["a conversation", "an announcement", "no guard", "a scenario that announces"],
)
async def test_a_conversation_s_socket_is_opened_beside_all_else(typed: dict[str, str], sockets: int) -> None:
    async with dialer_of(_settings(**typed)) as dialer:
        await anyio.sleep(0.2)
        assert dialer.simulator is not None
        log = dialer.simulator.model_server.log
        assert len([entry for entry in log if entry.what == "asked"]) == sockets
