"""`voicecall latency`: what is typed becomes recordings to measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall latency call.wav",
        "voicecall latency recordings/*.wav --json",
        "voicecall latency call.wav --swap",
    )
)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Stereo WAV files, anybody's: the callee left, the agent right. PCM of 8, 16 or 24 bit, or mu-law; 8 to "
        "48 kHz.",
        show_default=False,
    ),
]
Swap = Annotated[bool, typer.Option("--swap", metavar="", help="The agent is left, the callee right.")]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="One JSON object per file; the last closes them.")]


def latency(files: Files, swap: Swap = False, as_json: AsJson = False) -> int:
    """Measure how long the callee waited for the agent's replies in recordings: the live call's own measure."""
    from voicecall_cli.latency_run import measure_files  # the detector: not for `--help`

    return measure_files(files, swap=swap, as_json=as_json)
