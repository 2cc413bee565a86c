"""`voicecall show`: what is typed becomes one call, and the form in which it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from voicecall_cli.completions import calls
from voicecall_cli.which import Last, Log, one_file

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall show --last",
        "voicecall show c-7f3a --html",
        "voicecall show c-7f3a --text --no-words > issue.txt",
        "voicecall show c-7f3a --vcon -o call.vcon",
    )
)
_FORM = "In which form"

Call = Annotated[
    str | None,
    typer.Argument(
        metavar="[ID|FILE]",
        help="The call's id or the beginning of it, or its call file.",
        show_default=False,
        autocompletion=calls,
    ),
]
Html = Annotated[
    bool,
    typer.Option(
        "--html", metavar="", help="One page with everything in it, the recording too.", rich_help_panel=_FORM
    ),
]
PlainText = Annotated[
    bool, typer.Option("--text", metavar="", help="Plain text, for an issue; so unless asked.", rich_help_panel=_FORM)
]
Vcon = Annotated[
    bool, typer.Option("--vcon", metavar="", help="A vCon, the IETF's form of a conversation.", rich_help_panel=_FORM)
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="One JSON object.", rich_help_panel=_FORM)]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to write it; - is standard output, which all but --html go to.",
        show_default=False,
        rich_help_panel=_FORM,
    ),
]
NoWords = Annotated[
    bool,
    typer.Option(
        "--no-words",
        metavar="",
        help="Leave out what people said and pressed, and the recording.",
        rich_help_panel=_FORM,
    ),
]


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """What was asked for: a call file, its form (text, html, vcon, json), and where it goes (None: as usual)."""

    path: Path
    form: str
    output: Path | None
    words: bool


def show(
    call: Call = None,
    last: Last = False,
    html: Html = False,
    text: PlainText = False,
    vcon: Vcon = False,
    as_json: AsJson = False,
    output: Output = None,
    no_words: NoWords = False,
    log: Log = None,
) -> int:
    """Show one recorded call whole, to be read, shared or kept: as text, a page, a vCon or JSON."""
    forms = [name for name, asked in (("html", html), ("text", text), ("vcon", vcon), ("json", as_json)) if asked]
    if len(forms) > 1:
        raise typer.BadParameter(f"--{forms[0]} and --{forms[1]} are two forms of it. Ask for one at a time.")
    path = one_file(call, last, log)

    from voicecall_cli.show_run import show_call  # the reader and the forms: not for `--help`

    return show_call(ShowRequest(path, "".join(forms) or "text", output, not no_words))
