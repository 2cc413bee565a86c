"""`voicecall prove`: what is typed becomes a walk over every order of events. Knows nothing of laws or rules.

The walk itself is voicecall_core/checker/proof.py, over the very `step` that judges live calls.
"""

from __future__ import annotations

from typing import Annotated

import typer

from voicecall_cli.exits import Exit
from voicecall_core.errors import SettingsError
from voicecall_core.words.terms import Policy

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall prove",
        "voicecall prove --guard off",
        "voicecall prove --without stream-owns-document",
        "voicecall prove --deep",
    )
)
_WHO, _HOW = "Who moves", "How far"


_Guard = Annotated[Policy, typer.Option("--guard", metavar="on|off", help="Off: the last writer, as elsewhere.")]
_Without = Annotated[
    str, typer.Option("--without", metavar="RULE", help="Take this rule of the guard away; see what then breaks.")
]
_ListRules = Annotated[bool, typer.Option("--list-rules", metavar="", help="Show the guard's rules, and leave.")]
_AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="One JSON object per walk, or per rule; the last closes the walks.")
]
_Actors = Annotated[
    str,
    typer.Option(
        "--actors",
        metavar="NAME,...",
        help="One walk of the call and its document; who may move besides carrier and clock: late, model, model-fails, "
        "patience, greeting, say, overwrite, hang-up, rest, intruder; or usual, or all (as it is with --without).",
        rich_help_panel=_WHO,
    ),
]
_States = Annotated[
    int, typer.Option("--states", min=1, metavar="N", help="Give a walk up after so many.", rich_help_panel=_HOW)
]
_Deep = Annotated[
    bool,
    typer.Option(
        "--deep",
        metavar="",
        help="One walk in which everybody moves, without a limit, as long as you like: Ctrl-C shows what was "
        "found. Takes gigabytes.",
        rich_help_panel=_HOW,
    ),
]


def prove(
    guard: _Guard = Policy.GUARD,
    without: _Without = "",
    list_rules: _ListRules = False,
    actors: _Actors = "",
    states: _States = 2_000_000,
    deep: _Deep = False,
    as_json: _AsJson = False,
) -> int:
    """Walk every order in which things can happen to a call and in its conversation, and show that the laws hold."""
    from voicecall_cli.prove_run import Asked, rules_shown, run_proof  # rich and the judge, 0.1 s: not for `--help`

    if list_rules:
        rules_shown(as_json=as_json)
        return Exit.OK
    if without and guard is Policy.NAIVE:
        raise SettingsError("--without takes a rule from the guard, and --guard off has none.", fix="Use one of them.")
    who = "all" if deep else actors or ("all" if without else "usual" if guard is Policy.NAIVE else "")
    return run_proof(Asked(guard, without, who, None if deep else states), as_json=as_json)
