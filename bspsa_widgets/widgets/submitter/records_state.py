"""Earlier submissions as the view lists them."""

from __future__ import annotations

from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission import messages as words
from bspsa_widgets.widgets.base.state import State, action

USE = "Use these settings again"


def record_line(record: Record) -> State:
    """Return one of the earlier submissions.

    Args:
        record: record of the submission.

    Returns:
        the view's `RecordLine`.
    """
    actions = [action("use", USE)]
    if record.state == "unconfirmed":
        look = [] if record.is_unlisted else [action("look", "Check again")]
        actions = [*look, *actions, action("close", "Close…", words.CONFIRM_CLOSE)]
    system = SYSTEMS.get(record.hpc)
    job = record.seen_job()
    return {
        "record": record.marker,
        "title": record.title,
        "system": system.short_name if system else record.hpc,
        "at": record.began,
        "state": record.state,
        "words": messages.record_words(record),
        "job_id": job.job_id if job else "",
        "actions": actions,
    }


def damaged_record(name: str) -> State:
    """Return the line for a record that could not be read.

    Args:
        name: name of its file.

    Returns:
        the view's `RecordLine`.
    """
    return _no_record(name, "This record was damaged and has been set aside; its job may exist.")


def unreadable_record(name: str) -> State:
    """Return the line for a record of another user or a newer version.

    Args:
        name: name of its file.

    Returns:
        the view's `RecordLine`.
    """
    return _no_record(name, "This record is of a newer release or of another user; it was left.")


def unreadable_folder(error: BspsaError) -> State:
    """Return the line for a folder of records that cannot be read.

    Args:
        error: why not.

    Returns:
        the view's `RecordLine`.
    """
    said = f"Earlier submissions cannot be shown. {error}"
    return _no_record("", said) | {"title": "Records of submissions"}


def only_here(problem: str, folder: str) -> State:
    """Return the line that says that submissions in other folders are not known.

    Args:
        problem: why not.
        folder: folder whose records are known.

    Returns:
        the view's `RecordLine`.
    """
    said = words.looks_here_only(problem, folder)
    return _no_record("elsewhere", said) | {"title": "Submissions from other folders"}


def _no_record(name: str, said: str) -> State:
    empty = {"system": "", "at": "", "job_id": "", "actions": []}
    return {"record": name, "title": name, "state": "unconfirmed", "words": said} | empty
