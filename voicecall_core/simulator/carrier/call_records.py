"""What the carrier knows of a call, and the JSON that REST shows of it. Knows nothing of how calls proceed."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import formatdate

from voicecall_core.simulator.carrier.recordings import RecordingWish

TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

_SUBRESOURCES = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What the caller of create asked for, checked. Seconds; empty texts were not given."""

    to: str
    from_: str
    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    callback: str = ""
    callback_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    ring_s: int = 60
    detection: str = ""  # MachineDetection: Enable or DetectMessageEnd
    detection_async: bool = False
    detection_callback: str = ""
    detection_callback_method: str = "POST"
    detection_s: int = 30
    send_digits: str = ""
    record: RecordingWish | None = None
    limit_s: int = 4 * 3600  # Twilio: "Introducing configurable call limits"; the account's default


@dataclass(slots=True)
class CallResource:
    """One call as the carrier knows it. Times are epoch seconds; `repr` shows no number."""

    sid: str
    account_sid: str
    wish: CallRequest
    created_at: float
    status: str = "queued"
    updated_at: float = 0.0
    answered_at: float | None = None
    ended_at: float | None = None
    sip_code: int = 0
    queue_ms: int = 0
    parent_sid: str = ""  # of the leg that called this one by `<Dial>`
    direction: str = "outbound-api"
    answered_by: str = ""
    detection_ms: int = 0
    recording_sid: str = ""
    recording_url: str = ""
    stream_url: str = field(default="", repr=False)  # of the last `<Connect><Stream>`

    def __repr__(self) -> str:
        return f"Record({self.sid} {self.status})"

    @property
    def to(self) -> str:
        """The number that is called, in full."""
        return self.wish.to

    @property
    def from_(self) -> str:
        """The caller id, in full."""
        return self.wish.from_

    @property
    def over(self) -> bool:
        """Whether the status is a terminal one."""
        return self.status in TERMINAL

    @property
    def seconds(self) -> int:
        """Whole seconds from answer to end, begun ones counted; 0 for a call that was not answered."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round(self.ended_at - self.answered_at))

    def json(self, *, fresh: bool = False) -> dict[str, object]:
        """The call as REST shows it; `fresh`: as create's answer has it, with fewer fields filled in.

        Field by field as in captured answers to create (fresh) and to a GET while ringing.
        """
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "date_created": _date(self.created_at),
            "date_updated": _date(self.updated_at or self.created_at),
            "parent_call_sid": self.parent_sid or None,
            "account_sid": self.account_sid,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.from_,
            "from_formatted": self.from_,
            "phone_number_sid": "PN" + self.account_sid[2:],
            "status": "queued" if self.status == "initiated" else self.status,  # not in the REST enumeration
            "start_time": None if fresh else _date(self.answered_at or self.created_at),
            "end_time": None if self.ended_at is None else _date(self.ended_at),
            "duration": None if fresh else str(self.seconds),
            "price": None,  # the price follows minutes after the end, too late for this carrier
            "price_unit": "USD",
            "direction": self.direction,
            "answered_by": self.answered_by or None,
            "annotation": None,
            "api_version": "2010-04-01",
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None if fresh else "",
            "queue_time": str(0 if fresh else self.queue_ms),
            "trunk_sid": None if fresh else "",
            "uri": uri + ".json",
            "subresource_uris": {key: f"{uri}/{name}.json" for key, name in _SUBRESOURCES.items()},
        }


def _date(epoch_s: float) -> str:
    return formatdate(epoch_s).replace("-0000", "+0000")
