"""What took effect at the built-in carrier, as a list of facts. Knows nothing of who asked for it.

Tests and diagnoses judge by this list and not by what the program says of itself. No secret, no address of a webhook
and no full phone number is ever part of an effect; what was spoken lies under `pii_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class What(StrEnum):
    """The kinds of effect; what the other fields of `Effect` say for each."""

    REST = "rest"  # a REST request was answered: detail create, update, fetch, list or account; code = HTTP status;
    # source of an update: Twiml and the document's verbs, Url, or Status and the one asked for
    PLACED = "placed"  # the carrier took a call
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    WEBHOOK_SENT = "webhook-sent"  # detail: fetch, redirect, fallback, status:<CallStatus> or <StreamEvent>
    WEBHOOK_ANSWERED = (
        "webhook-answered"  # the same detail; code = HTTP status, 0 if none came; source = its type and length
    )
    WEBHOOK_LOST = "webhook-lost"  # the plan swallowed it
    RECEIVED = "received"  # a document arrived: detail = its verbs, source = how
    DISCARDED = "discarded"  # a document arrived after an update had taken its place: never ran
    RAN = "ran"  # a document began to run: detail and source as above
    SAY_BEGAN = "say-began"  # the callee begins to hear a `<Say>`; source = its document's
    PLAYED = "played"  # something else than speech begins to play: detail file, beep or `digits <digits>`
    GATHERED = "gathered"  # `<Gather>` ended: detail digits, speech or nothing
    RECORDED = "recorded"  # a recording ended: detail completed or absent; code = its seconds
    DIALLED = "dialled"  # a second leg was called: detail = its SID
    JOINED = "joined"  # it was answered, and the two hear each other
    PARTED = "parted"  # it is over: detail = its DialCallStatus
    FORKED = "forked"  # `<Start><Stream>`: a listening stream began; detail = its name
    FORK_ENDED = "fork-ended"  # detail: stopped, call-ended, server-closed
    ERROR_MESSAGE = "error-message"  # the carrier's own apology is spoken; code = why
    DETECTED = "detected"  # who has answered: human, machine_start, machine_end_beep, fax or unknown
    STREAM_OPENED = "stream-opened"  # the socket was accepted (101)
    STREAM_STARTED = "stream-started"  # `start` left for the server
    STREAM_FAILED = "stream-failed"  # it never opened; code = the carrier's error; source: plan, query or nothing
    STALLED = "stalled"  # the plan: nothing of the callee's is sent any more, the socket stays open
    STREAM_ENDED = "stream-ended"  # detail: update, call-ended, server-closed, dropped, stopped; code = ms not played
    HEARD = "heard"  # a run of audio without a gap was played to the callee; stream_ms = when it began to play
    MARK_SET = "mark-set"  # the server asked for a mark: detail = its name
    MARKED = "marked"  # a mark went back: detail = its name
    CLEARED = "cleared"  # what had not played was thrown away; code = its ms
    SPOKE = "spoke"  # the callee begins to say something: detail = its clip, text, words, stand-in, or a file's name
    SAID = "said"  # he has said it to its end: the same detail
    DIGIT = "digit"  # the callee pressed a key
    REJECTED = "rejected"  # `<Reject>`: detail rejected or busy
    HUNG_UP = "hung-up"  # detail: callee, api, document, time-limit
    ENDED = "ended"  # the call is over: detail = its final status
    WARNING = "warning"  # code = the carrier's warning, detail in words


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that took effect: `at_ms` since the carrier opened, `stream_ms` since the stream's `start`.

    `request` numbers what asked for it, from 1: a REST request of the program's, or a webhook of the carrier's;
    `took_ms` is how long its answer took.
    """

    at_ms: int
    sid: str
    what: What
    detail: str = ""
    source: str = ""
    code: int = 0
    stream_ms: int = 0
    audio: bytes = field(default=b"", repr=False)
    pii_text: str = field(default="", repr=False)
    request: int = 0
    took_ms: int = 0
