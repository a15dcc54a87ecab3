"""Output beside a widget that stays in the notebook when the widget is gone."""

from __future__ import annotations

import contextvars
import logging
import secrets
import sys
import threading
from collections.abc import Callable
from typing import Any

from bspsa_widgets.widgets.base.saved_html import SavedHtml, saved_html, saved_text

log = logging.getLogger(__name__)


def new_name() -> str:
    """Return a random name, unique among all widgets that may be on one page.

    Returns:
        the name.
    """
    return secrets.token_hex(8)


class StaticOutput:
    """Shows copies of one widget in every cell that shows the widget.

    Args:
        name: name of the widget, from `new_name`; also part of the output's id.
        look: returns the copy as of now; may be called on any thread.
    """

    def __init__(self, name: str, look: Callable[[], SavedHtml]) -> None:
        self._name = name
        self._look = look
        self._key: object = None
        self._is_shown = False
        self._one_at_a_time = threading.Lock()

    def show(self) -> None:
        """Show the copy in the running cell, and update it in the other cells."""
        with self._one_at_a_time:
            copy = self._look()
            # In this context, because the output belongs to the running cell.
            self._is_shown = _publish(copy, self._name, update=False) or self._is_shown
            self._key = _key(copy)

    def update(self) -> bool:
        """Update the copy if more than a time has changed; from any thread.

        Returns:
            whether it was updated.
        """
        if not self._is_shown:
            return False
        with self._one_at_a_time:
            copy = self._look()
            if _key(copy) == self._key:
                return False
            self._key = _key(copy)
            # In an empty context: the current one refers to the cell that started this work, and a
            # client that runs cell after cell only listens to the running one.
            contextvars.Context().run(_publish, copy, self._name, update=True)
        return True

    def bundle(self) -> dict[str, str]:
        """Return the copy as of now, by MIME type.

        Returns:
            the copy.
        """
        return _bundle(self._look(), self._name)


def _publish(copy: SavedHtml, name: str, *, update: bool) -> bool:
    """Show a copy; return whether there is a notebook."""
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
    except Exception:  # a failing copy must not stop a submission
        log.exception("the notebook could not be given its static copy")
        return False
    return True


def _bundle(copy: SavedHtml, name: str) -> dict[str, str]:
    return {"text/html": saved_html(copy, name), "text/plain": saved_text(copy)}


def _shell() -> Any:
    """Return IPython's shell in a kernel; None elsewhere: a terminal would print each copy."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def _key(copy: SavedHtml) -> object:
    """Return what a copy says, except the time."""
    return copy.caption, copy.notes, tuple(row[:6] for row in copy.rows)
