"""What has come one after another: a sequence that an item is added to without copying those before it.

A call lasts for hours and is a value: each step makes the next one. Its lists are kept in chunks that the calls share,
so that a step costs the same at the end of a call as at its beginning; and of each list at most `MOST` items are kept,
whatever a peer sends. The call file has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, overload

_T = TypeVar("_T")
_CHUNK = 32
MOST = 8192  # lines of a transcript: more than four hours of two people who let each other speak for two seconds


class Series(Sequence[_T], Generic[_T]):
    """Immutable; the oldest item first. `left_out`: so many that were older are not kept any more."""

    __slots__ = ("_chunks", "_tail", "left_out")

    def __init__(self, chunks: tuple[tuple[_T, ...], ...] = (), tail: tuple[_T, ...] = (), left_out: int = 0) -> None:
        """For `of` and the methods that make the next one: every chunk but `tail` is full."""
        self._chunks, self._tail, self.left_out = chunks, tail, left_out

    @classmethod
    def of(cls, items: Iterable[_T]) -> Series[_T]:
        """These items."""
        return cls().added(*items)

    @property
    def total(self) -> int:
        """How many there have been, those left out included."""
        return self.left_out + len(self)

    def added(self, *items: _T) -> Series[_T]:
        """With these behind the others."""
        chunks, tail, left_out = self._chunks, self._tail + items, self.left_out
        while len(tail) > _CHUNK:
            chunks, tail = (*chunks, tail[:_CHUNK]), tail[_CHUNK:]
            if len(chunks) > MOST // _CHUNK:
                chunks, left_out = chunks[1:], left_out + _CHUNK
        return Series(chunks, tail, left_out)

    def replaced(self, number: int, item: _T) -> Series[_T]:
        """With another item in the place of the `number`-th that has ever been, counted from 0; it must be kept."""
        at = number - self.left_out
        assert 0 <= at < len(self), f"item {number} is not kept"
        index, place = divmod(at, _CHUNK)
        if index == len(self._chunks):
            return Series(self._chunks, (*self._tail[:place], item, *self._tail[place + 1 :]), self.left_out)
        old = self._chunks[index]
        chunk = (*old[:place], item, *old[place + 1 :])
        return Series((*self._chunks[:index], chunk, *self._chunks[index + 1 :]), self._tail, self.left_out)

    def since(self, number: int) -> tuple[_T, ...]:
        """Those from the `number`-th on that has ever been, as far as they are kept."""
        at = max(0, number - self.left_out)
        index = min(at // _CHUNK, len(self._chunks))
        return tuple(chain(*self._chunks[index:], self._tail))[at - index * _CHUNK :]

    def __len__(self) -> int:
        return len(self._chunks) * _CHUNK + len(self._tail)

    def __iter__(self) -> Iterator[_T]:
        return chain(*self._chunks, self._tail)

    def __reversed__(self) -> Iterator[_T]:
        for chunk in (self._tail, *reversed(self._chunks)):
            yield from reversed(chunk)

    @overload
    def __getitem__(self, index: int) -> _T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...

    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"no item {index} in a series of {len(self)}")
        chunk, place = divmod(at, _CHUNK)
        return (self._tail if chunk == len(self._chunks) else self._chunks[chunk])[place]

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Series):
            return NotImplemented
        return (self.left_out, self._tail, self._chunks) == (other.left_out, other._tail, other._chunks)

    def __hash__(self) -> int:
        return hash((self.left_out, self._tail, self._chunks))

    def __repr__(self) -> str:
        return f"Series.of({tuple(self)})"


EMPTY: Series[Any] = Series()
