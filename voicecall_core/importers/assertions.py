"""What a line tells by the words that it joins, in whichever order and form: a stream up or down, a status, a create.

Asked after the sentences and whatever can be parsed. Each concept wants two or three things at once, a name among them
where the words alone are everyday ones; and the line has to assert it (wording.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicecall_core.carriers.twilio.errors import known
from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers import vocabulary as v
from voicecall_core.importers.carrier_messages import model_upgraded
from voicecall_core.importers.concepts import CONCEPTS
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Saying, Told, told
from voicecall_core.importers.wording import asserts, is_condition, reports
from voicecall_core.models.openai_realtime.meanings import CODES, HARMLESS
from voicecall_core.words.events import Created, CreateRefused

_WORDS = r"queued|answered|initiated|ringing|in[-_ ]?progress|completed|busy|failed(?!\s?:)|no[-_ ]?answer|cancell?ed"
_VALUE = re.compile(
    rf"(?i)(?:[=:>\u2192'\"/]\s*|(?<![a-z])(?:is|status|now|state|ist)\s+|{v.SID}\W{{1,3}})['\"]?({_WORDS})(?![\w-])"
)
_OF_CALL = (
    r"(?<![a-z])(?:call|leg|anruf)[._ -]?(?:status|state)\b[\"']?\s?(?:[=:>\u2192]+|is|now|->)\s?[\"']?"
    rf"({_WORDS})(?![\w-])"
)
_STATUS = re.compile(r"(?i)status|callback|state|webhook|call|anruf")
_SPOKEN = re.compile(r"(?i)\brequest\b|\brest[-_ ]|\bupdat(?:e of|ing)\b")
_CODE = re.compile(r"(?<![\w.:])(1\d{3})(?![\w.:])")
# Names of events, as `MediaStreamStarted`; an exception's name stays one word.
_EVENT_NAME = re.compile(r"\b(?!\w*(?:Error|Exception|Rejection)\b)(?:[A-Z][a-z]+){3,}\b")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"(?<![\d.:/-])([1-6]\d{4})(?![\d.:/-]\d|\d)")


def _has(pattern: str) -> re.Pattern[str]:
    """A pattern to be looked for in small letters: that is several times as quick as to look for both cases."""
    return re.compile(pattern.replace("CA[0-9a-fA-F]", "ca[0-9a-f]").replace("MZ[0-9a-fA-F]", "mz[0-9a-f]"))


_LEAVES, _OTHERS = _has(rf"{v.LEAVES}|{v.STREAM_DOCUMENT}|{v.LETTERS}"), _has(v.OTHER_STREAMS)
_OF_CARRIER = _has(rf"{v.PUT_GREETING}|{v.CALL_UPDATE}|(?<!for )(?<!from )twilio|carrier")
_CODES = tuple(code for code in CODES if "_" in code and code not in HARMLESS and code != "invalid_request_error")
_SAID_BY_MODEL = ("exceeded your current quota", "incorrect api key", "rate limit reached", "or you do not have access")
_FAILURES = (*_CODES, *_SAID_BY_MODEL)
_MODEL_CODE = re.compile("|".join(_FAILURES), re.IGNORECASE)
_GREETINGS = (
    "greet",
    "welcome",
    "intro",
    "begr",
    "ansage",
    "first",
    "open",
    "initial",
    "hello",
    "announce",
    "salut",
    "nachricht",
    "willk",
)
_WAYS = (
    "twiml",
    "document",
    "xml",
    "anruf",
    "updat",
    "modif",
    "replac",
    "redirect",
    "overwr",
    "overrid",
    "rest_",
    "rest-",
    "rest ",
)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What must stand on a line together, and what that says; `about` is what the line has to assert.

    `hints`: a line that holds none of these texts is not looked at further.
    """

    hints: tuple[str, ...]
    wants: tuple[re.Pattern[str], ...]
    says: Callable[[str], Say | None]
    about: str
    begins: Begins = Begins.PERHAPS
    failed: bool = False  # it tells of a failure, which no line asserts
    never: re.Pattern[str] | None = None  # what must not stand on the line


def _wrote_say(text: str) -> Say:
    """The carrier's voice was written over the call; a goodbye or a hand-over is named as one."""
    return told(Told.OVERWRITE, "<Say> to hand over" if re.search(v.LEAVES, text.lower()) else "<Say>")


def _wrote(text: str) -> Say:
    """Something was written over the call: what is told where it is a document, and what that was to do."""
    low = text.lower()
    named = re.search(v.WRITTEN, low) and re.search(rf"{v.CALL_UPDATE}|{v.PUT_DOCUMENT}", low)
    return told(Told.OVERWRITE, "a document") if named and re.search(v.SPEAKS, low) else told(Told.WRITE)


def _coded(text: str) -> Say | None:
    """The model's own word for what failed, unless the line speaks of what is done about such an error."""
    code = _MODEL_CODE.search(text)
    return None if code is None or not reports(text, code[0]) else told(Told.ERROR, text[:200])


def _came_in(text: str) -> Say:
    return told(Told.INBOUND)


def _unreached(text: str) -> Say | None:
    """The model could not be reached, unless the line speaks of what is done in such a case."""
    found = re.search(v.UNREACHED, text, re.IGNORECASE)
    return told(Told.ERROR, text[:200]) if found and reports(text, found[0]) else None


def _opening(text: str) -> Say:
    return told(Told.TO_MODEL)


def _started(text: str) -> Say:
    match = re.search(v.STREAM_SID, text)
    return lambda thread, line: thread.started(match[0] if match else "")


def _gone(text: str) -> Say:
    code = _CODE.search(text)
    if code is None and re.search(r"(?i)stop|ended|beendet", text):
        return lambda thread, line: thread.stopped()
    return lambda thread, line: thread.closed(int(code[1]) if code else 1005)


def _model_gone(text: str) -> Say | None:
    """The model's socket is closed: that is a failure if it was lost, or the code of its close says so."""
    code = _CODE.search(text)
    if re.search(v.LOST, text, re.IGNORECASE) if code is None else int(code[1]) not in v.QUIET:
        return told(Told.ERROR, text[:200])
    return None


def _placed(text: str) -> Say | None:
    if re.search(r"(?i)status|callback|stream|medien", text):
        return None
    return lambda thread, line: [Created(thread.sid)]


def _refused(text: str) -> Say | None:
    """The carrier did not take a call; of a call that is up already it is an error of the program's, no more."""
    number = _number(text)
    if re.search(v.SID, text) or not (number or v.OF_PHONES.search(text)):
        return None

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        refused = not (thread.created or thread.known_as.sid)
        thread.over = thread.over or refused
        yield CreateRefused(number, text[:200]) if refused else Foreign(Told.ERROR, text[:200])

    return say


def _number(text: str) -> int:
    """The carrier's number of an error on a line; 0 if there is none that is known."""
    return next((code for match in _NUMBER.finditer(text) if (code := int(match[1])) in known()), 0)


def _alerted(text: str) -> Say | None:
    """The carrier reported an error by its number: of a call that it did not take, or of one that is up."""
    refuses = re.match(r"212[01]\d|20003", str(_number(text))) or re.search(v.CREATES, text.lower())
    if refuses and not re.search(v.SID, text):
        return _refused(text)
    return told(Told.ERROR, text[:200]) if _number(text) else None


def _reported(text: str) -> Say | None:
    match = _VALUE.search(text)
    if match is None or _SPOKEN.search(text):
        return None
    beside = re.search(rf"(?:{v.SID}\W+(?:is )?{match[1]})|{match[1]}\W+{v.SID}", text)
    if not (beside or _STATUS.search(text)):
        return None
    return CONCEPTS["status-callback"].says({"status": match[1]})


def _stated(text: str) -> Say | None:
    """The status of the one call that is up, by a field that says so."""
    match = re.search(_OF_CALL, text.lower())
    return None if match is None else CONCEPTS["status-callback"].says({"status": match[1]})


def _erred(text: str) -> Say:
    return told(Told.ERROR, text[:200])


def _signature(text: str) -> Say | None:
    return told(Told.SIGNATURE_REFUSED)


def _retried(text: str) -> Say | None:
    return told(Told.RETRIED)


ASSERTIONS = (
    Assertion(
        ("create record", "restexception"),
        (_has(r"unable to create record|restexception"), _has(r"create record|(?<![a-z])calls?(?![a-z])")),
        _refused,
        "",
        failed=True,
    ),
    Assertion(
        ("fail", "reject", "refus", "not", "error", "nicht", "fehl", "abgelehnt"),
        (_has(v.CREATES), _has(v.REFUSED)),
        _refused,
        "",
        failed=True,
    ),
    Assertion(
        ("retr", "again", "erneut"),
        (_has(r"(?<![a-z])(?:retr(?:y|ies|ying)|trying again|erneut)"), _has(v.WRITE)),
        _retried,
        v.WRITE,
        Begins.NO,
    ),
    Assertion(
        ("signatur",),
        (
            _has(r"twilio|webhook|callback|voice|request|anfrage"),
            _has(r"(?<!jwt )(?<!token )signatur"),
            _has(
                r"invalid|mismatch|fail|refus|reject|missing|wrong|bad|(?:not|n't) (?:match|valid|verif)"
                r"|ung\u00fcltig|falsch|(?:stimmt|passt) nicht"
            ),
        ),
        _signature,
        "",
        failed=True,
    ),
    Assertion(("say", "spoken"), (_has(v.SAY), _has(rf"{v.WRITES}|{v.BY_CARRIER}")), _wrote_say, v.SAY),
    Assertion(_WAYS, (_has(v.CALL_UPDATE), _has(v.DOCUMENT)), _wrote, v.CALL_UPDATE, never=_LEAVES),
    Assertion(("call", "leg", "anruf"), (_has(v.PUT_DOCUMENT),), _wrote, v.PUT_DOCUMENT, never=_LEAVES),
    Assertion(_GREETINGS, (_has(v.GREETS), _OF_CARRIER), _wrote, v.GREETS, never=_LEAVES),
    Assertion(_GREETINGS, (_has(v.GREETS), _has(v.BY_CARRIER)), _wrote, v.GREETS, Begins.NEAR, never=_LEAVES),
    Assertion(("ca",), (_has(v.SID), _has(_WORDS)), _reported, "", Begins.OFTEN, failed=True),
    Assertion(("call", "anruf", "leg"), (_has(_OF_CALL),), _stated, _OF_CALL, Begins.PERHAPS, failed=True),
    Assertion(("inbound", "incoming", "eingehend"), (_has(v.INBOUND),), _came_in, v.INBOUND, Begins.PERHAPS),
    Assertion(v.STREAMS, (_has(v.STREAM), _has(v.DOWN)), _gone, v.DOWN, Begins.NO),
    Assertion(v.STREAMS, (_has(v.STREAM), _has(v.UP)), _started, v.UP),
    Assertion(("stream",), (_has(rf"{v.BARE_STREAM}.{{0,24}}?(?:{v.DOWN})"),), _gone, v.DOWN, Begins.NO, never=_OTHERS),
    Assertion(
        ("stream",), (_has(rf"{v.BARE_STREAM}.{{0,24}}?(?:{v.UP})"),), _started, v.UP, Begins.NEAR, never=_OTHERS
    ),
    Assertion(
        ("ca",),
        (_has(v.SID), _has(rf"{v.CALL}|(?:{v.PLACED})\W+{v.SID}"), _has(v.PLACED)),
        _placed,
        v.PLACED,
        Begins.ALWAYS,
    ),
    Assertion(("twilio",), (_has(r"twilio"), _has(_NUMBER.pattern)), _alerted, "", failed=True),
    Assertion(("twilio",), (_has(r"twilio"), _has(v.REPLIED)), _erred, "", failed=True),
    Assertion(v.CRASHES, (_has(v.CRASH),), _erred, "", Begins.NEAR, failed=True),
    Assertion(
        ("token",),
        (_has(v.DOOR), _has(v.TURNED), _has(r"token")),
        lambda text: told(Told.TOKEN_REFUSED),
        "",
        failed=True,
    ),
    Assertion(
        ("twiml", "connect"),
        (_has(r"twiml|connect\W{0,3}_?stream"), _has(v.SERVED), _has(r"stream|connect|realtime")),
        lambda text: told(Told.STREAM_SERVED),
        v.SERVED,
        Begins.OFTEN,
    ),
    Assertion(v.MODELS, (_has(v.MODEL), _has(rf"{v.DOWN}|{v.LOST}")), _model_gone, "", Begins.NO, failed=True),
    Assertion(v.MODELS, (_has(v.MODEL), _has(v.REPLIED)), _erred, "", Begins.NEAR, failed=True),
    Assertion(v.MODELS, (_has(v.MODEL), _has(v.UNREACHED)), _unreached, "", Begins.NEAR, failed=True),
    Assertion(
        _FAILURES,
        (_has("|".join(_FAILURES)), _has(rf"{v.MODEL}|error")),
        _coded,
        "",
        Begins.NEAR,
        failed=True,
    ),
    Assertion(
        ("connecting", "opening", "dialing", "verbinde"),
        (_has(v.MODEL_OPENING),),
        _opening,
        r"connecting|opening|dialing|verbinde",
        Begins.NEAR,
    ),
    Assertion(v.MODELS, (_has(v.MODEL_UP),), lambda text: model_upgraded, v.CONNECTED, Begins.NO),
)


# What a line holds, in small letters, that could assert any of these without naming a call: for the quick look.
NEEDLES = (
    *("signatur", "create record", "restexception", "call", "anruf", "leg", "rest", "dial", "%3c", "twilio", "carrier"),
    *("retr", "trying again", "erneut", "say", "spoken", "token", "twiml", "connect", "stream"),
    *("media", "medien", "error", *v.MODELS, *v.CRASHES),
)


def _is_carriers(text: str, each: Assertion) -> bool:
    """Whether the carrier's own words or its number say it."""
    return each.says in (_refused, _alerted) and (_number(text) > 0 or "create record" in text)


def _any(hints: tuple[str, ...], low: str) -> bool:
    for hint in hints:  # a loop: `any` of a generator takes twice as long
        if hint in low:
            return True
    return False


def _all(wants: tuple[re.Pattern[str], ...], low: str) -> bool:
    for want in wants:
        if want.search(low) is None:
            return False
    return True


def asserted_in(text: str) -> Saying | None:
    """What a line says by its concepts; None if nothing."""
    text = _EVENT_NAME.sub(lambda name: _HUMP.sub(" ", name[0]), text)
    low = text.lower()
    for each in ASSERTIONS:
        if not (_any(each.hints, low) and _all(each.wants, low)):
            continue
        if each.never is not None and each.never.search(low):
            continue
        if is_condition(text) if each.failed else not asserts(text, each.about):
            continue
        if (say := each.says(text)) is not None:
            return Saying(say, each.begins, Sure.LIKELY, message=_is_carriers(text, each))
    return None
