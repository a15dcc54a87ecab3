"""Earlier submissions as the view lists them."""

from __future__ import annotations

from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission import messages as words
from bspsa_widgets.widgets.submitter.contract import Action, ActionKind, RecordLine

USE = "Use these settings again"


def action(kind: ActionKind, label: str, confirm: str = "") -> Action:
    """Return a button of the view.

    Args:
        kind: what it asks for.
        label: its words.
        confirm: the question before it is done; "" for none.

    Returns:
        the button.
    """
    return {"kind": kind, "label": label, "confirm": confirm}


def record_line(record: Record) -> RecordLine:
    """Return one of the earlier submissions.

    Args:
        record: record of the submission.

    Returns:
        the line.
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


def damaged_record(name: str) -> RecordLine:
    """Return the line for a record that could not be read.

    Args:
        name: name of its file.

    Returns:
        the line.
    """
    return _no_record(name, "This record was damaged and has been set aside; its job may exist.")


def unreadable_record(name: str) -> RecordLine:
    """Return the line for a record of another user or a newer version.

    Args:
        name: name of its file.

    Returns:
        the line.
    """
    return _no_record(name, "This record is of a newer release or of another user; it was left.")


def unreadable_folder(error: BspsaError) -> RecordLine:
    """Return the line for a folder of records that cannot be read.

    Args:
        error: why not.

    Returns:
        the line.
    """
    said = f"Earlier submissions cannot be shown. {error}"
    return _no_record("", said) | {"title": "Records of submissions"}


def only_here(problem: str, folder: str) -> RecordLine:
    """Return the line that says that submissions in other folders are not known.

    Args:
        problem: why not.
        folder: folder whose records are known.

    Returns:
        the line.
    """
    said = words.checks_here_only(problem, folder)
    return _no_record("elsewhere", said) | {"title": "Submissions from other folders"}


def _no_record(name: str, said: str) -> RecordLine:
    return {
        "record": name,
        "title": name,
        "system": "",
        "at": "",
        "state": "unconfirmed",
        "words": said,
        "job_id": "",
        "actions": [],
    }
