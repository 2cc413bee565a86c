"""What a verdict is made of: each finding with its rule, how grave it is, when it happened, and who asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is."""

    BROKEN = "broken"  # the call was harmed, or would be at the real carrier: it is certain
    WARNING = "warning"  # it harms calls, or harmed this one, and whether it was meant cannot be seen from outside
    NOTE = "note"  # worth knowing; not wrong by itself


@dataclass(frozen=True, slots=True)
class LineFinding:
    """One thing that a program did wrong.

    `law`: the invariant of docs/proof.md that it breaks, 0 if none speaks of it. `at_ms`: on the clock of the
    carrier's log. `request`: whose doing it was, as `REST request 3` or `webhook 5`; empty where no request was.
    """

    rule: str
    law: int
    severity: Severity
    at_ms: int
    sentence: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What was found in one call, in the order of time. `untold`: what could not be judged, in words."""

    sid: str
    findings: tuple[LineFinding, ...]
    untold: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether anything that was found is certain harm."""
        return any(finding.severity is Severity.BROKEN for finding in self.findings)

    def with_more(self, findings: Iterable[LineFinding]) -> LineVerdict:
        """The same with more findings, in the order of time."""
        return LineVerdict(self.sid, in_time((*self.findings, *findings)), self.untold)


def in_time(findings: Iterable[LineFinding]) -> tuple[LineFinding, ...]:
    """Findings in the order of time; of those of one moment the gravest first."""
    grave = list(Severity)
    return tuple(sorted(findings, key=lambda one: (one.at_ms, grave.index(one.severity))))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks, by which invariant, and how grave its findings are and why."""

    law: int
    about: str


RULES: dict[str, Rule] = {
    "stream-ended-by-update": Rule(
        1,
        "An update by REST wrote a document over a running media stream, which the carrier closed for it. Broken; a "
        "note where the document hands the call over (Dial, another Stream, Redirect), which may be meant.",
    ),
    "stream-discarded-by-update": Rule(
        1,
        "An update took the place of the stream's document before its stream had started, so that the stream never "
        "was. Broken; a warning where the update's document hands the call over.",
    ),
    "say-after-stream-document": Rule(
        1,
        "A Say of an update was heard after the program had answered with a stream's document. Broken; a warning "
        "where the program had closed that stream itself.",
    ),
    "update-refused": Rule(
        1,
        "The carrier refused an update with a document. A warning: the program wrote to a call it could not write to.",
    ),
    "fetch-late": Rule(20, "A document was served later than 5 s. A warning: the callee hears nothing meanwhile."),
    "fetch-unanswered": Rule(
        20, "A request for a document got no answer within 15 s, or no connection. Broken: the carrier gives up."
    ),
    "fetch-refused": Rule(
        20,
        "A request for a document was answered with an error or an endless redirect. Broken: the call has no document.",
    ),
    "document-refused": Rule(
        20,
        "What was served is no TwiML: empty (as with 204), not XML, of another type, or too long. Broken; a warning "
        "where the fallback URL helped.",
    ),
    "document-warning": Rule(0, "The carrier skipped a part of a document (12200). A warning: that part never runs."),
    "callback-refused": Rule(
        0, "A callback was not accepted: an error, or no answer. A warning (15003): the carrier does not repeat it."
    ),
    "callback-late": Rule(0, "A callback was answered later than 5 s. A note: the call does not wait for it."),
    "stream-refused": Rule(15, "The program did not let the media stream in. Broken: the call has no audio."),
    "query-in-stream-url": Rule(
        15,
        "The stream's URL has a query, where tokens are often put. Broken: the carrier opens no such stream (31920).",
    ),
    "bad-media-message": Rule(
        0,
        "The carrier could not use a message on the media socket (31950, 31951), or its buffer was full (31931). "
        "A warning.",
    ),
    "marks-never-asked-for": Rule(
        9, "No mark was asked for in a stream that spoke. A note: the program cannot know what was heard."
    ),
    "nothing-heard": Rule(19, "The callee was on the line for 5 s or more and heard nothing at all. Broken."),
    "silence": Rule(
        19,
        "The callee waited in silence for more than 4.5 s: for the first word, or for an answer. A warning; broken "
        "beyond 10 s. Not counted: the time for which the carrier had itself taken the stream away.",
    ),
    "greeting-twice": Rule(6, "The callee heard the greeting twice before he had said a word. Broken."),
    "greeting-cut-off": Rule(18, "The first sentence ended unfinished though the callee had let it. Broken."),
    "talked-over": Rule(
        0,
        "The agent talked on for more than 1.5 s while the callee spoke, and sent no clear. A warning: a short word "
        "of the callee's need not interrupt.",
    ),
    "farewell-cut-off": Rule(
        10,
        "The program ended the call while its audio was still playing. A warning: whether it was meant cannot be "
        "seen from outside.",
    ),
    "truncation-dishonest": Rule(
        9, "The model was told that more was heard than can have been. Broken: it now remembers what nobody heard."
    ),
    "truncation-missing": Rule(
        9, "Audio was thrown away by clear, and the model was not told where the callee stopped hearing. A warning."
    ),
    "handshake-abandoned": Rule(
        7,
        "The model's socket was closed within its own handshake. A note: the trace that an overwritten stream leaves.",
    ),
    "session-left-open": Rule(
        8, "A session with the model was still open 5 s after the call. A warning: it costs money."
    ),
    "left-up": Rule(
        8,
        "The call was ended by its time limit, or by nobody. Broken: nobody hung up; a warning where the carrier had "
        "failed the program, as it was told to.",
    ),
    "never-hung-up": Rule(
        8,
        "Nobody spoke for more than 15 s until the callee hung up. A warning: the program should have ended the call.",
    ),
    "unsigned-accepted": Rule(
        12,
        "A forged webhook without a signature was accepted. Broken where a document was given away or the program "
        "wrote to the call; else a warning: whether a callback was believed cannot be seen.",
    ),
    "bad-signature-accepted": Rule(12, "The same with the signature of another token."),
    "foreign-signature-accepted": Rule(
        12, "The same with the right signature of another URL: what leaks elsewhere opens this."
    ),
    "replay-accepted": Rule(
        12,
        "A callback that came a second time, word for word, made the program write to the call. A warning: the carrier "
        "itself repeats callbacks, and a signature alone cannot tell.",
    ),
    "unsigned-stream-accepted": Rule(
        12,
        "A media socket without a signature, for a call and with a token that nobody knows, was accepted. Broken if it "
        "was spoken to, else a warning.",
    ),
    "badly-signed-stream-accepted": Rule(12, "The same with the signature of another token."),
}


def finding(rule: str, severity: Severity, at_ms: int, sentence: str, request: str = "") -> LineFinding:
    """A finding by one of the rules. Raises KeyError for a rule that there is not."""
    return LineFinding(rule, RULES[rule].law, severity, at_ms, sentence, request)
