"""A Chromium without a window, driven by its own protocol: what a page looks like, and how it behaves.

Nothing but the browser (Debian: `chromium`) and the WebSocket library that the program itself uses.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
_FLAGS = (
    "--headless",
    "--no-sandbox",  # the pages are our own, and root may not use the sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--mute-audio",
    "--log-level=3",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-port=0",
)
_WITHIN_S = 20.0


class Page:
    """A tab. Everything that it asked the network for is in `requests`, what it complained of in `complaints`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket = socket
        self._asked = 0
        self._seen: set[str] = set()
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, answered."""
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv(timeout=_WITHIN_S))
            if said.get("id") == self._asked:
                assert "error" not in said, f"{method}: {said['error']}"
                result: dict[str, Any] = said["result"]
                return result
            self._hear(said)

    def _hear(self, said: dict[str, Any]) -> None:
        name, parameters = said.get("method", ""), said.get("params", {})
        self._seen.add(name)
        match name:
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning"):
                self.complaints.append(str(parameters["args"]))
            case "Log.entryAdded":
                self.complaints.append(str(parameters["entry"]["text"]))

    def open(self, path: Path) -> None:
        """Show a file, and wait until it has loaded."""
        self.requests.clear()
        self.complaints.clear()
        self._seen.discard("Page.loadEventFired")
        self.tell("Page.navigate", url=path.absolute().as_uri())
        while "Page.loadEventFired" not in self._seen:
            self._hear(json.loads(self._socket.recv(timeout=_WITHIN_S)))

    def ask(self, expression: str) -> Any:
        """What a JavaScript expression comes to; a promise is awaited."""
        told = self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """One key, down and up."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38}
        code |= {"ArrowRight": 39, "ArrowDown": 40}
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.tell(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code="Space" if key == " " else key,
                windowsVirtualKeyCode=code[key],
                modifiers=8 if shift else 0,
                **more,
            )

    def size(self, width: int, height: int = 900) -> None:
        """The window's size, as a phone's below 600."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scheme(self, name: str) -> None:
        """What the reader prefers: light or dark."""
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def screenshot(self, *, whole: bool = False) -> bytes:
        """What it looks like, as a PNG."""
        told = self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return b64decode(told["data"])

    def pdf(self) -> bytes:
        """What it looks like printed."""
        return b64decode(self.tell("Page.printToPDF", printBackground=True)["data"])


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser with one page, ended at the end. Skips where there is none, fails under CI."""
    if not CHROMIUM:
        message = "Chromium is not installed (Debian: chromium): what a page looks like was not seen."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with connect(_address(program), max_size=None) as socket:
            yield Page(socket)
    finally:
        program.terminate()
        program.communicate(timeout=10)


def _address(program: subprocess.Popen[str]) -> str:
    """Where its page is driven from, once it has said on which port."""
    assert program.stderr is not None
    listening = next((line for line in program.stderr if "DevTools listening on" in line), "")
    assert listening, "Chromium did not start"
    ask = HTTPConnection(listening.split("//")[1].split("/")[0], timeout=_WITHIN_S)
    ask.request("GET", "/json/list")
    pages = json.loads(ask.getresponse().read())
    ask.close()
    address: str = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
    return address
