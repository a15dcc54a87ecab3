"""The form's traits: what can be set, observed and linked, and how they move together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

import traitlets
from ipywidgets import Layout

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.domain.systems import PIZDAINT, SYSTEMS
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records.record import Record
from bspsa_widgets.widgets.base.panel import STATIC, bundle
from bspsa_widgets.widgets.base.persistent_panel import KeptPanel
from bspsa_widgets.widgets.base.saved_html import SavedCopy
from bspsa_widgets.widgets.submitter import view_state
from bspsa_widgets.widgets.submitter.file_choice import checked, choice_of, chosen, no_choice
from bspsa_widgets.widgets.submitter.folder_state import NO_FOLDER
from bspsa_widgets.widgets.submitter.form_fields import FORM, NUMBERS, FormFields
from bspsa_widgets.widgets.submitter.form_warnings import Known, warnings_of
from bspsa_widgets.widgets.submitter.saved_html import panel_copy


def _number(default: float) -> traitlets.Union:
    """A number, or what was typed instead of one: that is told at the field, not raised."""
    return traitlets.Union(
        [traitlets.Int(), traitlets.Float(), traitlets.Unicode()], default_value=default
    ).tag(sync=True)


class _PathText(traitlets.Unicode[str, str]):
    """A text, or a path that becomes one."""

    def validate(self, obj: Any, value: Any) -> str:
        return str(super().validate(obj, str(value) if isinstance(value, Path) else value))


class FormPanel(KeptPanel):
    """The traits of a panel with a form; js/src/contract.ts mirrors them.

    Args:
        folder: what to send. choice: of single files, as in the trait.
        layout: as of every widget.
        **form: values of the form's traits; what is left out starts as the system's default.

    Raises:
        InvalidInput: `choice` cannot be one.
        TypeError: an argument that is not a trait of the form.
    """

    _settable = (*FORM, "choice")
    _instead = "A panel to submit a job. Run this cell in Jupyter to use it."

    _bundle = traitlets.Unicode(bundle("job_submitter")).tag(sync=True)
    _css = (STATIC / "job_submitter.css").read_text(encoding="utf-8")

    hpc = traitlets.Unicode(PIZDAINT.id).tag(sync=True)
    project = traitlets.Unicode("").tag(sync=True)
    folder = _PathText("").tag(sync=True)
    choice: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    command = traitlets.Unicode("").tag(sync=True)
    tool = traitlets.Unicode(str(SYSTEMS["nsg"].field("tool").default)).tag(sync=True)
    init_file = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    node_number = _number(1)
    core_number = _number(12)
    runtime = _number(1.0)

    job = traitlets.Dict().tag(sync=True)
    job_view = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict(view_state.IDLE).tag(sync=True)
    errors = traitlets.Dict().tag(sync=True)
    warnings = traitlets.Dict().tag(sync=True)
    systems = traitlets.List(view_state.systems_state()).tag(sync=True)
    projects = traitlets.Dict().tag(sync=True)
    folder_info = traitlets.Dict(NO_FOLDER).tag(sync=True)
    records: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        *,
        folder: str | Path = "",
        choice: dict[str, Any] | None = None,
        layout: Layout | dict[str, Any] | None = None,
        **form: Unpack[FormFields],
    ) -> None:
        unknown = sorted(set(form) - set(FORM))
        if unknown:
            raise TypeError(f"There is no field {', '.join(unknown)}; use {', '.join(FORM)}.")
        self._from_view = False
        self._known: Known | None = None
        values = _defaults(form.get("hpc")) | dict(form)
        values["choice"] = no_choice() if choice is None else checked(choice)
        if layout is not None:
            values["layout"] = layout
        super().__init__(folder=folder, **values)
        self.observe(self._on_system, "hpc")
        self.observe(self._on_form, (*FORM, "choice"))
        self.observe(lambda _: self._weigh(), "quotas")
        self._weigh()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the view has changed (called by ipywidgets)."""
        with self._from_elsewhere():
            super().set_state(sync_data)

    def _saved_copy(self) -> SavedCopy:
        """What stays in a saved notebook."""
        return panel_copy(self.status, self.job_view, self.known_at)

    def _take_form(self, form: object) -> None:
        """Set the traits of the form to what the view had when Submit was clicked.

        Raises:
            InvalidInput: a value is of a type that the field cannot hold.
        """
        given = form if isinstance(form, dict) else {}
        try:
            self._fill({name: given[name] for name in (*FORM, "choice") if name in given})
        except traitlets.TraitError as error:
            raise InvalidInput("form", str(error), allowed="Reload the page.") from None

    def _fill(self, settings: dict[str, Any]) -> None:
        """Set the form as given; what is not given stays."""
        with self._from_elsewhere(), self.hold_trait_notifications():
            for name, value in settings.items():
                self.set_trait(name, value)

    @contextmanager
    def _from_elsewhere(self) -> Iterator[None]:
        """All that is set meanwhile is meant: nothing of it gives way to a default."""
        with self._lock:
            before, self._from_view = self._from_view, True
            try:
                yield
            finally:
                self._from_view = before

    def choose(
        self,
        *,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        include_secrets: Iterable[str] | None = None,
    ) -> None:
        """Choose single files of the folder, otherwise than the rules would have it.

        Each list replaces the one before; None leaves it. They count for this folder only.

        Args:
            include: paths below the folder that travel, although a rule leaves them out; of a
                link what it leads to, of a folder that travels what the links in it lead to.
            exclude: that stay; of a folder all stays that is in it.
            include_secrets: that travel, although they look like a secret.

        Raises:
            InvalidInput: of the argument that is not a list of paths.
        """
        given = {"include": include, "exclude": exclude, "include_secrets": include_secrets}
        lists = {name: paths for name, paths in given.items() if paths is not None}
        self.choice = checked(chosen(self.folder, self._chosen_files()) | lists)

    def _chosen_files(self) -> Choice:
        """What of `choice` counts for the folder as it is now."""
        return choice_of(self.choice, self.folder)

    def _typed(self) -> JobForm:
        """The form as the user left it."""
        return JobForm(**{name: getattr(self, name) for name in FORM if name != "folder"})

    @traitlets.validate("hpc")
    def _known_system(self, proposal: dict[str, Any]) -> str:
        """In the spelling of `SYSTEMS`; what is not known stays, and is told at Submit."""
        given = str(proposal["value"])
        return given.strip().lower() if given.strip().lower() in SYSTEMS else given

    @traitlets.validate("choice")
    def _possible_choice(self, proposal: dict[str, Any]) -> dict[str, Any]:
        try:
            return checked(proposal["value"])
        except InvalidInput as error:
            raise traitlets.TraitError(str(error)) from None

    def _on_system(self, change: dict[str, Any]) -> None:
        """Set from Python: what belongs to the other system gives way to this one's defaults."""
        old, new = SYSTEMS.get(change["old"]), SYSTEMS.get(change["new"])
        if self._from_view or old is None or new is None:
            return
        with self.hold_trait_notifications():
            if self.project in (*old.projects, *self.projects.get(old.id, ())):
                self.project = ""
            for name in NUMBERS:
                if getattr(self, name) == old.field(name).default:
                    setattr(self, name, new.field(name).default)

    def _on_form(self, change: dict[str, Any]) -> None:
        field = "folder" if change["name"] == "choice" else change["name"]
        if field in self.errors:
            self._show(errors={k: v for k, v in self.errors.items() if k != field})
        self._weigh()

    def _notify_observers(self, event: Any) -> None:
        """Tell only the panel of a number that is half typed: a slider could not show it."""
        if event["name"] in NUMBERS and isinstance(event["new"], str):
            self._on_form(event)
        else:
            super()._notify_observers(event)

    def _know(self, known: Known | None) -> None:
        """What would travel, as far as it is known: warnings are weighed against it."""
        self._known = known
        self._weigh()

    def _weigh(self) -> None:
        """Warnings as the user types; errors wait for Submit. On any thread."""
        weighed = None
        while weighed != (now := (self._typed(), self._known, self.quotas)):
            self._show(warnings=warnings_of(*now))
            weighed = now  # another thread may have changed one of them, and shown its own first


def settings_of(record: Record) -> dict[str, Any]:
    """The form's traits as they were at an earlier submission; what it had not is left out."""
    form = record.form.model_dump()
    return {name: form[name] for name in FORM if form.get(name) is not None} | {
        "folder": record.folder,
        "choice": chosen(record.folder, record.choice),
    }


def _defaults(hpc: object) -> dict[str, Any]:
    """The numbers that a new form of this system starts with."""
    system = SYSTEMS.get(str(hpc).strip().lower(), PIZDAINT)
    return {name: system.field(name).default for name in NUMBERS}
