"""dial's quick proof meets the same faults as doctor's checks, and names each with the same error and the same fix."""

from __future__ import annotations

import anyio
import httpx2
import pytest

from tests.doctor.faults import TUNNEL, Fault
from tests.doctor.meddler import HOST, Meddling, believed, meddler
from tests.doctor.patient import NOW, PORT, Illness, examined
from voicecall_core.addresses import Addresses
from voicecall_core.carriers.base import Carrier
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks, twilio
from voicecall_core.carriers.twilio.requests import TwilioRequests
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.errors import SettingsError
from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.server import open_server
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Arrivals, Proof
from voicecall_core.tunnel.quick_proof import PROVE_WITHIN_S
from voicecall_core.words.checks import Status

ON_THE_WAY = [fault for fault in TUNNEL if fault.ill == Illness(tunnel=fault.ill.tunnel) != Illness()]
STOPS = [fault for fault in ON_THE_WAY if fault.status is Status.CRITICAL and not fault.ill.tunnel.ends_after]
PASSES = [fault for fault in ON_THE_WAY if fault not in STOPS]  # a long stream is doctor's to try


def carrier(http: httpx2.AsyncClient) -> Carrier:
    return twilio(TwilioRest("AC", "AC", "t", http), ["t"])


async def fault_of(how: Meddling) -> SettingsError | None:
    """What dial says of the way before it calls anybody; None if it is taken for proven."""
    network = MemoryNetwork()
    url = f"https://{HOST}"
    try:
        async with (
            meddler(network, PORT, how, NOW),
            http_client(network, verify=believed()) as http,
            open_server(network, http, carrier(http), port=PORT, public_url=url, secret=b"s", tls=believed()),
        ):
            return None
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            (error,) = error.exceptions
        assert isinstance(error, SettingsError)
        return error


def test_there_are_faults_of_both_kinds() -> None:
    assert len(STOPS) >= 15 and len(PASSES) >= 4


@pytest.mark.parametrize("fault", STOPS, ids=lambda fault: fault.about.replace(" ", "-"))
async def test_what_doctor_calls_critical_stops_dial_with_the_same_words(fault: Fault) -> None:
    error = await fault_of(fault.ill.tunnel)
    said = (await examined(fault.ill))[fault.check].said
    assert error is not None
    assert error.message.startswith(f"The public URL https://{HOST} does not lead back here: ")
    # dial connects as it sends, and sends one frame: there it can tell a little less.
    if fault.check not in ("connection", "frames"):
        assert f": {said.found}. " in error.message
    assert error.message.endswith(f"Twilio would report {fault.error}.")
    assert error.fix == said.fix and fault.fix in error.fix
    assert error.setting == "VOICECALL_PUBLIC_URL"


@pytest.mark.parametrize("fault", PASSES, ids=lambda fault: fault.about.replace(" ", "-"))
async def test_what_a_call_can_live_with_does_not_stop_dial(fault: Fault) -> None:
    assert await fault_of(fault.ill.tunnel) is None


async def test_the_proof_takes_no_longer_than_the_way_itself() -> None:
    began = anyio.current_time()
    assert await fault_of(Meddling()) is None
    assert anyio.current_time() - began == 0.0


async def test_a_way_on_which_nothing_comes_back_is_given_up() -> None:
    began = anyio.current_time()
    error = await fault_of(Meddling(delay_s=3600.0))
    assert error is not None and "11200" in error.message
    assert anyio.current_time() - began <= PROVE_WITHIN_S


async def test_no_two_requests_have_a_mark_in_common() -> None:
    network = MemoryNetwork()
    async with http_client(network) as http:
        behind = Switchboard(Addresses(f"https://{HOST}", b"s"), TwilioWebhooks(["t"]))
        proof = Proof(f"https://{HOST}", PORT, TwilioRequests("t"), http, network, arrivals=Arrivals("n", behind))
        marks = [proof.mark() for _ in range(12)]
    assert not [(one, other) for one in marks for other in marks if one is not other and one in other]
