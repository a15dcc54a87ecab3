"""`bspsa records` and `record`: what is recorded of the submissions made here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.exit_codes import DONE, INTERRUPTED
from bspsa_widgets.cli.main_loop import run
from bspsa_widgets.cli.output import CommandOutput, line, table
from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.format import format_count, format_size
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Provenance, Record
from bspsa_widgets.records.store import Records, records_folder
from bspsa_widgets.runtime.connection import local_token
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission import unconfirmed
from bspsa_widgets.submission.recovery import close

HEAD = ("RECORD", "WHEN (UTC)", "STATE", "SYSTEM", "TITLE", "JOB")
NONE = "No records."
_PATHS_SHOWN = 5  # paths that the user included or excluded


def records_in_use(options: argparse.Namespace) -> Records:
    """Return the records in `--records`, else in `BSPSA_RECORDS`, else in `.bspsa` here.

    Args:
        options: parsed command-line options.

    Returns:
        the store.

    Raises:
        InvalidInput: (field `records`) the name is empty.
    """
    named: str | None = getattr(options, "records", None)  # not all commands have it
    if named is None:
        return Records(records_folder(Path.cwd()))
    if not named.strip():
        raise InvalidInput("records", "--records is empty.", allowed="Name a folder.")
    return Records(Path(named).expanduser())


def load(records: Records, output: CommandOutput) -> list[Record]:
    """Load all records, newest first, and print which files could not be read.

    Args:
        records: store of the submission records.
        output: where the command writes.

    Returns:
        the records.
    """
    loaded = records.load()
    aside = line(str(records.folder / "damaged"))
    for name in loaded.damaged:
        output.say(f"bspsa: {name} is damaged and was moved to {aside}")
    for name in loaded.left:
        output.say(f"bspsa: {name} is another user's, or of a newer release: left as it is")
    return loaded.records


def list_records(options: argparse.Namespace, output: CommandOutput) -> int:
    """List the submissions made here as recorded; sends no request.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    found = load(records_in_use(options), output)
    rows = [
        (
            record.marker,
            when(record.began),
            state(record),
            record.hpc,
            record.title,
            job_id(record),
        )
        for record in found
    ]
    output.answer([document(record) for record in found], table(HEAD, rows) if rows else NONE)
    return DONE


def show_record(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print one submission: what was sent, its outcome, and what can be done.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    records = records_in_use(options)
    record = records.find(options.id)
    if options.close:
        if not _is_wanted(record, options, output):
            return INTERRUPTED
        record = run(close(records, record))
    output.answer(document(record), _described(record))
    return DONE


def _is_wanted(record: Record, options: argparse.Namespace, output: CommandOutput) -> bool:
    """Return whether the user confirms closing the record.

    Raises:
        InvalidInput: (field `yes`) the user cannot be asked.
    """
    if options.yes or not record.is_open:  # `close` raises an error of its own
        return True
    if output.may_ask:
        return output.ask(words.CONFIRM_CLOSE)
    problem = f"Nothing was changed. {words.CONFIRM_CLOSE}"
    raise InvalidInput("yes", problem, allowed="To go on, add --yes.")


def document(record: Record) -> dict[str, Any]:
    """Return the record as it is on disk.

    Args:
        record: record of the submission.

    Returns:
        the document.
    """
    return dict(json.loads(record.to_json()))


def state(record: Record) -> str:
    """Return the state of a record in a word or two.

    Args:
        record: record of the submission.

    Returns:
        the state.
    """
    return record.state.replace("_", " ")


def when(at: str) -> str:
    """Return a date without fractions and time zone: `2026-01-31 12:00:00`.

    Args:
        at: date in ISO 8601, UTC.

    Returns:
        the date.
    """
    return at[:19].replace("T", " ")


def job_id(record: Record) -> str:
    """Return the id of the submission's job.

    Args:
        record: record of the submission.

    Returns:
        the id; "" if no job is known.
    """
    job = record.seen_job()
    return job.job_id if job else ""


def _described(record: Record) -> str:
    archive = record.archive
    job = record.seen_job()
    rows = [
        ("Record", record.marker),
        ("Title", record.title),
        ("Outcome", messages.record_words(record)),
        ("Job", f"{job.job_id}  {job.stage}: {job.meaning}" if job else ""),
        ("More jobs", ", ".join(record.other_jobs)),
        ("Folder", record.folder),
        *_chosen(record.choice),
        ("Commit", _commit(record.git)),
        ("Notebook", record.notebook),
        ("Archive", f"{archive.name}, {format_count(archive.files)}, {format_size(archive.size)}"),
        ("SHA-256", archive.sha256),
        ("Service", record.endpoint),
        ("System", record.hpc),
        ("Project", record.project),
        *((f"  {key}", value) for key, value in record.payload.items() if key != "title"),
        ("Looked for", unconfirmed.lists_read(record.looks, record.failed_looks)),
        *((when(event.at), _told(event.state, event.words)) for event in record.history),
    ]
    lines = [f"{line(name):<20} {line(value)}" for name, value in rows if value]
    return "\n".join([*lines, "", *_to_do(record)])


def _chosen(choice: Choice) -> list[tuple[str, str]]:
    """Return what the user included or excluded."""
    named = (
        ("Included", choice.include),
        ("Secrets included", choice.include_secrets),
        ("Excluded", choice.exclude),
    )
    return [(name, _some(paths)) for name, paths in named]


def _some(paths: tuple[str, ...]) -> str:
    further = len(paths) - _PATHS_SHOWN
    more = f" and {format_count(further, 'more file')}" if further > 0 else ""
    return ", ".join(paths[:_PATHS_SHOWN]) + more


def _told(entered: str, said: str) -> str:
    return ": ".join(text for text in (entered.replace("_", " "), said) if text)


def _commit(git: Provenance | None) -> str:
    if git is None:
        return ""
    changes = {True: " with changes since", False: "", None: " (changes since: unknown)"}
    return git.commit + changes[git.dirty]


def _there(record: Record) -> str:
    """Return the option for the record's service; only that service knows the job."""
    endpoint = Endpoint.parse(record.endpoint)
    is_local = local_token(endpoint) is not None
    return f" --endpoint {'local' if is_local else line(endpoint.url)}"


def _to_do(record: Record) -> list[str]:
    """Return the commands with which the user can continue."""
    job = job_id(record)
    if job:
        return [f"See the job:    bspsa job {line(job)}{_there(record)}"]
    if record.is_open:
        look = f"Look for its job:        bspsa jobs --mine{_there(record)}"
        again = f"Send it anyway:    bspsa submit … --again. {words.RISK_OF_TWO}"
        close = f"Look for it no more:     bspsa record {record.marker} --close"
        return [again, close] if record.is_unlisted else [look, again, close]
    return []
