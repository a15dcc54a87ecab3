"""Base of all panels: traits of the service that can be set from any thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import anywidget
import traitlets
from ipywidgets import Layout, Widget

from bspsa_widgets.widgets.base.account_state import UNKNOWN
from bspsa_widgets.widgets.base.contract import Quotas

log = logging.getLogger(__name__)

Value = TypeVar("Value")
StateTrait = traitlets.TraitType[Value, Value]

STATIC = Path(__file__).parents[2] / "static"


def state_trait(value: Value) -> StateTrait[Value]:
    """Return a trait that the view has, too, of a type of the contract.

    Args:
        value: the value until Python sets another one: a dictionary or a list.

    Returns:
        the trait.
    """
    kind: Any = traitlets.List if isinstance(value, list) else traitlets.Dict
    trait: StateTrait[Value] = kind(value).tag(sync=True)
    return trait


def bundle(name: str) -> str:
    """Return the script of a view from the package.

    Args:
        name: name of the script, without suffix.

    Returns:
        its source.
    """
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")


class Panel(anywidget.AnyWidget):
    """Widget whose traits are set from the background loop and from the kernel's thread.

    Traitlets and ipywidgets do not expect two threads: one could lose or roll back what the other
    one sets. So everything that sets traits or notifies observers takes one lock.

    Args:
        **values: values of the traits.

    Attributes:
        _settable: traits that the user may set, for error messages.
    """

    _settable: ClassVar[tuple[str, ...]] = ()
    _is_out = False  # the comm is closed until the panel is shown again
    _own_layout: Layout | None = None  # None if other widgets may use it, too

    # As text: for a path, anywidget would connect every panel to a watcher that keeps it alive.
    # A page keeps every module that a widget has loaded, so this one is small.
    _esm = bundle("loader")
    _bundle: traitlets.Unicode[str, str]  # the view itself; js/src/loader.ts evaluates it

    connection = state_trait(UNKNOWN)
    quotas: StateTrait[Quotas] = state_trait({})

    def __init__(self, **values: Any) -> None:
        self._lock = threading.RLock()
        super().__init__(**values)
        if not isinstance(values.get("layout"), Layout):
            self._own_layout = self.layout

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if not hasattr(type(self), name):  # a misspelled name would have no effect and no error
            can_be = ", ".join(self._settable)
            raise AttributeError(f"{type(self).__name__} has no {name}. Can be set: {can_be}.")
        with self._lock:
            super().__setattr__(name, value)

    def set_trait(self, name: str, value: Any) -> None:
        """Set a trait, also a read-only one.

        Args:
            name: name of the trait.
            value: its new value.
        """
        with self._lock:
            super().set_trait(name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set what the view has changed (called by ipywidgets).

        Args:
            sync_data: names and values.
        """
        with self._lock:
            super().set_state(sync_data)

    def send_state(self, key: Any = None) -> None:
        """Send traits to the view (called by ipywidgets).

        Args:
            key: names of the traits; None for all.
        """
        with self._lock:
            super().send_state(key)

    def notify_change(self, change: Any) -> None:
        """Notify the view and the observers (called by traitlets).

        Args:
            change: the change.
        """
        with self._lock:
            super().notify_change(change)

    @property
    def model_id(self) -> str:
        """Id of the widget on pages (used by ipywidgets when the widget is shown)."""
        self._come_back()
        return str(super().model_id)

    def _leave_pages(self) -> None:
        """Close the comm once no output shows the panel; in Python it goes on.

        A page keeps a widget, and receives all its changes, until its comm is closed.
        """
        with self._lock:
            if self.comm is None:
                return
            for widget in (self, self._own_layout):
                if widget is not None:
                    Widget.close(widget)
                    # ipywidgets uses this attribute to mark closed widgets.
                    widget.__dict__.pop("_repr_mimebundle_", None)
            self._is_out = True

    async def _rest(self) -> None:
        """Release what is only needed while a page shows the panel. On the background loop."""

    def _wake(self) -> None:
        """Update the panel again because it is shown again; from any thread."""

    def _come_back(self) -> None:
        """Open the comm again, with the same id, because the panel is shown again."""
        with self._lock:
            if self._is_out:
                self._is_out = False
                if self._own_layout is not None:
                    self._own_layout.open()
                self.open()
                self._wake()

    @property
    def _end(self) -> str:
        """Suffix for the repr of a closed panel."""
        return ", closed; make a new one" if self.comm is None and not self._is_out else ""

    def close(self) -> None:
        """Close the panel; it cannot be shown any more."""
        self._is_out = False
        super().close()
        if self._own_layout is not None:
            self._own_layout.close()

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Send all changes inside the `with` block in one message.

        Yields:
            nothing.
        """
        with self._lock, super().hold_sync():
            yield

    @contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Notify observers of changes only at the end of the `with` block.

        Yields:
            nothing.
        """
        with self._lock, super().hold_trait_notifications():
            yield

    def _show_traits(self, **traits: object) -> None:
        """Set traits from any thread, in one message.

        An observer of the user that raises is logged: it must not stop a submission.
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
