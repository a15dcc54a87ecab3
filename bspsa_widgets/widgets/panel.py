"""What all panels have in common: traits of the service, set from any thread."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anywidget
import traitlets

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "static"


class Panel(anywidget.AnyWidget):
    """A widget whose traits are set from the background loop."""

    connection = traitlets.Dict().tag(sync=True)
    quotas = traitlets.Dict().tag(sync=True)

    def show(self, **traits: Any) -> None:
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
