"""Traits of the monitor; `contract.MonitorTraits` declares their values."""

from __future__ import annotations

from typing import Any, Unpack

import traitlets

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.widgets.base.panel import STATIC, StateTrait, bundle, state_trait
from bspsa_widgets.widgets.base.persistent_panel import PersistentPanel
from bspsa_widgets.widgets.base.saved_html import SavedHtml
from bspsa_widgets.widgets.monitor import view_state
from bspsa_widgets.widgets.monitor.contract import MonitorTraits, Saved
from bspsa_widgets.widgets.monitor.saved_html import monitor_copy


class MonitorValues(MonitorTraits, total=False):
    """What Python shows: the view's traits, and one for Python."""

    jobs: tuple[Job, ...]


class MonitorPanel(PersistentPanel):
    """Traits of the monitor. They are small; rows, details, logs and files are messages."""

    _settable = ("hpc", "project", "selected")
    _instead = "The table of your jobs. Run this cell in Jupyter to see it."

    _bundle = traitlets.Unicode(bundle("job_monitor")).tag(sync=True)
    _css = (STATIC / "job_monitor.css").read_text(encoding="utf-8")

    hpc = traitlets.Unicode("").tag(sync=True)
    project = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    jobs = traitlets.Tuple()  # of Job
    systems = state_trait(view_state.systems_state())
    condition = state_trait(view_state.LOADING)
    saved: StateTrait[Saved] = state_trait({"at": "", "rows": []})

    @traitlets.validate("hpc")
    def _known_system(self, proposal: dict[str, Any]) -> str:
        """Use the spelling of `SYSTEMS`; an unknown system shows no jobs."""
        given = str(proposal["value"])
        return given.strip().lower() if given.strip().lower() in SYSTEMS else given.strip()

    @traitlets.validate("project")
    def _plain_project(self, proposal: dict[str, Any]) -> str:
        return str(proposal["value"]).strip().lower()  # the service's spelling

    def _show(self, **traits: Unpack[MonitorValues]) -> None:
        """Set traits from any thread, in one message."""
        self._show_traits(**traits)

    def _saved_copy(self) -> SavedHtml:
        """Return the copy for a saved notebook."""
        return monitor_copy(self.saved, len(self.jobs))
