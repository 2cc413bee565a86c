"""What the carrier's REST interface says when it does not do what was asked. Knows nothing of why.

Twilio: docs/api/errors and its error dictionary; texts marked OBS were seen in real answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from voicecall_core.net.http_server import Response


class RestRefused(Exception):
    """A request is not carried out; `code` is the carrier's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Refusal:
    """HTTP status and words of one error code."""

    status: int
    message: str


NOT_FOUND, NOT_IN_PROGRESS, UNAVAILABLE, BAD_CREDENTIALS, TEST_CREDENTIALS = 20404, 21220, 20503, 20003, 20008
METHOD_NOT_ALLOWED = 20004

REFUSALS = {
    10004: Refusal(400, "Call concurrency limit exceeded"),
    BAD_CREDENTIALS: Refusal(401, "Authenticate"),  # OBS
    TEST_CREDENTIALS: Refusal(403, "Resource not accessible with Test Account Credentials"),
    20429: Refusal(429, "Too Many Requests"),
    NOT_FOUND: Refusal(404, "The requested resource was not found"),
    20500: Refusal(500, "An internal server error has occurred"),
    UNAVAILABLE: Refusal(503, "Service unavailable"),
    21201: Refusal(400, "No 'To' number is specified"),
    21205: Refusal(400, "Url is not a valid URL"),
    21206: Refusal(400, "SendDigits is invalid"),
    21217: Refusal(400, "Phone number does not appear to be valid"),
    21218: Refusal(400, "Invalid ApplicationSid"),
    21263: Refusal(400, "Invalid MachineDetection parameter"),
    21403: Refusal(400, "Invalid method"),
    21502: Refusal(400, "Invalid URL"),
    METHOD_NOT_ALLOWED: Refusal(405, "Method not allowed"),
    21208: Refusal(400, "Invalid Timeout value"),
    21209: Refusal(400, "Invalid Method"),
    21210: Refusal(
        400,
        "The source phone number provided is not yet verified for your account. You may only make calls from phone "
        "numbers that you've verified or purchased from Twilio.",  # OBS, there with the number
    ),
    21211: Refusal(400, "The phone number you are attempting to call is not valid."),
    21212: Refusal(400, "Invalid From Number (caller ID)"),
    21213: Refusal(400, "No 'From' number is specified"),
    21214: Refusal(400, "The phone number you are attempting to call cannot be reached."),
    21215: Refusal(
        400,
        "Account not authorized to call this number. Perhaps you need to enable some international permissions: "
        "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",  # OBS, there with the number
    ),
    21216: Refusal(400, "Account not allowed to call this number."),
    21219: Refusal(400, "The number is unverified. Trial accounts may only make calls to verified numbers."),  # OBS
    NOT_IN_PROGRESS: Refusal(400, "Call is not in-progress. Cannot redirect."),  # OBS
    32018: Refusal(400, "Twiml exceeds maximum allowed length"),
}


def refusal(code: int) -> Response:
    """The answer with that code, in the form `{"code", "message", "more_info", "status"}`."""
    known = REFUSALS.get(code, Refusal(400, "The request was refused"))
    return reply(
        known.status,
        {
            "code": code,
            "message": known.message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": known.status,
        },
    )


def reply(status: int, body: object) -> Response:
    """A JSON answer."""
    return Response(status, json.dumps(body).encode(), (("Content-Type", "application/json;charset=utf-8"),))
