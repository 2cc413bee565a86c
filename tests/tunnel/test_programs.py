from __future__ import annotations

import pytest

from tests.tunnel.standins import FREE, QUICK
from voicecall_core.tunnel.program import CLOUDFLARED, NGROK, PROGRAMS

T = "2026-11-22T12:00:00Z"
WIDE = " " * 40


@pytest.mark.parametrize(
    "line",
    [
        f"{T} INF |  {QUICK}{WIDE}|",
        f'{{"level":"info","time":"{T}","message":"|  {QUICK}{WIDE}|"}}',
        f"{T} INF Your quick Tunnel has been created! Visit it at {QUICK}",
        f"|  {QUICK}  |",
    ],
)
def test_cloudflareds_address_is_found_in_each_form_it_prints(line: str) -> None:
    assert CLOUDFLARED.read(line).url == QUICK


@pytest.mark.parametrize(
    "line",
    [
        f"{T} INF Requesting new quick Tunnel on trycloudflare.com...",
        'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: i/o timeout',
        f"{T} INF Thank you for trying Cloudflare Tunnel (https://www.cloudflare.com/website-terms/), and so on",
        f"{T} INF |  http://somebody.example  |",
        f"{T} INF |  https://[  |",
        f"{T} INF +-------------+",
        "",
        "\x00\xff {",
        "[" * 2000,
        '{"message": {"a": 1}}',
    ],
)
def test_what_is_no_address_is_not_taken_for_one(line: str) -> None:
    for program in PROGRAMS.values():
        assert program.read(line).url == ""


@pytest.mark.parametrize(
    ("line", "up", "down"),
    [
        (f"{T} INF Registered tunnel connection connIndex=0 location=fra01", True, False),
        (f"{T} INF Connection c206cf44-945f-4c3c-a85c-af60c6338dc2 registered connIndex=0", True, False),
        (f"{T} INF Unregistered tunnel connection connIndex=0", False, True),
        (f"{T} INF Lost connection with the edge connIndex=0", False, True),
        (f'{T} WRN Serve tunnel error error="connection with edge closed" connIndex=0', False, True),
        (f"{T} INF Initial protocol quic", False, False),
    ],
)
def test_cloudflareds_connection_comes_and_goes(line: str, up: bool, down: bool) -> None:
    said = CLOUDFLARED.read(line)
    assert (said.up, said.down) == (up, down)


@pytest.mark.parametrize(
    "line",
    [
        f'{{"lvl":"info","msg":"started tunnel","name":"command_line","addr":"http://127.0.0.1:5050","url":"{FREE}"}}',
        f'{{"lvl":"info","msg":"started tunnel","addr":{{"Scheme":"http"}},"url":"{FREE}"}}',
        f't={T} lvl=info msg="started tunnel" obj=tunnels name=command_line addr=http://127.0.0.1:5050 url={FREE}',
    ],
)
def test_ngroks_address_is_found_in_each_form_it_prints(line: str) -> None:
    said = NGROK.read(line)
    assert (said.url, said.up) == (FREE, True)


def test_ngroks_second_tunnel_on_plain_http_is_not_the_address() -> None:
    plain = FREE.replace("https", "http")
    assert NGROK.read(f'{{"lvl":"info","msg":"started tunnel","url":"{plain}"}}').url == ""


def test_ngroks_errors_are_no_addresses_and_are_told_by_their_words() -> None:
    said = NGROK.read(
        f't={T} lvl=eror msg="failed to reconnect session" obj=csess err="authentication failed https://ngrok.com"'
    )
    assert (said.url, said.down, said.error) == ("", True, True)
    assert said.text == "failed to reconnect session: authentication failed https://ngrok.com"
    assert NGROK.read("ERROR:  authentication failed: no authtoken").error


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("ERROR:  ERR_NGROK_4018", "ngrok config add-authtoken"),
        ("ERR_NGROK_108", "Another ngrok"),
        ("something new", "ngrok http 127.0.0.1:5050"),
    ],
)
def test_what_ngrok_complains_of_has_a_fix(said: str, fix: str) -> None:
    assert fix in NGROK.fix(said, 5050)


def test_what_cloudflared_complains_of_has_a_fix() -> None:
    assert "wait some minutes" in CLOUDFLARED.fix("Error unmarshaling QuickTunnel response: error code: 1015", 5050)
    assert "--url http://127.0.0.1:5050" in CLOUDFLARED.fix("something new", 5050)


def test_the_empty_configuration_that_we_give_is_not_shown_as_its_fault() -> None:
    assert not CLOUDFLARED.read(f"{T} ERR Configuration file /dev/null was empty").error
