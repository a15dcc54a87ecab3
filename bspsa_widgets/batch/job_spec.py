"""One of several jobs to submit: a folder and the form's fields."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from bspsa_widgets.domain.choice import LISTS, Choice, paths
from bspsa_widgets.domain.payload import JobForm


class JobSpec(JobForm):
    """A form and the folder to send. Values are checked when it is submitted.

    Attributes:
        folder: the folder to send, absolute or relative to the root.
        include: paths in the folder to include although a rule excludes them.
        exclude: paths in the folder to exclude.
        include_secrets: paths in the folder to include although they look like secrets.

    Example:
        >>> command = "unzip {archive} && cd {folder} && bash run.sh"
        >>> JobSpec(folder="my-folder", command=command, runtime=0.5).hpc
        'pizdaint'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str | Path
    include: Any = ()
    exclude: Any = ()
    include_secrets: Any = ()

    @classmethod
    def of(cls, given: JobSpec | Mapping[str, Any]) -> JobSpec:
        """Return a job from a mapping of its fields.

        Args:
            given: mapping of the fields, or a job, which is returned as it is.

        Returns:
            the job.

        Raises:
            TypeError: it is neither, the folder is missing, or a field does not exist.
        """
        if isinstance(given, JobSpec):
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
        """Return the form's values; numbers of NumPy and the like become plain ones.

        Returns:
            the form.
        """
        return JobForm(**{name: _plain(getattr(self, name)) for name in JobForm.model_fields})

    def choice(self) -> Choice:
        """Return the paths that the user included or excluded.

        Returns:
            the choice.

        Raises:
            InvalidInput: (the field) it is not a list of paths.
        """
        return Choice(**{name: tuple(paths(name, getattr(self, name))) for name in LISTS})

    def place(self, root: Path) -> Path | str:
        """Return the folder to send.

        Args:
            root: base of relative folders.

        Returns:
            the folder; "" if none is given.
        """
        named = str(self.folder)
        return root / named if named.strip() else ""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value
