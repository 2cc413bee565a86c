"""Clock stamps of every common form, put on one line of seconds. Knows nothing of what a log line says after it.

A stamp may tell all of its time, or only the time of day, the minute or the seconds. What it does not tell is gained
from the order of the lines: a clock that seems to go far back has begun its next minute, hour or day. Stamps of two
forms in one log are set to each other where the second is met first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

_HEAD = 96  # characters of a line in which its stamp is looked for: container names and addresses come before it

_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_MONTH = "|".join(_MONTHS)
_STAMP = re.compile(
    r"(?<![\d.])(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T ]{1,2}(?P<time>\d\d:\d\d:\d\d)"
    r"(?P<part>[.,]\d{1,9})?\s?(?P<zone>Z\b|[+-]\d\d:?\d\d(?!\d))?"
    rf"|(?P<cday>\d\d)/(?P<cmonth>{_MONTH})/(?P<cyear>\d{{4}}):(?P<ctime>\d\d:\d\d:\d\d)(?: (?P<czone>[+-]\d{{4}}))?"
    rf"|\b(?P<smonth>{_MONTH}) {{1,2}}(?P<sday>\d{{1,2}}) (?P<stime>\d\d:\d\d:\d\d)(?P<spart>\.\d{{1,9}})?"
    r"|(?<![\d.:-])(?P<ms>1[4-9]\d{11})(?![\d.])|(?<![\d.:-])(?P<s>1[4-9]\d{8}(?:\.\d{1,9})?)(?![\d.])"
    r"|(?<![\d.:])(?P<clock>\d{1,2}:\d\d:\d\d)(?P<clockpart>[.,]\d{1,9})?(?![\d:])"
    r"|(?<![\d.:])(?P<hour>\d\d:\d\d[.,]\d{1,6})(?!\d)"
    r"|(?<![^\s>|\[(])(?P<minute>:[0-5]\d[.,]\d{1,6})(?!\d)"
)


class Style(StrEnum):
    """How much of its time a stamp tells."""

    ZONED = "date, time and zone"
    LOCAL = "date and time"
    DAY = "time of day"
    HOUR = "minutes and seconds"
    MINUTE = "seconds"


# Seconds after which a shortened clock begins again, and how far back it may go because a line came late.
_PERIODS: Mapping[Style, tuple[float, float]] = MappingProxyType(
    {Style.DAY: (86400.0, 600.0), Style.HOUR: (3600.0, 60.0), Style.MINUTE: (60.0, 1.0)}
)


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class Stamp:
    """One stamp: its style, its seconds (since 1970, or since its day, hour or minute began), where it ends."""

    style: Style
    seconds: float
    end: int
    fine: bool  # it tells parts of a second


def behind(line: str, found: Stamp | None) -> str:
    """The line without its stamp, and without what joins the two."""
    return line.strip() if found is None else line[found.end :].lstrip(" \t]|>-,:)")


def stamp(line: str) -> Stamp | None:
    """The stamp near the head of a line; of two, the one that tells parts of a second. None if there is none."""
    first: Stamp | None = None
    start = 0
    for _ in range(3):
        match = _STAMP.search(line, start, _HEAD)
        if match is None:
            break
        found = _read(match)
        if found is not None and found.fine:
            return found
        first = first or found
        start = match.end()
    return first


def _read(match: re.Match[str]) -> Stamp | None:
    group = match.group
    try:
        if group("year"):
            date = (int(group("year")), int(group("month")), int(group("day")))
            return _dated(match.end(), date, group("time"), group("part"), group("zone"))
        if group("cyear"):
            date = (int(group("cyear")), _MONTHS[group("cmonth")], int(group("cday")))
            return _dated(match.end(), date, group("ctime"), None, group("czone"))
        if group("smonth"):  # syslog tells no year; any leap year will do
            date = (2024, _MONTHS[group("smonth")], int(group("sday")))
            return _dated(match.end(), date, group("stime"), group("spart"), None)
        if group("ms"):
            return Stamp(Style.ZONED, int(group("ms")) / 1000, match.end(), True)
        if group("s"):
            return Stamp(Style.ZONED, float(group("s")), match.end(), "." in group("s"))
        return _shortened(match)
    except (ValueError, OverflowError):  # the 31st of February, the 25th hour
        return None


def _dated(end: int, date: tuple[int, int, int], time: str, part: str | None, zone: str | None) -> Stamp:
    hours, minutes, seconds = int(time[:2]), int(time[3:5]), int(time[6:8])
    if hours > 23 or minutes > 59:
        raise ValueError(time)
    style = Style.ZONED if zone else Style.LOCAL
    past = hours * 3600 + minutes * 60 + min(seconds, 59)
    return Stamp(style, _midnight(date, zone) + past + _part(part), end, part is not None)


@lru_cache(maxsize=64)  # a log has few days
def _midnight(date: tuple[int, int, int], zone: str | None) -> float:
    return datetime(*date, tzinfo=_zone(zone)).timestamp()


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _part(text: str | None) -> float:
    return float(f"0.{text[1:]}") if text else 0.0


def _shortened(match: re.Match[str]) -> Stamp | None:
    if text := match.group("clock"):
        hours, minutes, seconds = (int(piece) for piece in text.split(":"))
        if hours > 23 or minutes > 59 or seconds > 60:
            return None
        part = match.group("clockpart")
        return Stamp(Style.DAY, hours * 3600 + minutes * 60 + seconds + _part(part), match.end(), part is not None)
    if text := match.group("hour"):
        past, _, rest = text.replace(",", ".").partition(":")
        if int(past) > 59 or float(rest) >= 61:
            return None
        return Stamp(Style.HOUR, int(past) * 60 + float(rest), match.end(), True)
    return Stamp(Style.MINUTE, float(match.group("minute")[1:].replace(",", ".")), match.end(), True)


class Clock:
    """The clock of one log: every stamp of it in seconds on one line, which begins where the first stamp says."""

    def __init__(self) -> None:
        self.now: float | None = None
        self.styles: list[Style] = []  # in the order in which they were met
        self.counting = False  # some stamps tell no more than minutes: every line counts, or an hour would be missed
        self.fine = False  # some stamp told parts of a second
        self._last: dict[Style, tuple[float, float]] = {}  # what was read, and where on the line that is

    @property
    def shortened(self) -> Style | None:
        """The style that tells least, if some stamp does not tell its date."""
        return max((style for style in self.styles if style in _PERIODS), key=list(Style).index, default=None)

    def read(self, stamp: Stamp) -> float:
        """Where a stamp lies on the line, in seconds."""
        self.fine = self.fine or stamp.fine
        if stamp.style in self._last:
            at = self._next(stamp, *self._last[stamp.style])
        else:
            self.styles.append(stamp.style)
            self.counting = self.counting or stamp.style in (Style.MINUTE, Style.HOUR)
            at = stamp.seconds if self.now is None else self.now
        self._last[stamp.style] = (stamp.seconds, at)
        self.now = at
        return at

    @staticmethod
    def _next(stamp: Stamp, seconds: float, at: float) -> float:
        passed = stamp.seconds - seconds
        if stamp.style in _PERIODS:
            period, late = _PERIODS[stamp.style]
            passed %= period
            if passed > period - late:
                passed -= period
        return at + passed
