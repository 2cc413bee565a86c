"""The URLs by which the carrier reaches a call, and what a path means. Knows nothing of requests.

Our own call id is in each of them from the beginning. A stream's token is an HMAC of a process secret, the call and
the generation: the same on every repetition, with nothing to store.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicecall_core.carriers.base import DocumentUrls

TWIML, STATUS, STREAM, MEDIA = "twiml", "status", "stream", "media"
_TOKEN_LETTERS = 32  # 128 bits: not to be guessed while a call is up


@dataclass(frozen=True, slots=True)
class Place:
    """What a path stands for: which call, what of it, which generation, and the token it shows."""

    call_id: str
    what: str
    generation: int = 0
    token: str = ""


def named(path: str) -> str:
    """The call that a path names, if there is one of that id, whatever else the path says."""
    return path.strip("/").partition("/")[0]


def place(path: str) -> Place | None:
    """What a request's path stands for; None if it is none of ours."""
    match path.strip("/").split("/"):
        case [call_id, "status" | "stream" as what]:
            return Place(call_id, what)
        case [call_id, "twiml", generation] if generation.isascii() and generation.isdigit() and len(generation) < 5:
            return Place(call_id, TWIML, int(generation))
        case [call_id, "media", generation, token] if (
            generation.isascii() and generation.isdigit() and len(generation) < 5
        ):
            return Place(call_id, MEDIA, int(generation), token)
    return None


class Addresses:
    """Makes the URLs of calls under one public URL (https, or http on loopback), with one secret."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._base = public_url.rstrip("/")
        scheme = "wss" if urlsplit(public_url).scheme == "https" else "ws"
        self._socket_base = f"{scheme}{self._base[self._base.index(':') :]}"
        self._secret = secret

    def __repr__(self) -> str:
        return f"<Addresses under {self._base}>"

    def twiml(self, call_id: str, generation: int) -> str:
        """Where the document of a generation is fetched."""
        return f"{self._base}/{call_id}/{TWIML}/{generation}"

    def status(self, call_id: str) -> str:
        """Where status callbacks go."""
        return f"{self._base}/{call_id}/{STATUS}"

    def token(self, call_id: str, generation: int) -> str:
        """The token of a generation's stream."""
        words = f"{call_id}/{generation}".encode()
        return hmac.new(self._secret, words, hashlib.sha256).hexdigest()[:_TOKEN_LETTERS]

    def token_ok(self, asked: Place) -> bool:
        """Whether a media path shows the token of its own generation."""
        return hmac.compare_digest(asked.token.encode(), self.token(asked.call_id, asked.generation).encode())

    def document(self, call_id: str, generation: int) -> DocumentUrls:
        """What the stream document of a generation points to."""
        token = self.token(call_id, generation)
        return DocumentUrls(
            stream_url=f"{self._socket_base}/{call_id}/{MEDIA}/{generation}/{token}",
            stream_status_url=f"{self._base}/{call_id}/{STREAM}",
            redirect_url=self.twiml(call_id, generation + 1),
            call_id=call_id,
        )

    def asked(self, target: str, *, socket: bool = False) -> str:
        """The URL that the carrier asked for, as it was configured: the public base and the raw path and query.

        Never the inner request's Host or scheme: proxies and tunnels change those.
        """
        return f"{self._socket_base if socket else self._base}{target}"
