"""The audio of one call, both ways, 50 frames a second; never an event, only its edges are."""

from voicecall_core.media.bridge import Bridge, Recorder
from voicecall_core.media.gauges import AudioGauges

__all__ = ["AudioGauges", "Bridge", "Recorder"]
