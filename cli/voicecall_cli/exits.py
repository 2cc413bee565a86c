"""What the program's end says to the shell: one table for all commands. Knows nothing of who ends it.

Codes from 10 to 19 and from 21 to 29 are outcomes of a call, placed or replayed; 0, 1, 2, 70 and 130 mean what they
mean elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from voicecall_core.errors import CallFileError, CarrierError, ModelError, PeerError, SettingsError, VoicecallError


class Exit(IntEnum):
    """Every exit code, with its reason in `about`."""

    about: str

    def __new__(cls, code: int, about: str) -> Exit:
        member = int.__new__(cls, code)
        member._value_ = code
        member.about = about
        return member

    OK = 0, "Done; for a call: completed. The callee heard the agent, and everything that he said was answered."
    DIFFERENT = (
        1,
        "Done, with something to look at: a warning of doctor, a finding in a replayed call that completed, "
        "one that broke off, a difference of replay, a failure that another program's log shows, a law that "
        "prove saw broken, a rehearsal that has not passed or is worse than its baseline.",
    )
    USAGE = (
        2,
        "Nothing was done: the command line, a setting, an agent file or a rehearsal file is wrong, the port is taken, "
        "the public URL does not lead back to this program, or doctor found what would stop a call.",
    )
    BUSY = 10, "The callee's line was busy."
    NO_ANSWER = 11, "Nobody answered in time."
    FAILED = 12, "The call failed at the carrier: no such number, no route, or its document was lost."
    REFUSED = 13, "The carrier refused to place the call, or a request about it."
    UNHEARD = 14, "The call was answered, but the callee did not hear the agent."
    MODEL_FAILED = 15, "The realtime model refused the session, never got ready, or was lost for good."
    STREAM_FAILED = 16, "The call's audio never came, stalled, or was lost for good."
    CANCELLED = 17, "You hung up before the callee had heard the agent, or while he waited for an answer."
    UNKNOWN = (
        18,
        "The carrier's answer never came, nor a webhook of the call: it may or may not have been placed. Whatever may "
        "be it was printed.",
    )
    UNCONFIRMED = 19, "Hanging up was not confirmed: the call may still be up. Its SID was printed."
    BAD_ANSWER = 20, "Twilio or the model answered with what its own documents do not allow, outside of any call."
    AGENT_SILENT = 21, "The agent fell silent: the callee was left without an answer for longer than --patience."
    NEVER_FETCHED = 22, "The call was answered, and the carrier never asked for its document."
    TURNED_AWAY = 23, "The carrier came for the call's document or its audio, and this program turned it away."
    OUR_FAULT = 24, "A mistake of voicecall's own came to light in the call, which was ended in order for it."
    CALL_FILE = 30, "A call file cannot be read."
    CANNOT_TELL = 31, "Another program's log shows no failure, and does not show either that the race was not there."
    BUG = 70, "A mistake of voicecall's own. VOICECALL_DEBUG=1 shows where."
    INTERRUPTED = (
        130,
        "You left before the hang-up was confirmed (Ctrl-C again); the call may still be up. What ends it was printed. "
        "Of rehearsals: before all had been run.",
    )
    PIPE_CLOSED = 141, "The reader of the output left first; never of a call, which goes on without a reader."


_OUTCOMES = {
    "completed": Exit.OK,
    "busy": Exit.BUSY,
    "no-answer": Exit.NO_ANSWER,
    "failed": Exit.FAILED,
    "refused": Exit.REFUSED,
    "unheard": Exit.UNHEARD,
    "model-failed": Exit.MODEL_FAILED,
    "agent-silent": Exit.AGENT_SILENT,
    "never-fetched": Exit.NEVER_FETCHED,
    "turned-away": Exit.TURNED_AWAY,
    "stream-failed": Exit.STREAM_FAILED,
    "cancelled": Exit.CANCELLED,
    "our-fault": Exit.OUR_FAULT,
    "unknown": Exit.UNKNOWN,
    "unconfirmed": Exit.UNCONFIRMED,
}
OUTCOMES = tuple(_OUTCOMES)


def exit_for(outcome: str) -> Exit:
    """The code for a call's outcome. Raises KeyError for one that no table names, which would be a bug."""
    return _OUTCOMES[outcome]


def exit_for_replay(outcome: str | None, *, found: bool) -> Exit:
    """The code for a recorded call: its outcome's, or 1 if it completed with a finding or its record breaks off."""
    if outcome is None:
        return Exit.DIFFERENT
    return exit_for(outcome) or (Exit.DIFFERENT if found else Exit.OK)


def worst(codes: Iterable[int]) -> int:
    """The worst code of several files, the first of two as bad; 0 without any."""
    return max(codes, key=_rank, default=int(Exit.OK))


def _rank(code: int) -> int:
    """Something seen outdoes what cannot be told, a bad outcome a mere finding, and nothing what cannot be read."""
    match code:
        case Exit.OK:
            return 0
        case Exit.CANNOT_TELL:
            return 1
        case Exit.DIFFERENT:
            return 2
        case Exit.CALL_FILE:
            return 4
    return 3


def exit_for_error(error: VoicecallError) -> Exit:
    """The code for an error that reached the command line, which is always outside of a call."""
    match error:
        case SettingsError():
            return Exit.USAGE
        case CarrierError():
            return Exit.UNKNOWN if error.lost else Exit.REFUSED
        case ModelError():
            return Exit.MODEL_FAILED
        case CallFileError():
            return Exit.CALL_FILE
        case PeerError():
            return Exit.BAD_ANSWER
    return Exit.BUG
