"""The words of a log line made alike, and whether a line asserts what it mentions. Knows no concept.

`TwiML-fetch`, `twiml_fetch`, `twimlFetch` and `fetched TwiML` are the same two words; so are a German's. A line can
also deny, refuse or only consider what it mentions: that is read clause by clause, because "no TTS configured, falling
back to <Say>" denies the first clause and asserts the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

_SAME: Mapping[str, str] = MappingProxyType(
    {
        form: word
        for word, forms in {
            "status": "statuses zustand",
            "callback": "callbacks webhook webhooks rückruf statusmeldung",
            "max": "maximum maximal maximale maximalen",
            "duration": "dauer gesprächsdauer length",
            "start": "started starting starts gestartet startet armed arming begun",
            "speak": "speaking speaks spoke spoken playing play plays say saying gesprochen spreche spricht sprechen",
            "initial": "first opening welcome erste ersten",
            "greeting": "begrüßung begruessung",
            "message": "nachricht sentence",
            "use": "using uses used nutze nutzt benutze verwende verwendet",
            "fallback": "falling fell falls ausweichen weiche rückfall",
            "write": "writing wrote written overwriting overwrite overwrote überschreibe überschrieben geschrieben",
            "update": "updating updated updates redirecting redirected",
            "fetch": "fetched fetching fetches requested requests asked abgerufen abruf ruft holt geholt angefordert",
            "serve": "serving served serves returned returning returns answered answering ausgeliefert geliefert",
            "register": "registered registers registering registriert",
            "again": "erneut nochmals twice reregistered",
            "call": "anruf calls",
            "document": "dokument",
        }.items()
        for form in forms.split()
    }
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES = ("TwiML", "twiML", "WebSocket", "OpenAI")  # one word each, whatever their letters look like
_WORD = re.compile(r"</?\w+|[^\W_]+")
_CLAUSE = re.compile(
    r"(?<=[a-z])\.\s(?=[A-Z<\u00c4\u00d6\u00dc])|[,;:()\[\]|\u2014\u2013]|\s-+>?\s|[\u2192]|=>|\b(?:because|since|so|hence|therefore|thus|weil|da|daher|deshalb)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|no|(?<![=:])(?<![=:] )none|without|avoid\w*|instead of|rather than|cannot|nor"
    r"|skip\w*|wait\w*|await\w*|expect\w*|pending|kein\w*|nicht|nie|ohne|statt|anstatt|warte\w*)\b|n't\b",
    re.IGNORECASE,
)
_ONLY_CONSIDERED = re.compile(
    r"\b(?:if|unless|whether|would|could|should|may|might|can|will|to be|wenn|falls|würde|könnte|support\w*|enabled"
    r"|available|option\w*|e\.g\.|example|how|regist\w*|load\w*|config\w*|handler|setting\w*"
    r"|default|removed|deprecated|fallback (?:is|was) gone)\b|=\W*(?:twiml\W+)?<say",
    re.IGNORECASE,
)
_WOULD = re.compile(r"(?i)\b(?:would|w\u00fcrde|h\u00e4tte|dry[- ]?run)\b")
_CONDITION = re.compile(
    r"\b(?:if|unless|whether|wenn|falls|sobald|fallback handler|(?<!twilio )(?<!carrier )(?<!openai )said|transcript"
    r"|todo|fixme|(?<!/)docs(?!/))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"(?:(?<=\w )|(?<=\())[\"\u201c\u201e][^\"\u201c\u201d]+[\"\u201d]"
)  # in a sentence, and no field's value
_SPOKEN = re.compile(r"(?i)(<say\b[^>]*>)[^<]*(?=</say)")  # what the callee is to hear asserts nothing of the call
_WHY = re.compile(
    r"(?i)\b(?:reason|cause|why|because|grund)[\"']?\s*[=:]\s*(?:\"[^\"]*\"|'[^']*'|\S+)"
)  # a field says why, not what
_SAID = re.compile(
    r"(?i)^.{0,60}?\b(?:agent|caller|callee|user|assistant|bot|customer|human|anrufer|kunde|model|transcript\w*)\W{0,3}"
    r"(?:said|says|sagt)?\s*[:>|=]\s*[\"'\u201c\u201e]\S"
)
_REFUSED = re.compile(
    r"\b(?:refus\w*|reject\w*|block\w*|denied|den(?:y|ies)\b|suppress\w*|skipp\w*|prevent\w*|withh\w*|veto\w*|forbid\w*"
    r"|disallow\w*|ignor\w*|dropped|cancel+ed|defer\w*|postpon\w*|queu\w*|delay\w*|hold(?:s|ing)?|held|abgelehnt|verweigert|unterdrückt|blockiert|verhindert)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(r"\b(?:fail\w*|disabled|unavailable|timed out|timeout|error|fehlgeschlagen|unmöglich)\b", re.I)


_LITTLE = re.compile(
    r"(?i)\b(?:a|an|the|that|which|is|are|it|its|of|and|when|as|by|in|der|die|das|ein|eine|ist|und|wird|von|wenn)\b"
)
_LEVEL = re.compile(
    r"(?i)^\W*(?!an? |the )(?:\w+\W+){0,2}(?:trace|debug|info|notice|warn(?:ing|ung)?|error|fatal|critical|fehler)\b"
)
_MOST_LITTLE = 2


_CODE = re.compile(
    r"^\s*(?:import|from|export|const|let|var|def|class|return|if|elif|else|for|while|await|async|assert|function"
    r"|public|private|//|\*|/\*|```)(?![\w:=-])"
    r"|[;{]\s*$|=>\s*[{(]|^\s*[\w.]+\([^)]*\)\s*$"
    r"|^\s*(?:usage:|-{1,2}[a-z][\w-]*[ =,<\[])|^(?:(?:not )?ok \d|E  |>  |\S+::\S+|FAILED |PASSED |_{4}|={4})"
)
_STATEMENT = re.compile(
    r"(?:import [\w{\"'*]|from [\w.]+ import|def \w+\(|class \w+[(:{ ]|const [\w{]|let \w|var \w|export \w|function \w"
    r"|async (?:def|function)|@\w+$|#include|package \w|use \w|require\(|PASS |FAIL )"
)
_TICKS = frozenset("\u2713\u2714\u2715\u2717\u2718\u25cf")  # of jest, mocha, vitest
_CALLED = re.compile(r"\b(?:log(?:ger)?|console|logging|self)\.\w+\(")
_LISTED = re.compile(r"^\s*(?:[-*+|]|\d+[.)]|#+)\s+(?!`?:?\d+[:.]?\d)\S")


def is_prose(text: str) -> bool:
    """Whether a line without a stamp is a sentence about calls rather than a call's line."""
    if _LEVEL.match(text):
        return False
    little = len(_LITTLE.findall(text[:400]))
    return little > _MOST_LITTLE or (_LISTED.match(text) is not None and (little > 0 or "`" in text))


def is_speech(text: str) -> bool:
    """Whether a line quotes what somebody said on the phone."""
    return _SAID.match(text) is not None


def is_statement(line: str) -> bool:
    """Whether a line stands at the head of a program's source, where tracebacks set it in, or is a test runner's."""
    if line[:1] in "ifdclevatu@#rpPF":
        return _STATEMENT.match(line) is not None
    return line.lstrip()[:1] in _TICKS


def is_code(text: str) -> bool:
    """Whether a line without a stamp is a program's source, or a test runner's report, rather than a log's line."""
    return _CALLED.search(text[:400]) is not None or (not _LEVEL.match(text) and _CODE.search(text[:400]) is not None)


def normal(text: str) -> str:
    """The words of a text in small letters, each in the one form that stands for all, with blanks around them."""
    for name in _NAMES:
        if name in text:
            text = text.replace(name, name.lower())
    words = _WORD.findall(_CAMEL.sub(" ", text).lower())
    return f" {' '.join([_SAME.get(word, word) for word in words])} "


def runs_of(needle: str) -> tuple[str, ...]:
    """A needle made ready: its runs of normal words, all of which must be in a line's (`twiml & fetch`)."""
    return tuple(normal(run) for run in needle.split(" & "))


def forms_of(word: str) -> tuple[str, ...]:
    """A normal word and all others that mean the same, as they may stand in a line, in small letters."""
    return (word, *(form for form, same in _SAME.items() if same == word))


def shortest(texts: Iterable[str]) -> tuple[str, ...]:
    """Of texts that are looked for, those that hold none of the others."""
    found = sorted(set(texts), key=len)
    return tuple(each for at, each in enumerate(found) if not any(other in each for other in found[:at]))


def mentions(words: str, runs: tuple[str, ...]) -> bool:
    """Whether normal words hold all runs of a needle."""
    for run in runs:  # a loop: `all` of a generator takes twice as long
        if run not in words:
            return False
    return True


def asserts(text: str, about: str) -> bool:
    """Whether a line says that something was so, where `about` is a pattern of what it speaks of.

    It does not where the clause that speaks of it denies it, only considers it or says that it failed; nor where a
    refusal follows, in whichever clause. Neither does it where it only asks, or quotes somebody.
    """
    text = _WHY.sub("", _SPOKEN.sub(r"\1", text))
    if text.rstrip().endswith("?"):
        return False
    if _QUOTED.search(text) and not re.search(about, text := _QUOTED.sub(" ", text), re.IGNORECASE):
        return False
    start = 0
    for clause in _CLAUSE.split(text):
        start = text.find(clause, start)
        if (match := re.search(about, clause, re.IGNORECASE)) is not None:
            denied = any(each.search(clause) for each in (_NOT, _ONLY_CONSIDERED, _FAILED))
            refused = _REFUSED.search(clause) or _REFUSED.search(text, start + match.start())
            return not (denied or refused or _CONDITION.search(text, 0, start + match.start()))
    spans = re.search(about, text, re.IGNORECASE)  # clauses: none of them may deny it
    return spans is None or not any(each.search(text) for each in (_NOT, _ONLY_CONSIDERED, _FAILED, _REFUSED))


def denies(text: str, about: str) -> bool:
    """Whether the clause that holds something says that it was not so, or was refused: a word before it, none after."""
    text = _SPOKEN.sub(r"\1", text)
    if (found := re.search(about, text, re.IGNORECASE)) and _WOULD.search(text, 0, found.start()):
        return True
    for clause in _CLAUSE.split(text):
        if (match := re.search(about, clause, re.IGNORECASE)) is not None:
            before = clause[: match.start()]
            return any(each.search(before) for each in (_NOT, _REFUSED)) or _CONDITION.search(before) is not None
    return False


def is_condition(text: str) -> bool:
    """Whether a line speaks of what would be, is asked, or is quoted, rather than of what was."""
    return text.rstrip().endswith("?") or _CONDITION.search(text) is not None


def reports(text: str, what: str) -> bool:
    """Whether a line says that a failure happened: no clause denies or only considers it, or tells what is set up."""
    if is_condition(text) or _QUOTED.search(text):
        return False
    for clause in _CLAUSE.split(text):
        if (at := clause.find(what)) >= 0:
            return not (_NOT.search(clause, 0, at) or _ONLY_CONSIDERED.search(clause, 0, at))
    return True


def retries(text: str) -> bool:
    """Whether a line says that something is tried again."""
    denied = re.search(r"(?i)(?:\b(?:not?|never|without)|n't)\W+(?:be\W+)?retr", text)
    return denied is None and re.search(r"(?i)\bretr(?:y|ies)", text) is not None
