"""Removes jobs some time after their end: first the row, then the files.

A kill between the two leaves a folder of an unknown job, which the next start removes. The
quota that a job has used stays used.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from bspsa_widgets.service.storage.job_folder import remove
from bspsa_widgets.service.storage.rows import StoredJob
from bspsa_widgets.service.storage.store import Store

PAUSE: Final = 3600.0  # seconds between two checks
_PATIENCE: Final = 2.0  # seconds that removing a folder may delay the service's end

_log = logging.getLogger("bspsa_widgets.service")


@contextmanager
def pruning(store: Store, keep: timedelta | None, pause: float = PAUSE) -> Iterator[None]:
    """Remove old jobs regularly until the end of the block.

    It is done in a thread of its own: removing a folder with many files takes long.

    Args:
        store: the jobs.
        keep: how long jobs are kept after their end; None: for ever.
        pause: seconds between two checks.

    Yields:
        Nothing.
    """
    if keep is None:
        yield
        return
    stopped = threading.Event()
    work = partial(_poll_loop, store, keep, pause, stopped)
    thread = threading.Thread(target=work, name="pruning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(_PATIENCE)  # after that it may still be removing one folder


def _poll_loop(store: Store, keep: timedelta, pause: float, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            prune(store, datetime.now(UTC) - keep, stopped)
        except Exception:  # the service continues; it is logged and tried again at the next check
            _log.exception("jobs that are over could not be removed")
        stopped.wait(pause)


def prune(store: Store, before: datetime, stopped: threading.Event) -> None:
    """Remove jobs that ended before a moment. Blocks.

    Args:
        store: the jobs.
        before: the moment, in UTC.
        stopped: stops the removal between two jobs when it is set.
    """
    for job in store.over_before(before):
        if stopped.is_set():
            return
        if store.forget(job.job_id):
            _remove_files(store, job)


def _remove_files(store: Store, job: StoredJob) -> None:
    path = store.folder(job.job_id, job.hpc).path
    if remove(path):
        _log.info("job %s, over since %s, was removed", job.job_id, job.end_date)
    else:
        _log.warning("job %s was removed, but not all of its files: see %s", job.job_id, path)
