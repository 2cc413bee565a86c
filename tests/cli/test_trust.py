from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from voicecall_cli.wiring import trust
from voicecall_core.errors import SettingsError


def test_the_usual_certificates_are_believed_and_checked() -> None:
    context = trust(None)
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


def test_a_file_without_certificates_is_refused() -> None:
    Path("ca.pem").write_text("not a certificate")
    with pytest.raises(SettingsError, match="holds no certificate"):
        trust(Path("ca.pem"))
