"""What the shell offers behind an option; asked for by the completion scripts, one process for each Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from textwrap import shorten

Complete = Callable[[str], list[tuple[str, str]]]
"""From what is typed so far to each word that it may become, with what the word means."""

_WIDEST = 60  # characters of a meaning; one that is broken into lines is no menu any more


def scenarios(incomplete: str) -> list[tuple[str, str]]:
    """What can happen in a simulated call."""
    from voicecall_core.simulator.scenarios.catalogue import SCENARIOS  # not for any other command line

    return _beginning(incomplete, ((each.name, each.about) for each in SCENARIOS.listed()))


def checks(incomplete: str) -> list[tuple[str, str]]:
    """Sections and checks of doctor."""
    from voicecall_core.doctor.findings import Section
    from voicecall_core.doctor.table import CHECKS

    sections = ((each.value, f"all of {each.heading}") for each in Section)
    return _beginning(incomplete, (*sections, *((check.name, check.about) for check in CHECKS)))


def calls(incomplete: str) -> list[tuple[str, str]]:
    """Recorded calls by their ids, the newest first; none where the folder cannot be read."""
    from voicecall_cli.which import log_folder
    from voicecall_core.archive.folder import named
    from voicecall_core.errors import VoicecallError

    try:
        found = named(log_folder(None))
    except VoicecallError:
        return []
    return _beginning(incomplete, ((call.call, f"{call.began:%Y-%m-%d %H:%M} UTC") for call in reversed(found)))


def outcomes(incomplete: str) -> list[tuple[str, str]]:
    """What can become of a call."""
    from voicecall_cli.exits import OUTCOMES, exit_for

    return _beginning(incomplete, ((name, exit_for(name).about) for name in OUTCOMES))


def findings(incomplete: str) -> list[tuple[str, str]]:
    """What the diagnosis can find."""
    from voicecall_core.diagnosis import HEALTHY, RULES

    return _beginning(incomplete, ((HEALTHY, "nothing was found"), *((rule.name, rule.about) for rule in RULES)))


def words_of(metavar: str) -> Complete | None:
    """The words that an option shown as `on|off` takes; None for one that takes anything else, too."""
    words = metavar.split("|")
    if len(words) < 2 or not all(word.isalpha() and word.islower() for word in words):
        return None
    return lambda incomplete: _beginning(incomplete, ((word, "") for word in words))


def _beginning(incomplete: str, found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(word, shorten(about, _WIDEST, placeholder="...")) for word, about in found if word.startswith(incomplete)]
