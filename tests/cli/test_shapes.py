from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from voicecall_cli import value_formats
from voicecall_cli.value_formats import Wrong
from voicecall_core.agents import values
from voicecall_core.durations import as_duration, seconds_of
from voicecall_core.tunnel.program import PROGRAMS


def wrong(shape: Callable[[str], object], text: str) -> Wrong:
    with pytest.raises(Wrong) as caught:
        shape(text)
    assert caught.value.fix.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "text",
    ["https://abc.ngrok.app", "https://abc.ngrok.app:8443", "http://127.0.0.1:5050", "http://localhost", "http://[::1]:80"],
)  # fmt: skip
def test_public_urls_that_will_do(text: str) -> None:
    assert value_formats.https_url(text + "/") == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("abc.ngrok.app", "no scheme"),
        ("http://abc.ngrok.app", "anybody on the way"),
        ("http://127.evil.com", "anybody on the way"),
        ("http://127.0.0.1.evil.com", "anybody on the way"),
        ("wss://abc.ngrok.app", "begins with wss://"),
        ("https://", "names no host"),
        ("https://u:p@abc.ngrok.app", "password"),
        ("https://abc.ngrok.app:port", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://abc.ngrok.app/hook", "path"),
        ("https://abc.ngrok.app?x=1", "behind a ?"),
        ("https://abc ngrok.app", "blank"),
        ('"https://abc.ngrok.app"', "quotation marks"),
    ],
)
def test_public_urls_that_will_not_do(text: str, says: str) -> None:
    assert says in wrong(value_formats.https_url, text).what


def test_the_model_lives_behind_wss_or_on_this_machine() -> None:
    assert value_formats.socket_url("wss://api.openai.com/v1/realtime") == "wss://api.openai.com/v1/realtime"
    assert value_formats.socket_url("ws://127.0.0.1:9/v1/realtime") == "ws://127.0.0.1:9/v1/realtime"
    assert "wss://" in wrong(value_formats.socket_url, "https://api.openai.com/v1/realtime").fix
    assert "wss://" in wrong(value_formats.socket_url, "ws://10.0.0.1/v1/realtime").fix


def test_numbers_within_bounds() -> None:
    assert (value_formats.port("0"), value_formats.port("65535"), value_formats.whole("12")) == (0, 65535, 12)
    for text in ("-1", "65536", "1e3", "\u0663"):
        assert "0 to 65535" in wrong(value_formats.port, text).fix


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2.5", 2.5),
        ("90s", 90),
        ("5m", 300),
        ("1.5m", 90),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1H", 3600),
        ("1m5s", 65),
    ],
)
def test_durations_are_written_as_people_write_them(text: str, seconds: float) -> None:
    assert value_formats.duration(1, 7200)(text) == seconds


@pytest.mark.parametrize(
    "text", ["0", "601", "10m1s", "1e2", "nan", "inf", "ten", "5min", "m", "5s3m", "-5s", "\u0665m", "5m3", "5 3"]
)
def test_what_is_no_duration_or_too_long_is_refused(text: str) -> None:
    assert wrong(value_formats.duration(1, 600), text).fix.startswith("Write 1s to 10m, such as 90s, 5m or 1h30m;")


@pytest.mark.parametrize("written", ["1s", "0.5s", "90s", "10m", "1h30m", "23h59m", "2d", "1d1s", "0s"])
def test_a_duration_is_shown_as_it_is_written(written: str) -> None:
    assert seconds_of(as_duration(seconds_of(written))) == seconds_of(written)
    assert as_duration(5400) == "1h30m" and as_duration(0) == "0s" and as_duration(600) == "10m"


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_a_switch_is_on(text: str) -> None:
    assert value_formats.switch(text) is True


@pytest.mark.parametrize("text", ["0", "False", "no", "off"])
def test_a_switch_is_off(text: str) -> None:
    assert value_formats.switch(text) is False


def test_choices_name_what_there_is() -> None:
    assert wrong(values.greet, "later").fix == "Write before-dialling, ringing or answered."
    assert wrong(values.policy, "naive").fix == "Write on or off."


def test_a_long_text_where_a_short_one_belongs_is_not_repeated() -> None:
    assert "0123456789abcdef" not in wrong(value_formats.port, "0123456789abcdef").what


def test_text_comes_from_the_option_or_from_a_file() -> None:
    Path("pizza.txt").write_text("\ufeffSell pizza.\n", encoding="utf-8")
    assert value_formats.text_or_file("Sell pizza.") == "Sell pizza."
    assert value_formats.text_or_file("@pizza.txt") == "Sell pizza."
    assert value_formats.text_or_file("@@pizza.txt") == "@pizza.txt"


def test_a_text_file_that_cannot_be_used_is_named() -> None:
    Path("empty.txt").write_text(" \n")
    Path("latin.txt").write_bytes(b"caf\xe9")
    Path("long.txt").write_text("x" * 40_000)
    assert "cannot be read" in wrong(value_formats.text_or_file, "@absent.txt").what
    assert "cannot be read" in wrong(value_formats.text_or_file, "@.").what
    assert "empty" in wrong(value_formats.text_or_file, "@empty.txt").what
    assert "UTF-8" in wrong(value_formats.text_or_file, "@latin.txt").what
    assert "40,000 characters" in wrong(value_formats.text_or_file, "@long.txt").what


def test_files_have_to_be_there() -> None:
    Path("clip.ulaw").write_bytes(b"\xff")
    assert value_formats.file("clip.ulaw") == Path("clip.ulaw")
    assert "not there" in wrong(value_formats.file, "other.ulaw").what
    assert "directory" in wrong(value_formats.file, ".").what


def test_names_are_names() -> None:
    assert value_formats.name("gpt-realtime-2.1") == "gpt-realtime-2.1"
    wrong(value_formats.name, "gpt realtime")


@pytest.mark.parametrize("text", ["+", "49", "+0", "+49,", "+49;+1", "all", "+1 212"])
def test_what_is_no_list_of_beginnings_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="list of beginnings"):
        value_formats.prefixes(text)


def test_a_list_of_beginnings_may_have_blanks_between_them() -> None:
    assert value_formats.prefixes("+1, +4930") == ("+1", "+4930")


def test_the_tunnels_to_choose_from_are_those_that_can_be_started() -> None:
    assert set(value_formats.TUNNELS) == {*PROGRAMS, "none"}
    with pytest.raises(Wrong, match="'tailscale'"):
        value_formats.tunnel("tailscale")
