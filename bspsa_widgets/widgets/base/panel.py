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
from ipywidgets import Layout, Widget

log = logging.getLogger(__name__)

STATIC = Path(__file__).parents[2] / "static"


def bundle(name: str) -> str:
    """The script of a view; from the package."""
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


class Panel(anywidget.AnyWidget):
    """A widget whose traits are set from the background loop and from the kernel's.

    Neither traitlets nor ipywidgets expects two threads: one could lose, or roll back, what the
    other sets. So all that sets traits, and tells of it, waits for one lock.

    Attributes:
        _settable: traits that the user may set, for the message on one that there is not.
    """

    _settable: ClassVar[tuple[str, ...]] = ()
    _is_out = False  # no page knows it any more, until it is shown again
    _own_layout: Layout | None = None  # None where it may be of other widgets as well

    # As text: for a path, anywidget connects every panel to a watcher that keeps it for ever.
    # A page keeps each module that a widget has ever brought, so this one is small.
    _esm = bundle("loader")
    _bundle: traitlets.Unicode[str, str]  # the view itself; js/src/loader.ts evaluates it

    connection = traitlets.Dict().tag(sync=True)
    quotas = traitlets.Dict().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        self._lock = threading.RLock()
        super().__init__(**values)
        if not isinstance(values.get("layout"), Layout):
            self._own_layout = self.layout

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

    @property
    def model_id(self) -> str:
        """By which pages know it (used by ipywidgets as it is shown, alone or in a box)."""
        self._come_back()
        return str(super().model_id)

    def _leave_pages(self) -> None:
        """Let pages forget it, once no output shows it any more. In Python it goes on.

        A page keeps a widget, and is told of all that happens to it, until its comm is closed.
        """
        with self._lock:
            if self.comm is None:
                return
            for widget in (self, self._own_layout):
                if widget is not None:
                    Widget.close(widget)
                    # With it ipywidgets marks what is closed for good.
                    widget.__dict__.pop("_repr_mimebundle_", None)
            self._is_out = True

    async def _rest(self) -> None:
        """Let go of what is needed only where a page shows it; on the background loop."""

    def _wake(self) -> None:
        """It is shown again: be up to date from now on; from any thread."""

    def _come_back(self) -> None:
        """It is shown again: under the same name, as it is by now."""
        with self._lock:
            if self._is_out:
                self._is_out = False
                if self._own_layout is not None:
                    self._own_layout.open()
                self.open()
                self._wake()

    @property
    def _end(self) -> str:
        """For its name, which is what is shown of one that is closed."""
        return ", closed; make a new one" if self.comm is None and not self._is_out else ""

    def close(self) -> None:
        """Take the panel away; it cannot be shown any more."""
        self._is_out = False
        super().close()
        if self._own_layout is not None:
            self._own_layout.close()

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
