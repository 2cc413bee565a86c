"""docs/agent-file.md: the format of an agent file. Its table of keys is made from the rows that read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from voicecall_core.agents.agent_file import VERSION
from voicecall_core.agents.keys import KEYS, Key
from voicecall_core.agents.values import TEXT_MAX
from voicecall_core.agents.variables import VALUE_MAX

EXAMPLE = '''\
version = 1
about = "Confirms a table"
greeting = "Hello {name}, this is an AI assistant of {restaurant}. Is this a good time?"
instructions = """
You confirm a table for {people} at {restaurant}.
Ask whether the number of people is still right, thank {name}, say goodbye and end the call.
"""
voice = "cedar"
max_duration = "3m"

[variables]
name = {}
people = "two"
restaurant = { default = "Luigi's", about = "As it is said aloud" }
'''

_TEXT = f"""\
# The agent file

Who calls, in one TOML file: what it says first, what it is to do, how long the call may last. `voicecall dial` takes it
with `--agent FILE` (or `VOICECALL_AGENT`), and the values of its variables with `--set NAME=VALUE`:

```toml
{EXAMPLE}```

    voicecall dial +15555550100 --sim --agent table.toml --set name=Ada

This page describes version {VERSION} of the format.

## Which value counts

A flag beats the file, the file beats the environment and `.env`, and these beat the default: what is typed is meant
for this one call, the file for this agent, `.env` for whatever is called from here. `voicecall dial --dry-run` shows
for each setting that is not the default where it was said, with the line.

## Keys

All of them are optional. Unknown ones are refused, as is anything else that will not do, with the line that it stands
in. A key that has a flag on the command line is judged as that is.

TABLE

`TEXT|@FILE` is the text itself or, behind an `@`, the name of a UTF-8 file; a text that begins with an `@` is written
with two. Where a file is named, a relative path begins in the folder of the agent file. A `DURATION` is `"90s"`,
`"5m"` or `"1h30m"`; a plain number is seconds. `on|off` may be `true` or `false`, and `off` may be `false`.

## Variables

`{{name}}` in `greeting`, `instructions` and `say`, and in the files that these name, stands for the value of a
variable; `{{{{` and `}}}}` are braces. Each variable is declared under `[variables]`: `name = {{}}` has to be given,
`name = "Ada"` has a default, and `name = {{ default = "Ada", about = "..." }}` says what it is. A variable that is
not declared, one that has no value, and a value for one that there is not are errors, before anybody is called.

In a `[[tool]]` table variables are filled in in `about` and in the headers; the braces of its `url` are arguments of
the tool, and where a request goes is the same for every call.

A value is text of {VALUE_MAX:,} characters at most, without line breaks and other control characters; nothing is
filled in inside of it. A text has {TEXT_MAX:,} characters at most, its variables filled in. What is given with a flag
(`--greeting`, `--instructions`, `--say`) is taken as it is typed: variables are the file's.

The sound of a greeting is kept on this machine and played at once in the next call with the same words
(`VOICECALL_CACHE`). A greeting with variables in it is not, as it would leave somebody's name there: `keep_greeting =
true` keeps it all the same, `keep_greeting = false` keeps none.
"""


def page(table: Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]], made: str) -> str:
    """The whole page."""
    rows = [
        ("`version`", "number", f"`{VERSION}`", "The version of this format."),
        ("`about`", "TEXT", "", "What this agent is for, for whoever reads the file."),
        *((f"`{key.name}`", key.metavar, _default(key), key.about) for key in KEYS),
        ("`keep_greeting`", "true|false", "", "Whether the sound of the greeting may be kept: see below."),
        ("`[[tool]]`", "tables", "", "HTTP requests that the model may make: see [tools.md](tools.md)."),
        ("`[variables]`", "table", "", "The variables of its texts: see below."),
    ]
    keys = table(("Key", "Value", "Default", "What it is"), rows)
    return re.sub(r"^TABLE$", lambda _: "\n".join([made, "", *keys]), _TEXT, flags=re.MULTILINE)


def _default(key: Key) -> str:
    return f"`{key.default}`" if key.default else ""
