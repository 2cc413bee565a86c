"""The guardian itself, run as a file of its own with nothing but Python's standard library.

It reads lines of JSON until its standard input ends: `{"watch": NAME, "send": REQUEST or null, "say": WORDS}` and
`{"settled": NAME}`. What is still watched then was left behind, as whoever wrote the lines is gone: the request is
sent, a few times at most, and what came of it is said. Then it ends.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

TRIES = 3
ANSWER_WITHIN_S = 10.0
AGAIN_AFTER_S = 2.0
# What an error of one's own raises: a process that ignored it would not be defined any more.
FAULTS = {getattr(signal, name, None) for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP")}


def main() -> None:
    """Watch, and act when the watch is over."""
    for number in signal.valid_signals():  # what ends the program must not end its guardian
        if number not in FAULTS:
            with suppress(OSError, ValueError):  # some cannot be ignored
                signal.signal(number, signal.SIG_IGN)
    for each in left_behind(sys.stdin.buffer).values():
        try:
            say(f"{each['say']} {sent(each['send'], each.get('trust'))}".strip())
        except Exception as error:
            say(f"{each['say']} The guardian could not hang it up: {type(error).__name__}.")


def left_behind(lines: Any) -> dict[str, dict[str, Any]]:
    """What is watched when the lines end. A line that was cut off says nothing."""
    watched: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if "settled" in said:
            watched.pop(said["settled"], None)
        else:
            watched[said["watch"]] = said
    return watched


def sent(request: Mapping[str, Any] | None, trust: str | None) -> str:
    """Send the request until it is answered; what came of it, in words."""
    if request is None:
        return ""
    import ssl  # these are needed by a guardian that has something to do, which is the rare one
    import time
    import urllib.error
    from urllib.request import (  # noqa: TID251 - all that is left is this library
        HTTPRedirectHandler,
        HTTPSHandler,
        Request,
        build_opener,
    )

    class Unfollowing(HTTPRedirectHandler):
        """A redirect is not followed with the keys."""

        def redirect_request(self, *_: Any) -> None:
            return None

    context = ssl.create_default_context()
    if trust:
        context.load_verify_locations(trust)
    opener = build_opener(HTTPSHandler(context=context), Unfollowing)
    asked = Request(request["url"], request["body"].encode(), dict(request["headers"]), method=request["method"])
    why = ""
    for attempt in range(TRIES):
        time.sleep(AGAIN_AFTER_S * attempt)
        try:
            with opener.open(asked, timeout=ANSWER_WITHIN_S) as answer:
                return f"The carrier took its guardian's hang-up (HTTP {answer.status})."
        except urllib.error.HTTPError as error:
            error.close()
            why = f"HTTP {error.code}"
            if error.code < 500 and error.code != 429:
                return f"The carrier refused its guardian's hang-up ({why}): it may have ended before."
        except OSError as error:
            why = type(error).__name__
    return f"Its guardian could not hang it up: {why}."


def say(words: str) -> None:
    """Words for people, if anybody can still be told."""
    try:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


if __name__ == "__main__":
    main()
