"""Which tests are named for which source that `mutants` changes, and which changes no test need see."""

from __future__ import annotations

from collections.abc import Mapping

# Loaded before a change is put in: what is changed may not be among them, nor anything that imports it.
LOADED = (
    "anyio._backends._trio",
    "hypothesis.strategies",
    "trio.testing",
    "voicecall_core.carriers.twilio.media",
    "voicecall_core.models.base",
    "voicecall_core.net.http_server",
    "voicecall_core.net.memory",
    "voicecall_core.net.network",
    "voicecall_core.simulator.voices",
    "voicecall_core.words.descriptions",
    "voicecall_core.words.terms",
)

# A whole minute of sound, or tens of thousands of frames: what they would see, the others see sooner.
_LONG = (
    "tests/media/test_leg.py::test_the_media_socket_is_pinged_and_a_missing_pong_ends_nothing_while_media_flows",
    "tests/media/test_relay.py::test_a_minute_of_speech_is_heard_whole_and_never_far_ahead",
    "tests/media/test_relay.py::test_a_held_greeting_over_the_machines_own_sockets",
)

PYTEST = (
    *("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *(f"--deselect={test}" for test in _LONG),
)


def _stories(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/call/test_{name}.py" for name in names)


_GUARD = _stories("guard", "tombstone", "stream", "writing", "closing", "sessions")
_SPEECH = _stories(
    "conversation",
    "floor",
    "agent_speech",
    "overlaps",
    "patience",
    "greeting",
    "sessions",
    "link",
    "bounds",
    "outcome",
    "playback",
    "tool_calls",
)
_PATIENCE = _stories(
    "patience",
    "agent_speech",
    "overlaps",
    "sessions",
    "floor",
    "conversation",
    "greeting",
    "link",
    "bounds",
    "outcome",
    "playback",
    "tool_calls",
)
_SESSIONS = _stories(
    "link",
    "sessions",
    "patience",
    "floor",
    "agent_speech",
    "overlaps",
    "conversation",
    "greeting",
    "bounds",
    "outcome",
    "playback",
    "tool_calls",
)
_TOOLS = _stories("tool_calls", "floor")
_PLAYOUT = tuple(f"tests/media/test_{name}.py" for name in ("playout", "bridge", "relay"))
_RELAY = tuple(f"tests/media/test_{name}.py" for name in ("bridge", "callee", "relay", "leg"))

# They run in this order, and the first that fails ends the run.
TESTS: Mapping[str, tuple[str, ...]] = {
    "call/conversation.py": _SPEECH,
    "call/model_link.py": _SESSIONS,
    "call/guard_table.py": _GUARD,
    "call/guard.py": _GUARD,
    "call/floor.py": _PATIENCE,
    "call/agent_speech.py": _SPEECH,
    "call/barge_in.py": _SPEECH,
    "call/before_dialling.py": _stories("before_dialling"),
    "call/patience.py": _PATIENCE,
    "call/model_sessions.py": _SESSIONS,
    "call/turn_taking.py": _SPEECH,
    "call/tool_calls.py": _TOOLS,
    "media/playout.py": _PLAYOUT,
    "media/bridge.py": _RELAY,
}

_SAME = "the two differ only in what there is nothing of on this floor"

# Changes that no test can or need see, by `Mutant.name`, with the reason.
SURVIVORS: Mapping[str, str] = {
    "call/barge_in.py _keep_voice: drop_unheard(context) -> pass": "nothing of ours is under way on the callee's floor",
    "call/conversation.py SPEECH, column 3: listen -> yield": f"{_SAME}: a sentence of ours that is under way",
    "call/conversation.py PAUSED, column 1: . -> unweigh": f"{_SAME}: speech that is weighed",
    "call/conversation.py PAUSED, column 5: . -> unweigh": f"{_SAME}: speech that is weighed",
    "call/conversation.py Conversation (2): 0 -> 1": "a millisecond, set before it is asked for",
    "call/guard.py advance: 0 -> 1": "whoever asks for a socket names it",
    "call/guard.py Verdict: 0 -> 1": "every verdict is given its number",
    "call/model_link.py SUSPECT, column 1: . -> second": "no stream is live before the dialling, which opens a session",
    "call/model_link.py ModelLink (2): False -> True": "it is said anew with every spare session that is opened",
    "call/model_sessions.py _change: False -> True": "it is said anew with every spare session that is opened",
    "call/patience.py keep_patience: 6 -> 7": "less than a thousandth of a second",
    "call/patience.py keep_patience: 3 -> 4": "less than a thousandth of a second",
    "media/playout.py _Item (4): 0 -> 1": "one byte is an eighth of the millisecond in which it is told",
    "media/playout.py module: 600_000 -> 600001": "a millisecond of a bound of ten minutes",
    "media/bridge.py module: 200 -> 201": "the same number of whole frames",
    "media/bridge.py module: 300 -> 301": "the same number of whole frames",
    "media/bridge.py module: 30_000 -> 30001": "the same number of whole frames",
}

_DEAD = "the model is given up before an apology, and its sessions are closed"
_SILENT = "nothing of ours is under way when nobody has the floor, nor when the callee has it"
_WEIGHED = "that clock runs in a greeting and in a farewell alone"

# Cells of the tables that no event leads to, by row and column, with the reason: thousands of random calls of fifty
# events and every walk of the checker meet none of them.
UNMET: Mapping[str, Mapping[str, tuple[tuple[int, ...], str]]] = {
    "call/conversation.py": {
        "BEGAN": ((3, 7), f"{_DEAD}; no answer is owed while the callee speaks"),
        "UNASKED": ((7,), _DEAD),
        "SOUNDED": ((1, 3, 7), _SILENT),
        "ENDED": ((1, 3, 7), _SILENT),
        "EMPTY": ((1, 3, 7), _SILENT),
        "FAILED": ((1, 3, 7), _SILENT),
        "REFUSED": ((1, 3, 7), _SILENT),
        "PLAYED": ((1, 3, 7), _SILENT),
        "LATE": ((7,), "an apology has a bound of its own"),
        "RAN_DRY": ((7,), _DEAD),
        "SPEECH": ((7,), _DEAD),
        "LASTED": ((1, 3, 4, 5, 7), _WEIGHED),
        "PAUSED": ((7,), _DEAD),
        "COMMITTED": ((7,), _DEAD),
        "TOOL": ((7,), _DEAD),
        "GOODBYE": ((7,), _DEAD),
        "LOST": ((7,), _DEAD),
        "DEAD": ((6, 7), "a session that is lost in a farewell or an apology is not given up, but closed"),
        "IMPATIENT": ((6, 7), "patience stands still in a farewell and in an apology, which have bounds of their own"),
    },
    "call/model_link.py": {
        "WANTED": ((2, 3, 4, 5, 6, 8, 9), "one is asked for with none, or while waiting, and at no other time"),
        "READY": ((1, 4, 5, 6, 7, 8, 9), "a session that opens gets ready once"),
        "SPARE_READY": ((1, 2, 4, 7, 8), "there is a spare one only beside another"),
        "LOST": ((1, 7, 8, 9), "there is none that could be lost"),
        "SPARE_LOST": ((1, 2, 4, 7, 8, 9), "there is a spare one only beside another"),
        "EXPIRING": (
            (1, 2, 3, 5, 6, 7, 8, 9),
            "that clock runs for a session that is ready and has no other beside it",
        ),
        "SUSPECT": ((8, 9), "a model that was given up owes nothing"),
        "FREE": ((1, 2, 3, 4, 5, 7, 8, 9), "it is only asked for while the spare one is ready"),
    },
}
