"""Shows what would be sent: files, size, and warnings."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import Advice, JobForm, check_form
from bspsa_widgets.errors import InvalidInput, PackingError
from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.estimate import estimate
from bspsa_widgets.packaging.selection import NO_CHOICE, Selection, scan
from bspsa_widgets.submission.checks import weigh


class Plan(NamedTuple):
    """What would be sent.

    Attributes:
        selection: files that are sent, excluded, or cannot be sent.
        estimate: size of the zip in bytes, ±20 %; None if it cannot be estimated.
        warnings: what the user may want to change before sending.

    Example:
        >>> from pathlib import Path
        >>> folder = Path("my-folder")
        >>> folder.mkdir()
        >>> _ = (folder / "run.sh").write_text("echo done")
        >>> _ = (folder / ".env").write_text("PASSWORD=secret")
        >>> found = plan(folder)
        >>> [file.path for file in found.files], [file.path for file in found.left_out]
        (['run.sh'], ['.env'])
    """

    selection: Selection
    estimate: int | None
    warnings: tuple[Advice, ...] = ()

    @property
    def files(self) -> Sequence[Member]:
        """Files that are sent, sorted by path."""
        return self.selection.members

    @property
    def left_out(self) -> tuple[Excluded, ...]:
        """Files and folders that are excluded, with reasons."""
        return self.selection.left_out

    @property
    def stuck(self) -> tuple[Excluded, ...]:
        """Files that must be fixed or excluded before anything can be sent."""
        return self.selection.stuck

    @property
    def size(self) -> int:
        """Size before packing, in bytes."""
        return self.selection.size

    def biggest(self, count: int = 10) -> list[Member]:
        """Return the biggest files, the biggest first.

        Args:
            count: how many at most.

        Returns:
            files that are sent.
        """
        return heapq.nsmallest(count, self.files, key=lambda file: (-file.size, file.path))


def plan(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    form: JobForm | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Plan:
    """Scan the folder and return what would be sent.

    Blocks: run it in a worker thread.

    Args:
        folder: the folder to scan.
        choice: paths that the user included or excluded.
        form: the form's values; if they are valid, they are checked against the files.
        stopped: called often; True stops the scan.

    Returns:
        what would be sent.

    Raises:
        InvalidInput: the folder or a path of the choice cannot be read.
        Stopped: `stopped` returned True.
    """
    selection = scan(folder, choice, stopped=stopped)
    return Plan(selection, _estimated(selection, stopped), warnings(selection, form))


def warnings(selection: Selection, form: JobForm | None) -> tuple[Advice, ...]:
    """Return warnings about the form and the files; an invalid form is ignored.

    Args:
        selection: files of the folder that are sent, and those that are excluded.
        form: the form's values; None: check the files only.

    Returns:
        warnings.
    """
    if form is None:
        return weigh(selection, None)
    try:
        checked = check_form(form)
    except InvalidInput:
        return weigh(selection, None)
    return (*checked.warnings, *weigh(selection, checked.request))


def _estimated(selection: Selection, stopped: Callable[[], bool]) -> int | None:
    try:
        return estimate(selection, stopped=stopped)
    except PackingError:  # the folder was removed meanwhile
        return None
