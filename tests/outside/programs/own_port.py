"""A webhook server of the standard library: what came in, and documents by path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


class OwnPort:
    """The webhooks so far, as (path, form, signature)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.came: list[tuple[str, dict[str, str], str]] = []
        self.documents: dict[str, str] = {}

    def until(self, what: Callable[[], object], seconds: float = 15.0) -> None:
        """Wait until that is true. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise TimeoutError(f"came so far: {[(path, form.get('CallStatus')) for path, form, _ in self.came]}")
            time.sleep(0.02)

    def at(self, path: str, sid: str = "") -> list[dict[str, str]]:
        """The forms that came to that path."""
        return [form for at, form, _ in self.came if at == path and sid in ("", form.get("CallSid"))]


@contextmanager
def own_port() -> Iterator[OwnPort]:
    """Serve on a free loopback port until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            port.came.append((self.path, form, self.headers.get("X-Twilio-Signature", "")))
            document = port.documents.get(self.path, "").encode()
            self.send_response(200 if document else 204)
            if document:
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = OwnPort(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield port
    finally:
        server.shutdown()
