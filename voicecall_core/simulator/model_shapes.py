"""Small checks out of which the shapes of JSON messages are built. Knows no message.

A check takes a value and the path under which it was found, and raises Refused if it is not what it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voicecall_core.simulator.model_refusal import invalid_type, invalid_value, missing_parameter, unknown_parameter

Check = Callable[[Any, str], None]


def text(value: Any, path: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise invalid_type(path, "a string")


def flag(value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise invalid_type(path, "a boolean")


def anything(value: Any, path: str) -> None:
    """Whatever it is, this model does not look at it."""


def number(least: float, most: float, *, whole: bool = False) -> Check:
    """A number within bounds, both included."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise invalid_type(path, "an integer" if whole else "a number")
        if not least <= value <= most:
            raise invalid_value(path, f"Invalid value: {value}. It must be between {least} and {most}.")

    return check


def one_of(*allowed: object) -> Check:
    """One of these very values."""

    def check(value: Any, path: str) -> None:
        if value not in allowed:
            raise invalid_value(
                path, f"Invalid value: {value!r}. Supported values are: {', '.join(map(repr, allowed))}."
            )

    return check


def nullable(inner: Check) -> Check:
    """Null, or what `inner` wants."""

    def check(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    return check


def either(first: Check, second: Check, *, where: Callable[[Any], bool]) -> Check:
    """`first` for the values of which `where` is true, `second` for the others."""

    def check(value: Any, path: str) -> None:
        (first if where(value) else second)(value, path)

    return check


def many(inner: Check, most: int = 1_000) -> Check:
    """A list, every entry of which is what `inner` wants."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise invalid_type(path, "an array")
        if len(value) > most:
            raise invalid_value(path, f"Invalid '{path}': more than {most} entries.")
        for place, entry in enumerate(value):
            inner(entry, f"{path}[{place}]")

    return check


def pairs(most: int) -> Check:
    """An object of strings."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        if len(value) > most:
            raise invalid_value(path, f"Invalid '{path}': more than {most} entries.")
        for key, entry in value.items():
            text(entry, f"{path}.{key}")

    return check


def shape(fields: Mapping[str, Check], *, needs: tuple[str, ...] = ()) -> Check:
    """An object with these fields and no others; those in `needs` must be there."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        for key, entry in value.items():
            if key not in fields:
                raise unknown_parameter(f"{path}.{key}".lstrip("."))
            fields[key](entry, f"{path}.{key}".lstrip("."))
        for key in needs:
            if key not in value:
                raise missing_parameter(f"{path}.{key}".lstrip("."))

    return check


def tagged(tag: str, kinds: Mapping[str, Check]) -> Check:
    """An object whose field `tag` says which of the shapes it has."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        if tag not in value:
            raise missing_parameter(f"{path}.{tag}".lstrip("."))
        one_of(*kinds)(value[tag], f"{path}.{tag}".lstrip("."))
        kinds[value[tag]](value, path)

    return check
