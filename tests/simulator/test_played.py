"""Which scenario is played in a call may depend on the number that is called."""

from __future__ import annotations

import anyio
import httpx2

from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.server import open_carrier
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS


async def test_two_calls_at_once_play_what_their_numbers_say() -> None:
    played = {"+15555550101": SCENARIOS["busy"], "+15555550102": SCENARIOS["no-answer"]}
    network, usual = MemoryNetwork(), SCENARIOS["ordinary"]
    async with (
        open_carrier(network, usual, played=lambda to: played.get(to, usual)) as carrier,
        http_client(network, timeout_s=5) as rest,
    ):
        rest.auth = httpx2.BasicAuth(carrier.account_sid, carrier.auth_token)
        calls = f"{carrier.url}/2010-04-01/Accounts/{carrier.account_sid}/Calls.json"
        for to in (*played, "+15555550103"):
            form = {"To": to, "From": carrier.number, "Twiml": "<Response><Pause/></Response>"}
            assert (await rest.post(calls, data=form)).status_code == 201
        await anyio.sleep(90)
        ends = {line.record.to: line.record.status for line in carrier.calls.values()}
        assert ends == {"+15555550101": "busy", "+15555550102": "no-answer", "+15555550103": "completed"}
        assert len({effect.sid for effect in carrier.log if effect.what is What.ENDED}) == 3
