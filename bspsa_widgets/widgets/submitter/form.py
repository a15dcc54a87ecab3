"""Traits of the form: what can be set, observed and linked, and how they depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

import traitlets
from ipywidgets import Layout

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.fields.declaration import NAMED, Field, Value
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.domain.systems import PIZDAINT, SYSTEMS, all_fields
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records.record import Record
from bspsa_widgets.widgets.base import account_state
from bspsa_widgets.widgets.base.contract import JobView, SystemSpec
from bspsa_widgets.widgets.base.panel import STATIC, StateTrait, bundle, state_trait
from bspsa_widgets.widgets.base.persistent_panel import PersistentPanel
from bspsa_widgets.widgets.base.saved_html import SavedHtml
from bspsa_widgets.widgets.submitter import contract, status_state
from bspsa_widgets.widgets.submitter.contract import NoJob, RecordLine, SubmitterTraits
from bspsa_widgets.widgets.submitter.file_choice import checked, choice_of, chosen, no_choice
from bspsa_widgets.widgets.submitter.folder_state import NO_FOLDER
from bspsa_widgets.widgets.submitter.form_fields import FORM, NUMBERS, FormFields
from bspsa_widgets.widgets.submitter.form_warnings import WeighedFolder, warnings_of
from bspsa_widgets.widgets.submitter.saved_html import panel_copy


def _trait(field: Field) -> traitlets.TraitType[Any, Any]:
    """Return the trait of a field; text typed as a number is reported at the field."""
    if not field.is_number:
        return traitlets.Unicode(str(field.default)).tag(sync=True)
    return traitlets.Union(
        [traitlets.Int(), traitlets.Float(), traitlets.Unicode()], default_value=field.default
    ).tag(sync=True)


class _PathText(traitlets.Unicode[str, str]):
    """Trait for a text; a path is converted to text."""

    def validate(self, obj: Any, value: Any) -> str:
        return str(super().validate(obj, str(value) if isinstance(value, Path) else value))


class FormPanel(PersistentPanel):
    """Traits of a panel with a form; `contract.SubmitterTraits` declares their values.

    Args:
        folder: the folder to send.
        choice: included and excluded paths, as in the trait.
        layout: as for every widget.
        **form: values of the form's traits; missing ones start with the system's default.

    Raises:
        InvalidInput: `choice` is not valid.
        TypeError: an argument is not a trait of the form.
    """

    _settable = (*FORM, "choice")
    _instead = "A panel to submit a job. Run this cell in Jupyter to use it."

    _bundle = traitlets.Unicode(bundle("job_submitter")).tag(sync=True)
    _css = (STATIC / "job_submitter.css").read_text(encoding="utf-8")

    hpc = traitlets.Unicode(PIZDAINT.id).tag(sync=True)
    project = traitlets.Unicode("").tag(sync=True)
    folder = _PathText("").tag(sync=True)
    choice = state_trait(no_choice())
    vars().update({name: _trait(all_fields()[name]) for name in NAMED})
    options: StateTrait[dict[str, Value]] = state_trait({})

    job: StateTrait[dict[str, object]] = state_trait({})
    job_view: StateTrait[JobView | NoJob] = state_trait({})
    status = state_trait(status_state.IDLE)
    errors: StateTrait[dict[str, str]] = state_trait({})
    warnings: StateTrait[dict[str, str]] = state_trait({})
    systems: StateTrait[list[SystemSpec]] = state_trait([])
    projects: StateTrait[dict[str, list[str]]] = state_trait({})
    folder_info = state_trait(NO_FOLDER)
    records: StateTrait[list[RecordLine]] = state_trait([])

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
        self._known: WeighedFolder | None = None
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
        """Set what the view has changed (called by ipywidgets).

        Args:
            sync_data: names and values.
        """
        with self._from_elsewhere():
            super().set_state(sync_data)

    def _show(self, **traits: Unpack[SubmitterTraits]) -> None:
        """Set traits from any thread, in one message."""
        self._show_traits(**traits)

    def _saved_copy(self) -> SavedHtml:
        """Return the copy for a saved notebook."""
        return panel_copy(self.status, self.job_view, self.known_at)

    def _take_form(self, form: object) -> None:
        """Set the form's traits to what the view had when Submit was clicked.

        Raises:
            InvalidInput: a value has a type that the field cannot hold.
        """
        given = form if isinstance(form, dict) else {}
        try:
            self._fill({name: given[name] for name in (*FORM, "choice") if name in given})
        except traitlets.TraitError as error:
            raise InvalidInput("form", str(error), allowed="Reload the page.") from None

    def _fill(self, settings: dict[str, Any]) -> None:
        """Set the given fields of the form; the others stay."""
        with self._from_elsewhere(), self.hold_trait_notifications():
            for name, value in settings.items():
                self.set_trait(name, value)

    @contextmanager
    def _from_elsewhere(self) -> Iterator[None]:
        """Keep all values that are set inside the `with` block: no defaults replace them."""
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
        """Include or exclude paths of the folder, in addition to the rules.

        Each list replaces the one before; None keeps it. They apply to the current folder only.

        Args:
            include: paths below the folder to include although a rule excludes them. For a link,
                its target; for a folder that is sent, the targets of the links in it.
            exclude: paths to exclude; for a folder, with everything in it.
            include_secrets: paths to include although they look like secrets.

        Raises:
            InvalidInput: (the argument) it is not a list of paths.
        """
        given = {"include": include, "exclude": exclude, "include_secrets": include_secrets}
        lists = {name: paths for name, paths in given.items() if paths is not None}
        self.choice = checked({**chosen(self.folder, self._chosen_files()), **lists})

    def _chosen_files(self) -> Choice:
        """Return the part of `choice` that applies to the current folder."""
        return choice_of(self.choice, self.folder)

    def _typed(self) -> JobForm:
        """Return the form's values as the user left them."""
        values = {name: getattr(self, name) for name in FORM if name != "folder"}
        return JobForm(**values | {"options": {**self.options}})

    @traitlets.default("systems")
    def _all_systems(self) -> list[SystemSpec]:
        return account_state.systems_state()

    @traitlets.validate("hpc")
    def _known_system(self, proposal: dict[str, Any]) -> str:
        """Use the spelling of `SYSTEMS`; an unknown system is reported at Submit."""
        given = str(proposal["value"])
        return given.strip().lower() if given.strip().lower() in SYSTEMS else given

    @traitlets.validate("choice")
    def _possible_choice(self, proposal: dict[str, Any]) -> contract.FileChoice:
        try:
            return checked(proposal["value"])
        except InvalidInput as error:
            raise traitlets.TraitError(str(error)) from None

    def _on_system(self, change: dict[str, Any]) -> None:
        """Replace values that belong to the other system by this one's defaults.

        Only if the system was set in Python.
        """
        old, new = SYSTEMS.get(change["old"]), SYSTEMS.get(change["new"])
        if self._from_view or old is None or new is None:
            return
        with self.hold_trait_notifications():
            if self.project in (*old.projects, *self.projects.get(old.id, ())):
                self.project = ""
            for name in NUMBERS:
                if getattr(self, name) == old.field(name).default:
                    setattr(self, name, new.field(name).default)
            kept = {field.name for field in new.options}
            self.options = {k: v for k, v in self.options.items() if k in kept}

    def _on_form(self, change: dict[str, Any]) -> None:
        mended = _changed_fields(change) & self.errors.keys()
        if mended:
            self._show(errors={k: v for k, v in self.errors.items() if k not in mended})
        self._weigh()

    def _notify_observers(self, event: Any) -> None:
        """Hide a partly typed number from observers: a slider could not show it."""
        if event["name"] in NUMBERS and isinstance(event["new"], str):
            self._on_form(event)
        else:
            super()._notify_observers(event)

    def _know(self, known: WeighedFolder | None) -> None:
        """Take the result of a scan, and update the warnings."""
        self._known = known
        self._weigh()

    def _weigh(self) -> None:
        """Update the warnings while the user types; errors wait for Submit. On any thread."""
        weighed = None
        while weighed != (now := (self._typed(), self._known, self.quotas)):
            self._show(warnings=warnings_of(*now))
            weighed = now  # another thread may have changed one of them meanwhile


def _changed_fields(change: dict[str, Any]) -> set[str]:
    """Return the names of the fields that the change of a trait is about."""
    if change["name"] != "options":
        return {"folder" if change["name"] == "choice" else change["name"]}
    old, new = change["old"], change["new"]
    return {"options"} | {name for name in old | new if old.get(name) != new.get(name)}


def settings_of(record: Record) -> dict[str, Any]:
    """Return the form's traits as they were in an earlier submission.

    Args:
        record: record of the submission.

    Returns:
        values by name; missing values are omitted.
    """
    form = record.form.model_dump()
    return {name: form[name] for name in FORM if form.get(name) is not None} | {
        "folder": record.folder,
        "choice": chosen(record.folder, record.choice),
    }


def _defaults(hpc: object) -> dict[str, Any]:
    """Return the default numbers of a new form for this system."""
    system = SYSTEMS.get(str(hpc).strip().lower(), PIZDAINT)
    return {name: system.field(name).default for name in NUMBERS}
