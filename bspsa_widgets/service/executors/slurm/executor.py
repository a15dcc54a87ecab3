"""Submits jobs to Slurm, which schedules, limits and ends them.

A thin layer over sbatch, squeue and scancel. The job is run by the same runner as on this
machine, and its exit code is the one that the runner writes.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner.job_spec import RunnerSpec
from bspsa_widgets.service.executors.runner.limits import Limits
from bspsa_widgets.service.executors.runner.state import (
    RunState,
    read_json,
    read_state,
    write_json,
    write_state,
)
from bspsa_widgets.service.executors.slurm import commands
from bspsa_widgets.service.executors.slurm.commands import QueuedJob, SlurmRefused, SlurmUnreachable
from bspsa_widgets.service.executors.slurm.states import RUNNING, WAITING, End, end_of

_POLL_INTERVAL: Final = 1.0
_MAX_CHECKS: Final = 3  # checks after which an apparent end counts as one
_ADVICE: Final = "Start the service where jobs are submitted to Slurm with sbatch."
_AT_ONCE: Final = 20  # jobs submitted in one check

_log = logging.getLogger("bspsa_widgets.service")


@dataclass
class _SlurmJob:
    """A job, its id in Slurm if it has one, and whether it is to be cancelled.

    Attributes:
        task: the job.
        number: its id in Slurm; empty: not known.
        is_cancelled: whether the user has cancelled it.
        checks: how many checks in succession found it apparently ended.
    """

    task: Task
    number: str = ""
    is_cancelled: bool = False
    checks: int = 0

    @property
    def is_sent(self) -> bool:
        """Whether Slurm has or had the job; the id of a job that has run may be lost."""
        return bool(self.number) or self.task.started

    async def save(self) -> None:
        """Write the job's id in Slurm to its folder, for the next service."""
        content = {"number": self.number, "is_cancelled": self.is_cancelled}
        with suppress(OSError):  # the job can also be found by its name
            await asyncio.to_thread(write_json, self.task.folder.slurm, content, sync=True)


class SlurmExecutor:
    """Runs jobs as batch jobs of Slurm.

    Args:
        options: how jobs are run.

    Attributes:
        poll_interval: seconds between two queries of the states.

    Raises:
        LocalServiceError: Slurm's commands are missing or not set up on this machine.
    """

    poll_interval = _POLL_INTERVAL

    def __init__(self, options: RunOptions) -> None:
        missing = [name for name in commands.NEEDED if shutil.which(name) is None]
        if missing:
            raise LocalServiceError(
                f"Slurm's commands are not on this machine ({', '.join(missing)}).",
                advice=_ADVICE,
            )
        if reason := commands.unavailable_reason():
            raise LocalServiceError(
                f"Slurm is not set up on this machine: {reason}", advice=_ADVICE
            )
        self._options = options
        self._jobs: dict[str, _SlurmJob] = {}
        self._finished: dict[str, JobProgress] = {}
        self._lock = asyncio.Lock()
        self._is_silent = False
        self._unknown: set[str] = set()  # states that were logged

    async def check(self, settings: JobSettings) -> None:
        """Refuse a job that Slurm could never run; accept it if Slurm does not answer.

        Args:
            settings: the job's settings.

        Raises:
            TooLarge: Slurm could never run it.
        """
        if not self._is_silent:
            await commands.check(settings, self._options.sbatch)

    async def submit(self, task: Task) -> None:
        """Accept a job; the next call of `states` submits it to Slurm.

        Args:
            task: the job.
        """
        self._jobs[task.job_id] = _SlurmJob(task)

    async def resume(self, tasks: Sequence[Task]) -> None:
        """Accept jobs of a previous service, found by their ids in Slurm, else by their names.

        Args:
            tasks: the jobs, oldest first.
        """
        for task in tasks:
            found = await asyncio.to_thread(read_json, task.folder.slurm)
            number = found.get("number")
            self._jobs[task.job_id] = _SlurmJob(
                task,
                number if isinstance(number, str) and number.isdigit() else "",
                found.get("is_cancelled") is True,
            )

    async def states(self) -> Mapping[str, JobProgress]:
        """Return the states of all jobs from one squeue, after submitting and cancelling jobs.

        Returns:
            Progress by job id; only ends if Slurm does not answer.
        """
        async with self._lock:
            try:
                rows = await commands.queue()
                runs = await asyncio.to_thread(self._runs)
                await self._adopt(rows, runs)
                await self._send_all()
                await self._cancel_all()
                self._note_contact(True)
            except (SlurmUnreachable, SlurmRefused) as error:
                # Without an answer the states are unknown, and no job counts as failed.
                self._note_contact(False, error)
                return dict(self._finished)
            runs = await asyncio.to_thread(self._runs)
            found = {}
            for job_id, job in list(self._jobs.items()):
                if not job.is_sent:
                    continue
                progress = await self._progress(job, _own(job, rows), runs[job_id])
                if progress is not None:
                    found[job_id] = progress
            return found | self._finished

    async def cancel(self, job_id: str) -> None:
        """Cancel a job in Slurm now, or as soon as Slurm answers again.

        Args:
            job_id: the job's id.
        """
        async with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job.is_cancelled = True
            await job.save()
            with suppress(SlurmUnreachable, SlurmRefused):
                if job.number:
                    await commands.cancel(job.number)

    def forget(self, job_id: str) -> None:
        """Drop an ended job from the states: its end was saved.

        Args:
            job_id: the job's id.
        """
        self._finished.pop(job_id, None)

    async def close(self, *, stop_jobs: bool) -> None:
        """Leave the jobs in Slurm: they always continue, and the next service resumes them.

        Args:
            stop_jobs: ignored.
        """

    def _runs(self) -> dict[str, RunState | None]:
        """Return the states that the runners have written. Blocks."""
        return {job_id: read_state(job.task.folder) for job_id, job in list(self._jobs.items())}

    async def _adopt(
        self, rows: Mapping[str, QueuedJob], runs: Mapping[str, RunState | None]
    ) -> None:
        """Find the ids of jobs that a previous service submitted just before it ended."""
        by_name = {row.name: row.number for row in rows.values()}
        for job_id, run in runs.items():
            job = self._jobs[job_id]
            number = run.slurm if run is not None and run.slurm else job.number
            number = number or by_name.get(commands.name_of(job_id), "")
            if number != job.number:
                job.number = number
                await job.save()

    async def _send_all(self) -> None:
        unsent = [job for job in self._jobs.values() if not job.is_sent]
        for job in unsent[:_AT_ONCE]:
            if job.is_cancelled:
                await self._finish(job, End(Phase.CANCELLED), 0.0)
                continue
            try:
                await self._send(job)
            except SlurmRefused as error:
                await self._finish(job, End(Phase.FAILED, f"Slurm refused the job: {error}"), 0.0)
            except OSError:
                _log.exception("job %s could not be prepared", job.task.job_id)
                await self._finish(job, End(Phase.FAILED), 0.0)

    async def _send(self, job: _SlurmJob) -> None:
        spec = RunnerSpec(
            job_id=job.task.job_id,
            hpc=job.task.folder.hpc,
            settings=job.task.settings,
            archive=job.task.archive,
            wall=None,  # Slurm limits it, as well as memory and processes
            limits=Limits(
                disk=self._options.limits.disk, output=self._options.limits.output, processes=None
            ),
            pythons=self._options.pythons,
            environment=self._options.environment,
        )
        await asyncio.to_thread(spec.write, job.task.folder)
        job.number = await commands.send(job.task, self._options.sbatch, self._options.environment)
        await job.save()

    async def _cancel_all(self) -> None:
        for job in self._jobs.values():
            if job.is_cancelled and job.number:
                with suppress(SlurmRefused):  # it has ended already
                    await commands.cancel(job.number)

    async def _progress(
        self, job: _SlurmJob, row: QueuedJob | None, run: RunState | None
    ) -> JobProgress | None:
        end = end_of(row, run, job.task.settings.runtime, is_cancelled=job.is_cancelled)
        if end is not None:
            job.checks += 1
            if not end.is_sure and job.checks < _MAX_CHECKS:
                return None
            return await self._finish(job, end, run.seconds if run is not None else 0.0)
        job.checks = 0
        if row is None or row.state in WAITING:
            return JobProgress(Phase.WAITING)
        if row.state in RUNNING:
            has_phase = run is not None and not run.phase.is_end
            return run.progress if run is not None and has_phase else JobProgress(Phase.RUNNING)
        if row.state not in self._unknown:
            self._unknown.add(row.state)
            _log.warning("Slurm's state %s is not known here: jobs stay as they are", row.state)
        return None

    async def _finish(self, job: _SlurmJob, end: End, seconds: float) -> JobProgress:
        await asyncio.to_thread(_write_final_state, job, end)
        del self._jobs[job.task.job_id]
        self._finished[job.task.job_id] = JobProgress(end.phase, seconds)
        return self._finished[job.task.job_id]

    def _note_contact(self, is_reachable: bool, error: Exception | None = None) -> None:
        if is_reachable and self._is_silent:
            _log.info("Slurm answers again")
        if not is_reachable and not self._is_silent:
            _log.warning("Slurm does not answer; jobs stay as they are: %s", error)
        self._is_silent = not is_reachable


def _write_final_state(job: _SlurmJob, end: End) -> None:
    task = job.task
    if end.note:
        try:
            task.folder.note(end.note)
        except OSError:
            _log.exception("job %s has lost its folder", task.job_id)
    run = read_state(task.folder) or RunState(0, time.time(), slurm=job.number)
    if not run.phase.is_end:
        with suppress(OSError):  # written so that a runner which starts late runs nothing
            write_state(task.folder, run.ended(end.phase))


def _own(job: _SlurmJob, rows: Mapping[str, QueuedJob]) -> QueuedJob | None:
    """Return the job's row in Slurm's list, unless Slurm has reused its id for another job."""
    row = rows.get(job.number)
    is_own = row is not None and row.name == commands.name_of(job.task.job_id)
    return row if is_own else None
