"""Which heads of requests are answered: one set of rules, for ordinary requests and for upgrades.

The HTTP library is lenient where the WebSocket library is not, and each has limits of its own. A head that passes here
passes both, so that it never matters which of the two reads it.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import h11

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
VERSIONS = frozenset({b"1.0", b"1.1"})
# A line, without its end, and lines beside the first: a carrier's webhook behind a tunnel has about twenty fields.
# The WebSocket library would refuse 8192 bytes and 128 fields, and call it a bad request.
LINE_BYTES = 8_190
FIELDS = 128
# All lists together that an upgrade is negotiated with: the WebSocket library reads them letter by letter, before
# anybody is asked whether this client may come in. Browsers send 60 bytes.
LIST_BYTES = 512
_LISTS = frozenset({b"connection", b"upgrade", b"sec-websocket-extensions", b"sec-websocket-protocol"})

# RFC 9110 section 5.5: whoever meets them in a field's value refuses the message, or makes spaces of them. What takes
# them for more than that, a log or a terminal, is never given any.
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def flaw(head: h11.Request, most_bytes: int) -> int:
    """The status with which a head must be refused, with the connection closed, else 0."""
    if head.http_version not in VERSIONS:
        return HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    if _is_ambiguous(head) or any(_CONTROLS.search(value) for _, value in head.headers):
        return HTTPStatus.BAD_REQUEST
    # The HTTP library looks at the size of unfinished heads only, so that the way in which one is split would decide.
    lines = [len(head.method) + len(head.target) + len(" HTTP/1.1 ")]
    lines += [len(name) + len(value) + len(": ") for name, value in head.headers]
    listed = sum(len(value) for name, value in head.headers if name in _LISTS)
    if listed > LIST_BYTES or sum(lines) > most_bytes or max(lines) > LINE_BYTES or len(lines) > 1 + FIELDS:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return 0 if head.method in METHODS else HTTPStatus.NOT_IMPLEMENTED


def _is_ambiguous(head: h11.Request) -> bool:
    """Whether two readers could differ about where the body ends (RFC 9112 section 6.1): then one smuggles for another.

    Two lengths for one body are such a case, and a transfer coding in HTTP/1.0, which has none.
    """
    names = {name for name, _ in head.headers}
    return b"transfer-encoding" in names and (b"content-length" in names or head.http_version == b"1.0")
