"""Runs a program, and ends it with all that it started once whoever started this has died of anything.

A file of its own, of Python's standard library alone. Standard input is the sign of life: open while they live.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

STOPS_WITHIN_S = 3.0


def main(command: list[str]) -> int:
    """The program's exit status; that of a shell if a signal has ended it or it cannot be started."""
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", flush=True)
        return 126
    signal.signal(signal.SIGTERM, lambda *_: None)  # it is sent to the group, of which the program is one
    threading.Thread(target=end_with_input, args=(program,), daemon=True).start()
    status = program.wait()
    return status if status >= 0 else 128 - status


def end_with_input(program: subprocess.Popen[bytes]) -> None:
    """Wait for the end of standard input, then for that of the program: told first, then made to."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)  # the group is ours: whoever starts this gives it one
    try:
        program.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
