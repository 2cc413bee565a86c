"""What docs/json.md says of what `voicecall test` prints."""

from __future__ import annotations

from tests.json_keys import EXIT, FORMAT_KEY, JsonObject, Key, under

REHEARSALS = (
    JsonObject(
        "test --json, a run",
        "Each run of [a rehearsal](rehearsals.md), as it is done.",
        (
            Key("rehearsal", "Its file, as it was named."),
            Key("about", "What it is about; empty if it does not say so."),
            Key("run", "The how manieth of its runs.", "number"),
            Key("result", "`passed`, `failed`, or `broken`: there was no call that could be judged."),
            Key("trouble", "Why it is broken.", "text or null"),
            Key("outcome", "What became of the call (docs/endings.md).", "text or null"),
            Key("cause", "What ended it (docs/endings.md).", "text or null"),
            Key("expectations", "What was expected, in the file's order.", "list"),
            *under(
                "expectations[]",
                Key("line", "Its line in the file.", "number"),
                Key("expected", "What was expected, as the file has it."),
                Key("result", "`passed`, `failed`, or `not judged`: there was no text model to ask."),
                Key("at_s", "The moment of the call that is spoken of, since the call was asked for.", "s or null"),
                Key("pii_what", "What was instead, or what showed that it held."),
            ),
            Key("first_word_s", "From the answer to the agent's first sound; null if none was heard.", "s or null"),
            Key("waits_s", "How long the callee waited for each reply.", "list of s"),
            Key("cost_usd", "What the model's tokens cost; 0 if it was the built-in one.", "USD or null"),
            Key("call_s", "How long the call took, on its own clock.", "s"),
            Key("took_s", "How long the run took, on the machine's.", "s"),
            Key("call_file", "The call file; null without `--log`.", "text or null"),
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "test --json, the end",
        "Closes the runs.",
        (
            Key("rehearsals", "How many rehearsals were run.", "number"),
            Key("passed", "Of how many every run passed.", "number"),
            Key("failed", "Of how many one did not.", "number"),
            Key("broken", "Of how many one had no call that could be judged.", "number"),
            Key("figures*", "What each came to, by its file: as in a [baseline](rehearsals.md).", "object"),
            Key("worse", "What is worse than the baseline.", "list"),
            *under(
                "worse[]",
                Key("rehearsal", "Its file."),
                Key("figure", "Which figure: `pass_rate`, `reply_p95_ms` and so on."),
                Key("what", "By how much, as a sentence."),
            ),
            EXIT,
            FORMAT_KEY,
        ),
    ),
    JsonObject(
        "test --list --json",
        "Each rehearsal that would be run.",
        (
            Key("rehearsal", "Its file, as it would be named."),
            Key("about", "What it is about; empty if it does not say so."),
            FORMAT_KEY,
        ),
    ),
)
