"""Removing jobs that have been over for long: first the row, then the files.

A kill between the two leaves a folder that no job knows, which the next start sweeps away.
What a job has used of a quota stays used.
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
from bspsa_widgets.service.storage.store import Store, StoredJob

PAUSE: Final = 3600.0  # seconds between two looks
_PATIENCE: Final = 2.0  # seconds that a folder being removed may hold up the service's end

_log = logging.getLogger("bspsa_widgets.service")


@contextmanager
def pruning(store: Store, keep: timedelta | None, pause: float = PAUSE) -> Iterator[None]:
    """While the block lasts, what has been over for longer than `keep` goes, at once and later on.

    In a thread of its own: a folder with many files takes its time.

    Args:
        keep: None: nothing is ever removed. pause: seconds between two looks.
    """
    if keep is None:
        yield
        return
    ended = threading.Event()
    look = partial(_go_on, store, keep, pause, ended)
    thread = threading.Thread(target=look, name="pruning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_PATIENCE)  # what it still does then is to remove one folder


def _go_on(store: Store, keep: timedelta, pause: float, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            prune(store, datetime.now(UTC) - keep, ended)
        except Exception:  # the service goes on; it is told, and tried again at the next look
            _log.exception("jobs that are over could not be removed")
        ended.wait(pause)


def prune(store: Store, before: datetime, ended: threading.Event) -> None:
    """Remove jobs that ended before then; stops between two of them once `ended` is set. Blocks."""
    for job in store.over_before(before):
        if ended.is_set():
            return
        if store.forget(job.job_id):
            _remove_files(store, job)


def _remove_files(store: Store, job: StoredJob) -> None:
    path = store.folder(job.job_id, job.hpc).path
    if remove(path):
        _log.info("job %s, over since %s, was removed", job.job_id, job.end_date)
    else:
        _log.warning("job %s was removed, but not all of its files: see %s", job.job_id, path)
