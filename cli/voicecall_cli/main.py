"""The command line: which commands there are, and how errors become a message and an exit code.

Knows nothing of what a command does. No command's file imports at its top what `--help` does not need.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.completion import shell_complete

from voicecall_cli.calls import EXAMPLES as CALLS_EXAMPLES
from voicecall_cli.calls import calls
from voicecall_cli.dial import EXAMPLES as DIAL_EXAMPLES
from voicecall_cli.dial import dial
from voicecall_cli.doctor import EXAMPLES as DOCTOR_EXAMPLES
from voicecall_cli.doctor import doctor
from voicecall_cli.exits import Exit, exit_for_error
from voicecall_cli.hangup import EXAMPLES as HANGUP_EXAMPLES
from voicecall_cli.hangup import hangup
from voicecall_cli.init import EXAMPLES as INIT_EXAMPLES
from voicecall_cli.init import init
from voicecall_cli.latency import EXAMPLES as LATENCY_EXAMPLES
from voicecall_cli.latency import latency
from voicecall_cli.prove import EXAMPLES as PROVE_EXAMPLES
from voicecall_cli.prove import prove
from voicecall_cli.replay import EXAMPLES as REPLAY_EXAMPLES
from voicecall_cli.replay import replay
from voicecall_cli.rm import EXAMPLES as RM_EXAMPLES
from voicecall_cli.rm import rm
from voicecall_cli.settings import environment, wants_traceback
from voicecall_cli.show import EXAMPLES as SHOW_EXAMPLES
from voicecall_cli.show import show
from voicecall_cli.test import EXAMPLES as TEST_EXAMPLES
from voicecall_cli.test import test
from voicecall_core.errors import VoicecallError, ungrouped
from voicecall_core.masking import blotted

PROGRAM = "voicecall"
_COMPLETE = "_VOICECALL_COMPLETE"  # the name that the completion scripts set

app = typer.Typer(
    name=PROGRAM,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="[bold]Begin with[/bold] voicecall dial +15555550100 --sim, then voicecall init",
)
app.command(epilog=INIT_EXAMPLES)(init)
app.command(epilog=DIAL_EXAMPLES)(dial)
app.command(epilog=TEST_EXAMPLES)(test)
app.command(epilog=DOCTOR_EXAMPLES)(doctor)
app.command(epilog=HANGUP_EXAMPLES)(hangup)
app.command(epilog=REPLAY_EXAMPLES)(replay)
app.command(epilog=CALLS_EXAMPLES)(calls)
app.command(epilog=SHOW_EXAMPLES)(show)
app.command(epilog=LATENCY_EXAMPLES)(latency)
app.command(epilog=RM_EXAMPLES)(rm)
app.command(epilog=PROVE_EXAMPLES)(prove)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        except PackageNotFoundError:
            typer.echo(f"{PROGRAM}, run from its source")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def voicecall(
    context: typer.Context,
    _: Annotated[
        bool,
        typer.Option("--version", metavar="", is_eager=True, callback=_version, help="Show the version, and leave."),
    ] = False,
) -> None:
    """Place a phone call, carry it to a realtime speech model, and see what happens while it happens."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program, and leave it with an exit code: the one place where an error becomes a message."""
    _have_standard_streams()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BaseException as error:
        code = _told(ungrouped(error))
    if code == Exit.PIPE_CLOSED:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more at exit, and would complain there
    sys.exit(int(code))


def _have_standard_streams() -> None:
    """Standard streams that were closed lead nowhere: their numbers must not become those of a call's sockets."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))


def _run(arguments: Sequence[str]) -> int:
    """What the command returned. Not click's own `main`, which turns some errors into exit codes of its choice."""
    command = typer.main.get_command(app)
    if instruction := environment().get(_COMPLETE):  # a shell asks, in place of a command line
        return shell_complete(command, {}, PROGRAM, _COMPLETE, instruction)
    with command.make_context(PROGRAM, list(arguments)) as context:
        returned = command.invoke(context)
    return returned if isinstance(returned, int) else Exit.OK


def _told(error: BaseException) -> int:
    """Say what is wrong and what to do, on stderr; the exit code for it."""
    match error:
        case typer.Exit():
            return error.exit_code
        case VoicecallError():
            _say(error.message, error.fix)
            return exit_for_error(error)
        case typer.TyperException():
            _say(_sentence(error.format_message()), f"{_asked(error)} --help shows what there is.")
            return Exit.USAGE
        case KeyboardInterrupt() | typer.Abort():
            return Exit.INTERRUPTED
        case SystemExit(code=0):  # typer leaves so when it has printed or installed a completion script
            return Exit.OK
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            _say(
                "No more files or connections can be opened.", "Close what is done, or raise the limit: ulimit -n 1024."
            )
            return Exit.USAGE
        case BrokenPipeError() | SystemExit():  # rich leaves by SystemExit when nobody reads; nothing of ours does
            return Exit.PIPE_CLOSED
    if wants_traceback():
        import traceback

        traceback.print_exception(error)
    text = blotted(str(error))
    _say(f"This is a bug of voicecall, not of yours: {type(error).__name__}: {text}", "VOICECALL_DEBUG=1 shows where.")
    return Exit.BUG


def _asked(error: typer.TyperException) -> str:
    """The command that was meant, for `... --help`."""
    return str(getattr(getattr(error, "ctx", None), "command_path", PROGRAM))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _say(message: str, fix: str) -> None:
    """`message`, and `fix` below it, on stderr. Texts of others are text here, never markup or terminal control."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("Error: ", "bold red"), _printable(message)))
    if fix:
        console.print(Text(_printable(fix)))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)
