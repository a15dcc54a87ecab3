"""Remembers which jobs this user's programs have asked to end, by a cancel or a delete.

The service does not tell a job that was cancelled from one that failed (Piz Daint), or from one
that the HPC system does not find for a moment (DELETED). Whoever sent the cancel knows.
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
    """Return where it is kept: the same for all programs of this user."""
    return Path(platformdirs.user_state_path("bspsa-widgets")) / "ends"


class EndsSent:
    """One small file for each job that was to be ended; it names neither job nor service.

    Args:
        endpoint: of the service that has the jobs. Local services share what is known: one of
            them comes back at another port.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._service = "" if endpoint.is_loopback else endpoint.url
        self._here: dict[str, EndSent] = {}  # where it cannot be kept, this has to do

    async def note(self, job_id: str, sent: EndSent) -> bool:
        """Remember that this is being sent.

        Returns:
            False where something was sent before, which is what counts.
        """
        if await asyncio.to_thread(self._read, job_id):
            return False
        self._here[job_id.upper()] = sent
        await asyncio.to_thread(self._write, job_id, sent)
        return True

    async def forget(self, job_id: str) -> None:
        """Nothing was sent, or the service has said that it did not end the job."""
        self._here.pop(job_id.upper(), None)
        await asyncio.to_thread(self._remove, job_id)

    async def known(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs with what was sent to end them, where that makes a difference."""
        if not any(_is_doubtful(job) for job in jobs):
            return list(jobs)
        return await asyncio.to_thread(self._known, jobs)

    def _known(self, jobs: Sequence[Job]) -> list[Job]:
        kept = _names()  # at once: of thousands of jobs that failed, few were cancelled
        return [self._with_end(job, kept) if _is_doubtful(job) else job for job in jobs]

    def _with_end(self, job: Job, kept: frozenset[str]) -> Job:
        if job.job_id.upper() not in self._here and self._name(job.job_id) not in kept:
            return job
        return job.model_copy(update={"end_sent": self._read(job.job_id)})

    def _read(self, job_id: str) -> EndSent:
        if sent := self._here.get(job_id.upper(), ""):
            return sent
        try:
            return "delete" if self._place(job_id).read_text() == "delete" else "cancel"
        except (OSError, RuntimeError, ValueError):  # it is not there, or no home is known
            return ""

    def _write(self, job_id: str, sent: EndSent) -> None:
        try:
            place = self._place(job_id)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.write_text(sent)
        except (OSError, RuntimeError) as error:
            log.warning("that a job was to be ended is not kept: %s", type(error).__name__)

    def _remove(self, job_id: str) -> None:
        try:
            self._place(job_id).unlink(missing_ok=True)
        except (OSError, RuntimeError) as error:
            log.warning("that a job was not ended is not kept: %s", type(error).__name__)

    def _place(self, job_id: str) -> Path:
        return folder() / self._name(job_id)

    def _name(self, job_id: str) -> str:
        named = f"{self._service} {job_id.upper()}".encode(errors="replace")
        return hashlib.sha256(named).hexdigest()[:32]


def _names() -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder()))
    except (OSError, RuntimeError):  # nothing was ever cancelled, or no home is known
        return frozenset()


def _is_doubtful(job: Job) -> bool:
    return job.outcome == "failed" or not job.is_shown
