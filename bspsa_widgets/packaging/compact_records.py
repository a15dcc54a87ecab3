"""Many records that cost the garbage collector nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, overload

Record = TypeVar("Record", bound=tuple[Any, ...])


class Rows(Sequence[Record]):
    """Records of a NamedTuple, made when they are asked for, and kept as plain tuples.

    The collector forgets plain tuples of text and numbers as soon as it has seen them. Each
    record of a class it looks through again and again: with 20,000 of them it held all threads
    for up to 50 ms, and the kernel's loop with them.

    Args:
        kind: the NamedTuple. rows: plain tuples of its fields.
    """

    def __init__(self, kind: type[Record], rows: Iterable[tuple[Any, ...]]) -> None:
        self._kind = kind
        # As `_make` of the class, without a step of the interpreter for each.
        self._make: Callable[[tuple[Any, ...]], Record] = partial(tuple.__new__, kind)
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return map(self._make, self._rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Rows[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Rows[Record]:
        if isinstance(place, slice):
            return Rows(self._kind, self._rows[place])
        return self._make(self._rows[place])

    def __eq__(self, other: object) -> bool:
        """With other rows, and with a tuple of records."""
        rows = other._rows if isinstance(other, Rows) else other
        return self._rows == rows if isinstance(rows, tuple) else NotImplemented

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __hash__(self) -> int:
        return hash(self._rows)
