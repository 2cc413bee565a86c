"""What `voicecall sim --json` prints, for docs/json.md."""

from __future__ import annotations

from tests.json_keys import EXIT, FORMAT_KEY, JsonObject, Key, under

SIM_OBJECTS = (
    JsonObject(
        "sim --json, what takes effect",
        "At the built-in carrier, as it does. What was spoken is not in it.",
        (
            Key("at_ms", "When, since the line opened.", "ms"),
            Key("sid", "The call; null for a request that names none.", "text or null"),
            Key("effect", "Its kind, as in a call's file ([verdict.md](verdict.md))."),
            Key("detail", "Of what kind it is; empty if there is nothing to say."),
            Key("source", "How a document came, or what was asked for."),
            Key("code", "A status or an error code; 0 if there is none.", "number"),
            Key("request", "The REST request or webhook that it is of, counted; 0 if of none.", "number"),
            Key("stream_ms", "When, since the media stream began.", "ms"),
            Key("heard_ms", "How much of sound was heard.", "ms"),
            Key("text", "The same in words."),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "sim --json, a call",
        "What became of each, and the verdict about it ([verdict.md](verdict.md)).",
        (
            Key("verdict", "The gravest of the findings: `broken`, `warning`, `note`, or `clean`."),
            Key("sid", "The call."),
            Key("findings", "What was found.", "list"),
            *under(
                "findings[]",
                Key("rule", "The rule's name."),
                Key("law", "The invariant that it is of (docs/proof.md); null for none.", "number or null"),
                Key("severity", "`broken`, `warning` or `note`."),
                Key("at_s", "When, since the line opened.", "s"),
                Key("what", "The finding as a sentence."),
                Key("request", "Whose doing it was; null if no request's.", "text or null"),
            ),
            Key("not_judged", "What could not be judged.", "list of texts"),
            Key("direction", "`outbound` if the program placed it, `inbound` if the line called it."),
            Key("to", "Who was called, masked."),
            Key("from", "Who called, masked."),
            Key("status", "Its last status."),
            Key("talked_s", "From the answer to the end, begun seconds counted.", "s"),
            Key("hung_up_by", "`callee`, `api`, `document` or `time-limit`; null if nobody did.", "text or null"),
            Key("documents", "The documents that ran, each with how it came.", "list of texts"),
            Key("streams", "How many media streams began.", "number"),
            Key("heard_s", "How much of their sound was heard.", "s"),
            Key("call_file", "Where it was written down; null if nowhere.", "text or null"),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "sim --json, the last line",
        "What became of the run.",
        (
            Key("calls", "How many calls there were.", "number"),
            Key("verdict", "The gravest of all findings."),
            Key("program", "The program's exit status; null if it was stopped, or none was started.", "number or null"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
)
