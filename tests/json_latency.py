"""The part of docs/json.md that tells how long replies took, of a call and of a recording."""

from __future__ import annotations

from tests.json_keys import EXIT, FORMAT_KEY, JsonObject, Key, under

REPLIES = (
    Key("replies", "How many of the agent's replies were measured from the audio ([latency](latency.md)).", "number"),
    Key("reply_p50_s", "From the callee's last speech to a reply's first audible sound: the median.", "s or null"),
    Key("reply_p95_s", "The same: the 95th percentile.", "s or null"),
    Key("worst_reply_s", "The same: the longest.", "s or null"),
)
OVER = Key("replies_over", "How many more replies began over the callee.", "number")
KIND = (
    Key("over", "Whether it began over the callee.", "true or false"),
    Key("barge_in", "Whether the callee's turn had begun while the agent spoke.", "true or false"),
)

LATENCY = (
    JsonObject(
        "latency --json, a file",
        "Each recording, measured as [a live call is](latency.md).",
        (
            Key("file", "The file, as it was named."),
            Key("length_s", "How long it is.", "s"),
            Key("cut_short", "Whether it ends before its own head says.", "true or false"),
            Key("first_word_s", "When the agent is first heard in it; null if never.", "s or null"),
            *REPLIES,
            OVER,
            Key("worst_reply_at_s", "When, in the file, the longest wait ended.", "s or null"),
            Key("turns", "Each reply, in order.", "list"),
            *under(
                "turns[]",
                Key("spoke_s", "When the callee's last speech ended.", "s"),
                Key("sounded_s", "When the agent was first to be heard after it.", "s"),
                Key("waited_s", "What lies between; null if the agent began over the callee.", "s or null"),
                *KIND,
            ),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "latency --json, the end",
        "Closes the recordings: all of them together.",
        (
            Key("files", "How many were measured.", "number"),
            *REPLIES,
            OVER,
            Key("worst_reply_file", "The file with the longest wait.", "text or null"),
            Key("worst_reply_at_s", "When, in that file, it ended.", "s or null"),
            EXIT,
            FORMAT_KEY,
        ),
    ),
)
