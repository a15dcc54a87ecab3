"""One of several jobs that are wanted: a folder and the form's fields."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bspsa_widgets.domain.choice import LISTS, Choice
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.widgets.submitter.file_choice import paths


class JobWanted(BaseModel):
    """A job as the user wants it; any value may be wrong, which is told when it is submitted.

    Attributes:
        folder: what to send, relative to the root or absolute.
        hpc: `pizdaint` or `nsg`. project: its project, "" for the default.
        command: shell lines (Piz Daint). tool, init_file: what NSG runs, and on which file.
        node_number: nodes. core_number: cores per node. runtime: hours.
        title: up to 78 characters; "" for the folder's name.
        include, exclude, include_secrets: paths in the folder that travel, or stay,
            otherwise than the rules would have it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str | Path
    hpc: Any = "pizdaint"
    project: Any = ""
    command: Any = None
    tool: Any = None
    init_file: Any = None
    node_number: Any = None
    core_number: Any = None
    runtime: Any = None
    title: Any = ""
    include: Any = ()
    exclude: Any = ()
    include_secrets: Any = ()

    @classmethod
    def of(cls, given: JobWanted | Mapping[str, Any]) -> JobWanted:
        """From a mapping of the fields above, or as it is.

        Raises:
            TypeError: it is neither, lacks the folder, or has a field that there is not.
        """
        if isinstance(given, JobWanted):
            return given
        if not isinstance(given, Mapping):
            raise TypeError(f"{type(given).__name__} is not a job: give a mapping of its fields.")
        unknown = sorted(str(name) for name in given if name not in cls.model_fields)
        if unknown:
            raise TypeError(
                f"There is no field {', '.join(unknown)}; use {', '.join(cls.model_fields)}."
            )
        if not isinstance(given.get("folder"), str | Path):
            raise TypeError("Name the folder to send, for example folder='my-model'.")
        return cls(**given)

    def form(self) -> JobForm:
        """The fields of the form, numbers of NumPy and the like as plain ones."""
        return JobForm(**{name: _plain(getattr(self, name)) for name in JobForm.model_fields})

    def choice(self) -> Choice:
        """The user's choice of single files.

        Raises:
            InvalidInput: of the field that is not a list of paths.
        """
        return Choice(**{name: tuple(paths(name, getattr(self, name))) for name in LISTS})

    def place(self, root: Path) -> Path | str:
        """The folder below `root`; "" where none is named."""
        named = str(self.folder)
        return root / named if named.strip() else ""


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value
