"""What this program needs of a carrier: calls placed and ended, webhooks read, media messages both ways.

A carrier lends us a phone line. Its words end in its own package: what leaves it is events, statuses and the
messages below. A second carrier is a second package that gives a `Carrier`; docs/adding-a-carrier.md has the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypedDict, Unpack

from voicecall_core.words.events import Fetched, StatusReported, StreamReported
from voicecall_core.words.orders import Document
from voicecall_core.words.values import CallStatus, Refusal

# --- placing, changing and ending calls -----------------------------------------------------------------------------


class CallTerms(TypedDict):
    """What is asked of the carrier when it is to dial: full numbers, absolute URLs, whole seconds."""

    to: str
    from_number: str
    url: str
    fallback_url: str
    status_url: str
    ring_timeout_s: int
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A request as it would be sent, fit to be shown: numbers, account and credentials are shortened."""

    method: str
    url: str
    parameters: tuple[tuple[str, str], ...]
    authorization: str


@dataclass(frozen=True, slots=True, repr=False)
class RawRequest:
    """A request as it goes over the wire, keys included, for whoever has nothing of this program to make it with."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str


class CallControl(Protocol):
    """Places, changes and ends calls. Every request raises CarrierError if the carrier refuses or does not answer."""

    @property
    def cold(self) -> bool:
        """Whether `warm` would take long: it is to be done in a thread then."""

    def warm(self) -> None:
        """Get ready what the first request needs. May block for a quarter of a second, once."""

    async def describe(self, **asked: Unpack[CallTerms]) -> RestRequest:
        """The request that `create` would send for the same arguments; nothing is sent."""

    async def create(self, **asked: Unpack[CallTerms]) -> str:
        """Place a call and return its SID. Not idempotent: after `CarrierError.lost` the call may exist."""

    async def update(self, sid: str, document: str) -> None:
        """Put a document in place of the one that a live call is running; this ends its media stream."""

    async def hang_up(self, sid: str) -> None:
        """Ask for the call's end. Returning means accepted (or nothing there to hang up), not yet ended."""

    def raw_hang_up(self, sid: str) -> RawRequest:
        """The request that `hang_up` would send."""

    async def fetch(self, sid: str) -> CallStatus:
        """The call's status; a terminal one is final."""

    async def look_up(self, *, to: str, from_number: str, placed_after: datetime) -> tuple[str, ...]:
        """The SIDs of the calls between these numbers since `placed_after` (an aware datetime), newest first."""

    async def up_since(self, placed_after: datetime) -> tuple[tuple[str, str], ...]:
        """Of the account's latest calls since then (an aware datetime) those that have not ended, newest first.

        Of each its SID and the number that was called.
        """

    def refusal(self, code: int) -> Refusal:
        """What the refusal of an update or a hang-up with this error code says of the call."""


# --- what the carrier asks of us, and what it is answered ----------------------------------------------------------


class Webhook(Protocol):
    """A request of the carrier's, before anything is known of it."""

    @property
    def body(self) -> bytes: ...

    def header(self, name: str) -> str:
        """A header by its name in small letters; empty if it is not there."""

    def form(self) -> list[tuple[str, str]]:
        """The body as a form, blank values included."""


@dataclass(frozen=True, slots=True)
class DocumentUrls:
    """Where a stream document points: media socket (wss, its token in the path), its callback, the next document."""

    stream_url: str
    stream_status_url: str
    redirect_url: str
    call_id: str


class Webhooks(Protocol):
    """Reads what the carrier posts, and writes the documents that it is answered with. Quiet: no I/O, no clock.

    The readers raise PeerError for what the carrier's own documents do not allow.
    """

    @property
    def document_type(self) -> str:
        """The content type of a document."""

    def bears_signature(self, webhook: Webhook) -> bool:
        """Whether there is something that could be the carrier's signature: a question that costs nothing."""

    def signed(self, webhook: Webhook, url: str, *, upgrade: bool = False) -> bool:
        """Whether the carrier signed this request to `url`, the one that it was given; `upgrade`: to a media socket."""

    def lacks_key(self, webhook: Webhook) -> bool:
        """Whether it says that it is signed with a key that this program was not given."""

    def fetched(self, webhook: Webhook, request: int, generation: int) -> Fetched:
        """It asks for the document of `generation`; `request` is our number for the waiting HTTP request."""

    def status_reported(self, webhook: Webhook) -> StatusReported:
        """It tells how the call stands."""

    def stream_reported(self, webhook: Webhook) -> StreamReported:
        """It tells how the media stream stands."""

    def write(self, document: Document, urls: DocumentUrls) -> str:
        """A document in the carrier's language. Raises SettingsError if what is to be said is too long for it."""


class CarrierRequests(Protocol):
    """What the carrier's own requests look like: the proof's are to be let through, or not, as those would be."""

    @property
    def carrier(self) -> str:
        """The carrier's name."""

    @property
    def signature_header(self) -> str: ...

    def headers(self, url: str, form: Sequence[tuple[str, str]] | None, mark: str) -> list[tuple[str, str]]:
        """Those of a signed form that is posted to `url`, or (None) of a signed upgrade; one of them is `mark`."""


# --- the media stream -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message on a socket; it says nothing yet."""


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins. `encoding` is the media format in words, `call_id` what our document gave it.

    `account_sid` and `call_id` are empty if it does not say them.
    """

    stream_sid: str
    sid: str
    account_sid: str
    encoding: str
    call_id: str


class Media(NamedTuple):  # 50 of them are made a second and call: a dataclass takes three times as long
    """20 ms of the callee, heard at `stream_ms`; `payload` is proper base64, so it may be pasted into JSON."""

    stream_ms: int
    payload: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The audio before our mark `name` has played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Digit:
    """The callee pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The stream is over; the socket closes next."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message this program has no use for (yet)."""

    event: str


Message = Connected | Start | Media | Mark | Digit | Stop | Unknown


class MediaStream(Protocol):
    """The messages on one media socket, both ways: mu-law at 8 kHz, base64, whatever the carrier itself speaks. Quiet.

    `read` and `frame` are called 50 times a second. Where nothing has to be remembered, a module of functions will do.
    """

    def read(self, text: str | bytes) -> Message:
        """One message of the carrier's. Raises PeerError, with a sentence, for one that cannot be made use of."""

    def frame(self, stream_sid: str, payload: str) -> str:
        """Audio for the callee."""

    def mark(self, stream_sid: str, name: str) -> str:
        """Asks to be told when all audio sent so far has played."""

    def clear(self, stream_sid: str) -> str:
        """Throws away all audio that has not played; the carrier answers with every pending mark."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One account with one carrier: `name` is how people know it, `account_sid` what the start of a stream names.

    `media_stream` is called for each media socket.
    """

    name: str
    account_sid: str
    control: CallControl
    webhooks: Webhooks
    requests: CarrierRequests
    media_stream: Callable[[], MediaStream]
