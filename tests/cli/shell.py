"""Settings as a shell would give them, and all that a real call needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from voicecall_cli.settings import Flags, Settings, settings_from
from voicecall_core.errors import SettingsError

SID = "AC" + "0" * 31 + "a"
TOKEN = "f" * 31 + "1"
KEY = "SK" + "1" * 32
COMPLETE = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_PHONE_NUMBER": "+15555550100",
    "OPENAI_API_KEY": "sk-proj-0123456789abcdef",
    "VOICECALL_PUBLIC_URL": "https://abc.ngrok.app/",
}


def settings(environ: Mapping[str, str] | None = None, flags: Flags | None = None) -> Settings:
    return settings_from(environ or {}, flags, Path(".env"))


def refusal(environ: Mapping[str, str] | None = None, flags: Flags | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        settings(environ, flags)
    return caught.value
