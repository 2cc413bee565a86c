"""What makes an agent, one row a setting: keys of an agent file, and rows of the command line and the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecall_core import models
from voicecall_core.agents import values
from voicecall_core.durations import as_duration
from voicecall_core.words.terms import (
    FILLER,
    FILLER_AFTER_S,
    GREETING,
    INSTRUCTIONS,
    MAX_DURATION_S,
    PATIENCE_S,
    RING_TIMEOUT_S,
)

LONGEST_CALL_S = 86_340.0  # the carrier lets a call last 24 h; one minute of it is our grace


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `name` is its key in an agent file; `default` is written as one types it, "" is none.

    `shape` makes the value of a text, or raises `values.Wrong`; with `in_folder` it is handed the folder too in which
    relative paths begin. In a text with `variables` these are filled in.
    """

    name: str
    default: str
    shape: Callable[..., object]
    metavar: str
    about: str
    in_folder: bool = False
    variables: bool = False

    @property
    def field(self) -> str:
        """The name of its value: durations are in seconds."""
        return f"{self.name}_s" if self.metavar == "DURATION" else self.name


KEYS = (
    Key("greeting", GREETING, values.text_or_file, "TEXT|@FILE",
        "Its first words. Tell people that an AI is speaking.", in_folder=True, variables=True),
    Key("instructions", INSTRUCTIONS, values.text_or_file, "TEXT|@FILE",
        "Who it is and what it is to do.", in_folder=True, variables=True),
    Key("say", "", values.text_or_file, "TEXT|@FILE",
        "Say this and hang up: an announcement, without a model.", in_folder=True, variables=True),
    Key("model", models.MODEL, values.name, "NAME", "The realtime model."),
    Key("voice", models.VOICE, values.name, "NAME", "The voice it speaks with."),
    Key("greet", "ringing", values.greet, "before-dialling|ringing|answered",
        "When the greeting is made: before the call is placed (which is some seconds later, or never if it does not "
        "come within 15 s), while it rings, or after the answer. With the first two an unanswered call costs its "
        "tokens."),
    Key("guard", "on", values.policy, "on|off",
        "Who may write the call's TwiML: the guard, or (off, to see the bug) the last writer."),
    Key("max_duration", as_duration(MAX_DURATION_S), values.duration(1, LONGEST_CALL_S), "DURATION",
        "Hang up after so long. The carrier is told too, and hangs up by itself soon after."),
    Key("ring_timeout", as_duration(RING_TIMEOUT_S), values.duration(1, 600), "DURATION",
        "Let it ring for so long; the carrier allows 10m."),
    Key("patience", as_duration(PATIENCE_S), values.duration(1, 30), "DURATION",
        "How long the callee may wait for a sound of the agent before something is done about it: asked again, "
        "another session, an apology."),
    Key("tools", "", values.file, "FILE.py",
        "A Python file whose public functions the model may call (docs/tools.md). It is run.", in_folder=True),
    Key("filler", FILLER, values.text_or_file, "TEXT|@FILE",
        "What the agent says, in the language of the conversation, while a tool takes its time.", in_folder=True,
        variables=True),
    Key("filler_after", as_duration(FILLER_AFTER_S), values.duration(0.2, 30), "DURATION",
        "How long it may be silent before that, while a tool runs."),
    Key("apology", "", values.file, "FILE",
        "What is played if the model is lost for good, instead of the clip that comes with voicecall: raw mu-law, "
        "8000 Hz, one channel.", in_folder=True),
    Key("moment_clip", "", values.file_or_off, "FILE|off",
        "What is played when the callee has waited that long, instead of the clip that comes with voicecall (it is "
        "English, and only played if the greeting is, too): raw mu-law, 8000 Hz, one channel; or off.",
        in_folder=True),
)  # fmt: skip

BY_NAME = {key.name: key for key in KEYS}
