"""Waits for what runs on the background loop, with an ear for Ctrl-C."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TypeVar

from bspsa_widgets.cli.interrupt import take

Value = TypeVar("Value")

# How late Ctrl-C is noticed: one that is held is asked for between two waits, and one that
# comes just before a wait for a lock begins is heard only once that wait ends.
_DEAF_SECONDS = 0.1


def waited(work: Future[Value]) -> Value:
    """What it came to.

    Raises:
        KeyboardInterrupt: Ctrl-C; the work goes on.
    """
    while not work.done():
        if take():
            raise KeyboardInterrupt
        try:
            return work.result(_DEAF_SECONDS)
        except TimeoutError:
            continue  # not done; or it ended in one of its own, which is raised below
    return work.result()
