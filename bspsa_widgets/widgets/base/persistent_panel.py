"""A panel that leaves a copy of plain HTML beside itself in a saved notebook.

Jupyter keeps a widget's state only where it is told to, and shows it only where the
notebook is trusted; an output of its own is there in every case.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import traitlets

from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.base.saved_html import SavedCopy
from bspsa_widgets.widgets.base.static_output import StaticOutput, new_name


class KeptPanel(Panel):
    """What `saved_copy` says is kept in each cell that shows the panel, and changes with it.

    The view hides it while the panel itself is there.

    Attributes:
        _instead: words for where there is neither the panel nor HTML.
        known_at: when Python last had something to show, ISO 8601.
        saved_as: the name of the copy, by which the view finds it.
        saved_bundle: the copy by MIME type. Once it was reloaded, a page does not know any more
            which output an update is for: then the view brings the copy up to date.
    """

    _instead: ClassVar[str] = "A panel. Run this cell in Jupyter to see it."

    known_at = traitlets.Unicode("").tag(sync=True)
    saved_as = traitlets.Unicode("").tag(sync=True)
    saved_bundle = traitlets.Dict().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        name = new_name()
        self._static = StaticOutput(name, self._saved_copy)
        super().__init__(saved_as=name, **values)

    def _saved_copy(self) -> SavedCopy:
        """What is known now, from the traits alone. On any thread."""
        raise NotImplementedError

    def _show(self, **traits: Any) -> None:
        """Set what the view shows, from any thread, in one message."""
        with self._lock:  # else another thread's older copy could come after a newer one
            super()._show(**traits, known_at=datetime.now(UTC).isoformat(timespec="seconds"))
            if self._static.update():
                super()._show(saved_bundle=self._static.bundle())

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What a notebook shows; called by IPython, once for each cell that shows it."""
        found: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**options)
        if found is not None:
            with self._lock:
                self._static.show()
                super()._show(saved_bundle=self._static.bundle())
            found[0]["text/plain"] = self._instead
        return found
