"""What `voicecall init keys` asks a person, one thing at a time, and how each answer is checked at once.

Form is judged as for any setting; what only the provider knows is asked of it by doctor's own checks.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.console import Console

from voicecall_cli.console.check_list import finding_lines
from voicecall_cli.doctor_facts import settings_as_far_as_they_go
from voicecall_cli.options import BY_FIELD, Option
from voicecall_cli.settings import environment
from voicecall_cli.tunnels import WHERE, installed
from voicecall_cli.value_formats import TUNNELS, Wrong
from voicecall_core.doctor.findings import CheckFinding
from voicecall_core.words.checks import Status

_ACCOUNT = ("account_sid", "auth_token")
_BEST = TUNNELS[0]  # the one that needs no account


def easiest_way() -> dict[str, str]:
    """The tunnel that needs no account, where the environment names no other way."""
    ways = (BY_FIELD["tunnel"].env, BY_FIELD["public_url"].env)
    return {} if any(environment().get(name, "").strip() for name in ways) else {ways[0]: _BEST}


class Questions:
    """One round of questions; `values` are the answers by their names in the environment."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._environ = environment()
        self._out = Console(highlight=False)

    def ask(self) -> dict[str, str]:
        """Ask for all that a real call needs. Raises typer.Abort when the person leaves."""
        typer.echo(
            "What a real call needs, one thing at a time; each answer is checked at once. Enter alone leaves one"
        )
        typer.echo("out for now, Ctrl-C leaves altogether. Nothing is written before the end.")
        self._ask_checked(_ACCOUNT, ["auth-token", "account", "trial", "balance"])
        self._ask_checked(["from_number"], ["caller-id"], needs=_ACCOUNT)
        self._ask_checked(["openai_key"], ["model-key", "model-name"])
        self._ask_way()
        return self.values

    # --- one question ---

    def _ask_checked(self, fields: Sequence[str], checks: Sequence[str], needs: Sequence[str] = ()) -> None:
        """Ask for what belongs together until its provider takes it, or the person keeps it as it is.

        The provider is asked by `checks`, the first of which judges the answer, if what it `needs` besides is known.
        """
        options = [BY_FIELD[field] for field in fields if not self._is_set(BY_FIELD[field])]
        kept: dict[str, str] | None = None
        while True:
            for option in options:
                self._ask(option)
            if self.values == kept or not all(self._has(BY_FIELD[field]) for field in (*fields, *needs)):
                return
            if not self._refused(checks) or not options:
                return
            kept = dict(self.values)
            typer.echo("Type it again, or press Enter to keep it as it is.")

    def _ask(self, option: Option) -> None:
        """Ask for one value until its form is right; nothing typed leaves what was there before."""
        unseen = " What you type is not shown." if option.secret else ""
        typer.echo(f"\n{option.env}: {option.about}{unseen}\n  Where: {option.where}.")
        while True:
            said = _pasted(
                typer.prompt("  " + option.env, default="", hide_input=option.secret, show_default=False), option
            )
            if not said:
                return
            try:
                option.shape(said)
            except Wrong as wrong:
                typer.echo(f"  It {wrong.what}. {wrong.fix}")
                continue
            self.values[option.env] = said
            return

    def _ask_way(self) -> None:
        """Ask how the carrier reaches this program; a tunnel that needs no account is offered first."""
        tunnel, url = BY_FIELD["tunnel"], BY_FIELD["public_url"]
        if self._is_set(tunnel) or self._is_set(url):
            return
        typer.echo(
            "\nTwilio has to reach this program while a call lasts. A tunnel leads it here, started for each call:"
        )
        for name in TUNNELS[:-1]:
            typer.echo(f"  {name:<12} {'installed' if name in installed() else 'not installed: ' + WHERE[name]}")
        typer.echo("  https://...  a tunnel or proxy of your own")
        while True:
            said = typer.prompt("  Which", default=_BEST).strip()
            option = url if "://" in said or "." in said else tunnel
            try:
                option.shape(said)
            except Wrong as wrong:
                typer.echo(f"  It {wrong.what}. {wrong.fix}")
                continue
            if said != "none":
                self.values[option.env] = said
            if said in WHERE and said not in installed():
                typer.echo(f"  {said} is not installed yet: {WHERE[said]}")
            return

    # --- what is known ---

    def _is_set(self, option: Option) -> bool:
        """Whether the environment has a value, which is then said and not asked for."""
        there = bool(self._environ.get(option.env, "").strip())
        if there:
            typer.echo(f"\n{option.env}: taken from the environment, and not written down.")
        return there

    def _has(self, option: Option) -> bool:
        return option.env in self.values or bool(self._environ.get(option.env, "").strip())

    def _refused(self, names: Sequence[str]) -> bool:
        """Have the provider asked by doctor's checks and show what it says; whether one of our answers is refused."""
        from voicecall_cli.doctor_run import findings_of  # the checks, 0.2 s of imports

        typer.echo("  Asking ...")
        settings, _ = settings_as_far_as_they_go({"sim": False}, {**self._environ, **self.values})
        findings = findings_of(settings, names)
        shown = [each for each in findings if each.said.status is not Status.SKIPPED and _tells(each, names)]
        for finding in shown:
            for line in finding_lines(finding, self._out.width):
                self._out.print(line, soft_wrap=True)
        return any(each.said.status is Status.CRITICAL and each.name == names[0] for each in findings)


def _pasted(text: str, option: Option) -> str:
    """An answer without what is copied along with it: blanks, `NAME=` as in a .env, quotation marks around it."""
    text = text.strip().removeprefix("export ").lstrip().removeprefix(f"{option.env}=").strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`"
    return text[1:-1].strip() if quoted else text


def _tells(finding: CheckFinding, names: Sequence[str]) -> bool:
    """Whether a finding is an answer to what was asked, or the reason why there is none."""
    return finding.name in names or not finding.said.passed
