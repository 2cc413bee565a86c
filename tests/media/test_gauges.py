"""How loud a frame is."""

from __future__ import annotations

from base64 import b64encode

import pytest

from voicecall_core.media.gauges import QUIET_DB, level_db


def level(audio: bytes) -> float:
    return level_db(b64encode(audio).decode())


def test_levels_of_known_codes() -> None:
    assert level(b"\x80" * 160) == level(b"\x00" * 160) == pytest.approx(0.0)
    assert level(b"\xff" * 160) == level(b"\x7f" * 160) == level(b"") == QUIET_DB == -80.0
    # each exponent less is 6 dB less, nearly (ITU-T G.711)
    assert level(b"\x90" * 160) == pytest.approx(-6.06, abs=0.05)
    assert QUIET_DB < level(b"\xfe" * 160) < -70


def test_what_is_not_audio_is_quiet() -> None:
    assert level_db("AAA") == QUIET_DB
