"""How far a job's runner is, on disk: written by the runner, read by the service.

The runner holds a lock for as long as it lives. So whether it lives is known without
trusting a pid, which may have been given to another process since.
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

_MOST_BYTES: Final = 2**20
_LOCK_PATIENCE: Final = 0.5  # seconds


@dataclass(frozen=True)
class RunState:
    """A run so far.

    Attributes:
        pid: of the runner. started: when, in seconds since 1970.
        phase: where it is. began: when the user's program started, in seconds since 1970.
        used: seconds of wall time that the user's program took, known when it is over.
        code: the exit code of the user's program, negative for a signal.
        slurm: the job's number at Slurm, where it runs there.
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
        """In an executor's words."""
        return (
            JobProgress(self.phase, self.seconds) if self.phase.is_end else JobProgress(self.phase)
        )

    @property
    def seconds(self) -> float:
        """Wall time used until now."""
        if self.used is not None:
            return self.used
        return 0.0 if self.began is None else max(0.0, time.time() - self.began)

    def ended(self, phase: Phase) -> RunState:
        return replace(self, phase=phase, used=self.seconds)


def write_json(path: Path, content: Mapping[str, Any], *, sync: bool = False) -> None:
    """Replace a file of a job's folder in one step. Blocks. Raises OSError.

    Args:
        sync: on the disk when it returns, to outlive the machine's end, not only a process's.
    """
    with file_access.replacing(path.parent, path, sync=sync) as opened:
        opened.write(json.dumps(content).encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of a job's folder; empty where there is none. Blocks."""
    try:
        found = json.loads(file_access.read(path.parent, path, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_state(folder: JobFolder, state: RunState) -> None:
    """Raises OSError."""
    content = asdict(state) | {"phase": state.phase.value}
    write_json(folder.state, content, sync=state.phase.is_end)


def read_state(folder: JobFolder) -> RunState | None:
    """The run so far; None where no runner has begun. Blocks."""
    found = read_json(folder.state)
    try:
        return RunState(**(found | {"phase": Phase(found["phase"])}))
    except (KeyError, TypeError, ValueError):
        return None


def hold(folder: JobFolder) -> bool:
    """Take the runner's lock until this process ends; False where another one has it."""
    opened = file_access.open_file(folder.path, folder.lock, os.O_WRONLY | os.O_CREAT)
    deadline = time.monotonic() + _LOCK_PATIENCE
    while time.monotonic() < deadline:
        with suppress(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.01)  # `is_alive` has it for a moment
    os.close(opened)
    return False


def is_alive(folder: JobFolder) -> bool:
    """Whether the job's runner lives on this machine. Blocks."""
    try:
        with os.fdopen(file_access.open_file(folder.path, folder.lock), "rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def signal_runner(folder: JobFolder, number: signal.Signals) -> bool:
    """Send a signal to the job's runner; False where none lives. Blocks."""
    state = read_state(folder)
    if state is None or state.pid <= 1 or not is_alive(folder):
        return False
    with suppress(ProcessLookupError, PermissionError):
        os.kill(state.pid, number)
    return True
