"""docs/json.md, made from the table of objects below; tests/cli/test_json.py holds it against what is printed."""

from __future__ import annotations

from collections.abc import Iterator

from tests.json_keys import EXIT, FORMAT_KEY, JsonObject, Key, under
from tests.json_latency import KIND, LATENCY, OVER, REPLIES
from tests.json_rehearsals import REHEARSALS
from voicecall_cli.json_format import FORMAT

_RACE = Key("race", "Whether the race was there: `found`, `absent` (by positive proof) or `unknown`.")
_SID = Key("sid", "The carrier's name for the call; null if that is not known.", "text or null")
_START = Key(
    "start_to_first_audio_s", "From the stream's start to the agent's first sound; null if none left.", "s or null"
)
_OUTCOME = Key("outcome", "What became of the call (docs/endings.md); null if it is not over.")
_CAUSE = Key("cause", "What ended it (docs/endings.md); null if nothing did.", "text or null")
_PLACE = (Key("file", "The file that the line stands in."), Key("line", "Its number there, from 1.", "number"))


_FINDINGS = (
    Key("findings", "What the diagnosis found (docs/diagnosis.md), the heaviest first.", "list"),
    *under(
        "findings[]",
        Key("rule", "The rule's name."),
        Key("sure", "`certain`, `likely` or `possible`."),
        Key("what", "What went wrong, as a sentence."),
        Key("proof", "The lines that prove it.", "list"),
        *under(
            "proof[]",
            *_PLACE,
            Key("at_s", "When, since the call's first line, or since the call began.", "s"),
            Key("text", "The line, masked and shortened."),
        ),
        Key("fix", "What to do."),
    ),
)

_STORY = (
    Key("what", "What happened."),
    Key("verdicts", "What the guard said.", "list"),
    *under(
        "verdicts[]",
        Key("asker", "Who asked."),
        Key("state", "In which state the call's document was."),
        Key("ruling", "What was decided."),
        Key("rule", "By which rule."),
    ),
    Key("writes", "What was written to the call or answered to a fetch.", "list of texts"),
    Key("broken", "The invariants that it broke.", "list of texts"),
    Key("harm", "What it did to the callee's stream; null for nothing.", "text or null"),
)

_CALL = (
    Key("file", "The call file."),
    Key("recording", "The audio beside it; null if there is none.", "text or null"),
    Key("state", "`over`, `unfinished` (the file ends before the call) or `unreadable`."),
    Key("trouble", "What is wrong with the file, as a sentence; null if nothing is.", "text or null"),
    Key("call", "Our own id for the call.", "text or null"),
    Key("began", "When it began.", "ISO date or null"),
    Key("to", "Who was called, masked.", "text or null"),
    Key("scenario", "What the built-in carrier and model played; null where a phone rang.", "text or null"),
    Key("guard", "`on` or `off`.", "text or null"),
    Key("sid", "The carrier's name for the call; null if that is not known.", "text or null"),
    Key("outcome", "What became of the call (docs/endings.md); null if it is not over.", "text or null"),
    Key("cause", "What ended it (docs/endings.md); null if nothing did.", "text or null"),
    Key("diagnosis", "The heaviest finding's rule, or `healthy`; null without one before the end.", "text or null"),
    Key("sure", "How sure that finding is: `certain`, `likely` or `possible`.", "text or null"),
    Key("finding", "The heaviest finding as a sentence.", "text or null"),
    _START,
    Key("answer_to_first_audio_s", "The same from the answer.", "s or null"),
    *REPLIES,
    Key("longest_wait_s", "The longest that he waited for any sound of the agent.", "s or null"),
    Key("talked_s", "From the stream's start to the call's end.", "s or null"),
    Key("cost_usd", "What the model's tokens cost, estimated; 0 if simulated, null if not known.", "USD or null"),
)

OBJECTS = (
    JsonObject(
        "dial --json, the first line",
        "The call file's header; its keys, and those of `terms`, are told in [the call file](call-file.md).",
        (
            Key("voicecall", "The number of the call file's form: of this line and of the steps.", "number"),
            Key("tool", "The program, with its version."),
            Key("call", "Our own id for the call."),
            Key("began", "When the call began.", "ISO date"),
            Key("to", "Who is called, masked."),
            Key("from", "Who calls, masked; empty if that is not known."),
            Key("scenario", "What the built-in carrier and model play; absent where a phone rings."),
            Key("simulated", "Which of the two alone is built in, carrier or model; absent for both, and for none."),
            Key("callee_model", "The model that plays the callee: not deterministic; absent if none does."),
            Key("seed", "With which seed; absent in a real call.", "number"),
            Key("terms*", "On which terms the call is placed.", "object"),
        ),
    ),
    JsonObject(
        "dial --json, a step",
        "What happened, as it does; the same lines as in the call file, and told [there](call-file.md).",
        (
            Key("at", "Since the call began.", "s"),
            Key("event*", "What happened.", "object"),
            Key("verdicts*", "What the guard said; absent if it was not asked.", "list"),
            Key("orders*", "What was ordered; absent if nothing was.", "list"),
        ),
    ),
    JsonObject(
        "dial --json, the last line",
        "What became of the call.",
        (
            Key("outcome", "What became of the call (docs/endings.md)."),
            Key("cause", "What ended it (docs/endings.md)."),
            Key("confirmed", "Whether the carrier said that the call is over.", "true or false"),
            Key("diagnosis", "The heaviest finding's rule, or `healthy`."),
            Key("finding", "The heaviest finding as a sentence; null if there is none.", "text or null"),
            Key("findings", "All of them, the heaviest first.", "list"),
            Key("findings[].rule", "The rule's name (docs/diagnosis.md)."),
            Key("findings[].sure", "`certain`, `likely` or `possible`."),
            _SID,
            EXIT,
            _START,
            Key("answer_to_first_audio_s", "The same from the answer.", "s or null"),
            Key(
                "first_word",
                "Which way it came: `kept`, `made before dialling`, `made while ringing`, `made after the answer, "
                "pipelined` (asked for before the session had confirmed its set-up), `made after the answer`; null if "
                "it was no greeting.",
                "text or null",
            ),
            *REPLIES,
            OVER,
            Key(
                "reply_ours_p50_s", "As much of a reply's wait as audio spent in this program: the median.", "s or null"
            ),
            Key("reply_model_p50_s", "The rest of it, the model's: the median.", "s or null"),
            Key("longest_wait_s", "The longest that the callee waited for a sound of the agent.", "s"),
            Key("laws_broken", "The laws that were broken, in words (docs/promises.md).", "list of texts"),
            Key("requests_turned_away", "Requests whose signature did not fit.", "number"),
            Key("unauthenticated_requests", "Requests that did not even look like the carrier's.", "number"),
            Key("call_file", "Where the call was written down; null if nowhere.", "text or null"),
            Key("callee*", "How a model has played him (docs/scenario-file.md); null if none did.", "object or null"),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "dial --dry-run --json",
        "The one object: what would be sent. Secrets and numbers are masked.",
        (
            Key("request", "The request that would place the call.", "object"),
            Key("request.method", "Its method."),
            Key("request.url", "Its URL."),
            Key("request.authorization", "What it would be authorised with."),
            Key("request.parameters", "Its parameters as pairs of name and value; names repeat.", "list of pairs"),
            Key("twiml", "The document that answers the first fetch."),
            Key("session", "What opens the model's session; null with --say.", "object or null"),
            Key("session.url", "The model's address; in words, if it is the built-in one."),
            Key("session.set_up*", "The message that sets the session up, in the model's own form.", "object"),
            Key(
                "origins*",
                "Where it is said what the call and its agent are to be, of what is not the default: by "
                "the settings' names in an agent file.",
                "object of texts",
            ),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "doctor --json, each line",
        "One check, in the order of [the checks](doctor.md).",
        (
            Key("name", "The check's name."),
            Key("section", "The part that it is about."),
            Key("status", "`ok`, `note`, `warning`, `critical` or `skipped`."),
            Key("found", "What was found."),
            Key("expected", "What should be."),
            Key("error", "The error that a call would have met; null if none.", "object or null"),
            Key("error.code", "Twilio's number, or the model's code.", "number or text"),
            Key("error.meaning", "What Twilio's number means; empty for a code of the model's."),
            Key("fix", "What to do; empty if nothing is."),
            Key("took_ms", "How long the check took.", "ms"),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "replay --json, a call file",
        "The one object of a call file, and of what `dial --json` printed.",
        (
            Key("file", "The file, as it was named."),
            Key("kind", "`call`."),
            _OUTCOME,
            _CAUSE,
            _RACE,
            Key(
                "diagnosis", "The heaviest finding's rule, or `healthy`; null if the call is not over.", "text or null"
            ),
            *_FINDINGS,
            _SID,
            _START,
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "replay --json, a call of another program's log",
        "Each call of [a log](imports.md), or of several that tell of it together.",
        (
            Key(
                "call",
                "Its number in the logs; `1a` and `1b` where no clock joins what two of them tell.",
            ),
            Key("call_id", "That program's own name for it.", "text or null"),
            _SID,
            Key("stream_sid", "The stream's name.", "text or null"),
            _RACE,
            Key("because", "Why that is the answer."),
            Key("diagnosis", "The heaviest finding's rule, `healthy`, or `nothing found`."),
            *_FINDINGS,
            Key("failures", "What the log itself says failed, in the order of its stamps.", "list"),
            *under(
                "failures[]",
                *_PLACE,
                Key("text", "The line, masked and shortened."),
                Key("meaning", "What the number, the code or the exception on it means.", "text or null"),
                Key("fix", "What to do, for that program's owner.", "text or null"),
            ),
            Key("writes", "The lines that write to the call by REST, by number.", "list of numbers"),
            Key("written", "The same lines, with their files.", "list"),
            *under("written[]", *_PLACE, Key("what", "What it wrote, where that is known.", "text or null")),
            Key("not_told", "What the log does not tell of the call.", "list of texts"),
            Key("unread", "The lines between its first and its last that nothing was understood of.", "object"),
            Key("unread.lines", "How many they are.", "number"),
            Key("unread.examples", "The first of them.", "list"),
            *under("unread.examples[]", *_PLACE, Key("text", "The line, masked and shortened.")),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "replay --json, the end of another program's log",
        "Closes a log, or several that were told together.",
        (
            Key("file", "The files, as they were named, with commas between them."),
            Key("kind", "What they were read as (docs/imports.md), with commas between them."),
            Key("calls", "How many calls are told.", "number"),
            Key("lines", "How many lines were read.", "number"),
            Key("skipped", "How many of them said nothing.", "number"),
            Key("unkept", "How many further facts were counted and not kept: it holds more than can be.", "number"),
            Key("files", "Of several that were told together, each; else empty.", "list"),
            Key("files[].file", "The file, as it was named."),
            Key("files[].kind", "What it was read as."),
            Key("files[].lines", "How many lines were read.", "number"),
            Key("files[].skipped", "How many of them said nothing.", "number"),
            Key(
                "race",
                "`found` if any call shows it, `absent` if all show that it was not there, else `unknown`.",
            ),
            Key("diagnosis", "The heaviest finding's rule of all calls, `healthy`, or `nothing found`."),
            Key("not_told", "What the logs do not tell as a whole.", "list of texts"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "replay --unread --json, a template",
        "Each sort of lines that nothing was understood of, the most frequent first.",
        (
            Key("count", "How many lines are of it.", "number"),
            Key("template", "Its words; `<*>` stands where they differ."),
            Key("line", "The number of the first of them.", "number"),
            Key("text", "That line, masked and shortened."),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "replay --unread --json, the end",
        "Closes a file.",
        (
            Key("file", "The file, as it was named."),
            Key("kind", "What it was read as."),
            Key("lines", "How many lines nothing was understood of.", "number"),
            Key("templates", "How many sorts of lines they are.", "number"),
            Key("ungrouped", "How many lines are of none, because there were too many sorts.", "number"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "calls --json",
        "One object a call of [the folder](calls.md), the oldest first.",
        (*_CALL, Key("findings", "The rules of all findings, the heaviest first.", "list of texts"), FORMAT_KEY),
    ),
    JsonObject(
        "show --json",
        "The one object of [a call](calls.md), whole. What people said is null with `--no-words`.",
        (
            *_CALL,
            *_FINDINGS,
            Key("pii_message", "What a call that only says something was to say; null for others.", "text or null"),
            Key("conversation", "What was said, in the order in which it was heard.", "list"),
            *under(
                "conversation[]",
                Key("who", "`agent` or `callee`."),
                Key("at_s", "When it began to be heard, since the call began.", "s"),
                Key("pii_heard", "The words that were heard.", "text or null"),
                Key("pii_unheard", "The words that were made and not heard.", "text or null"),
                Key("fate", "What became of it, as `heard`, `cut`, `not heard`; null for the callee.", "text or null"),
                Key("heard_ms", "How much of it was heard; null for the callee.", "ms or null"),
                Key("made_ms", "How long it is, 0 if that is not known.", "ms or null"),
                Key("waited_s", "How long the callee had waited for it; null if not or unknown.", "s or null"),
                Key("waited_ours_s", "As much of that as audio spent in this program.", "s or null"),
                Key("clip", "The name of a recorded clip, which has no words here.", "text or null"),
            ),
            Key("conversation_left_out", "How many older lines are in the call file alone.", "number"),
            Key("replies_timed", "Each reply as it was measured from the audio ([latency](latency.md)).", "list"),
            *under(
                "replies_timed[]",
                Key("at_s", "When it was certain, since the call began.", "s"),
                Key("waited_s", "From the callee's last speech to it; null if it began over him.", "s or null"),
                Key("ours_s", "As much of that as audio spent in this program; null if not known.", "s or null"),
                Key("model_s", "The rest of it, the model's.", "s or null"),
                *KIND,
            ),
            Key("tools", "The [tools](tools.md) that the model called and that were run, in their order.", "list"),
            *under(
                "tools[]",
                Key("name", "The tool's name."),
                Key("at_s", "When it was called, since the call began.", "s"),
                Key(
                    "outcome",
                    "How it ended: `returned`, `raised`, `timed-out`, ...; null if it did not.",
                    "text or null",
                ),
                Key("took_s", "How long it ran; null if it did not end.", "s or null"),
                Key("pii_arguments", "What the model gave it, as JSON text.", "text or null"),
                Key("pii_output", "What the model was told of it, as JSON text.", "text or null"),
            ),
            Key("spoke", "Who was to be heard when.", "list"),
            *under(
                "spoke[]",
                Key("who", "`agent` or `callee`."),
                Key("from_s", "From when, since the call began.", "s"),
                Key("to_s", "Until when.", "s"),
            ),
            Key("verdicts*", "What the guard said, as in [the call file](call-file.md), each with its `at_s`.", "list"),
            Key("moments*", "When each step of the handshake was first met, by its name.", "object of s"),
            Key("laws_broken", "The laws that were broken, in words (docs/promises.md).", "list of texts"),
            FORMAT_KEY,
        ),
    ),
    *LATENCY,
    *REHEARSALS,
    JsonObject(
        "hangup --json",
        "One object a call that is to end or that may still be up; none if no such call is remembered.",
        (
            Key("call", "Our own id for the call; null if it is not remembered.", "text or null"),
            Key("to", "Who was called, masked.", "text or null"),
            Key("asked", "When it was asked for.", "ISO date or null"),
            _SID,
            Key("maybe", "The SIDs that it may have, where its own was never told.", "list of texts"),
            Key("status", "The carrier's last word about it; null if it gave none.", "text or null"),
            Key("ended", "Whether the carrier said that it has ended.", "true or false"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "prove --json, a walk",
        "Each walk of [the proof](proof.md), when it is done. What is wrong is told by a shortest way to it.",
        (
            Key("walk", "Its name."),
            Key("states", "How many different states were met.", "number"),
            Key("moves", "How many moves were tried from them.", "number"),
            Key(
                "longest_way_out",
                "The most timers and lost answers to an end; null if not all was walked.",
                "number or null",
            ),
            Key("complete", "Whether nothing was left out.", "true or false"),
            Key("holds", "Whether all was walked and nothing is wrong.", "true or false"),
            Key("harmed", "How a callee's stream is cut; null if it never is.", "list or null"),
            *under("harmed[]", *_STORY),
            Key("broken", "How an invariant is broken; null if none is.", "list or null"),
            *under("broken[]", *_STORY),
            Key(
                "stuck", "How a call gets to where it cannot end, told as `broken`; null if none does.", "list or null"
            ),
            Key("took_s", "How long the walk took.", "s"),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "prove --json, the end",
        "Closes the walks.",
        (
            Key("asked", "What was walked, in words."),
            Key("walks", "How many walks were begun.", "number"),
            Key("complete", "Whether all that was asked for was walked to its end.", "true or false"),
            Key("holds", "Whether all was walked and nothing is wrong.", "true or false"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "prove --list-rules --json",
        "Each rule that can be taken away by `--without`.",
        (
            Key("rule", "Its name."),
            Key("concerns", "Whom it concerns, and when.", "list"),
            *under("concerns[]", Key("asker", "Who asks."), Key("state", "In which state the call's document is.")),
            Key("reason", "Its reason."),
            FORMAT_KEY,
        ),
    ),
)

_INTRO = f"""\
With `--json` a command prints JSON on standard output, one object a line, and what is for people on standard error.
These are all of them; `rm` and `init` print none.

The form has a number, `format`, today {FORMAT}, on every object but the header and the steps of a call, which are those
of [the call file](call-file.md) and have its number, `voicecall`, on the first line. A key more is no new form: pass
over what you do not know. A key that goes, is renamed or means something else raises the number. A key is there, and
null, where there is nothing to say, unless it says that it is absent.

    voicecall dial +15555550100 --sim --json | jq 'select(.outcome) | .exit'
    voicecall replay app.log alerts.json --json | jq 'select(.exit) | .race'"""


def page(made: str) -> str:
    """The whole page; `made` says that it is generated."""
    lines = ["# What --json prints", "", _INTRO, "", made]
    for each in OBJECTS:
        lines += ["", f"## {each.name}", "", each.about, "", *_table(each)]
    return "\n".join(lines) + "\n"


def _table(each: JsonObject) -> Iterator[str]:
    yield "| Key | What it is | Unit or type | Since |"
    yield "| --- | --- | --- | --- |"
    for key in each.keys:
        yield f"| `{key.path.removesuffix('*')}` | {key.about} | {key.unit} | {key.since} |"
