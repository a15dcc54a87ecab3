"""What would be sent, before anything is: which files, how much, and what is odd about it."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import Advice, JobForm, check_form
from bspsa_widgets.errors import InvalidInput, PackingError
from bspsa_widgets.packaging.entries import LeftOut, Member
from bspsa_widgets.packaging.estimate import estimate
from bspsa_widgets.packaging.selection import NO_CHOICE, Selection, look
from bspsa_widgets.submission.checks import weigh


class Plan(NamedTuple):
    """What would be sent.

    Attributes:
        selection: the files that travel, those that stay, and those that are stuck.
        estimate: bytes of the zip, ±20 %; None where it could not be estimated.
        warnings: what the user may want to mend before sending.
    """

    selection: Selection
    estimate: int | None
    warnings: tuple[Advice, ...] = ()

    @property
    def files(self) -> Sequence[Member]:
        """Those that travel, by path."""
        return self.selection.members

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Files and folders that stay, with reasons."""
        return self.selection.left_out

    @property
    def stuck(self) -> tuple[LeftOut, ...]:
        """To be mended or excluded: before, nothing can be sent."""
        return self.selection.stuck

    @property
    def size(self) -> int:
        """Bytes before packing."""
        return self.selection.size

    def biggest(self, count: int = 10) -> list[Member]:
        """So many files at most, the biggest first."""
        return heapq.nsmallest(count, self.files, key=lambda file: (-file.size, file.path))


def plan(
    folder: str | os.PathLike[str],
    choice: Choice = NO_CHOICE,
    form: JobForm | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Plan:
    """Look through the folder. Blocks: run it in a worker thread.

    Args:
        choice: what the user wants in or out.
        form: where given and right, it is weighed against the files.
        stopped: asked often; True ends it.

    Raises:
        InvalidInput: the folder or a path of the choice is not to be had.
        Stopped: `stopped` said so.
    """
    selection = look(folder, choice, stopped=stopped)
    return Plan(selection, _estimated(selection, stopped), warnings(selection, form))


def warnings(selection: Selection, form: JobForm | None) -> tuple[Advice, ...]:
    """Those of the form and of the files; a form with errors counts as none."""
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
    except PackingError:  # the folder has gone meanwhile
        return None
