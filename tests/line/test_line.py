from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.simulator.program import Program
from voicecall_core.errors import SettingsError
from voicecall_core.line.course import Course, Run
from voicecall_core.line.facts import facts_of
from voicecall_core.line.line import Line, LineOptions, open_line
from voicecall_core.line.maps import routes_of
from voicecall_core.line.words import said
from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import port_of
from voicecall_core.simulation import scenario_named
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.model.record import ModelLog

PUBLIC = "https://agent.example.com"
STREAM = f'<Response><Connect><Stream url="{PUBLIC.replace("https", "wss")}/media"/></Connect></Response>'


@dataclass
class Here:
    """A line, a program, and a REST client with the line's keys."""

    line: Line
    program: Program
    rest: httpx2.AsyncClient

    def url(self, path: str) -> str:
        return f"{self.line.carrier.url}/2010-04-01/Accounts/{self.line.carrier.account_sid}/{path}"

    async def place(self, to: str, **more: str) -> httpx2.Response:
        form = {"To": to, "From": self.line.carrier.number, "Url": f"{self.program.url}/twiml"}
        return await self.rest.post(self.url("Calls.json"), data=form | more)

    def told(self) -> list[str]:
        return [said(effect) for effect in self.line.carrier.log]


@asynccontextmanager
async def opened(scenario: str = "ordinary", *, chosen: bool = False, mapped: bool = False) -> AsyncIterator[Here]:
    network, program = MemoryNetwork(), Program()
    listener = await network.listen(0)
    local = f"http://127.0.0.1:{port_of(listener)}"
    program.url = PUBLIC if mapped else local
    options = LineOptions(
        scenario=scenario_named(scenario), chosen=chosen, routes=routes_of([f"{PUBLIC}={local}"] if mapped else [])
    )
    async with open_line(options, network) as line, anyio.create_task_group() as tasks:
        program.token = line.carrier.auth_token
        await tasks.start(serve, listener, program)
        async with http_client(network, timeout_s=30) as rest:
            rest.auth = httpx2.BasicAuth(line.carrier.account_sid, line.carrier.auth_token)
            yield Here(line, program, rest)
        tasks.cancel_scope.cancel()


async def over(here: Here, **course: object) -> None:
    """Wait until so many calls, one unless it is said, are over."""
    with anyio.fail_after(300):
        await Run(here.line, Course(**({"exit_after": 1} | course)), None).until_over()  # type: ignore[arg-type]


async def test_the_number_that_is_called_says_what_is_played() -> None:
    async with opened() as here:
        here.program.documents["/twiml"] = "<Response><Say>Hi</Say></Response>"
        assert (await here.place("+15005550003")).json()["code"] == 21215
        assert (await here.place("+15555550107")).status_code == 201
        assert (await here.place("+15555550108")).status_code == 201
        assert (await here.place("+14155552671")).status_code == 201
        await over(here, exit_after=3)
        assert [call.record.status for call in here.line.calls] == ["busy", "no-answer", "completed"]
        shown = repr([facts_of(call, here.line.carrier.log) for call in here.line.calls])
        assert "+15•••••107" in shown and "+15555550107" not in shown


async def test_a_chosen_scenario_is_played_in_every_call() -> None:
    async with opened("busy", chosen=True) as here:
        await here.place("+15555550100")
        await over(here)
        assert [call.record.status for call in here.line.calls] == ["busy"]


async def test_the_model_plays_what_its_call_does() -> None:
    async with opened() as here:
        await here.place("+15555550111")
        assert here.line.model.record.plan is scenario_named("slow-model").model
        await here.place("+15555550100")
        assert here.line.model.record.plan is scenario_named("ordinary").model


async def test_webhooks_and_media_for_a_public_address_come_here_signed_for_it() -> None:
    async with opened(mapped=True) as here:
        here.program.documents["/twiml"] = STREAM
        await here.place("+15555550101", StatusCallback=f"{PUBLIC}/status")
        await here.program.until("start")
        here.line.hang_up()
        await over(here)
        assert {hook.path for hook in here.program.webhooks} == {"/twiml", "/status"}
        assert all(hook.signed for hook in [*here.program.webhooks, *here.program.upgrades])
        heads = [hook.headers for hook in [*here.program.webhooks, *here.program.upgrades]]
        assert {(head["host"], head["x-forwarded-proto"]) for head in heads} == {("agent.example.com", "https")}
        assert here.line.options.routes.strange == set()


PRESSES = """
[scenario]
version = 1
[phone]
{more}
turn = [ {turn} ]
"""


def scenario_file(folder: Path, turn: str, more: str = "") -> str:
    file = folder / "own.toml"
    file.write_text(PRESSES.format(turn=turn, more=more), encoding="utf-8")
    return str(file)


async def test_a_call_to_the_program_presses_a_key_into_its_menu(tmp_path: Path) -> None:
    own = scenario_file(tmp_path, '{ press = "1", when = "after 3s" }, { say = "Bye.", hang_up = true }')
    async with opened(own) as here:
        here.program.documents |= {
            "/incoming": '<Response><Gather numDigits="1" action="/menu"><Say>Press one.</Say></Gather></Response>',
            "/menu": '<Response><Say>Thanks.</Say><Pause length="9"/></Response>',
        }
        await over(here, call=f"{here.program.url}/incoming")
        menu = next(hook for hook in here.program.webhooks if hook.path == "/menu")
        assert menu.signed and menu["Digits"] == "1" and menu["Direction"] == "inbound"
        facts = facts_of(here.line.calls[0], here.line.carrier.log)
        assert facts.inbound and facts.documents == ("Gather (fetch)", "Say Pause (gather)")
        assert "555550199" not in repr(facts)


async def test_the_line_calls_where_rest_has_set_the_number_to() -> None:
    async with opened() as here:
        here.program.documents["/voice"] = "<Response><Say>Hello.</Say></Response>"
        async with anyio.create_task_group() as tasks:
            run = Run(here.line, Course(exit_after=1, call="", caller="+15555550177"), None)
            tasks.start_soon(run.until_over)
            await anyio.sleep(5)
            assert here.line.calls == []
            [number] = (await here.rest.get(here.url("IncomingPhoneNumbers.json"))).json()["incoming_phone_numbers"]
            place = here.url(f"IncomingPhoneNumbers/{number['sid']}.json")
            await here.rest.post(place, data={"VoiceUrl": f"{here.program.url}/voice"})
        [hook] = here.program.webhooks
        assert (hook.path, hook["From"]) == ("/voice", "+15555550177")


async def test_nobody_who_takes_the_call_gets_a_sentence() -> None:
    async with opened() as here:
        with pytest.raises(SettingsError, match="nobody listens at its address after 2 s"):
            await over(here, call="http://127.0.0.1:9/incoming", within_s=2.0)
        with pytest.raises(SettingsError, match="its voice URL was never set"):
            await over(here, call="", within_s=2.0)


async def test_a_voicemail_says_its_sentence_and_its_tone(tmp_path: Path) -> None:
    own = scenario_file(tmp_path, "", 'picks_up = "voicemail"')
    async with opened(own) as here:
        here.program.documents["/twiml"] = "<Response><Say>Call me back.</Say></Response>"
        await here.place("+14155552671", MachineDetection="DetectMessageEnd")
        await over(here)
        [fetch] = here.program.webhooks
        assert fetch["AnsweredBy"] == "machine_end_beep"


async def test_a_trial_accounts_call_waits_for_a_key(tmp_path: Path) -> None:
    turn = '{ press = "1", when = "after 6s" }, { say = "Bye.", when = "after 9s", hang_up = true }'
    own = scenario_file(tmp_path, turn, 'carrier = { trial = "key-press" }')
    async with opened(own) as here:
        here.program.documents["/twiml"] = '<Response><Say>Hello.</Say><Pause length="60"/></Response>'
        await here.place("+14155552671")
        await over(here)
        log = here.line.carrier.log
        pressed = next(effect.at_ms for effect in log if effect.what is What.DIGIT)
        asked = next(effect.at_ms for effect in log if effect.what is What.WEBHOOK_SENT)
        assert asked >= pressed


async def test_leaving_hangs_up_and_lets_the_last_callback_out() -> None:
    async with opened() as here:
        here.program.documents["/twiml"] = '<Response><Pause length="500"/></Response>'
        await here.place("+14155552671", StatusCallback=f"{here.program.url}/status")
        await anyio.sleep(3)
        run = Run(here.line, Course(), None)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run.until_over)
            await anyio.sleep(0.1)
            run.leave()
        assert here.program.said() == ["completed"]
        assert here.told()[-2].startswith("webhook 2: status callback completed")


async def test_the_calls_that_are_still_up_at_the_end_are_hung_up_and_told() -> None:
    async with opened() as here:
        here.program.documents["/twiml"] = '<Response><Pause length="500"/></Response>'
        await here.place("+15555550107")
        await here.place("+14155552671", StatusCallback=f"{here.program.url}/status")
        await over(here)
        assert next(call.record.status for call in here.line.calls) == "busy"
        assert len(here.program.said()) == 1


async def test_the_models_failures_are_counted_from_each_call_on() -> None:
    fails = replace(scenario_named("ordinary").model, fail_response=1, stuck_at="created", stuck_sessions=1)
    log = ModelLog(fails, 0, 0.0)
    for _ in range(2):
        log.play(fails)
        session, response = log.next_session(), log.next_response()
        assert log.is_faulty(response, fails.fail_response) and log.is_stuck(session, "created")
        assert not log.is_faulty(log.next_response(), fails.fail_response)
        assert not log.is_stuck(log.next_session(), "created")


async def test_the_account_can_have_the_programs_own_number() -> None:
    options = LineOptions(scenario=scenario_named("ordinary"), number="+14155552671")
    async with open_line(options, MemoryNetwork()) as line:
        assert line.keys.number == line.carrier.number == "+14155552671"


async def test_a_port_that_is_taken_gets_a_sentence() -> None:
    network = MemoryNetwork()
    async with await network.listen(0) as listener:
        options = LineOptions(scenario=scenario_named("ordinary"), port=port_of(listener))
        with pytest.raises(SettingsError, match=r"--port .* cannot be had"):
            async with open_line(options, network):
                raise AssertionError("it opened")
