"""Many records without a cost for the garbage collector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, overload

Record = TypeVar("Record", bound=tuple[Any, ...])


class CompactRecords(Sequence[Record]):
    """A sequence of NamedTuples, stored as plain tuples, and made when they are read.

    The collector stops tracking plain tuples of text and numbers. Records of a class are traversed
    again and again: with 20,000 of them this held all threads, and the kernel's loop, for up to
    50 ms.

    Args:
        kind: the NamedTuple class.
        rows: plain tuples of its fields.
    """

    def __init__(self, kind: type[Record], rows: Iterable[tuple[Any, ...]]) -> None:
        self._kind = kind
        # Like `_make` of the class, but without interpreter work for each record.
        self._make: Callable[[tuple[Any, ...]], Record] = partial(tuple.__new__, kind)
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return map(self._make, self._rows)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> CompactRecords[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | CompactRecords[Record]:
        if isinstance(index, slice):
            return CompactRecords(self._kind, self._rows[index])
        return self._make(self._rows[index])

    def __eq__(self, other: object) -> bool:
        """Compare with other rows, or with a tuple of records."""
        rows = other._rows if isinstance(other, CompactRecords) else other
        return self._rows == rows if isinstance(rows, tuple) else NotImplemented

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __hash__(self) -> int:
        return hash(self._rows)
