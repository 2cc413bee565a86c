"""All calls of this process, and the one door by which the carrier reaches them. Knows nothing of how a call goes on.

What costs nothing is asked first: the path, whether there is a signature at all, the size. Then the signature, then
what the form says. What is not signed changes nothing, what is signed and unknown is answered so that the carrier lets
go of it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import TaskGroup

from voicecall_core.addresses import MEDIA, STATUS, STREAM, TWIML, Addresses, Place, named, place
from voicecall_core.admission import FAULTS, Repeats, UpgradePace, is_too_large
from voicecall_core.carriers.base import Webhooks
from voicecall_core.errors import PeerError, SettingsError
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import SocketEnded
from voicecall_core.session import Session
from voicecall_core.words.events import TunnelLost, TurnedAway, UpgradeAsked
from voicecall_core.words.orders import Document, DocumentKind
from voicecall_core.words.values import Fault, Knock

TOMBSTONES = 256  # calls remembered after their end, so that late webhooks find an answer; beyond it the oldest go

_CLOSE = (("connection", "close"),)  # whoever is refused says it again on a connection of his own, if at all
NOT_FOUND = Response(404, b"There is nothing here.\n", _CLOSE)
NO_CALL = Response(403, b"No call that is under way has this socket.\n", _CLOSE)
UNSIGNED = Response(403, b"This bears no signature of the carrier's kind.\n", _CLOSE)
TOO_LARGE = Response(413, b"The carrier sends nothing so large.\n", _CLOSE)
FORBIDDEN = Response(403, b"The signature does not fit.\n", _CLOSE)
TOO_OFTEN = Response(429, b"This very request was taken before, many times.\n", _CLOSE)
TAKEN = Response(204)

_KNOCKS: Mapping[str, Knock] = {
    TWIML: Knock.FETCH,
    STATUS: Knock.STATUS,
    STREAM: Knock.STREAM,
    MEDIA: Knock.SOCKET,
}
_MISFITS = frozenset({Fault.SIGNATURE, Fault.KEY})
_FROM_THE_CARRIER = frozenset({Fault.FORM, Fault.OFTEN})  # signed, and turned away all the same


class Switchboard:
    """Every call is entered and left by one `async with switchboard.line(session)`."""

    def __init__(self, addresses: Addresses, webhooks: Webhooks, tasks: TaskGroup | None = None) -> None:
        """`webhooks` reads what the carrier posts; in `tasks` is done what is due after a call's end."""
        self.addresses = addresses
        self.refused = 0  # requests whose signature did not fit
        self.outsiders = 0  # what does not even look like the carrier's
        self._lost = ""  # why the tunnel leads here no more
        self._webhooks = webhooks
        self._tasks = tasks
        self._calls: dict[str, Session] = {}
        self._turned_away: dict[str, Counter[tuple[Knock, Fault]]] = {}  # by call, while it is entered
        self._repeats = Repeats()
        self._paces: dict[str, defaultdict[int, UpgradePace]] = {}  # the same, by generation; 0: of a wrong token
        self._ended: OrderedDict[str, Session] = OrderedDict()

    @property
    def quiet(self) -> bool:
        """No call is entered."""
        return not self._calls

    @asynccontextmanager
    async def line(self, session: Session) -> AsyncIterator[Session]:
        """Enter a call for as long as the block runs; afterwards a tombstone remains.

        Raises SettingsError if the tunnel has been lost already.
        """
        if self._lost:
            raise SettingsError(f"{self._lost}. Nobody was called.", setting="VOICECALL_TUNNEL", fix="Try again.")
        call_id = session.plan.terms.call_id
        self._calls[call_id] = session
        self._turned_away[call_id], self._paces[call_id] = Counter(), defaultdict(UpgradePace)
        session.afterlife = self._tasks
        elsewhere = session.others
        session.others = lambda: elsewhere() | self._others(session)
        try:
            yield session
        finally:
            del self._calls[call_id], self._turned_away[call_id], self._paces[call_id]
            self._ended[call_id] = session
            while len(self._ended) > TOMBSTONES:
                self._ended.popitem(last=False)

    def _others(self, session: Session) -> frozenset[str]:
        """The SIDs of the calls besides this one that are known here, of those that have ended too."""
        rest = [each for each in (*self._calls.values(), *self._ended.values()) if each is not session]
        return frozenset(sid for each in rest for sid in ({each.call.sid} | each.call.strays) if sid)

    def tunnel_lost(self, reason: str) -> None:
        """Tell every call that the carrier cannot reach this process any more; no further one is entered."""
        self._lost = reason
        for session in list(self._calls.values()):
            session.tell(TunnelLost(reason))

    # --- the door ---

    def glance(self, head: Request) -> Response | None:
        """Refuse by its head what cannot be the carrier's."""
        asked = place(head.path)
        if asked is None or (head.method, head.wants_socket) != (
            ("GET", True) if asked.what == MEDIA else ("POST", False)
        ):
            return self._refused(head, NOT_FOUND, Fault.PATH)
        if asked.what == MEDIA and asked.call_id not in self._calls:
            return self._refused(head, NO_CALL, Fault.PATH)
        if not self._webhooks.bears_signature(head):
            return self._refused(head, UNSIGNED, Fault.UNSIGNED)
        return None

    async def answer(self, request: Request) -> Response:
        """Answer a webhook. Bad signature: 403, nothing changed. Signed but unknown: 204, or hang up for a fetch."""
        if (refusal := self.glance(request)) is not None:
            return refusal
        if is_too_large(request):
            return self._refused(request, TOO_LARGE, Fault.SIZE)
        if not self.signed(request):
            return self._refused(request, FORBIDDEN, self._misfit(request))
        if self._repeats.too_many(request):
            return self._refused(request, TOO_OFTEN, Fault.OFTEN)
        asked = place(request.path)
        assert asked is not None, "seen at a glance"
        session = self._calls.get(asked.call_id) or self._ended.get(asked.call_id)
        try:
            return self._told(asked, session, request)
        except PeerError:  # signed, so it is the carrier's, and is taken, whatever it says
            self._turn_away(request.path, 200, Fault.FORM)
            return self._hang_up(asked) if asked.what == TWIML else TAKEN

    def _told(self, asked: Place, session: Session | None, request: Request) -> Response:
        if asked.what == TWIML:
            if session is None:
                return self._hang_up(asked)
            fetched = self._webhooks.fetched(request, session.next_number(), asked.generation)
            return self._document(session.answer(fetched))
        if session is not None and asked.what == STATUS:
            session.tell(self._webhooks.status_reported(request))
        elif session is not None and asked.what == STREAM:
            session.tell(self._webhooks.stream_reported(request))
        return TAKEN

    def _hang_up(self, asked: Place) -> Response:
        """What a fetch gets that no call of ours can answer."""
        urls = self.addresses.document(asked.call_id, asked.generation)
        return self._document(self._webhooks.write(Document(DocumentKind.HANGUP), urls))

    def _document(self, text: str) -> Response:
        return Response(200, text.encode(), (("content-type", self._webhooks.document_type),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Let a media socket in if its path, its signature, its pace and the guard say so.

        One that came after many is asked for the beginning of its stream first.
        """
        refusal, asked = self.glance(request), place(request.path)
        if refusal is not None or asked is None:
            await offer.refuse((refusal or NOT_FOUND).status)
            return
        token_ok = self.addresses.token_ok(asked)
        pace = self._paces[asked.call_id][asked.generation if token_ok else 0]
        if not token_ok and not pace.at_once():  # many guess: their signatures are not even computed
            await offer.refuse(self._refused(request, NO_CALL, Fault.PATH).status)
            return
        if not self.signed(request, upgrade=True):
            await offer.refuse(self._refused(request, FORBIDDEN, self._misfit(request)).status)
            return
        if token_ok and not pace.at_once() and not (await self._begins(asked.call_id, offer) and await pace.may_ask()):
            self._turn_away(request.path, 429, Fault.OFTEN)
            await offer.refuse(429)
            return
        session = self._calls.get(asked.call_id)
        number = session.next_number() if session is not None else 0  # the call may have ended while he waited
        if session is None or not session.admits(UpgradeAsked(number, asked.generation, token_ok)):
            await offer.refuse(403)
            return
        socket = offer.socket or await offer.accept()
        offer.let_in()
        await session.carry(number, socket)

    async def _begins(self, call_id: str, offer: Offer) -> bool:
        """Let it in on trial; whether it begins the call's stream, soon. What it says is kept for the call."""
        socket, said = await offer.accept(on_trial=True), list[str | bytes]()
        with anyio.move_on_after(UpgradePace.TRIAL_S), suppress(SocketEnded):
            while len(said) < UpgradePace.TRIAL_MESSAGES:
                said.append(await socket.receive())
                session = self._calls.get(call_id)
                if session is not None and session.is_begun_by(said[-1]):
                    socket.put_back(said)
                    return True
        return False

    # --- what is turned away ---

    def failed(self, path: str, error: Exception) -> Response | None:
        """A mistake of our own came to light: the path's call is ended. What ends it, if a document was asked."""
        asked, call_id = place(path), named(path)
        if (session := self._calls.get(call_id)) is not None:
            session.fault("a webhook" if asked is None or asked.what != MEDIA else "an upgrade", error)
        with suppress(Exception):  # it may be the writing of documents that fails
            return self._hang_up(asked) if asked is not None and asked.what == TWIML else None
        return None

    def turned_away(self, path: str, status: int) -> None:
        """The server refused a request to this path, or dropped it to make room."""
        self._turn_away(path, status, FAULTS.get(status, Fault.BROKEN))

    def _refused(self, request: Request, refusal: Response, fault: Fault) -> Response:
        self._turn_away(request.path, refusal.status, fault)
        return refusal

    def _turn_away(self, path: str, status: int, fault: Fault) -> None:
        """Tell the call that a path names, or every call if it names none."""
        if fault in _MISFITS:
            self.refused += 1
        elif fault not in _FROM_THE_CARRIER:
            self.outsiders += 1
        call_id, asked = named(path), place(path)
        if call_id in self._calls:
            self._tell(call_id, _KNOCKS[asked.what] if asked is not None else Knock.OTHER, status, fault)
            return
        for entered in list(self._calls):
            self._tell(entered, Knock.INTRUDER, status, fault)

    def _tell(self, call_id: str, what: Knock, status: int, fault: Fault) -> None:
        """Of the first of its kind, then of the tenth, the hundredth ..."""
        counted = self._turned_away[call_id]
        counted[what, fault] += 1
        count = counted[what, fault]
        if count == 10 ** (len(str(count)) - 1):
            self._calls[call_id].tell(TurnedAway(what, status, fault, count))

    def _misfit(self, request: Request) -> Fault:
        """Why a signature does not fit, as far as the request itself says."""
        return Fault.KEY if self._webhooks.lacks_key(request) else Fault.SIGNATURE

    def signed(self, request: Request, *, upgrade: bool = False) -> bool:
        """Whether the carrier signed this request to the URL that it was given."""
        return self._webhooks.signed(request, self.addresses.asked(request.target, socket=upgrade), upgrade=upgrade)
