"""The items of a realtime conversation: their order, and what a client may do to them. Knows no socket, no clock."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from voicecall_core.simulator.model.refusals import (
    already_shorter,
    invalid_value,
    no_such_item,
    not_model_audio,
    unknown_call,
)

OUTPUT = "function_call_output"


@dataclass(slots=True, eq=False)
class Item:
    """One item: as the client sees it, how much audio of whom it holds, and whether the client made it.

    `understood` is what the model made of the callee's speech, whether the client is told or not.
    """

    seen: dict[str, Any]
    audio_ms: float = 0.0
    injected: bool = False
    understood: str = ""

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.seen["id"])

    @property
    def role(self) -> str:
        """user, system or assistant; empty for what is not a message."""
        return str(self.seen.get("role", ""))

    @property
    def text(self) -> str:
        """All its words."""
        parts = self.seen.get("content", ())
        words = " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts)
        return words or str(self.seen.get("output", self.seen.get("arguments", "")))

    @property
    def words(self) -> str:
        """What was said in it, as far as it was understood."""
        return self.understood or self.text


class Conversation:
    """The items in their order."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def find(self, verb: str, item_id: str) -> Item:
        """The item of that name; `verb` is what the client wants with it. Raises Refused."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise no_such_item(verb, item_id)

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put an item behind `after` (the last one if None, the front if "root"); returns whose place it follows."""
        if any(known.id == item.id for known in self.items):
            raise invalid_value("item.id", f"An item with the id '{item.id}' exists already.")
        place = len(self.items)
        if after == "root":
            place = 0
        elif after is not None:
            names = [known.id for known in self.items]
            if after not in names:
                raise invalid_value("previous_item_id", f"The item '{after}' to insert after does not exist.")
            place = names.index(after) + 1
        self.items.insert(place, item)
        return self.items[place - 1].id if place else None

    def inject(self, asked: dict[str, Any], new_id: str, after: str | None) -> tuple[Item, str | None]:
        """An item of the client's. Raises Refused for the output of a call that never was."""
        if asked["type"] == OUTPUT and not self._called(asked["call_id"]):
            raise unknown_call(asked["call_id"])
        seen = {"id": new_id, "object": "realtime.item", "status": "completed", **deepcopy(asked)}
        item = Item(seen, injected=True)
        return item, self.add(item, after)

    def delete(self, item_id: str) -> None:
        """Forget an item. Raises Refused."""
        self.items.remove(self.find("delete", item_id))

    def truncate(self, item_id: str, audio_end_ms: int) -> Item:
        """The callee heard only so much of it: the rest and the transcript go. Raises Refused."""
        item = self.find("truncate", item_id)
        parts = item.seen.get("content") or [{}]
        if item.role != "assistant" or parts[0].get("type") != "output_audio" or audio_end_ms <= 0:
            raise not_model_audio()
        if audio_end_ms > item.audio_ms:
            raise already_shorter(int(item.audio_ms), audio_end_ms)
        item.audio_ms = audio_end_ms
        parts[0].pop("transcript", None)
        return item

    def before(self, item: Item) -> str | None:
        """The name of the item before this one; None if there is none (any more)."""
        place = self.items.index(item) if item in self.items else 0
        return self.items[place - 1].id if place else None

    def last(self) -> Item | None:
        """The newest item."""
        return self.items[-1] if self.items else None

    def last_of(self, role: str) -> Item | None:
        """The newest message of that role."""
        return next((item for item in reversed(self.items) if item.role == role), None)

    def waits_for_tools(self) -> bool:
        """Whether a whole call of a tool has no output yet."""
        called = {str(item.seen.get("call_id")) for item in self.items if _is_call(item)}
        return bool(called - {str(item.seen["call_id"]) for item in self.items if item.seen["type"] == OUTPUT})

    def told_of(self, output: Item) -> str:
        """The tool whose call, answered by this item, the client has put here; empty if the model made it itself."""
        calls = (item for item in self.items if _is_call(item) and item.seen.get("call_id") == output.seen["call_id"])
        return next((str(item.seen.get("name")) for item in calls if item.injected), "")

    def _called(self, call_id: str) -> bool:
        return any(item.seen["type"] == "function_call" and item.seen.get("call_id") == call_id for item in self.items)


def _is_call(item: Item) -> bool:
    return (item.seen["type"], item.seen.get("status")) == ("function_call", "completed")
