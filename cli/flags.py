"""Rows of cli/options.py as parameters of a command. Knows nothing of what a command does."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from cli.options import Option

_DEFAULT_SHOWN = 30  # characters; longer ones stand in docs/settings.md


def of_row(option: Option) -> inspect.Parameter:
    """The row as a typer parameter; None means that it was not typed."""
    kind: Any = bool if option.is_switch else str
    shown = typer.Option(
        f"{option.flag}/--no-{option.flag[2:]}" if option.is_switch else option.flag,
        metavar=option.metavar,
        help=_help(option),
        rich_help_panel=option.group,
        show_default=False,
    )
    return parameter(option.field, Annotated[kind | None, shown], None)


def parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    """A parameter that is given by its name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def as_typed(command: Any, signature: inspect.Signature) -> None:
    """Give `command`, which takes any keyword, the signature from which typer reads its parameters."""
    command.__signature__ = signature
    command.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}


def _help(option: Option) -> str:
    """What the option is for, its name in the environment, and its default."""
    text = option.about + f" [dim]{option.env}"
    if option.default and not option.is_switch:
        shown = option.default
        if len(shown) > _DEFAULT_SHOWN:
            shown = shown[:_DEFAULT_SHOWN].rstrip() + "..."
        text += f" = {shown}"
    return text + "[/dim]"
