"""What all calls of the built-in carrier share: its account, clock, chance, log and plan. Knows no call's state."""

from __future__ import annotations

import random  # noqa: TID251  constructed below from the seed that is handed in, and only from it
import ssl
import uuid
from collections import deque
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace

import anyio
import httpx2
from anyio.abc import TaskGroup

from voicecall_core.net.network import Network
from voicecall_core.net.routes import Routes
from voicecall_core.simulator.carrier.bounds import too_many
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.numbers import NumberSettings
from voicecall_core.simulator.carrier.players import Players
from voicecall_core.simulator.carrier.recordings import Recording
from voicecall_core.simulator.carrier.sent_webhooks import SentWebhook
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.utterances import Utterances

WEBHOOKS = 5_000  # of all calls, that their events tell of


@dataclass(frozen=True, slots=True)
class Account:
    """Who may use the carrier. `number` is the one caller id that it owns."""

    sid: str
    token: str = field(repr=False)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    number: str = field(default="+15005550006", repr=False)  # Twilio's own magic number for tests


@dataclass(slots=True)
class _Desk:
    """What may change and is the same for every call, whatever is played in it."""

    number: NumberSettings = field(default_factory=NumberSettings)
    next_turn: float = 0.0  # of the queue
    rest_requests: int = 0
    webhooks: int = 0
    noted: Callable[[Effect], None] = lambda effect: None  # told of each effect, once it is in the log


class CarrierContext:
    """The place where the lines meet. `tasks` outlive single calls and end with the carrier."""

    def __init__(
        self,
        network: Network,
        client: httpx2.AsyncClient,
        scenario: Scenario,
        utterances: Utterances,
        tasks: TaskGroup,
        seed: int,
        epoch: float,
        tls: ssl.SSLContext | None = None,
        routes: Routes | None = None,
        number: str = "",
        players: Players | None = None,
    ) -> None:
        self.routes = routes or Routes()
        self.network = self.routes.network(network)
        self.client = client
        self.scenario = scenario
        self.plan = scenario.carrier
        self.utterances = utterances
        self.tasks = tasks
        self.tls = tls
        self.players = players
        self.chance = random.Random(seed)
        self.log: list[Effect] = []
        self.recordings: dict[str, Recording] = {}
        self.webhooks: deque[SentWebhook] = deque(maxlen=WEBHOOKS)
        self.desk = _Desk()
        self.legs: dict[str, CallResource] = {}  # second legs
        self.api = ""  # the base address of the REST interface, once it is known
        self._epoch = epoch
        self._began = anyio.current_time()
        account = Account(self.new_sid("AC"), self._hex(), self.new_sid("SK"), self._hex())
        self.account = replace(account, number=number) if number else account

    def turn_ms(self) -> int:
        """How long the next call waits in the queue, where only so many are placed in a second."""
        if not self.plan.calls_per_second:
            return 0
        now = anyio.current_time()
        turn = max(now, self.desk.next_turn)
        self.desk.next_turn = turn + 1 / self.plan.calls_per_second
        return round((turn - now) * 1000)

    def playing(self, scenario: Scenario) -> CarrierContext:
        """The same carrier where another scenario is played in a call. Raises SettingsError as `Utterances` does."""
        if scenario is self.scenario:
            return self
        own = copy(self)
        own.scenario, own.plan = scenario, scenario.carrier
        own.utterances = self.utterances.of(scenario)
        return own

    def now_ms(self) -> int:
        """Milliseconds since the carrier opened."""
        return round((anyio.current_time() - self._began) * 1000)

    def epoch_of(self, at_ms: int) -> float:
        """The date of something in the log, in epoch seconds."""
        return self._epoch + at_ms / 1000

    def epoch_now(self) -> float:
        """The date, in epoch seconds: the one handed in plus what has passed since."""
        return self._epoch + anyio.current_time() - self._began

    def keep(self, recording: Recording) -> None:
        """Keep a recording; of many the oldest go."""
        self.recordings[recording.sid] = recording
        for sid in too_many(self.recordings):
            del self.recordings[sid]

    def note(
        self,
        sid: str,
        what: What,
        detail: str = "",
        *,
        source: str = "",
        code: int = 0,
        stream_ms: int = 0,
        audio: bytes = b"",
        pii_text: str = "",
        request: int = 0,
        took_ms: int = 0,
    ) -> None:
        """Write down what has just taken effect."""
        effect = Effect(self.now_ms(), sid, what, detail, source, code, stream_ms, audio, pii_text, request, took_ms)
        self.log.append(effect)
        self.desk.noted(effect)

    def next_rest_request(self) -> int:
        """The number of a REST request, of all that came."""
        self.desk.rest_requests += 1
        return self.desk.rest_requests

    def next_webhook(self) -> int:
        """The number of a webhook, of all that were sent."""
        self.desk.webhooks += 1
        return self.desk.webhooks

    def new_sid(self, kind: str) -> str:
        """A new name of the carrier's own form: two letters and 32 hex digits."""
        return kind + self._hex()

    def new_token(self) -> str:
        """A new idempotency token; those observed are UUIDs."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _hex(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"
