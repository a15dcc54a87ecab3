"""One run of a job in its runner: its phases, its programs, its end."""

from __future__ import annotations

import logging
import math
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner.descendants import descendant_pids
from bspsa_widgets.service.executors.runner.environment import job_environment
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.job_spec import RunnerSpec
from bspsa_widgets.service.executors.runner.limits import LimitWatch, size_text
from bspsa_widgets.service.executors.runner.program import Program
from bspsa_widgets.service.executors.runner.sandbox import wrap
from bspsa_widgets.service.executors.runner.state import RunState, write_state
from bspsa_widgets.service.executors.tools.plain_path import is_plain, write_starters
from bspsa_widgets.service.storage import file_access
from bspsa_widgets.service.storage.job_folder import JobFolder

_SHELLS: Final = 128  # a shell adds it to the number of a signal to form an exit code
_FILE_TOO_LARGE = (-signal.SIGXFSZ, _SHELLS + signal.SIGXFSZ)  # direct, and from a shell
_IS_LIMIT = ", which is the limit here"

_log = logging.getLogger("bspsa_widgets.service")


class Stop(Enum):
    """Reason for ending a job from outside."""

    CANCEL = "The job was cancelled."
    SHUTDOWN = "The local service was stopped while the job ran."


class _Stopped(Exception):
    """Raised in a run that was told to end."""


class Run:
    """One run of a job, from start to end.

    Args:
        spec: what to run.
        folder: the job's folder.
        state: the first state, as it was written.

    Attributes:
        spec: what to run.
        folder: the job's folder.
        stop: set by a signal handler; the run ends soon after. None: not told to end.
        variables: further variables in the job's environment.
    """

    def __init__(self, spec: RunnerSpec, folder: JobFolder, state: RunState) -> None:
        self.spec = spec
        self.folder = folder
        self.stop: Stop | None = None
        self._programs = self._starters = ""
        self.variables: dict[str, str] = {}
        self._state = state
        self._began: float | None = None  # monotonic seconds
        self._watch = LimitWatch(spec.limits, [folder.work, folder.temporary])

    def perform(self, work: Callable[[Run], int]) -> RunState:
        """Run the job to its end and write the end; never raises an Exception.

        Args:
            work: runs the job by means of `phase` and `execute`, and returns its exit code.

        Returns:
            The last state.
        """
        end = Phase.FAILED
        try:
            code = work(self)
            self._state = replace(self._state, code=code)
            end = Phase.SUCCEEDED if code == 0 else Phase.FAILED
            if code != 0:
                what = "command" if self.spec.hpc == "pizdaint" else "program"
                self.note(f"The {what} {exit_description(code)}.")
        except _Stopped:
            end = self._stopped()
        except JobFailure as failure:
            self.note(str(failure))
        except Exception:
            _log.exception("job %s could not be run", self.spec.job_id)
            self.note("The local service could not run the job; its log says why.")
        # A stop that comes after the last program has ended does not change the job's end.
        self._write(self._state.ended(end))
        return self._state

    def check(self) -> None:
        """End the run here if it was told to end; called between steps.

        Raises:
            _Stopped: it was told to end.
        """
        if self.stop is not None:
            raise _Stopped

    def use(self, python: str) -> None:
        """Put the programs of a Python's environment first on the job's PATH.

        Call it only before the job's first program: after that, the job may change its folders.

        Args:
            python: path of the Python.
        """
        programs = Path(python).parent
        self._programs = str(programs)
        if not is_plain(programs.parent):
            folder = self.folder.temporary / "programs"
            write_starters(programs, python, folder)
            self._starters = str(folder) if self.spec.isolation is None else f"/tmp/{folder.name}"  # noqa: S108

    def phase(self, phase: Phase) -> None:
        """Enter a phase and write it. The wall time counts from RUNNING on.

        Args:
            phase: the new phase.
        """
        self.check()
        began = self._state.began
        if phase is Phase.RUNNING:
            self._began, began = time.monotonic(), time.time()
        self._write(replace(self._state, phase=phase, began=began))

    def execute(self, command: Sequence[str], folder: Path) -> int:
        """Run a program and wait for its end; all processes that it has started are ended then.

        Args:
            command: program and arguments.
            folder: folder to run it in.

        Returns:
            Its exit code, negative for a signal.

        Raises:
            JobFailure: the program is missing, or the job has exceeded a limit.
        """
        self.check()
        program = self._start(command, folder, self._outputs())
        try:
            reason = program.wait(self._stop_reason)
        finally:
            code = program.stop()
            self._state = replace(self._state, used=self._elapsed)
        self.check()
        reason = reason or self._failure_reason(code, program)
        if reason:
            raise JobFailure(f"{reason}: job ended.")
        return code

    def try_out(self, command: Sequence[str], folder: Path, seconds: float = 60.0) -> str:
        """Run a program like the job's own, before the job's program.

        Args:
            command: program and arguments.
            folder: folder to run it in.
            seconds: time limit, in seconds.

        Returns:
            Its output, at most 64 KiB.

        Raises:
            JobFailure: the program could not be started.
        """
        self.check()
        until = time.monotonic() + seconds
        with tempfile.TemporaryFile() as output:
            both = [os.fdopen(os.dup(output.fileno()), "wb", buffering=0) for _ in range(2)]
            program = self._start(command, folder, both)
            try:
                program.wait(
                    lambda: self._stop_reason() or ("over" if time.monotonic() > until else "")
                )
            finally:
                program.stop()
            output.seek(0)
            text = output.read(2**16).decode(errors="replace")
        self.check()
        return text

    def _outputs(self) -> list[BinaryIO]:
        paths = (self.folder.stdout, self.folder.stderr)
        try:
            return [file_access.append(self.folder.path, path) for path in paths]
        except OSError as error:
            raise JobFailure(f"The job's output cannot be written: {error}") from error

    def _failure_reason(self, code: int, program: Program) -> str:
        """Return which limit of the kernel made the program fail; empty if none did."""
        limits = self.spec.limits
        if limits.disk is not None and code in _FILE_TOO_LARGE:
            return f"The job wrote more than {size_text(limits.disk)} to one file{_IS_LIMIT}"
        if program.hit_task_limit and code != 0:
            return f"The job wanted more than {limits.tasks} processes and threads{_IS_LIMIT}"
        return ""

    @property
    def _elapsed(self) -> float:
        return 0.0 if self._began is None else time.monotonic() - self._began

    def _stop_reason(self) -> str:
        if self.stop is not None:
            return self.stop.value
        wall = self.spec.wall
        if wall is not None and self._elapsed > wall:
            return f"The wall time of {wall / 3600:g} h ({math.ceil(wall)} s) is over"
        exceeded = self._watch.exceeded(descendant_pids())
        return f"{exceeded}{_IS_LIMIT}" if exceeded else ""

    def _start(self, command: Sequence[str], folder: Path, outputs: Sequence[BinaryIO]) -> Program:
        spec, isolation = self.spec, self.spec.isolation
        started = list(command)
        if isolation is not None:
            started = wrap(command, folder, self.folder, isolation, spec.limits.memory)
        try:
            return Program(
                started,
                folder,
                self._environment,
                outputs,
                spec.limits,
                is_wrapped=isolation is not None,
            )
        except (OSError, ValueError) as error:
            raise JobFailure(f"{command[0]} could not be started: {error}") from error

    @property
    def _environment(self) -> dict[str, str]:
        spec = self.spec
        temporary, home = (str(self.folder.temporary) if spec.is_local else ""), ""
        if spec.isolation is not None:
            # Its home is hidden: caches and settings go to a folder that the job may write to.
            temporary = home = "/tmp"  # noqa: S108
        found = job_environment(
            spec.job_id,
            named=spec.environment,
            programs=self._programs,
            starters=self._starters,
            temporary=temporary,
            home=home,
        )
        return found | self.variables

    def _stopped(self) -> Phase:
        why = self.stop or Stop.SHUTDOWN
        if self.spec.is_local:  # in Slurm, only Slurm knows why it ends a job
            self.note(why.value)
        return Phase.CANCELLED if why is Stop.CANCEL else Phase.FAILED

    def note(self, line: str) -> None:
        """Add a line to the job's standard error, if it still exists.

        Args:
            line: the text.
        """
        try:
            self.folder.note(line)
        except OSError:
            _log.exception("job %s has no standard error any more", self.spec.job_id)

    def _write(self, state: RunState) -> None:
        self._state = state
        try:
            write_state(self.folder, state)
        except OSError:
            # The job continues. If its end is not written, the service finds the runner gone.
            _log.exception("job %s: %s was not noted", self.spec.job_id, state.phase.value)


def exit_description(code: int) -> str:
    """Return how a program ended: most programs that are killed report nothing.

    Args:
        code: its exit code, negative for a signal.

    Returns:
        The end of a sentence.
    """
    if code < 0:
        return f"was killed by {_signal(-code)}"
    if _SHELLS < code <= _SHELLS + 64:
        # A shell or bubblewrap reports a signal like this; a program may mean something else.
        return f"ended with exit code {code}, as after {_signal(code - _SHELLS)}"
    return f"ended with exit code {code}"


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
