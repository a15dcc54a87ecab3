"""Tracks by messages of the views whether a page shows a panel."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

WATCHED_SECONDS = 180.0  # seconds after a view's last message; a visible view sends one each minute
MOST_VIEWS = 100  # limit, because reloaded pages do not say that their views are gone


class Views:
    """The views of one panel on all pages. For any thread.

    A view gives its name in each message and says when it closes. No message comes from a page that
    was closed or reloaded, nor from a hidden one: these cases cannot be distinguished.

    Args:
        on_gone: called when a view was removed with its output, for example when a cell runs again;
            others may be open.

    Attributes:
        was_shown: whether a view has ever sent a message.
        said_gone: whether the last message says that an output was removed, and no other one shows
            the panel.
    """

    def __init__(self, on_gone: Callable[[], object] = lambda: None) -> None:
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._heard = {"": time.monotonic()}  # by view; "": one may be about to appear
        self.said_gone = False
        self.was_shown = False

    @property
    def is_watched(self) -> bool:
        """Whether the user may be looking at a view.

        Each message to a view counts as activity of the kernel. If nobody is looking, a panel does
        not send changes of time only, so that an idle kernel can be shut down.
        """
        with self._lock:
            last = max(self._heard.values(), default=-math.inf)
        return time.monotonic() - last < WATCHED_SECONDS

    @property
    def is_gone(self) -> bool:
        """Whether no output shows the panel any more. False if that is not known."""
        return self.said_gone and not self.is_watched

    def heard(self, view: str) -> None:
        """Note a message of a view.

        Args:
            view: name of the view.
        """
        with self._lock:
            self.was_shown = True
            self.said_gone = False
            self._heard.pop("", None)
            self._heard.pop(view, None)
            self._heard[view] = time.monotonic()
            if len(self._heard) > MOST_VIEWS:
                del self._heard[next(iter(self._heard))]

    def left(self, view: str, *, is_gone: bool) -> None:
        """Note that a view closes.

        Args:
            view: name of the view.
            is_gone: whether its output is removed, too; False if a notebook is closed or scrolled.
        """
        with self._lock:
            self.was_shown = True
            self._heard.pop("", None)
            self._heard.pop(view, None)
            self.said_gone = is_gone
        if is_gone:
            self._on_gone()
