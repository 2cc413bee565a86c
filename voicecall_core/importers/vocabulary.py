"""The words by which a line's concepts are known, as patterns in small letters. Knows no line and no call.

Words for one thing are alternatives of one pattern; what must not be taken for it is kept out at its edges.
"""

from __future__ import annotations

import re

SID = r"\bCA[0-9a-fA-F]{32}\b"
STREAM_SID = r"\bMZ[0-9a-fA-F]{32}\b"

# A media stream: by its name, or by words that belong to nothing else.
_PATH = r"(?:\s+[\"']?|\W{1,3})(?:on |at |from )?(?:wss?:/)?/\S*(?:media|stream)"
STREAM = (
    r"media[-_ .]?(?:stream|strom|socket|verbindung|ws(?![a-z])|web ?socket|connection|channel|bridge)"
    r"|medien(?:strom|stream|verbindung)|(?:twilio|carrier)(?:'s)?[-_ .](?:media|stream"
    r"|ws(?![a-z])|web ?socket|socket)"
    rf"|(?<![a-z])(?:ws|web ?socket|socket){_PATH}|{STREAM_SID}"
)
# The same in one word, where only the call that is up can be meant: nothing of another sort stands before it.
BARE_STREAM = (
    r"(?:^|[\]:>|)\u2013\u2014.,;]\s*|[^\x00-\x7f]\s+)(?:(?:the|our|ws|bidirectional|incoming|inbound|call"
    r"|voice|audio)[\s._-]+){0,2}"
    r"(?:audio)?stream(?![a-z])"
)
OTHER_STREAMS = (
    r"(?<![a-z])(?:tts|llm|stt|asr|tokens?|transcri\w*|completion|speech|openai|deepgram|elevenlabs|model"
    r"|upload|video"
    r"|http|kafka|redis|log|room|response|event|radio|microphone|twitch|sse)(?![a-z])"
)
UP = (
    r"(?<![a-z])(?:start(?:ed|s)?|began|begun|begin(?:s|ning)?|connected|connect|accepted|opened|open"
    r"|established|attached"
    r"|joined|up|live|arrived|ready|gestartet|begonnen|verbunden|offen|steht|aufgebaut|l\u00e4uft"
    r"|ge\u00f6ffnet|stream\s?\+|da(?=\W*mz)|an(?=\s*$))(?![a-z])"
)
DOWN = (
    r"(?<![a-z])(?:stop(?:ped|s)?|end(?:ed|s)?|close[ds]?|disconnect(?:ed|s)?|detached|left|finished|down"
    r"|gone|died|dead"
    r"|dropped|terminated|vanished|torn down|cut(?: off)?|hung up|beendet|gestoppt|geschlossen|getrennt"
    r"|zu ende|weg|tot"
    r"|abgebrochen|stream\s?-(?=\s)|zu(?=\W*(?:mz|$))|aus(?=\s*$))(?![a-z])"
)
LOST = r"(?<![a-z])(?:lost|connection dropped|verloren|abgerissen)(?![a-z])"
STREAMS = ("media", "medien", "mz", "twilio", "carrier", "ws ", "ws:", "websocket", "web socket", "socket")

MODEL = r"open ?-?ai|(?<![a-z])oai(?![a-z])|realtime|(?<![a-z])model(?:l)?(?![a-z])|(?<![a-z])gpt-"
MODELS = ("openai", "open ai", "open-ai", "oai", "realtime", "model", "gpt-")
CONNECTED = r"(?<![a-z])(?:connected|opened|established|verbunden|open(?! ?-?ai))(?![a-z])"
MODEL_UP = rf"(?:{MODEL}).{{0,40}}?{CONNECTED}|(?:connected|verbunden)\W+(?:to|mit)\W+(?:the\W+)?(?:{MODEL})"
_TO_MODEL = r"wss?://api\.openai\.com|wss?://\S*openai\.azure\.com|(?:open ?-?ai|oai|realtime)(?![a-z])"
MODEL_OPENING = rf"(?<![a-z])(?:connecting|opening|dialing|verbinde)(?![a-z]).{{0,30}}?(?:{_TO_MODEL})"
QUIET = (1000, 1001, 1005)  # a WebSocket's close codes that tell of no failure
_REASONS = (
    r"unauthori[sz]ed|forbidden|not found|too many requests|bad gateway|internal server error|service unavailable"
    r"|bad request|gateway time-?out"
)
REPLIED = (  # a failure, by HTTP
    r"(?:status|code|https?|response|rejected|answered|returned|refused|got|with|said"
    r"|says)\W+(?:us\W+)?(?:code\W+|an?\W+)?"
    rf"(?:4\d\d|5\d\d)(?![\d.])|(?<![\d.])(?:4\d\d|5\d\d)\W+(?:{_REASONS})"
)

CALL = r"(?<![a-z])(?:calls?|calling|dial(?:l?ing|led)?|anruf)(?![a-z])"
PLACED = (
    r"(?<![a-z])(?:created|placed|initiated|queued|started|dispatched|dial(?:l?ing|led)|gestartet"
    r"|gew\u00e4hlt|angelegt"
    r"|aufgebaut)(?![a-z])"
)
_A = r"(?:(?:an?|the|outbound|outgoing|new|phone|twilio)[\W_]+)*"
_FAILED = r"fail\w*|reject\w*|refus\w*|could not|couldn't|cannot|error|konnte nicht|fehlgeschlagen|abgelehnt"
CREATES = (
    rf"(?<![a-z])(?:creat\w*|plac\w*|mak\w*|start\w*|initiat\w*)[\W_]+{_A}calls?(?![a-z]|\W+(?:record"
    rf"|transcri|log|quality))"
    r"|(?<![a-z])calls?[._ -](?:creat\w*|placement)|(?:outbound|outgoing)[-_ ]call"
    rf"|(?<![a-z])dial(?:l?ing|out)?[\W_]+(?:{_FAILED})|(?:{_FAILED})[\W_]+(?:to[\W_]+)?dial(?! tcp)"
    r"|anruf[\w ]{0,30}(?:gestartet|aufgebaut|angelegt)"
)
OF_PHONES = re.compile(r"(?i)twilio|restexception|create record|(?<![a-z])(?:outbound|outgoing|dial)|anruf")
REFUSED = rf"(?<![a-z])(?:{_FAILED})(?![a-z])"
SERVED = (
    r"(?<![a-z])(?:serv\w*|return\w*|respond\w*|answer\w*|repl(?:y\w*|ied)|sent|sending|gave|given"
    r"|deliver\w*|handed|hand"
    r"|emit\w*|render\w*|ausgeliefert|geliefert|geantwortet|zur\u00fcckgegeben|antwort\w*)(?![a-z])"
)
WRITE = r"(?<![a-z])(?:updat\w*|writ\w*|rest(?![a-z])|<say|twiml)"

# What is written over a call: the carrier's voice, a greeting, a document; and by which way.
SAY = (
    r"<say|(?<![a-z])say[-_ ](?:over|onto)[-_ ]|(?<![a-z])say[-_ ](?:document|twiml|verb|response|xml|markup|override)"
    r"|twiml[-_ ]say|spoken[-_ ](?:document|twiml)|fall(?:ing|s)?[-_ ]?back[-_ ]to[-_ ]say"
    r"|(?<![a-z])(?:verb[\"']?\s*[=:]\s*[\"']?|with )say(?![a-z])"
)
WRITES = (
    r"(?<![a-z])(?:updat\w*|writ\w*|wrote|over(?:rid|writ|rode)\w*|modif\w*|replac\w*|redirect\w*"
    r"|post(?:ed|ing)|push\w*|inject\w*"
    r"|swap\w*|geschrieben|\u00fcberschr\w*|ersetz\w*|geschickt|fall\w*|rest)(?![a-z])"
    r"|(?<![a-z])(?:to|an|over|into|onto)[\W_]+(?:\w+[\W_]+){0,3}(?:call|leg|anruf)(?![a-z])"
)
GREETS = (
    r"greet(?:ing|s|ed)?(?![a-z])|welcome|intro(?:duction)?(?![a-z])|first[-_ ](?:message|line|sentence"
    r"|utterance)|opener"
    r"|(?:opening|initial)[-_ ](?:line|message|sentence|text|words|prompt)|(?<![a-z])hello(?![a-z])|salutation"
    r"|announcement|begr\u00fc\u00dfung|begruessung|ansage|erste nachricht|willkommen"
)
_LIVE = r"(?:(?:the|a|an|this|that|its?|live|running|active|ongoing|current|in[-_ ]?progress|twilio|phone)[-_ ]+)*"
_UPDATES = r"(?:updat|modif|replac|redirect|overwr|overrid)\w*"
CALL_UPDATE = (
    r"(?<![a-z])call(?:s|resource)?(?:\([^)]*\))?[._]updater?(?:async)?(?![a-z])|update[-_]?call(?![a-z])|call[-_]update(?![a-z])"
    rf"|{_UPDATES}[-_ ]+{_LIVE}(?:call|leg)(?![a-z]|[-_ ](?:record|status|log|state|count|list|meta|table"
    rf"|cache|entry|info))"
    r"|(?:call|leg)(?:'s)?[-_ ](?:twiml|document|xml)[^.;]{0,30}?(?<![a-z])(?:updat|replac|overwr|overrid"
    r"|modif|swapp)\w*"
    r"|(?<![a-z])anruf\w*[^.;,]{0,50}?(?:\u00fcberschr|ersetz|umgeleitet)\w*"
    r"|rest[-_ ](?:overrid|overwrit|updat|writ|post|push|inject|call)\w*"
)
_ONTO = (
    rf"[^.;]{{1,40}}?(?:to|onto|into|over|on|in|an|in den)[-_ ]+{_LIVE}(?:call|leg|anruf)"
    r"(?![a-z]|[-_ ](?:record|log|queue|list))"
)
_ON_CALL_DE = (
    r"(?<![a-z])(?:an|in|auf|\u00fcber)[-_ ](?:den |einen )?(?:laufenden |aktiven |bestehenden |gerade )?anruf[-_ ]"
    r"(?:\w+ )?(?:gesendet|geschickt|geschrieben|gelegt|gespielt|eingespielt|gegeben)"
)
PUT_GREETING = rf"(?<![a-z])(?:push|inject|put(?![a-z])|post|overlay|writ)\w*{_ONTO}|{_ON_CALL_DE}"
PUT_DOCUMENT = (
    r"(?<![a-z])(?:push|inject|put(?![a-z])|post|overlay|writ|wrote|send|sent|deliver|load|issu|appl|throw"
    r"|slap|swap)\w*"
    rf"(?=[^.;]{{1,40}}?(?:twiml|(?<![a-z])(?:xml|markup|document|say)(?![a-z]))){_ONTO}"
)
WRITTEN = r"twiml|(?<![a-z])(?:document|markup|xml|dtmf|digits|say)(?![a-z])|<play|dokument"
SPEAKS = rf"{GREETS}|voicemail|message|prompt|(?<![a-z])(?:play|dtmf|digits|say|announce\w*|nachricht)(?![a-z])|<play"
STREAM_DOCUMENT = (
    r"(?:stream|connect|realtime)(?:ing)?[-_ ](?:document|twiml|xml|markup|instructions|response)"
    r"|twiml[-_ ](?:with |for )?(?:the )?(?:stream|connect)"
)
INBOUND = (
    r"(?<![/\w-])(?:inbound|incoming|eingehend\w*)[-_ ](?:\w+[-_ ])?(?:call|anruf)"
    r"(?![a-z]|[-_ ](?:list|log|queue|handler|route|url|cent|flow|webhook|number|volume|histor|report|polic|limit))"
)
LETTERS = r"(?:welcome|greeting|intro\w*)[-_ ](?:e-?mail|mail|letter|package|page|sms|tour|screen)"
UNREACHED = (
    r"timed out|unreachable"
    r"|(?:certificate_verify|ssl handshake|tls handshake)[_ ]?failed|cert_has_expired"
    r"|connection refused|econnrefused|enotfound|could not be reached"
    r"|(?:handshake|connection|connect|upgrade)"
    r" (?:has )?failed|(?:failed|unable) to connect|nicht erreichbar|zeit\u00fcberschreitung"
)
BY_CARRIER = (
    r"with[\W_]+(?:the[\W_]+)?(?:twilio(?:'s)?[-_ ](?:rest|update|api)|rest(?![a-z])|calls?[._]update)"
    r"|(?:through|via|by|using|per|over|\u00fcber|mit|to)[\W_]+(?:the[\W_]+)?"
    r"(?:(?:twilio|carrier)(?:'s)?|rest|calls?[._]update|twilio[-_ ](?:tts|api))(?![a-z]|[-_ ]?(?:media"
    r"|stream|ws|web ?socket|socket))"
    rf"|{CALL_UPDATE}"
)
DOCUMENT = r"twiml|(?<![a-z])(?:document|markup|xml|instructions|dtmf|digits|url)(?![a-z])|<play|https?://\S|dokument"
LEAVES = (
    r"<dial|<hangup|<enqueue|<refer|<conference|transfer\w*|hand(?:ing|ed)?[-_ ]?(?:over|off)"
    r"|weiterleit\w*|(?:good)?bye(?![a-z])"
    r"|farewell|hang(?:ing|s)?[-_ ]?up|(?<![a-z])end(?:s|ing)?[-_ ](?:the[-_ ])?call|completed"
    r"|voicemail box|abschied|auflegen"
    r"|conference|queue|<connect|<stream|(?<![a-z])agent desk|human"
)
CRASH = (
    r"\bpanic\b(?: serving|:)|unhandled[-_ ]?(?:exception|rejection|promise)|uncaught ?exception|worker timeout"
    r"|out of memory|segmentation fault|exception was never retrieved"
)
CRASHES = ("panic", "unhandled", "uncaught", "worker timeout", "out of memory", "segmentation", "never retrieved")
DOOR = r"upgrade|media|stream|web ?socket|(?<![a-z])ws(?![a-z])"
TURNED = r"reject\w*|refus\w*|den(?:y|ied)|abgelehnt|unauthori[sz]ed|forbidden"
