"""The audio of one call, both ways, 50 frames a second; never an event, only its edges are."""

from voicecall_core.bridge.gauges import Gauges
from voicecall_core.bridge.relay import Bridge, Recorder

__all__ = ["Bridge", "Gauges", "Recorder"]
