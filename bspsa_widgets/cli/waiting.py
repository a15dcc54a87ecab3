"""Waits for work on the background loop and reacts to Ctrl-C."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TypeVar

from bspsa_widgets.cli.interrupt import take

Value = TypeVar("Value")

# Maximum delay of Ctrl-C in seconds: it is checked between two waits, and one that comes just
# before a wait for a lock begins takes effect only when that wait ends.
_DEAF_SECONDS = 0.1


def waited(work: Future[Value]) -> Value:
    """Wait for a future and return its result.

    Args:
        work: the future.

    Returns:
        its result.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the work goes on.
    """
    while not work.done():
        if take():
            raise KeyboardInterrupt
        try:
            return work.result(_DEAF_SECONDS)
        except TimeoutError:
            continue  # not done; or the work itself raised it, which is raised below
    return work.result()
