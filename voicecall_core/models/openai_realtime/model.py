"""OpenAI's realtime models as a model of this program: where they are reached, and the sessions held with them."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from voicecall_core.models.base import Audio, Tell
from voicecall_core.models.openai_realtime import writing
from voicecall_core.models.openai_realtime.client import SET_UP, ModelLine
from voicecall_core.wire.network import Network
from voicecall_core.words.orders import OpenModel
from voicecall_core.words.terms import Brief


def naming(url: str, model: str) -> str:
    """The model's URL with its name in the query, unless it names one (or a deployment) already."""
    if "model=" in url or "deployment=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}model={quote(model)}"


@dataclass(frozen=True, slots=True, repr=False)
class OpenAIRealtime:
    """The way to OpenAI's realtime models, or to a server that speaks as they do. `key` is a secret: none of it shows.

    `tls` says whose certificates are believed.
    """

    network: Network
    url: str
    key: str
    tls: ssl.SSLContext | None = None
    user_agent: str = "voicecall/python"

    @property
    def usable(self) -> bool:
        """Whether there is somebody to ask."""
        return bool(self.url)

    def set_up(self, brief: Brief) -> dict[str, Any]:
        """The `session.update` that every session begins with."""
        message: dict[str, Any] = json.loads(writing.session_update(brief, held=True, event_id=SET_UP))
        return message

    def open(self, order: OpenModel, brief: Brief, tell: Tell, audio: Audio) -> ModelLine:
        """A session that is yet to be run."""
        return ModelLine(
            order.session,
            self.network,
            naming(self.url, brief.model),
            self.key,
            brief,
            held=order.held,
            tell=tell,
            audio=audio,
            tls=self.tls,
            user_agent=self.user_agent,
        )
