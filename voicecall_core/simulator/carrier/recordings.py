"""Recordings of calls: what is kept of one, and how REST shows it. Knows no verb and no request.

Twilio: docs/voice/api/recording, docs/voice/twiml/record.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field
from email.utils import formatdate

from voicecall_core.audio import BYTES_PER_MS, LINEAR

RATE = 8_000
_LITTLE = tuple(sample.to_bytes(2, "little", signed=True) for sample in LINEAR)


@dataclass(frozen=True, slots=True)
class RecordingWish:
    """Who is told of a recording, and of what: in-progress, completed, absent. `source` as the carrier calls it."""

    callback: str = ""
    callback_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    source: str = "OutboundAPI"


@dataclass(slots=True)
class Recording:
    """One recording. `began_at` in epoch seconds; `status`: in-progress, completed or absent."""

    sid: str
    account_sid: str
    call_sid: str
    began_at: float
    source: str  # RecordVerb or OutboundAPI
    audio: bytes = field(default=b"", repr=False)  # mu-law
    status: str = "in-progress"

    @property
    def seconds(self) -> int:
        """Its length in whole seconds, rounded up."""
        return -(-len(self.audio) // (BYTES_PER_MS * 1_000))

    @property
    def path(self) -> str:
        """Where it lies under the carrier's address, without what kind of file is wanted."""
        return f"/2010-04-01/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def wav(self) -> bytes:
        """16-bit mono at 8 kHz."""
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(b"".join(_LITTLE[code] for code in self.audio))
        return out.getvalue()

    def json(self) -> dict[str, object]:
        """The recording as REST shows it."""
        began = formatdate(self.began_at).replace("-0000", "+0000")
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "conference_sid": None,
            "status": self.status,
            "channels": 1,
            "source": self.source,
            "duration": None if self.status == "in-progress" else str(self.seconds),
            "start_time": began,
            "date_created": began,
            "date_updated": began,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "encryption_details": None,
            "track": "both",
            "api_version": "2010-04-01",
            "uri": self.path + ".json",
            "media_url": None,
            "subresource_uris": {
                "add_on_results": self.path + "/AddOnResults.json",
                "transcriptions": self.path + "/Transcriptions.json",
            },
        }
