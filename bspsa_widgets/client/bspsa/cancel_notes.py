"""Store which jobs this user's programs have cancelled or deleted.

The service does not distinguish a cancelled job from a failed one (Piz Daint), or from one
that the HPC system temporarily does not find (DELETED). The program that sent the cancel can.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import EndSent, Job

log = logging.getLogger(__name__)


def folder() -> Path:
    """Return the folder of these notes: the same for all programs of this user.

    Returns:
        The path; it may not exist yet.
    """
    return Path(platformdirs.user_state_path("bspsa-widgets")) / "ends"


class CancelNotes:
    """Notes of sent cancels and deletes: one small file for each job, without its id or service.

    Args:
        endpoint: of the service that has the jobs. Local services share their notes, because
            a local service may return at another port.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._service = "" if endpoint.is_loopback else endpoint.url
        self._in_memory: dict[str, EndSent] = {}  # used if no file can be written

    async def note(self, job_id: str, sent: EndSent) -> bool:
        """Store that a cancel or delete is being sent.

        Args:
            job_id: id of the job.
            sent: "cancel" or "delete".

        Returns:
            False if one was noted before; the first one counts.
        """
        if await asyncio.to_thread(self._read, job_id):
            return False
        self._in_memory[job_id.upper()] = sent
        await asyncio.to_thread(self._write, job_id, sent)
        return True

    async def forget(self, job_id: str) -> None:
        """Remove a note: nothing was sent, or the service did not cancel the job.

        Args:
            job_id: id of the job.
        """
        self._in_memory.pop(job_id.upper(), None)
        await asyncio.to_thread(self._remove, job_id)

    async def with_notes(self, jobs: Sequence[Job]) -> list[Job]:
        """Add the stored cancels and deletes to jobs whose state is ambiguous without them.

        Args:
            jobs: jobs as the service has them.

        Returns:
            The jobs in the same order, with `end_sent` set.
        """
        if not any(_may_be_cancelled(job) for job in jobs):
            return list(jobs)
        return await asyncio.to_thread(self._with_notes, jobs)

    def _with_notes(self, jobs: Sequence[Job]) -> list[Job]:
        names = _note_names()  # one listing: of thousands of failed jobs, few were cancelled
        return [self._with_note(job, names) if _may_be_cancelled(job) else job for job in jobs]

    def _with_note(self, job: Job, names: frozenset[str]) -> Job:
        if job.job_id.upper() not in self._in_memory and self._name(job.job_id) not in names:
            return job
        return job.model_copy(update={"end_sent": self._read(job.job_id)})

    def _read(self, job_id: str) -> EndSent:
        if sent := self._in_memory.get(job_id.upper(), ""):
            return sent
        try:
            return "delete" if self._path(job_id).read_text() == "delete" else "cancel"
        except (OSError, RuntimeError, ValueError):  # it is not there, or no home is known
            return ""

    def _write(self, job_id: str, sent: EndSent) -> None:
        try:
            path = self._path(job_id)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(sent)
        except (OSError, RuntimeError) as error:
            log.warning("the note of a cancel could not be written: %s", type(error).__name__)

    def _remove(self, job_id: str) -> None:
        try:
            self._path(job_id).unlink(missing_ok=True)
        except (OSError, RuntimeError) as error:
            log.warning("the note of a cancel could not be removed: %s", type(error).__name__)

    def _path(self, job_id: str) -> Path:
        return folder() / self._name(job_id)

    def _name(self, job_id: str) -> str:
        key = f"{self._service} {job_id.upper()}".encode(errors="replace")
        return hashlib.sha256(key).hexdigest()[:32]


def _note_names() -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder()))
    except (OSError, RuntimeError):  # nothing was ever cancelled, or no home is known
        return frozenset()


def _may_be_cancelled(job: Job) -> bool:
    return job.outcome == "failed" or not job.is_shown
