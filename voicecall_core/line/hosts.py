"""Which hosts of carrier and model are led to the built-in ones, and which are kept away. Opens nothing."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where a connection to a host ends."""

    CARRIER = "carrier"
    MODEL = "model"
    NOWHERE = "nowhere"  # another door of carrier or model that is not built here, and must not be reached for real
    OUTSIDE = "outside"  # nothing of ours: the host itself


# Twilio: OpenAPI api_v2010, monitor_v1, voice_v1: the hosts whose paths the built-in carrier answers.
CARRIER_HOSTS = ("api.twilio.com", "monitor.twilio.com", "voice.twilio.com")
MODEL_HOSTS = ("api.openai.com",)
LED = {**dict.fromkeys(CARRIER_HOSTS, Place.CARRIER), **dict.fromkeys(MODEL_HOSTS, Place.MODEL)}

# Regions have names of their own: api.dublin.ie1.twilio.com (Twilio: docs/global-infrastructure), eu.api.openai.com.
# A key of the line's would be sent there, and a real one with it that the program has read from a file of its own.
_FAMILIES = (".twilio.com", ".openai.com")


def place_of(host: str) -> Place:
    """Where a connection to this host ends; letter case and a last dot do not count."""
    name = host.lower().rstrip(".")
    if name in LED:
        return LED[name]
    return Place.NOWHERE if name.endswith(_FAMILIES) else Place.OUTSIDE
