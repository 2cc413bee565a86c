"""A request as a tool: where it goes is the file's to say, what is in it the model's; no secret comes back.

Scheme, host and port stand in the file and in no argument; arguments are encoded, redirects are not followed.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from voicecall_core.net.http_client import http_client
from voicecall_core.net.network import Network
from voicecall_core.tools.base import ToolFailed
from voicecall_core.words.terms import ToolSpec

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_BODY = ("POST", "PUT", "PATCH")  # their arguments are a JSON body; the others' stand in the query
MOST_BYTES = 64_000  # of an answer that is read; of what is told to the model there is a bound besides
ARGUMENT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MASK = "***"


@dataclass(frozen=True, slots=True)
class HttpTool:
    """One request. `path` holds {arguments}; `query` and `headers` may hold secrets, which are told to nobody else.

    `base`: scheme, host and port. `secrets`: the values that must not appear in what comes back.
    """

    spec: ToolSpec
    timeout_s: float
    method: str
    base: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    network: Network | None = None

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """Ask, and return what was answered: JSON if it is, else its text. Raises ToolFailed for any other answer."""
        request = self._request(arguments)
        try:
            async with (
                http_client(self.network, timeout_s=self.timeout_s, verify=_certificates()) as http,
                http.stream(**request, follow_redirects=False) as response,
            ):
                body = await _body(response)
        except httpx2.HTTPError as error:
            raise ToolFailed("the service could not be reached", type(error).__name__) from None
        return self._read(body)

    def _request(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        in_path = set(ARGUMENT.findall(self.path))
        path = ARGUMENT.sub(lambda found: _segment(found[1], arguments.get(found[1])), self.path)
        rest = {name: value for name, value in arguments.items() if name not in in_path and value is not None}
        query = list(self.query)
        if self.method not in _BODY:
            query += [(name, _plain(value)) for name, value in rest.items()]
        headers = {"Accept-Encoding": "identity", **self.headers}  # what is packed could be of any size
        request = {"method": self.method, "url": self.base + path, "headers": headers, "params": query}
        return {**request, "json": rest} if self.method in _BODY else request

    def _read(self, body: bytes) -> Any:
        text = body.decode("utf-8", "replace")
        for secret in self.secrets:  # a service may say again what it was sent
            for written in {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}:
                text = text.replace(written, _MASK)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text


async def _body(response: httpx2.Response) -> bytes:
    """The body of an answer that will do. Raises ToolFailed."""
    if not response.is_success:
        raise ToolFailed(f"the service answered {response.status_code}", f"HTTP {response.status_code}")
    length = response.headers.get("content-length", "")[:20]
    body, long = b"", length.isdecimal() and int(length) > MOST_BYTES
    if not long:
        async for piece in response.aiter_raw():  # to its end, or the tool's time-out: only so it is closed in order
            long = long or len(body) + len(piece) > MOST_BYTES
            body = b"" if long else body + piece
    if long:
        raise ToolFailed("the service's answer is too long", f"more than {MOST_BYTES:,} bytes")
    return body


def _segment(name: str, value: Any) -> str:
    """An argument in the path. Raises ToolFailed for one that would lead elsewhere."""
    text = _plain(value) if value is not None else ""
    if text.strip(".") == "":
        raise ToolFailed(f"{name} may not be empty, nor only dots")
    return quote(text, safe="")


def _plain(value: Any) -> str:
    """A value as it stands in a URL."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _certificates() -> ssl.SSLContext:
    """The usual ones; they take a while to load."""
    return ssl.create_default_context()


def split_url(url: str) -> tuple[str, str, str]:
    """Scheme, host and port; the path; the query. Raises ValueError for what is no URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path, parts.query
