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
from voicecall_core.importers.carrier_messages import model_upgraded
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Saying, Told, told
from voicecall_core.importers.wording import asserts, is_condition
from voicecall_core.words.events import Created, CreateRefused
from voicecall_core.words.values import TERMINAL

_SID = r"\bCA[0-9a-fA-F]{32}\b"
_STREAM_SID = r"\bMZ[0-9a-fA-F]{32}\b"
_STREAM = rf"media[-_ ]?(?:stream|strom|socket|verbindung)|medien(?:strom|stream|verbindung)|{_STREAM_SID}"
_UP = (
    r"(?<![a-z])(?:start(?:ed|s)?|began|begun|connected|accepted|opened|open|established|attached|joined|up|live"
    r"|gestartet|begonnen|verbunden|offen|steht)(?![a-z])"
)
_DOWN = (
    r"(?<![a-z])(?:stop(?:ped|s)?|ended|closed|disconnected|detached|left|finished|down|gone"
    r"|beendet|gestoppt|geschlossen|getrennt|zu ende)(?![a-z])"
)
_LOST = r"(?<![a-z])(?:lost|verloren|abgerissen)(?![a-z])"
_REPLIED = (  # a failure, by HTTP
    r"(?:status|code|https?|response|rejected|answered|returned)\W+(?:code\W+)?(?:4\d\d|5\d\d)(?![\d.])"
)
_QUIET = (1000, 1001, 1005)  # a WebSocket's close codes that tell of no failure
_MODEL = r"open ?-?ai|realtime|(?<![a-z])model(?![a-z])"
_CALL = r"(?<![a-z])(?:calls?|calling|dial(?:l?ing|led)?|anruf)(?![a-z])"
_PLACED = (
    r"(?<![a-z])(?:created|placed|initiated|queued|started|dial(?:l?ing|led)|gestartet|gew\u00e4hlt|angelegt)(?![a-z])"
)
_A = r"(?:(?:an?|the|outbound|outgoing|new|phone|twilio)[\W_]+)*"
_FAILED = r"fail\w*|reject\w*|refus\w*|could not|couldn't|cannot|error|konnte nicht|fehlgeschlagen|abgelehnt"
_CREATES = (
    rf"(?<![a-z])(?:creat\w*|plac\w*|mak\w*|start\w*|initiat\w*)[\W_]+{_A}calls?(?![a-z]|\W+(?:record|transcri|log|quality))"
    r"|(?<![a-z])calls?[._ -](?:creat\w*|placement)|(?:outbound|outgoing)[-_ ]call"
    rf"|(?<![a-z])dial(?:l?ing|out)?[\W_]+(?:{_FAILED})|(?:{_FAILED})[\W_]+(?:to[\W_]+)?dial(?! tcp)"
    r"|anruf[\w ]{0,30}(?:gestartet|aufgebaut|angelegt)"
)
_OF_PHONES = re.compile(r"(?i)twilio|restexception|create record|(?<![a-z])(?:outbound|outgoing|dial)|anruf")
_REFUSED = rf"(?<![a-z])(?:{_FAILED})(?![a-z])"
_SERVED = (
    r"(?<![a-z])(?:serv\w*|return\w*|respond\w*|answer\w*|sent|sending|gave"
    r"|ausgeliefert|geliefert|geantwortet|zur\u00fcckgegeben)(?![a-z])"
)
_WRITE = r"(?<![a-z])(?:updat\w*|writ\w*|rest(?![a-z])|<say|twiml)"
_SAY = (
    r"<say|(?<![a-z])say[-_ ](?:document|twiml|verb|response)|twiml[-_ ]say|spoken[-_ ](?:document|twiml)"
    r"|fall(?:ing|s)?[-_ ]?back[-_ ]to[-_ ]say"
)
_WRITES = (
    r"(?<![a-z])(?:updat\w*|writ\w*|wrote|over(?:rid|writ)\w*|modif\w*|replac\w*|redirect\w*|post(?:ed|ing)|geschrieben"
    r"|\u00fcberschr\w*|ersetz\w*|fall\w*|rest)(?![a-z])"
    r"|(?<![a-z])(?:to|an|over|into)[\W_]+(?:\w+[\W_]+){0,3}(?:call|anruf)(?![a-z])"
)
_GREETS = r"greeting|welcome|intro(?![a-z])|begr\u00fc\u00dfung|ansage"
_BY_CARRIER = (
    r"(?:through|via|by|using|per|\u00fcber|mit|to)[\W_]+(?:the[\W_]+)?"
    r"(?:twilio|carrier|rest|calls?[._]update|twilio[-_ ]tts)(?![a-z]|[-_ ]?stream)"
)
_CRASH = (
    r"\bpanic\b(?: serving|:)|unhandled[-_ ]?(?:exception|rejection|promise)|uncaught ?exception|worker timeout"
    r"|out of memory|segmentation fault|exception was never retrieved"
)
_DOOR = r"upgrade|media|stream|web ?socket|(?<![a-z])ws(?![a-z])"
_TURNED = r"reject\w*|refus\w*|den(?:y|ied)|abgelehnt|unauthori[sz]ed|forbidden"
_STREAMS, _MODELS = ("media", "medien", "mz"), ("openai", "open ai", "open-ai", "realtime", "model")
_CRASHES = ("panic", "unhandled", "uncaught", "worker timeout", "out of memory", "segmentation", "never retrieved")
_CONNECTED = r"(?<![a-z])(?:connected|opened|established|verbunden|open(?! ?-?ai))(?![a-z])"
_MODEL_UP = rf"(?:{_MODEL}).{{0,40}}?{_CONNECTED}|(?:connected|verbunden)\W+(?:to|mit)\W+(?:the\W+)?(?:{_MODEL})"
_WORDS = r"queued|initiated|ringing|in[-_ ]?progress|completed|busy|failed|no[-_ ]?answer|cancell?ed"
_VALUE = re.compile(
    rf"(?i)(?:[=:>\u2192'\"/]\s*|(?<![a-z])(?:is|status|now|state|ist)\s+|{_SID}\W{{1,3}})['\"]?({_WORDS})(?![\w-])"
)
_STATUS = re.compile(r"(?i)status|callback|state|webhook|call|anruf")
_SPOKEN = re.compile(r"(?i)\brequest\b|\brest[-_ ]|\bupdat(?:e of|ing)\b")
_CODE = re.compile(r"(?<![\d.:])(1\d{3})(?![\d.:])")
_NUMBER = re.compile(r"(?<![\d.:/-])([1-6]\d{4})(?![\d.:/-]\d|\d)")


def _has(pattern: str) -> re.Pattern[str]:
    """A pattern to be looked for in small letters: that is several times as quick as to look for both cases."""
    return re.compile(pattern.replace("CA[0-9a-fA-F]", "ca[0-9a-f]").replace("MZ[0-9a-fA-F]", "mz[0-9a-f]"))


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


def _started(text: str) -> Say:
    match = re.search(_STREAM_SID, text)
    return lambda thread, line: thread.started(match[0] if match else "")


def _gone(text: str) -> Say:
    code = _CODE.search(text)
    if code is None and re.search(r"(?i)stop|ended|beendet", text):
        return lambda thread, line: thread.stopped()
    return lambda thread, line: thread.closed(int(code[1]) if code else 1005)


def _model_gone(text: str) -> Say | None:
    """The model's socket is closed: that is a failure if it was lost, or the code of its close says so."""
    code = _CODE.search(text)
    if re.search(_LOST, text, re.IGNORECASE) if code is None else int(code[1]) not in _QUIET:
        return told(Told.ERROR, text[:200])
    return None


def _placed(text: str) -> Say | None:
    if re.search(r"(?i)status|callback|stream|medien", text):
        return None
    return lambda thread, line: [Created(thread.sid)]


def _refused(text: str) -> Say | None:
    """The carrier did not take a call; of a call that is up already it is an error of the program's, no more."""
    number = _number(text)
    if re.search(_SID, text) or not (number or _OF_PHONES.search(text)):
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
    """The carrier reported an error by its number."""
    return told(Told.ERROR, text[:200]) if _number(text) else None


def _reported(text: str) -> Say | None:
    match = _VALUE.search(text)
    if match is None or _SPOKEN.search(text):
        return None
    beside = re.search(rf"(?:{_SID}\W+(?:is )?{match[1]})|{match[1]}\W+{_SID}", text)
    if not (beside or _STATUS.search(text)):
        return None
    said = re.sub(r"[-_ ]", "-", match[1].lower()).replace("inprogress", "in-progress").replace("noanswer", "no-answer")

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        reported = thread.status(said.replace("cancelled", "canceled"))
        thread.over = thread.over or reported.status in TERMINAL
        yield reported

    return say


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
        (_has(_CREATES), _has(_REFUSED)),
        _refused,
        "",
        failed=True,
    ),
    Assertion(
        ("retr", "again", "erneut"),
        (_has(r"(?<![a-z])(?:retr(?:y|ies|ying)|trying again|erneut)"), _has(_WRITE)),
        _retried,
        _WRITE,
        Begins.NO,
    ),
    Assertion(
        ("signatur",),
        (
            _has(r"twilio|webhook|callback|voice|request|anfrage"),
            _has(r"(?<!jwt )(?<!token )signatur"),
            _has(r"invalid|mismatch|fail|refus|reject|missing|wrong|ung\u00fcltig|falsch|(?:stimmt|passt) nicht"),
        ),
        _signature,
        "",
        failed=True,
    ),
    Assertion(("ca",), (_has(_SID), _has(_WORDS)), _reported, "", Begins.OFTEN, failed=True),
    Assertion(_STREAMS, (_has(_STREAM), _has(_DOWN)), _gone, _DOWN, Begins.NO),
    Assertion(_STREAMS, (_has(_STREAM), _has(_UP)), _started, _UP),
    Assertion(
        ("ca",), (_has(_SID), _has(rf"{_CALL}|(?:{_PLACED})\W+{_SID}"), _has(_PLACED)), _placed, _PLACED, Begins.ALWAYS
    ),
    Assertion(("say", "spoken"), (_has(_SAY), _has(_WRITES)), lambda text: told(Told.OVERWRITE, "<Say>"), _SAY),
    Assertion(
        ("greeting", "welcome", "intro", "begr", "ansage"),
        (_has(_GREETS), _has(_BY_CARRIER)),
        lambda text: told(Told.WRITE),
        _GREETS,
    ),
    Assertion(("twilio",), (_has(r"twilio"), _has(_NUMBER.pattern)), _alerted, "", failed=True),
    Assertion(("twilio",), (_has(r"twilio"), _has(_REPLIED)), _erred, "", failed=True),
    Assertion(_CRASHES, (_has(_CRASH),), _erred, "", Begins.NEAR, failed=True),
    Assertion(
        ("token",), (_has(_DOOR), _has(_TURNED), _has(r"token")), lambda text: told(Told.TOKEN_REFUSED), "", failed=True
    ),
    Assertion(
        ("twiml", "connect"),
        (_has(r"twiml|connect\W{0,3}_?stream"), _has(_SERVED), _has(r"stream|connect|realtime")),
        lambda text: told(Told.STREAM_SERVED),
        _SERVED,
        Begins.OFTEN,
    ),
    Assertion(_MODELS, (_has(_MODEL), _has(rf"{_DOWN}|{_LOST}")), _model_gone, "", Begins.NO, failed=True),
    Assertion(_MODELS, (_has(_MODEL), _has(_REPLIED)), _erred, "", Begins.NEAR, failed=True),
    Assertion(_MODELS, (_has(_MODEL_UP),), lambda text: model_upgraded, _CONNECTED, Begins.NO),
)


# What a line holds, in small letters, that could assert any of these without naming a call: for the quick look.
NEEDLES = (
    *("signatur", "media", "medien", "create record", "restexception", "call", "anruf", "dial", "%3c", "twilio"),
    *("retr", "trying again", "erneut", "say", "spoken", "greeting", "welcome", "intro", "ansage", "begr", "token"),
    *("twiml", "connect", *_MODELS, *_CRASHES),
)


def _is_carriers(text: str, each: Assertion) -> bool:
    """Whether the carrier's own words or its number say it."""
    return each.says is _refused and (_number(text) > 0 or "create record" in text)


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
    low = text.lower()
    for each in ASSERTIONS:
        if not (_any(each.hints, low) and _all(each.wants, low)):
            continue
        if is_condition(text) if each.failed else not asserts(text, each.about):
            continue
        if (say := each.says(text)) is not None:
            return Saying(say, each.begins, Sure.LIKELY, message=_is_carriers(text, each))
    return None
