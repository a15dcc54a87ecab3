"""An output of its own beside a widget's, which stays in the notebook when the widget is gone."""

from __future__ import annotations

import contextvars
import logging
import secrets
import sys
import threading
from collections.abc import Callable
from typing import Any

from bspsa_widgets.widgets.base.saved_html import SavedCopy, saved_html, saved_text

log = logging.getLogger(__name__)


def new_name() -> str:
    """For one widget of all notebooks that may come onto one page."""
    return secrets.token_hex(8)


class StaticOutput:
    """Shows copies of one widget, in every cell that shows the widget.

    Args:
        name: of the widget, from `new_name`; the output's id among Jupyter's, too.
        look: makes the copy as of now. It may be called on any thread.
    """

    def __init__(self, name: str, look: Callable[[], SavedCopy]) -> None:
        self._name = name
        self._look = look
        self._key: object = None
        self._is_shown = False
        self._one_at_a_time = threading.Lock()

    def show(self) -> None:
        """Put it into the cell that runs, and bring those in other cells up to date."""
        with self._one_at_a_time:
            copy = self._look()
            # In this context: the output belongs to the cell that asked for it.
            self._is_shown = _publish(copy, self._name, update=False) or self._is_shown
            self._key = _key(copy)

    def update(self) -> bool:
        """Bring it up to date where more than a time has changed; from any thread.

        Returns:
            Whether there was something to change.
        """
        if not self._is_shown:
            return False
        with self._one_at_a_time:
            copy = self._look()
            if _key(copy) == self._key:
                return False
            self._key = _key(copy)
            # In an empty context: ours remembers the cell that began this work, and a
            # client that runs cell after cell only listens to the one that runs now.
            contextvars.Context().run(_publish, copy, self._name, update=True)
        return True

    def bundle(self) -> dict[str, str]:
        """Return the copy as of now, by MIME type."""
        return _bundle(self._look(), self._name)


def _publish(copy: SavedCopy, name: str, *, update: bool) -> bool:
    """Whether there was a notebook to show it in."""
    shell = _shell()
    if shell is None:
        return False
    try:
        shell.display_pub.publish(
            data=_bundle(copy, name),
            metadata={},
            transient={"display_id": f"bspsa-{name}"},
            update=update,
        )
    except Exception:  # a copy that fails must not break off what it is a copy of
        log.exception("the notebook could not be given its static copy")
        return False
    return True


def _bundle(copy: SavedCopy, name: str) -> dict[str, str]:
    return {"text/html": saved_html(copy, name), "text/plain": saved_text(copy)}


def _shell() -> Any:
    """IPython's, in a kernel; None elsewhere. A terminal would print each copy."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def _key(copy: SavedCopy) -> object:
    """What a copy says, but for when: a job that is looked at goes on as it is for hours."""
    return copy.caption, copy.notes, tuple(row[:6] for row in copy.rows)
