"""Runs jobs on this machine: a few at once, the others in the order of their submission."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.executors.local.process_tree import terminate_job
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner.environment import STAND_INS, job_environment
from bspsa_widgets.service.executors.runner.job_spec import Isolation, RunnerSpec
from bspsa_widgets.service.executors.runner.launch import runner_command
from bspsa_widgets.service.executors.runner.main import CANCEL, SHUTDOWN
from bspsa_widgets.service.executors.runner.run import Stop
from bspsa_widgets.service.executors.runner.sandbox import (
    sandbox_unavailable_reason,
    visible_folders,
)
from bspsa_widgets.service.executors.runner.state import (
    RunState,
    is_alive,
    read_state,
    signal_runner,
    write_state,
)
from bspsa_widgets.service.storage import file_access

_POLL_INTERVAL: Final = 0.05
_NICER: Final = 5  # niceness added for a job: the service and the user's programs go first
_NICEST: Final = 19
_PATIENCE: Final = 3.0  # seconds for a runner to end its job, before it is killed

_SIGNALS = {Stop.CANCEL: CANCEL, Stop.SHUTDOWN: SHUTDOWN}
_ENDED = "The job was ended from outside, or the machine was switched off."
_UNSTARTED = "The local service could not run the job; its log says why."

_log = logging.getLogger("bspsa_widgets.service")


@dataclass
class _Running:
    """A job that was given to a runner.

    Attributes:
        task: the job.
        starting: start of the runner, if this service has started it.
        process: the runner, if this service has started it.
        stop: why it was told to end; None: it was not.
        cleanup: end of a job whose runner is gone without having written an end.
    """

    task: Task
    starting: asyncio.Task[None] | None = None
    process: subprocess.Popen[bytes] | None = None
    stop: Stop | None = None
    cleanup: asyncio.Task[JobProgress] | None = None

    def read(self) -> tuple[bool, RunState | None]:
        """Return whether a runner is alive, and the state that it wrote. Blocks.

        The runner may have been started by an earlier service.
        """
        own = self.process is not None and self.process.poll() is None
        is_running = own or is_alive(
            self.task.folder
        )  # checked first, so that its last state is read
        return is_running, read_state(self.task.folder)

    def signal(self) -> bool:
        """Send the runner the signal of `stop`, if it has begun. Blocks.

        Returns:
            Whether it was sent.
        """
        if self.stop is None or read_state(self.task.folder) is None:
            return False
        return signal_runner(self.task.folder, _SIGNALS[self.stop])


class LocalExecutor:
    """Runs jobs as processes of this machine, each under a runner that outlives the service.

    Args:
        options: how jobs are run.

    Attributes:
        poll_interval: seconds between two queries of the states.
    """

    poll_interval = _POLL_INTERVAL

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._waiting: dict[str, Task] = {}  # in the order of their submission
        self._running: dict[str, _Running] = {}
        self._finished: dict[str, JobProgress] = {}
        self._start_lock = asyncio.Lock()  # jobs start in the order of their submission
        self._closed = False
        self._isolation = _isolation(options)

    async def check(self, settings: JobSettings) -> None:
        """Accept a job of any size: this machine is for trials.

        Args:
            settings: the job's settings.
        """

    async def submit(self, task: Task) -> None:
        """Queue a job; it starts at once if a slot is free.

        Args:
            task: the job.
        """
        self._waiting[task.job_id] = task
        self._fill()

    async def resume(self, tasks: Sequence[Task]) -> None:
        """Watch jobs that have a runner, end jobs that have lost theirs, and queue the others.

        Args:
            tasks: the jobs, oldest first.
        """
        for task in tasks:
            running = _Running(task)
            is_running, state = await asyncio.to_thread(running.read)
            if is_running or state is not None or task.started:
                self._running[task.job_id] = running
            else:
                self._waiting[task.job_id] = task
        self._fill()

    async def states(self) -> Mapping[str, JobProgress]:
        """Return the states that the runners have written.

        Returns:
            Progress by job id.
        """
        found: dict[str, JobProgress] = {}
        for job_id, running in list(self._running.items()):
            progress = await self._poll(running)
            if progress is not None:
                found[job_id] = progress
        self._fill()
        return found | self._finished

    async def cancel(self, job_id: str) -> None:
        """End a job; none of its processes is left when this returns.

        Args:
            job_id: the job's id.
        """
        if self._waiting.pop(job_id, None) is not None:
            self._finished[job_id] = JobProgress(Phase.CANCELLED)
        elif job_id in self._running:
            await self._stop(self._running[job_id], Stop.CANCEL)

    def forget(self, job_id: str) -> None:
        """Drop an ended job from the states: its end was saved.

        Args:
            job_id: the job's id.
        """
        self._finished.pop(job_id, None)

    async def close(self, *, stop_jobs: bool) -> None:
        """Start no more jobs; waiting ones are left for the next start of the service.

        Args:
            stop_jobs: whether to end running jobs as well.
        """
        self._closed = True
        if stop_jobs:
            running = list(self._running.values())
            await asyncio.gather(*(self._stop(job, Stop.SHUTDOWN) for job in running))

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._options.slots and not self._closed:
            task = self._waiting.pop(next(iter(self._waiting)))
            running = _Running(task)
            self._running[task.job_id] = running
            running.starting = asyncio.create_task(self._start(running))

    async def _start(self, running: _Running) -> None:
        """Start a job's runner in a worker thread: it writes files and starts a process."""
        try:
            async with self._start_lock:
                running.process = await asyncio.to_thread(self._launch, running.task)
        except OSError as error:
            _log.exception("job %s could not be started", running.task.job_id)
            why = f"The local service could not start the job: {error}."
            with suppress(OSError):
                await asyncio.to_thread(running.task.folder.note, why)
            self._finish(running, JobProgress(Phase.FAILED))

    def _launch(self, task: Task) -> subprocess.Popen[bytes]:
        spec = RunnerSpec(
            job_id=task.job_id,
            hpc=task.folder.hpc,
            settings=task.settings,
            archive=task.archive,
            wall=task.settings.runtime * 3600,
            limits=self._options.limits,
            isolation=self._isolation,
            pythons=self._options.pythons,
            is_local=True,
            environment=self._options.environment,
        )
        spec.write(task.folder)
        with file_access.append(task.folder.path, task.folder.log) as log:
            process = subprocess.Popen(
                runner_command(task.folder),
                cwd="/",
                env=job_environment(task.job_id, named=self._options.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # signals that end the service must not end its jobs
            )
        with suppress(OSError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, process.pid, min(own + _NICER, _NICEST))  # at once
        # Waits for the runner's end. asyncio's own subprocess would kill it when the service ends.
        threading.Thread(target=process.wait, name=f"end of {task.job_id}", daemon=True).start()
        return process

    async def _poll(self, running: _Running) -> JobProgress | None:
        """Return where a job is; None: its runner has not written that yet."""
        if running.starting is not None and not running.starting.done():
            return None
        is_running, state = await asyncio.to_thread(running.read)
        if running.task.job_id not in self._running:
            return None  # its end was found meanwhile
        if running.cleanup is not None:
            return await asyncio.shield(running.cleanup)
        if is_running:
            return state.progress if state is not None and not state.phase.is_end else None
        if state is not None and state.phase.is_end:
            return self._finish(running, state.progress)
        running.cleanup = asyncio.create_task(self._clean_up(running, state))
        return await asyncio.shield(running.cleanup)

    async def _clean_up(self, running: _Running, state: RunState | None) -> JobProgress:
        """End a job whose runner was killed, or whose machine was switched off."""
        await asyncio.to_thread(terminate_job, running.task.job_id)
        why = _ENDED if state is not None or running.task.started else _UNSTARTED
        why = why if running.stop is None else running.stop.value
        end = Phase.CANCELLED if running.stop is Stop.CANCEL else Phase.FAILED
        final = (state or RunState(0, time.time())).ended(end)
        await asyncio.to_thread(_write_final_state, running.task, why, final)
        return self._finish(running, final.progress)

    def _finish(self, running: _Running, progress: JobProgress) -> JobProgress:
        del self._running[running.task.job_id]
        self._finished[running.task.job_id] = progress
        return progress

    async def _stop(self, running: _Running, why: Stop) -> None:
        """End a job through its runner, or by force if that takes too long."""
        running.stop = why
        deadline = time.monotonic() + _PATIENCE
        is_signalled = False
        while running.task.job_id in self._running:
            is_signalled = is_signalled or await asyncio.to_thread(running.signal)
            if time.monotonic() > deadline:
                # Found by their environment: a job may have removed the files that name its runner.
                await asyncio.to_thread(terminate_job, running.task.job_id)
            await self._poll(running)
            await asyncio.sleep(0.01)


def _isolation(options: RunOptions) -> Isolation | None:
    if reason := sandbox_unavailable_reason():
        _log.warning(
            "Jobs are not kept apart from your files and the network: %s. Their processes and"
            " limits are watched, no more.",
            reason,
        )
        return None
    tools = [Path(python) for python in options.pythons.values()]
    folders = [path.parents[1] for tool in tools for path in (tool, tool.resolve())]
    return Isolation(options.network, visible_folders([STAND_INS, *folders]))


def _write_final_state(task: Task, why: str, state: RunState) -> None:
    try:
        task.folder.note(why)
    except OSError:
        _log.exception("job %s has lost its folder", task.job_id)
    with suppress(OSError):
        write_state(task.folder, state)
