"""Details of one job for the monitor's view."""

from __future__ import annotations

from datetime import UTC, datetime

from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.widgets.base.contract import JobView
from bspsa_widgets.widgets.monitor import view_state as monitor_state
from bspsa_widgets.widgets.monitor.contract import Details, RecordDetails, Setting
from bspsa_widgets.widgets.submitter import job_state

NOTHING: Details = {
    "kind": "details",
    "id": "",
    "key": "",
    "job": {},
    "view": job_state.NO_JOB,
    "owner": "",
    "record": None,
    "cause": None,
    "input": {"state": "", "words": ""},
    "can_cancel": False,
    "can_delete": False,
    "is_unread": False,
    "ask_cancel": "",
    "ask_delete": "",
    "place": "",
    "error": "",
}


def details_of(tracked: TrackedJob, place: str) -> Details:
    """Return what is known of a job without further requests.

    Args:
        tracked: the tracked job.
        place: folder for its results.

    Returns:
        the details, without the id of a request.
    """
    job = tracked.job
    can_cancel = cancel.can_cancel(job) and not tracked.is_lost
    can_delete = cancel.can_delete(job) and not tracked.is_lost
    look = _look(tracked)
    return NOTHING | {
        "key": tracked.key,
        "job": job.raw,
        "view": _view(tracked),
        "owner": job.owner,
        "can_cancel": can_cancel,
        "can_delete": can_delete,
        "is_unread": cancel.is_at_risk(look, tracked.ref),
        "ask_cancel": cancel.ask(look, tracked.ref, "cancel") if can_cancel else "",
        "ask_delete": cancel.ask(look, tracked.ref, "delete") if can_delete else "",
        "place": place,
    }


def no_details(key: str, error: str) -> Details:
    """Return empty details with an error.

    Args:
        key: key of the job.
        error: why there are none.

    Returns:
        the details, without the id of a request.
    """
    return NOTHING | {"key": key, "error": error}


def record_state(record: Record, records: str) -> RecordDetails:
    """Return the content of a submission's record.

    Args:
        record: record of the submission.
        records: folder of the record; "" for the default folder.

    Returns:
        the content.
    """
    more = f", records={records!r}" if records else ""
    return {
        "record": record.marker,
        "notebook": _text(record.notebook),
        "endpoint": record.endpoint,
        "began": record.began,
        "words": _text(messages.record_words(record)),
        "settings": _settings(record),
        "python": _text(
            "from bspsa_widgets import JobSubmitter\n\n"
            f'JobSubmitter.from_record("{record.marker}"{more})'
        ),
    }


def _look(tracked: TrackedJob) -> Poll:
    return Poll(tracked.job, tracked.checked or datetime.now(UTC), tracked.problem, tracked.is_lost)


def _view(tracked: TrackedJob) -> JobView:
    view = job_state.job_view(tracked)
    if tracked.is_lost:
        view["meaning"] = job_messages.lost(tracked.job).headline
    return view | {"note": monitor_state.note_of(tracked)}


def _settings(record: Record) -> list[Setting]:
    """Return the values of the form's fields that the system has."""
    system = SYSTEMS.get(record.hpc)
    named: list[tuple[str, object]] = [("Folder", record.folder), ("Project", record.project)]
    if system is not None:
        fields = system.fields_for(record.form.tool)
        named += [(field.label, record.form.typed(field)) for field in fields]
    if record.git is not None:
        dirty = ", with changes since" if record.git.dirty else ""
        named.append(("Git commit", f"{record.git.commit}{dirty}"))
    return [
        {"label": label, "value": _text(str(value))}
        for label, value in named
        if value not in (None, "")
    ]


def _text(text: str) -> str:
    """Replace invalid characters: folder names may contain bytes that cannot be sent."""
    return text.encode("utf-8", "replace").decode()
