"""How much of the agent's speech the callee has heard. Knows nothing of who wants to know.

Law 9: last mark acknowledged before the clear <= claim <= min(sent, generated, that mark + stream time since).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voicecall_core.words.events import ItemPlay
from voicecall_core.words.orders import DeleteItem, Order, TruncateItem


def heard_ms(item: ItemPlay, stream_ms: int) -> int:
    """Ms of the item that the callee can have heard at stream time `stream_ms`: never more than law 9 allows."""
    since = max(0, stream_ms - item.acked_at_ms)
    return max(item.acked_ms, min(item.sent_ms, item.generated_ms, item.acked_ms + since))


def forget_unheard(session: int, playing: Iterable[ItemPlay], stream_ms: int) -> Iterator[Order]:
    """Orders that make the model remember no more than was heard.

    An item that was not heard at all is deleted, as the model refuses to truncate at 0 ms. One that was heard to its
    end needs nothing.
    """
    for item in playing:
        heard = heard_ms(item, stream_ms)
        if heard <= 0:
            yield DeleteItem(session, item.item)
        elif heard < item.generated_ms:
            yield TruncateItem(session, item.item, heard)
