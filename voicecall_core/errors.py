"""Whose fault it was: the five errors that leave this package.

    SettingsError   yours: a setting is missing or wrong; says which, and what to write
    CarrierError    the carrier refused or could not be reached: its code, what it means, what to do
    ModelError      the model refused or went away: its code, and whether a retry can help
    PeerError       a peer sent what its own documents do not allow
    CallFileError   a call file cannot be read: line number and what is wrong

Any other exception is a bug of ours. This file must not know who raises what, nor how an error is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class VoicecallError(Exception):
    """Base of all errors that a person can cause or meet: `message` is one sentence, `fix` says what to type."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class SettingsError(VoicecallError):
    """A setting of yours is missing or wrong. `setting` names the variable or option."""

    def __init__(self, message: str, *, setting: str = "", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.setting = setting


class CarrierError(VoicecallError):
    """The carrier refused a REST request, or its answer is not known.

    `code` is its error code (0 if there is none). `retryable` is true only where it says that the request
    was not processed (429, 422) or where no connection came about. `lost` is true if the request may have been
    processed although its answer never came.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int = 0,
        status: int = 0,
        retryable: bool = False,
        lost: bool = False,
        fix: str = "",
    ) -> None:
        super().__init__(message, fix=fix)
        self.code = code
        self.status = status
        self.retryable = retryable
        self.lost = lost


class ModelError(VoicecallError):
    """The model refused the session or went away. `retryable` is false for a bad key, quota or request."""

    def __init__(self, message: str, *, code: str = "", retryable: bool = False, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.code = code
        self.retryable = retryable


class PeerError(VoicecallError):
    """A peer sent something that its own documents do not allow."""


class CallFileError(VoicecallError):
    """A call file cannot be read. `line` is its 1-based line number, 0 if the whole file is meant."""

    def __init__(self, message: str, *, line: int = 0, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.line = line


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean ...? ` with what comes closest to a name that there is not; empty if nothing does."""
    import difflib  # only whoever mistypes waits for it

    close = difflib.get_close_matches(name, list(names), n=1)
    return f"Did you mean {close[0]}? " if close else ""


def ungrouped(error: BaseException) -> BaseException:
    """The one error inside groups of one, as task groups wrap it; any other as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@contextmanager
def errors_ungrouped() -> Iterator[None]:
    """Let what fails in the block's task groups leave as the one error that it is."""
    failed: BaseException | None = None
    try:
        yield
    except BaseExceptionGroup as group:
        failed = ungrouped(group)
    if failed is not None:
        raise failed  # out here it keeps its own cause
