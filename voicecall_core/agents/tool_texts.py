"""Variables in the requests that an agent file declares as tools: in `about` and in headers, never in a URL.

A URL's braces are the tool's arguments, and where a request goes is the same for every call.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from voicecall_core.agents.values import Wrong
from voicecall_core.agents.variables import Variables
from voicecall_core.lined_toml import Table

_SECRET = re.compile(r"(\$\{[^{}]*\})")  # of the environment: none of ours


def with_variables(file: Table, variables: Variables) -> Table:
    """The file's table with the variables filled in. Raises SettingsError, with the line."""
    tools = [_filled(tool, variables) for tool in file.tables("tool")]
    return replace(file, values={**file.values, "tool": tools}) if tools else file


def _filled(tool: Table, variables: Variables) -> dict[str, Any]:
    values = {**tool.values, **_texts(tool, ("about",), variables)}
    if (headers := tool.table("headers")) is not None:
        values["headers"] = {**headers.values, **_texts(headers, headers.keys(), variables)}
    return values


def _texts(table: Table, keys: tuple[str, ...], variables: Variables) -> dict[str, str]:
    return {key: _text(table, key, variables) for key in keys if isinstance(table.raw(key), str)}


def _text(table: Table, key: str, variables: Variables) -> str:
    try:
        parts = _SECRET.split(table.text(key, ""))
        return "".join(part if at % 2 else variables.filled(part) for at, part in enumerate(parts))
    except Wrong as wrong:
        raise table.wrong(key, f"{key} {wrong.what}", wrong.fix) from None
