"""Whether a page shows a panel: its views, by what they say of themselves."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

WATCHED_SECONDS = 180.0  # after a view's last word; one that is to be seen has one each minute
MOST_VIEWS = 100  # of pages that were reloaded nothing is heard any more


class Views:
    """The views of one panel, on all pages; for any thread.

    A view names itself in each message and says when it goes. Nothing tells of a page that was
    closed or reloaded, and one that is hidden says nothing: those two look alike from here.

    Args:
        on_gone: called where a view has gone with its output, as when a cell runs again; others
            may be there.

    Attributes:
        was_shown: a view has said something, ever.
        said_gone: the last word of all was that an output has gone, and no other shows it.
    """

    def __init__(self, on_gone: Callable[[], object] = lambda: None) -> None:
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._heard = {"": time.monotonic()}  # by the view; "": a page may be about to show it
        self.said_gone = False
        self.was_shown = False

    @property
    def is_watched(self) -> bool:
        """Whether somebody may be looking at a view.

        Each message to a view counts as use of the kernel: where nobody looks, a panel says
        nothing that only the clock has changed, so that an idle kernel can be ended.
        """
        with self._lock:
            last = max(self._heard.values(), default=-math.inf)
        return time.monotonic() - last < WATCHED_SECONDS

    @property
    def is_gone(self) -> bool:
        """Whether no output shows it any more. False where that is not known."""
        return self.said_gone and not self.is_watched

    def heard(self, view: str) -> None:
        """A view has said something."""
        with self._lock:
            self.was_shown = True
            self.said_gone = False
            self._heard.pop("", None)
            self._heard.pop(view, None)
            self._heard[view] = time.monotonic()
            if len(self._heard) > MOST_VIEWS:
                del self._heard[next(iter(self._heard))]

    def left(self, view: str, *, is_gone: bool) -> None:
        """A view goes.

        Args:
            is_gone: its output is gone, too; not so where a notebook is closed or scrolled.
        """
        with self._lock:
            self.was_shown = True
            self._heard.pop("", None)
            self._heard.pop(view, None)
            self.said_gone = is_gone
        if is_gone:
            self._on_gone()
