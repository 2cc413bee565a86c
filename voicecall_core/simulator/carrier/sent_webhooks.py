"""A webhook as the carrier remembers it: what a call's events show. Knows nothing of how it was sent.

Twilio: docs/voice/api/call-event-resource.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import formatdate


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """One request and what it was answered with. `status` is 0 where no answer came; `at` in epoch seconds."""

    sid: str
    method: str
    url: str
    form: tuple[tuple[str, str], ...] = field(repr=False)
    status: int
    content_type: str
    took_ms: int
    at: float

    def json(self) -> dict[str, object]:
        """The event as REST shows it."""
        return {
            "request": {"method": self.method, "url": self.url, "parameters": dict(self.form)},
            "response": {
                "response_code": self.status,
                "request_duration": self.took_ms,
                "content_type": self.content_type,
                "response_body": "",  # it is not kept
                "date_created": formatdate(self.at).replace("-0000", "+0000"),
            },
        }
