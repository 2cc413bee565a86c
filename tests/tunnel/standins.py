"""Programs that behave like cloudflared and ngrok do, well or badly, written where the system looks for them.

Each is a small Python script. What it prints has the form that the real one's source and users' logs show.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from pathlib import Path

PREAMBLE = """\
    import json, os, re, signal, socket, sys, threading, time
    STAMP = "2026-11-22T12:00:00Z"
    name, arguments = os.path.basename(sys.argv[0]), " ".join(sys.argv[1:])
    port = int(re.search(r"127\\.0\\.0\\.1:(\\d+)", arguments)[1])

    def box(url):  # cloudflared, on standard error
        width = len("Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):")
        edge = "+" + "-" * (width + 4) + "+"
        text = "Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):"
        for line in (edge, f"|  {text}  |", f"|  {url.ljust(width)}  |", edge):
            log(line)

    def log(text, level="INF"):
        print(f"{STAMP} {level} {text}", file=sys.stderr, flush=True)

    def registered():
        log("Registered tunnel connection connIndex=0 connection=1 event=0 ip=198.51.100.63 location=fra01")

    def note(msg, lvl="info", **more):  # ngrok, on standard output
        print(json.dumps({"lvl": lvl, "msg": msg, "t": STAMP, **more}), flush=True)

    def started(url):
        note("started tunnel", addr=f"http://127.0.0.1:{port}", name="command_line", obj="tunnels", url=url)

    upgrades = []  # one for each that went through

    def forward():
        "A port that leads to the one asked for, byte by byte, as a tunnel does."
        door = socket.create_server(("127.0.0.1", 0))
        def pump(source, sink):
            try:
                while piece := source.recv(65536):
                    if b"upgrade: websocket" in piece.lower():
                        upgrades.append(True)
                    sink.sendall(piece)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        def serve():
            while True:
                near, _ = door.accept()
                far = socket.create_connection(("127.0.0.1", port))
                for each in (near, far):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=pump, args=(near, far), daemon=True).start()
                threading.Thread(target=pump, args=(far, near), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}"

    def wait():
        while True:
            time.sleep(60)
"""

QUICK = "https://four-words-of-chance.trycloudflare.com"
FREE = "https://ab12-203-0-113-7.ngrok-free.app"


def stand_in(folder: Path, name: str, behaviour: str) -> str:
    """Write an executable `name` into `folder` that does `behaviour`; returns its path."""
    path = folder / name
    script = textwrap.dedent(PREAMBLE) + textwrap.dedent(behaviour)
    path.write_text(f"#!{sys.executable} -I\n{script}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def stand_in_with_pid(folder: Path, name: str, behaviour: str) -> str:
    """A stand-in that writes down who it is, for `runs`."""
    return stand_in(folder, name, f"open({str(folder / 'pid')!r}, 'w').write(str(os.getpid()))\n{behaviour}")


def runs(folder: Path) -> bool:
    """Whether the stand-in's process is still there, a moment after it was to end."""
    for _ in range(200):
        if not is_alive(folder):
            return False
        time.sleep(0.01)  # one that was killed dies by itself, and nobody tells its end
    return True


def is_alive(folder: Path) -> bool:
    """Whether the stand-in's process is there now. One that only waits for its parent to notice is not."""
    pid = int((folder / "pid").read_text())
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[:1] == ["Z"])
