"""A thread beside the one that has the work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

MOST_WAITING = 2  # things to do: one in work, the other at hand

_T = TypeVar("_T")


class SecondThread:
    """Does one thing after the other; what it has not begun when it leaves is never done.

    Args:
        name: of its thread. begin: what it does before all else.
    """

    def __init__(self, name: str, begin: Callable[[], None] | None = None) -> None:
        self._pool = ThreadPoolExecutor(1, name, begin)
        self._waiting: list[Future[Any]] = []

    def __enter__(self) -> SecondThread:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    @property
    def is_free(self) -> bool:
        """Whether it would take up something else soon."""
        self._waiting = [one for one in self._waiting if not one.done()]
        return len(self._waiting) < MOST_WAITING

    def do(self, work: Callable[[], _T]) -> Future[_T]:
        """Once it has done what it was given before."""
        done = self._pool.submit(work)
        self._waiting.append(done)
        return done

    def leave(self) -> None:
        """Returns once it has ended what it is at."""
        self._pool.shutdown(cancel_futures=True)
