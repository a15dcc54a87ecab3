"""A panel that leaves a copy in plain HTML in a saved notebook.

Jupyter stores a widget's state only on request, and shows it only in trusted notebooks. An output
of its own is always there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import traitlets

from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.base.saved_html import SavedHtml
from bspsa_widgets.widgets.base.static_output import StaticOutput, new_name


class PersistentPanel(Panel):
    """Panel with a static copy in each cell that shows it; the copy follows its changes.

    The view hides the copy while the panel itself is shown.

    Args:
        **values: values of the traits.

    Attributes:
        _instead: text for places that show neither the panel nor HTML.
        known_at: when Python last changed what is shown, ISO 8601.
        saved_as: name of the copy, by which the view finds it.
        saved_bundle: the copy by MIME type. A reloaded page does not know which output an update
            belongs to: then the view updates the copy.
    """

    _instead: ClassVar[str] = "A panel. Run this cell in Jupyter to see it."

    known_at = traitlets.Unicode("").tag(sync=True)
    saved_as = traitlets.Unicode("").tag(sync=True)
    saved_bundle = traitlets.Dict().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        name = new_name()
        self._static = StaticOutput(name, self._saved_copy)
        super().__init__(saved_as=name, **values)

    def _saved_copy(self) -> SavedHtml:
        """Return the copy as of now, from the traits alone. On any thread."""
        raise NotImplementedError

    def _show_traits(self, **traits: object) -> None:
        """Set traits from any thread, in one message, and update the copy."""
        with self._lock:  # otherwise an older copy of another thread could overwrite a newer one
            super()._show_traits(**traits, known_at=datetime.now(UTC).isoformat(timespec="seconds"))
            if self._static.update():
                super()._show_traits(saved_bundle=self._static.bundle())

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return what a notebook shows; IPython calls it once for each cell."""
        found: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**options)
        if found is not None:
            with self._lock:
                self._static.show()
                super()._show_traits(saved_bundle=self._static.bundle())
            found[0]["text/plain"] = self._instead
        return found
