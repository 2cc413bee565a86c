"""How loud a frame is."""

from __future__ import annotations

from base64 import b64encode

import pytest

from voicecall_core.media.gauges import QUIET_DB, Level, level_db


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


LOUD, QUIET = b64encode(b"\x80" * 160).decode(), b64encode(b"\xff" * 160).decode()


def test_a_level_is_that_of_the_loudest_of_the_last_frames() -> None:
    meter = Level()
    assert meter.db(0.0) == QUIET_DB
    meter.passed(LOUD, 1.0)
    meter.passed(QUIET, 1.02)
    assert meter.db(1.02) == pytest.approx(0.0)
    for index in range(12):
        meter.passed(QUIET, 1.04 + index / 50)
    assert meter.db(1.28) == QUIET_DB


def test_a_level_falls_when_nothing_passes() -> None:
    meter = Level()
    meter.passed(LOUD, 1.0)
    levels = [meter.db(1.0 + seconds) for seconds in (0.05, 0.5, 1.0, 1.6, 60)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == pytest.approx(0.0) and levels[2] < -50 and levels[-1] == QUIET_DB
