"""State of a job's run on disk: written by the runner, read by the service.

The runner holds a lock while it is alive. So a process id, which the system may have given to
another process since, need not be trusted.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from bspsa_widgets.service.executors import JobProgress, Phase
from bspsa_widgets.service.storage import file_access
from bspsa_widgets.service.storage.job_folder import JobFolder

_MAX_BYTES: Final = 2**20
_LOCK_PATIENCE: Final = 0.5  # seconds


@dataclass(frozen=True)
class RunState:
    """The state of a run.

    Attributes:
        pid: process id of the runner.
        started: start of the runner, in seconds since 1970.
        phase: the job's phase.
        began: start of the user's program, in seconds since 1970; None: not started.
        used: wall time of the user's program in seconds; None: it has not ended.
        code: exit code of the user's program, negative for a signal; None: it has not ended.
        slurm: the job's id in Slurm; empty: it does not run there.
    """

    pid: int
    started: float
    phase: Phase = Phase.PREPARING
    began: float | None = None
    used: float | None = None
    code: int | None = None
    slurm: str = ""

    @property
    def progress(self) -> JobProgress:
        """Progress as an executor reports it."""
        return (
            JobProgress(self.phase, self.seconds) if self.phase.is_end else JobProgress(self.phase)
        )

    @property
    def seconds(self) -> float:
        """Wall time used until now, in seconds."""
        if self.used is not None:
            return self.used
        return 0.0 if self.began is None else max(0.0, time.time() - self.began)

    def ended(self, phase: Phase) -> RunState:
        """Return the state at the end of the run.

        Args:
            phase: the last phase.

        Returns:
            The state.
        """
        return replace(self, phase=phase, used=self.seconds)


def write_json(path: Path, content: Mapping[str, Any], *, sync: bool = False) -> None:
    """Replace a file of a job's folder in one step. Blocks.

    Args:
        path: the file.
        content: a JSON object.
        sync: whether to flush it to the disk, so that it outlasts a power failure.

    Raises:
        OSError: it cannot be written.
    """
    with file_access.replacing(path.parent, path, sync=sync) as opened:
        opened.write(json.dumps(content).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of a job's folder. Blocks.

    Args:
        path: the file.

    Returns:
        The object; empty if it cannot be read.
    """
    try:
        found = json.loads(file_access.read(path.parent, path, _MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_state(folder: JobFolder, state: RunState) -> None:
    """Write the state of a run; an end is flushed to the disk. Blocks.

    Args:
        folder: the job's folder.
        state: the state.

    Raises:
        OSError: it cannot be written.
    """
    content = asdict(state) | {"phase": state.phase.value}
    write_json(folder.state, content, sync=state.phase.is_end)


def read_state(folder: JobFolder) -> RunState | None:
    """Return the state of a run. Blocks.

    Args:
        folder: the job's folder.

    Returns:
        The state; None if no runner has begun.
    """
    found = read_json(folder.state)
    try:
        return RunState(**(found | {"phase": Phase(found["phase"])}))
    except (KeyError, TypeError, ValueError):
        return None


def acquire_lock(folder: JobFolder) -> bool:
    """Acquire the runner's lock until this process ends.

    Args:
        folder: the job's folder.

    Returns:
        False if another runner has it.

    Raises:
        OSError: the file of the lock cannot be opened.
    """
    opened = file_access.open_file(folder.path, folder.lock, os.O_WRONLY | os.O_CREAT)
    deadline = time.monotonic() + _LOCK_PATIENCE
    while time.monotonic() < deadline:
        with suppress(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.01)  # `is_alive` holds it for a moment
    os.close(opened)
    return False


def is_alive(folder: JobFolder) -> bool:
    """Return whether the job's runner is alive on this machine. Blocks.

    Args:
        folder: the job's folder.

    Returns:
        True if it is.
    """
    try:
        with os.fdopen(file_access.open_file(folder.path, folder.lock), "rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def signal_runner(folder: JobFolder, number: signal.Signals) -> bool:
    """Send a signal to the job's runner. Blocks.

    Args:
        folder: the job's folder.
        number: the signal.

    Returns:
        False if no runner is alive.
    """
    state = read_state(folder)
    if state is None or state.pid <= 1 or not is_alive(folder):
        return False
    with suppress(ProcessLookupError, PermissionError):
        os.kill(state.pid, number)
    return True
