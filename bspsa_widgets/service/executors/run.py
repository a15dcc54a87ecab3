"""One job being run: its processes, its wall time, its end."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from pathlib import Path

from bspsa_widgets.service.executors import Phase, Progress, Reporter, Task
from bspsa_widgets.service.executors.environment import job_environment
from bspsa_widgets.service.executors.process_tree import end_tree

_log = logging.getLogger("bspsa_widgets.service")


class JobFailure(Exception):
    """The job failed for a reason that its user should read in its standard error."""


class Stop(Enum):
    """Why a job is ended from outside."""

    CANCEL = "The job was cancelled."
    SHUTDOWN = "The local service was stopped while the job ran."


class _Stopped(Exception):
    """The run has been told to end."""


class Run:
    """A job from its start to its end.

    Args:
        task: the job. work: what it does, by means of `phase` and `execute`; it returns
            the exit code of the job. report: told of each step.
    """

    def __init__(self, task: Task, work: Callable[[Run], Awaitable[int]], report: Reporter) -> None:
        self.task = task
        self._work = work
        self._report = report
        self._stop: Stop | None = None
        self._leader: int | None = None
        self._began: float | None = None  # monotonic seconds
        self._used: float | None = None  # seconds; what staging out takes is not counted

    async def perform(self) -> None:
        """Run to the end and report it; never raises."""
        end = Phase.FAILED
        try:
            code = await self._work(self)
            end = Phase.SUCCEEDED if code == 0 else Phase.FAILED
        except _Stopped:
            end = self._stopped()
        except JobFailure as failure:
            self._note(str(failure))
        except Exception:
            _log.exception("job %s could not be run", self.task.job_id)
            self._note("The local service could not run the job; its log says why.")
        # A stop that came after the last process had ended leaves the job as it ended.
        await self._tell(Progress(end, self.seconds))

    async def stop(self, why: Stop) -> None:
        """Tell the run to end, and end its processes; `perform` returns soon after."""
        self._stop = self._stop or why
        await asyncio.to_thread(end_tree, self.task.job_id, self._leader)

    def check(self) -> None:
        """Between steps, from any thread: unwinds a run that has been told to end."""
        if self._stop is not None:
            raise _Stopped

    async def phase(self, phase: Phase) -> None:
        """Enter a phase and report it. The wall time counts from RUNNING on."""
        self.check()
        if phase is Phase.RUNNING:
            self._began = time.monotonic()
        await self._tell(Progress(phase))

    @property
    def seconds(self) -> float:
        """Wall time from RUNNING to the end of the last program; 0 before."""
        if self._used is not None:
            return self._used
        return self._elapsed

    @property
    def _elapsed(self) -> float:
        return 0.0 if self._began is None else time.monotonic() - self._began

    async def execute(self, command: Sequence[str], folder: Path) -> int:
        """Run a program and wait for its end; then nothing of its tree is left.

        Args:
            command: program and arguments. folder: to run in.

        Returns:
            Its exit code, negative for a signal.

        Raises:
            JobFailure: the program is missing, or the wall time is over.
        """
        self.check()
        process = await self._start(command, folder)
        self._leader = process.pid
        try:
            self.check()  # told to end while the process was being started
            async with asyncio.timeout(max(0.0, self.task.seconds - self._elapsed)):
                code = await process.wait()
        except TimeoutError:
            raise JobFailure(self._too_long()) from None
        finally:
            await asyncio.to_thread(end_tree, self.task.job_id, self._leader)
            await process.wait()
            self._leader = None
            self._used = self._elapsed
        self.check()
        return code

    async def _start(self, command: Sequence[str], folder: Path) -> asyncio.subprocess.Process:
        output = self.task.folder
        try:
            with output.stdout.open("ab") as stdout, output.stderr.open("ab") as stderr:
                return await asyncio.create_subprocess_exec(
                    *command,
                    cwd=folder,
                    env=job_environment(self.task.job_id),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            raise JobFailure(f"{command[0]} could not be started: {error}") from error

    def _too_long(self) -> str:
        hours = self.task.settings.runtime
        return f"The wall time of {hours:g} h ({math.ceil(hours * 3600)} s) is over: job ended."

    def _stopped(self) -> Phase:
        why = self._stop or Stop.SHUTDOWN
        self._note(why.value)
        return Phase.CANCELLED if why is Stop.CANCEL else Phase.FAILED

    def _note(self, line: str) -> None:
        try:
            self.task.folder.note(line)
        except OSError:
            _log.exception("job %s has no standard error any more", self.task.job_id)

    async def _tell(self, progress: Progress) -> None:
        try:
            await self._report(self.task.job_id, progress)
        except Exception:
            # The job goes on: what could not be noted is settled at the next start.
            _log.exception("job %s: %s was not noted", self.task.job_id, progress.phase.value)
