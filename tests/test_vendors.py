"""Where the core may name the company behind its carrier or its model: in that one's package, and in few other places.

Everywhere else it says carrier and model, so that a second of either can stand in the first one's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.carriers.base import Carrier
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.models.base import ModelOrder
from voicecall_core.words import orders

VENDORS = re.compile(r"twilio|openai|\bgpt|vonage|telnyx|plivo|deepgram|gemini|elevenlabs", re.IGNORECASE)

# Each with its reason; whoever is named by nobody there any more is taken out.
MAY_NAME = {
    "carriers/twilio/": "the carrier's own package",
    "models/openai_realtime/": "the model's own package",
    "carriers/__init__.py": "which carrier is used",
    "models/__init__.py": "which model is used",
    "simulator/": "written from the vendors' documents, and quotes them",
    "line/": "leads other people's programs, which have the vendors' hosts written into them",
    "doctor/": "its checks of the carrier and the model are about these two",
    "importers/": "what other people's programs print",
}


def names_of_vendors(files: Iterable[Path], root: Path) -> set[str]:
    """The files that name a vendor, by their text: code, strings, comments; or by their own path."""
    named = (file for file in files if VENDORS.search(f"{file.relative_to(root)}\n{file.read_text('utf-8')}"))
    return {file.relative_to(root).as_posix() for file in named}


def test_nothing_outside_a_vendors_own_package_names_one() -> None:
    core = ROOT / "voicecall_core"
    named = names_of_vendors(core.rglob("*.py"), core)
    assert sorted(file for file in named if not file.startswith(tuple(MAY_NAME))) == []
    assert [place for place in MAY_NAME if not any(file.startswith(place) for file in named)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from voicecall_core.carriers.twilio import rest",
        "# Twilio: docs/voice",
        'raise PeerError("OpenAI said so")',
        "x = TWILIO_URL",
        'm = "gpt-1"',
    ],
)
def test_a_name_is_found_wherever_it_stands(text: str, tmp_path: Path) -> None:
    (tmp_path / "judge.py").write_text(text)
    (tmp_path / "clean.py").write_text("the carrier and the model")
    assert names_of_vendors(tmp_path.rglob("*.py"), tmp_path) == {"judge.py"}


def test_every_order_that_names_a_session_is_an_order_to_the_model() -> None:
    """By opening and closing one is made and ended, forwarding is the bridge's, tools are ours; all others are said."""
    kinds = {kind for kind in vars(orders).values() if isinstance(kind, type) and "session" in _fields(kind)}
    assert kinds == {*ModelOrder.__args__, orders.OpenModel, orders.CloseModel, orders.ForwardAudio, orders.RunTool}


def _fields(kind: type) -> set[str]:
    return set(getattr(kind, "__dataclass_fields__", ()))


def test_the_pages_name_what_has_to_be_written() -> None:
    """What the Protocols ask for stands in the page that tells how a carrier is added, by name."""
    page = (ROOT / "docs/adding-a-carrier.md").read_text("utf-8")
    wanted = [name for name in vars(TwilioWebhooks) if not name.startswith("_")]
    wanted += _fields(Carrier)
    assert [name for name in wanted if f"`{name}" not in page] == []
