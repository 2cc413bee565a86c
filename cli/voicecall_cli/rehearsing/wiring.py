"""What settings say of rehearsals: which model answers, and which one judges."""

from __future__ import annotations

from pathlib import Path

from voicecall_cli.completeness import how_to_set
from voicecall_cli.settings import everything_set, one_setting
from voicecall_cli.value_formats import Secret
from voicecall_cli.wiring import trust
from voicecall_core.accounts import ModelAccount
from voicecall_core.errors import SettingsError
from voicecall_core.rehearsal.runner import Running
from voicecall_core.rehearsal.text_model import TextModel


def running_of(*, real_model: bool, over_sockets: bool, judges: bool, skip_judged: bool, log: Path | None) -> Running:
    """How rehearsals are to be run; `judges`: a text model is wanted, if one is set.

    Raises SettingsError where what is asked for lacks a setting.
    """
    ca_file: Path | None = one_setting("ca_file") if real_model else None
    if ca_file is not None:
        trust(ca_file)  # told now, and not by every rehearsal
    return Running(
        model=_model() if real_model else None,
        ca_file=ca_file,
        over_sockets=over_sockets,
        judge=_judge() if judges else None,
        skip_judged=skip_judged,
        log=log,
        secrets=everything_set(),
    )


def _model() -> ModelAccount:
    key: Secret | None = one_setting("openai_key")
    if key is None:
        raise SettingsError(
            "With a real model rehearsals need its key, and OPENAI_API_KEY is not there.",
            setting="OPENAI_API_KEY",
            fix=f"{how_to_set()} Without --simulate carrier no key is needed.",
        )
    return ModelAccount(key=key.reveal(), url=one_setting("realtime_url"))


def _judge() -> TextModel | None:
    name: str | None = one_setting("judge_model")
    if name is None:
        return None
    url: str | None = one_setting("judge_url")
    if url is None:
        raise SettingsError(
            f"VOICECALL_JUDGE_MODEL is {name}, and nothing says where it is asked.",
            setting="VOICECALL_JUDGE_URL",
            fix="Set VOICECALL_JUDGE_URL to its server, up to and without /chat/completions.",
        )
    key: Secret | None = one_setting("judge_key")
    return TextModel(url, name, key.reveal() if key else "")
