"""Warnings for the user before sending, by the field that they belong to."""

from __future__ import annotations

import logging
from typing import NamedTuple

from bspsa_widgets.domain.payload import Advice, JobForm, JobRequest, check_form
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.checks import weigh
from bspsa_widgets.submission.folder_facts import FolderFacts, facts
from bspsa_widgets.widgets.base.contract import Quotas

log = logging.getLogger(__name__)


class WeighedFolder(NamedTuple):
    """Files that would be sent, and facts about them.

    Attributes:
        selection: the files.
        facts: facts about them.
    """

    selection: Selection
    facts: FolderFacts

    @classmethod
    def of(cls, selection: Selection) -> WeighedFolder:
        """Collect the facts; with many files, run it in a worker thread.

        Args:
            selection: the files.

        Returns:
            files and facts.
        """
        return cls(selection, facts(selection))


def warnings_of(form: JobForm, known: WeighedFolder | None, quotas: Quotas) -> dict[str, str]:
    """Return the panel's trait `warnings`. Fast: it is called at every keystroke.

    Args:
        form: the form as typed; if it is invalid, only the folder is checked.
        known: files that would be sent; None if not known yet.
        quotas: hours left by "hpc/project", as in the trait.

    Returns:
        sentences by field.
    """
    request, advice = _checked(form)
    if known is not None:
        advice += _of_files(known, request)
    warnings: dict[str, str] = {}
    for field, message in dict.fromkeys((one.field, one.message) for one in advice):
        warnings[field] = f"{warnings[field]} {message}" if field in warnings else message
    small = _quota_warning(request, quotas) if request else ""
    return warnings | ({"runtime": small} if small else {})


def _of_files(known: WeighedFolder, request: JobRequest | None) -> tuple[Advice, ...]:
    try:
        return weigh(known.selection, request, known.facts)
    except Exception:  # failing advice must not prevent sending
        log.exception("weighing the files failed")
        return ()


def _checked(form: JobForm) -> tuple[JobRequest | None, tuple[Advice, ...]]:
    try:
        return check_form(form)
    except InvalidInput:
        return None, ()


def _quota_warning(request: JobRequest, quotas: Quotas) -> str:
    project = request.project or default_project(request.hpc)
    quota = quotas.get(f"{request.hpc}/{project}")
    return messages.quota_warning(request.runtime, quota["hours_left"] if quota else None)
