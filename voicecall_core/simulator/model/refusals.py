"""What the built-in model says to a client that asked for something wrong. Knows nothing of how it is sent."""

from __future__ import annotations


class RequestRejected(Exception):
    """A client event was refused. The session goes on, unless it is `fatal`: then it is closed with 4000."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        fatal: bool = False,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.fatal = fatal
        self.kind = kind


def beta_disabled() -> RequestRejected:
    """The beta interface is gone: told after the 101, then the socket is closed."""
    said = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
    return RequestRejected("beta_api_shape_disabled", said, fatal=True)


def unknown_parameter(path: str) -> RequestRejected:
    """A field that the interface does not have, as every flat field of the beta."""
    return RequestRejected("unknown_parameter", f"Unknown parameter: '{path}'.", param=path)


def missing_parameter(path: str) -> RequestRejected:
    """A field that must be there."""
    return RequestRejected("missing_required_parameter", f"Missing required parameter: '{path}'.", param=path)


def invalid_type(path: str, wanted: str) -> RequestRejected:
    """A value of the wrong JSON type."""
    return RequestRejected("invalid_type", f"Invalid type for '{path}': expected {wanted}.", param=path)


def invalid_value(path: str, message: str) -> RequestRejected:
    """A value that is not among the allowed ones."""
    return RequestRejected("invalid_value", message, param=path)


def response_running(response: str) -> RequestRejected:
    """A second response was asked for."""
    return RequestRejected(
        "conversation_already_has_active_response",
        f"Conversation already has an active response in progress: {response}. "
        "Wait until the response is finished before creating a new one.",
    )


def nothing_to_cancel() -> RequestRejected:
    """No response is running, or not the one that was named."""
    return RequestRejected("response_cancel_not_active", "Cancellation failed: no active response found")


def no_such_item(verb: str, item: str) -> RequestRejected:
    """`verb` is delete, truncate or retrieve."""
    said = f"Error with {verb} of item: the item with id '{item}' does not exist."
    return RequestRejected(f"item_{verb}_invalid_item_id", said, param="item_id")


def not_model_audio() -> RequestRejected:
    """Truncation of something that is not the model's speech, or of all of it."""
    return RequestRejected("invalid_value", "Only model output audio messages can be truncated", param="item_id")


def already_shorter(has_ms: int, asked_ms: int) -> RequestRejected:
    """Truncation behind the end of what was generated."""
    said = f"Audio content of {has_ms}ms is already shorter than {asked_ms}ms"
    return RequestRejected("invalid_value", said, param="audio_end_ms")


def buffer_too_small(has_ms: float) -> RequestRejected:
    """A commit by hand of less than 100 ms."""
    return RequestRejected(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. "
        f"Expected at least 100ms of audio, but buffer only has {has_ms:.2f}ms of audio.",
    )


def unknown_call(call: str) -> RequestRejected:
    """The output of a function call that never was."""
    return RequestRejected(
        "invalid_tool_call_id", f"Tool call ID '{call}' not found in conversation.", param="item.call_id"
    )


def session_expired() -> RequestRejected:
    """The hour is over."""
    return RequestRejected("session_expired", "Your session hit the maximum duration of 60 minutes.")
