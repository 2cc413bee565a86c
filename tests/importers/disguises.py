"""The first report's log as other programs, wrappers, habits and people would have written it.

Each disguise is all of the log's seven lines again, with the numbers of the lines in which the write and the stream's
document stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tests.importers.spoiled import foreign, log

SEED = log("seed.log")
_CONTAINER, _LEVELS = "voice-1", {"ERROR": 50, "WARN": 40}
Disguised = tuple[list[str], tuple[int, int]]


def _each(change: Callable[[str, str], str]) -> Disguised:
    """Every line changed by itself: `change(stamp, words)`."""
    return [change(*line.split("  ", 1)) for line in SEED], (4, 5)


def _words(change: Callable[[str], str]) -> Disguised:
    return _each(lambda stamp, words: f"{stamp}  {change(words)}")


def _pino(stamp: str, words: str) -> str:
    level = next((number for name, number in _LEVELS.items() if words.startswith(name)), 30)
    at = 1776513600000 + round(float(stamp[1:]) * 1000)
    return json.dumps({"level": level, "time": at, "pid": 7, "hostname": "gw", "msg": words})


def _interleaved() -> Disguised:
    lines = [each for own, other in zip(SEED, foreign(7), strict=True) for each in (other, own)]
    return [line.replace(":", "2026-04-18 11:00:", 1) if line[0] == ":" else line for line in lines], (8, 10)


_REWORDED = """\
12:00:57.619 info  twilio: call status webhook received, status=in-progress -> handled by regular handler
12:00:57.628 info  call registered, started timer for maximum duration
12:00:57.630 info  playing greeting (mode=conversation)
12:00:57.635 warn  no telephony TTS configured, falling back to TwiML <Say>
12:00:57.642 info  Twilio requested TwiML for the call; returned <Connect><Stream>
12:00:58.185 info  call registered again by realtime handler, started timer for maximum duration
12:00:58.194 error ws: closed before the connection was established"""
_GERMAN = """\
2026-04-18 12:00:57,619 INFO Status-Callback empfangen (in-progress), normaler Pfad
2026-04-18 12:00:57,628 INFO Timer für die maximale Dauer gestartet (Anruf registriert)
2026-04-18 12:00:57,630 INFO Begrüßung wird gesprochen (Modus: conversation)
2026-04-18 12:00:57,635 WARNUNG Ausweichen auf TwiML <Say>
2026-04-18 12:00:57,642 INFO TwiML abgerufen, Realtime-TwiML ausgeliefert
2026-04-18 12:00:58,185 INFO Timer für die maximale Dauer erneut gestartet (Realtime)
2026-04-18 12:00:58,194 FEHLER WebSocket wurde vor dem Aufbau geschlossen"""
_ENGINEERS = """\
09:15:07.100 in-progress webhook: wrote <Say> greeting over the call (REST)
09:15:07.300 answered TwiML request with <Connect><Stream url=wss>
09:15:07.900 realtime ws closed during handshake"""
_ANOTHERS = """\
09:15:07.100 speaking greeting through TwiML <Say> since no media stream is connected
09:15:07.300 twiml requested by Twilio, gave it the realtime one (<Connect>)"""
_CODE = """\
09:15:07.100 onAnswered: stream not up yet -> calls(sid).update({twiml: '<Response><Say>Hi</Say></Response>'})
09:15:07.300 GET /twiml 200 -> <Connect><Stream>"""

DISGUISES: Mapping[str, Disguised] = {
    "ISO stamps": _each(lambda stamp, words: f"2026-04-18T12:00{stamp}Z {words}"),
    "colours": _each(lambda stamp, words: f"\x1b[90m{stamp}\x1b[39m \x1b[33m{words}\x1b[0m"),
    "pino": _each(_pino),
    "journald": _each(lambda stamp, words: f"Apr 18 12:00{stamp} gw openclaw[812]: {words}"),
    "docker compose": _each(lambda stamp, words: f"{_CONTAINER}  | 2026-04-18T12:00{stamp}000000Z {words}"),
    "pm2": _each(lambda stamp, words: f"0|gateway  | 2026-04-18 12:00{stamp} +00:00: {words}"),
    "syslog, CRLF": _each(lambda stamp, words: f"<14>1 2026-04-18T12:00{stamp}Z gw openclaw 812 - - {words}\r\n"),
    "quoted in Markdown": _each(lambda stamp, words: f"> {stamp}  {words}"),
    "listed in Markdown": _each(lambda stamp, words: f"- `{stamp}  {words}`"),
    "a table in Markdown": _each(lambda stamp, words: f"| {stamp} | {words} |"),
    "underscores": _words(lambda words: words.replace("TwiML-fetch", "TwiML_fetch").replace("max dur", "max_dur")),
    "blanks": _words(lambda words: words.replace("TwiML-fetch", "twiml fetch")),
    "turned round": _words(lambda words: words.replace("TwiML-fetch", "fetched TwiML")),
    "camel case": _words(lambda words: words.replace("TwiML-fetch", "twimlFetch").replace("Status call", "statusCall")),
    "capitals": _words(str.upper),
    "small letters": _words(str.lower),
    "no arrows": _words(lambda words: words.replace("→", "=>")),
    "letters lost": _words(lambda words: words.replace("→", "?")),
    "escaped": _words(lambda words: words.replace("<", "&lt;").replace(">", "&gt;")),
    "interleaved": _interleaved(),
    "three lines only": ([SEED[0], SEED[3], SEED[4]], (2, 3)),
    "two lines only": (SEED[3:5], (1, 2)),
    "reworded": (_REWORDED.splitlines(), (4, 5)),
    "an engineer's words": (_ENGINEERS.splitlines(), (1, 2)),
    "another's": (_ANOTHERS.splitlines(), (1, 2)),
    "in code": (_CODE.splitlines(), (1, 2)),
    "German": (_GERMAN.splitlines(), (4, 5)),
}
