"""Our end of the proof: what is ours is answered and remembered, all else goes to the door of calls."""

from __future__ import annotations

from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.opening import Offer
from voicecall_core.tunnel.arrivals import REMEMBERED, Arrivals

NONCE = "0f3ca9"


class Calls:
    """The door of calls."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def glance(self, head: Request) -> Response | None:
        self.seen.append(head.path)
        return None

    def turned_away(self, path: str, status: int) -> None:
        self.seen.append(f"{status} {path}")

    async def answer(self, request: Request) -> Response:
        return Response(204)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        raise AssertionError("nobody asks for one here")

    def signed(self, request: Request, *, upgrade: bool = False) -> bool:
        return request.header("x-signature") == "fits"


def post(target: str, mark: str = "", *more: tuple[str, str], method: str = "POST") -> Request:
    return Request(method, target, (("x-mark", mark), *more), b"")


async def test_a_question_with_our_nonce_is_answered_with_it_and_another_one_is_not() -> None:
    arrivals = Arrivals(NONCE, Calls())
    ours, other = await arrivals.answer(post(f"/probe/{NONCE}?a=b")), await arrivals.answer(post("/probe/abc"))
    assert (ours.status, NONCE.encode() in ours.body) == (200, True)
    assert (other.status, b"not the nonce" in other.body) == (404, True)


async def test_all_else_is_for_the_door_of_calls() -> None:
    arrivals = Arrivals(NONCE, Calls())
    for request in (post("/c-1/status"), post(f"/app/probe/{NONCE}"), post(f"/probe/{NONCE}", method="GET")):
        assert (await arrivals.answer(request)).status == 204


def test_outsiders_are_for_the_door_of_calls_to_see_and_who_knows_our_nonce_is_not() -> None:
    calls = Calls()
    arrivals = Arrivals(NONCE, calls)
    ours = (post(f"/probe/{NONCE}"), post("/elsewhere", f"{NONCE}-1."), post(f"/app/probe/{NONCE}"))
    assert [arrivals.glance(head) for head in ours] == [None, None, None] and not calls.seen
    other = arrivals.glance(post("/probe/abc"))
    assert other is not None and other.status == 404 and not calls.seen
    assert arrivals.glance(post("/c-1/status")) is None
    arrivals.turned_away("/c-1/status", 413)
    assert calls.seen == ["/c-1/status", "413 /c-1/status"]


async def test_what_arrives_is_known_by_its_mark_whatever_its_path_and_judged_as_a_call_would_be() -> None:
    arrivals = Arrivals(NONCE, Calls())
    await arrivals.answer(post("/elsewhere", f"{NONCE}-1.", ("x-signature", "fits")))
    await arrivals.answer(post("/elsewhere", f"{NONCE}-11."))
    assert arrivals.found(f"{NONCE}-2.") is None
    first, other = arrivals.found(f"{NONCE}-1."), arrivals.found(f"{NONCE}-11.")
    assert first is not None and other is not None
    assert (first.signed, other.signed) == (True, False)


async def test_of_strangers_requests_nothing_is_remembered_and_of_ours_not_without_end() -> None:
    arrivals = Arrivals(NONCE, Calls())
    await arrivals.answer(post(f"/probe/{NONCE}", f"{NONCE}-0."))
    for number in range(REMEMBERED):
        await arrivals.answer(post("/c-1/status", f"abc-{number}."))
        assert arrivals.found(f"abc-{number}.") is None
    assert arrivals.found(f"{NONCE}-0.")
    for number in range(1, REMEMBERED + 1):
        await arrivals.answer(post(f"/probe/{NONCE}", f"{NONCE}-{number}."))
    assert arrivals.found(f"{NONCE}-0.") is None
