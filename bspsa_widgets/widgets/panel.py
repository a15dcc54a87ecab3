"""What all panels have in common: traits of the service, set from any thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "static"


class Panel(anywidget.AnyWidget):
    """A widget whose traits are set from the background loop and from the kernel's.

    Neither traitlets nor ipywidgets expects two threads: one could lose, or roll back, what the
    other sets. So all that sets traits, and tells of it, waits for one lock.

    Attributes:
        _settable: traits that the user may set, for the message on one that there is not.
    """

    _settable: ClassVar[tuple[str, ...]] = ()

    connection = traitlets.Dict().tag(sync=True)
    quotas = traitlets.Dict().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        self._lock = threading.RLock()
        super().__init__(**values)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if not hasattr(type(self), name):  # a misspelt one would do nothing, and say nothing
            can_be = ", ".join(self._settable)
            raise AttributeError(f"{type(self).__name__} has no {name}. Can be set: {can_be}.")
        with self._lock:
            super().__setattr__(name, value)

    def set_trait(self, name: str, value: Any) -> None:
        """Set a trait, also one that is read-only."""
        with self._lock:
            super().set_trait(name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the view has changed (called by ipywidgets)."""
        with self._lock:
            super().set_state(sync_data)

    def send_state(self, key: Any = None) -> None:
        """Send traits to the view (called by ipywidgets)."""
        with self._lock:
            super().send_state(key)

    def notify_change(self, change: Any) -> None:
        """Tell the view and the observers of a change (called by traitlets)."""
        with self._lock:
            super().notify_change(change)

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Send what changes meanwhile in one message."""
        with self._lock, super().hold_sync():
            yield

    @contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Tell observers of what changes meanwhile only then."""
        with self._lock, super().hold_trait_notifications():
            yield

    def _show(self, **traits: Any) -> None:
        """Set what the view shows, from any thread, in one message.

        An observer of the user's that fails is logged: it must not break off a submission.
        """
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    self._show_one(name, value)
        except Exception:
            log.exception("the view could not be told of %s", ", ".join(traits))

    def _show_one(self, name: str, value: object) -> None:
        try:
            self.set_trait(name, value)
        except Exception:
            log.exception("an observer of %s failed", name)
