"""What the model may call while it talks: described to it, run for it, answered in every case."""

from voicecall_core.tools.base import NO_TOOLS, Tool, ToolAnswer, ToolFailed, Tools

__all__ = ["NO_TOOLS", "Tool", "ToolAnswer", "ToolFailed", "Tools"]
