from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from voicecall_cli import hangup
from voicecall_cli.exits import Exit
from voicecall_cli.settings import settings_from
from voicecall_core.errors import CarrierError, SettingsError
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import Offer

SID = "CA" + "0" * 31 + "1"
ACCOUNT = "AC" + "0" * 32
ENVIRON = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "f" * 32, "VOICECALL_STATE": "off"}


class Carrier:
    """Takes a hang-up and tells one status after the other."""

    def __init__(self, statuses: Sequence[str], refuses: bool = False) -> None:
        self.statuses = list(statuses)
        self.refuses = refuses
        self.asked: list[tuple[str, str]] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.method, request.body.decode()))
        if self.refuses:
            return Response(404, json.dumps({"code": 20404, "message": "not found", "status": 404}).encode())
        status = "in-progress"
        if request.method == "GET":
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(200, json.dumps({"sid": SID, "status": status}).encode())

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


async def hung_up(carrier: Carrier, as_json: bool = False) -> Exit | CarrierError:
    network = TcpNetwork()
    async with await network.listen(0) as listener, anyio.create_task_group() as group:
        await group.start(lambda *, task_status: serve(listener, carrier, task_status=task_status))
        environ = {**ENVIRON, "TWILIO_API_URL": f"http://127.0.0.1:{port_of(listener)}"}
        try:
            result: Exit | CarrierError = await hangup._hang_up(settings_from(environ), SID, as_json)
        except CarrierError as refusal:
            result = refusal
        group.cancel_scope.cancel()
    return result


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hangup, "LOOK_EVERY_S", 0.001)


@pytest.mark.real_sockets
async def test_it_asks_for_completed_and_waits_until_that_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    carrier = Carrier(["in-progress", "in-progress", "completed"])
    assert await hung_up(carrier) is Exit.OK
    assert carrier.asked[0] == ("POST", "Status=completed")
    assert [method for method, _ in carrier.asked[1:]] == ["GET"] * 3
    assert "ended: completed" in capsys.readouterr().out


@pytest.mark.real_sockets
async def test_an_end_that_is_not_confirmed_has_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert await hung_up(Carrier(["in-progress"])) is Exit.UNCONFIRMED
    assert f"voicecall hangup {SID}" in capsys.readouterr().err


@pytest.mark.real_sockets
@pytest.mark.parametrize(
    ("statuses", "code", "ended"), [(["in-progress", "completed"], 0, True), (["in-progress"], Exit.UNCONFIRMED, False)]
)
async def test_as_json_it_is_one_object_and_the_words_go_beside_it(
    statuses: list[str], code: int, ended: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await hung_up(Carrier(statuses), as_json=True) == code
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["sid"], told["status"], told["ended"], told["exit"]) == (SID, statuses[-1], ended, code)
    assert captured.err


@pytest.mark.real_sockets
async def test_what_the_carrier_refuses_is_an_error() -> None:
    refusal = await hung_up(Carrier([], refuses=True))
    assert isinstance(refusal, CarrierError) and refusal.code == 20404


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (SID, SID),
        (f" {SID} ", SID),
        ("c-5ca1e", "c-5ca1e"),
        ("+4930123456", "+4930123456"),
        ("+49 30 123-456", "+4930123456"),
        ("+49 (0)30/123456", "+4930123456"),
        ("+1 (555) 555-0100", "+15555550100"),
        ("\uff0b1\u2011555.555.0100", "+15555550100"),
        ("030/23125 000", "+493023125000"),
        ("0049 30 23125 000", "+493023125000"),
        ("tel:+1-212-555-0123", "+12125550123"),
    ],
)
def test_what_is_typed_is_read_as_people_write(typed: str, meant: str) -> None:
    assert hangup._read(typed, settings_from({"VOICECALL_REGION": "DE"})) == meant


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (SID[:-1], "this has 31"),
        ("(555) 555-0100", "no + and country code"),
        ("+49 30 12345678901234", "too long"),
        ("+12345", "That is not"),
        ("0", "That is not"),
        ("", "That is not"),
        ("my call", "That is not"),
        ("AC" + "0" * 32, "That is not"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_to_type(typed: str, says: str) -> None:
    with pytest.raises(SettingsError) as told:
        hangup._read(typed, settings_from({}))
    assert says in told.value.message and "voicecall hangup" in told.value.fix


def test_where_nothing_was_ever_placed_nobody_has_to_be_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICECALL_STATE", str(tmp_path / "state"))
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert hangup.hangup(None) is Exit.OK
    assert capsys.readouterr().out == "No call that may still be up is remembered.\n"
