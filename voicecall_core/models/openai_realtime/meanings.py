"""What the model's error codes and the close codes of its socket mean, in words. Knows no setting of this program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Meaning:
    """`what` is a clause without a full stop, `fix` a sentence for whoever owns the program that met it."""

    what: str
    fix: str


_STATUS_PAGE = "Look at https://status.openai.com, and try again."
_KEY = "Compare the key that the program sends with those of the account's project, and see that it has no blanks."
_MONEY = "Look at the account's credit, its monthly budget and its project's limits: connecting works without them."
_FEWER = "Ask less often or for less at once; the account's limits page says how much a minute it may."
_SHAPE = "Look at the message that the program sent just before: the error's `param` says which field it is about."
_NEXT = "Open the next session before the hour is over, and give it the conversation's history."
_ONE = "Wait for the response's end (response.done), or cancel it, before asking for another."
_NOTHING = "Nothing is lost; it shows that the program counts its responses otherwise than the model does."

# OpenAI: guides/error-codes; for codes that only realtime sessions know, failures.py names the source.
CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        "invalid_api_key": Meaning("the model's side does not know the key", _KEY),
        "invalid_organization": Meaning("the key does not belong to the organisation that was named", _KEY),
        "account_deactivated": Meaning("the model's account is closed", "Ask the model's support."),
        "insufficient_quota": Meaning("the model's account has no credit left, or reached its budget", _MONEY),
        "billing_hard_limit_reached": Meaning("the model's account reached its budget", _MONEY),
        "credit_balance_exhausted": Meaning("the model's account has no credit left", _MONEY),
        "model_not_found": Meaning(
            "there is no such model, or the key may not use it", "Check the model's name and the project's models."
        ),
        "unsupported_country_region_territory": Meaning(
            "the model is not offered where the request came from", "Send it from a country that is on its list."
        ),
        "rate_limit_exceeded": Meaning("more was asked of the model than the account may within a minute", _FEWER),
        "inference_rate_limit_exceeded": Meaning("the model had no room for this response", _FEWER),
        "session_expired": Meaning("the session reached the longest that a session may last", _NEXT),
        "beta_api_shape_disabled": Meaning(
            "the beta interface, which the program asked for, is switched off",
            "Leave the header OpenAI-Beta out, and send session.update in the form of the general interface.",
        ),
        "conversation_already_has_active_response": Meaning(
            "a response was asked for while another was being made", _ONE
        ),
        "response_cancel_not_active": Meaning("a response was cancelled that was already over", _NOTHING),
        "input_audio_buffer_commit_empty": Meaning("a turn was committed in which there was no audio", _NOTHING),
        "invalid_value": Meaning("a value that the program sent is not allowed", _SHAPE),
        "unknown_parameter": Meaning("the program sent a field that the model's interface does not have", _SHAPE),
        "missing_required_parameter": Meaning("a field is missing in what the program sent", _SHAPE),
        "server_error": Meaning("the model's side had an error of its own", _STATUS_PAGE),
        "server_is_overloaded": Meaning("the model's side has too much to do", _STATUS_PAGE),
        "invalid_request_error": Meaning("the model did not take what the program sent", _SHAPE),
    }
)
# Of the codes those that refuse nothing that anybody waits for.
HARMLESS = frozenset({"response_cancel_not_active", "input_audio_buffer_commit_empty"})

_LINE = "Look at the way between the two: a proxy's idle time-out, a tunnel, a program that stood still and died."
_SENT = "Look at what was sent just before: the side that closed did not accept it."
_SOON = "Try again a little later."

# RFC 6455 7.4.1 and IANA's registry of close codes. 4000 to 4999 mean what the two sides have agreed on.
CLOSES: Mapping[int, Meaning] = MappingProxyType(
    {
        1000: Meaning("the socket was closed in order", "Nothing to do: one side was done."),
        1001: Meaning("the other side went away: it restarts, or a session's longest time was over", _NEXT),
        1002: Meaning("one side broke the WebSocket protocol", _SENT),
        1003: Meaning("one side was sent a kind of data that it does not take", _SENT),
        1005: Meaning("the socket was closed without a code", "Nothing to do, if the call was over."),
        1006: Meaning("the connection broke without a close frame", _LINE),
        1007: Meaning("a message was not what its kind says, such as text that is no UTF-8", _SENT),
        1008: Meaning("one side closed for a rule of its own, often a missing or wrong token or key", _SENT),
        1009: Meaning("a message was larger than the other side takes", "Send less at once, or raise its limit."),
        1010: Meaning("an extension that one side insists on was not agreed on", _SENT),
        1011: Meaning("the side that closed had an error of its own, or its pings were not answered", _LINE),
        1012: Meaning("the other side restarts", _SOON),
        1013: Meaning("the other side has too much to do", _SOON),
        1014: Meaning("a proxy on the way got no proper answer from behind it", _LINE),
        1015: Meaning("no TLS connection could be made", "Look at the certificate, its host name and its chain."),
        3000: Meaning("the other side wants credentials, or does not know those that it was given", _KEY),
        3003: Meaning("the other side forbids it to whoever asked", _KEY),
        3008: Meaning("the other side waited too long", _LINE),
        4000: Meaning(
            "OpenAI's realtime interface gave the session up for an error of the program's; the reason says which",
            _SHAPE,
        ),
    }
)
# Closed in order, or without a word, as ordinary calls also are: no failure by themselves.
ORDINARY_CLOSES = frozenset({0, 1000, 1001, 1005, 1006})
