"""The process that runs one job: `python -m bspsa_widgets.service.executors.runner.main FOLDER`.

It needs only the job's folder, so it continues when the service ends, and it is the same on
this machine and in a batch job of Slurm. However often it is started for a job, the job is
run once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from bspsa_widgets.service.executors.runner.descendants import adopt_orphans
from bspsa_widgets.service.executors.runner.job_spec import RunnerSpec, job_folder
from bspsa_widgets.service.executors.runner.pizdaint import run_pizdaint
from bspsa_widgets.service.executors.runner.run import Run, Stop
from bspsa_widgets.service.executors.runner.state import (
    RunState,
    acquire_lock,
    read_state,
    write_state,
)
from bspsa_widgets.service.storage.job_folder import JobFolder, remove

CANCEL: Final = signal.SIGTERM
SHUTDOWN: Final = signal.SIGUSR1

_STOPS = {CANCEL: Stop.CANCEL, signal.SIGINT: Stop.CANCEL, SHUTDOWN: Stop.SHUTDOWN}

_log = logging.getLogger("bspsa_widgets.service")


def main(arguments: list[str]) -> int:
    """Run the job of a folder.

    Args:
        arguments: the job's folder, as the only item.

    Returns:
        The job's exit code, for a signal as a shell reports it; 1 if no program has ended, 0 if
        the job was run before.

    Raises:
        ValueError: the folder is not a job's.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder = job_folder(Path(arguments[0]))
    if not acquire_lock(folder) or read_state(folder) is not None:
        _log.warning("the job is running or has run already")
        return 0
    state = RunState(os.getpid(), time.time(), slurm=os.environ.get("SLURM_JOB_ID", ""))
    run = Run(RunnerSpec.read(folder), folder, state)
    _handle_signals(run)
    write_state(folder, state)
    adopt_orphans()
    state_at_end = run.perform(_with_temporary_folder(folder))
    if state_at_end.code is None:
        return 1
    return state_at_end.code if state_at_end.code >= 0 else 128 - state_at_end.code


def _with_temporary_folder(folder: JobFolder) -> Callable[[Run], int]:
    def work(run: Run) -> int:
        folder.temporary.mkdir(mode=0o700, exist_ok=True)
        try:
            return _work(run)
        finally:
            remove(folder.temporary)

    return work


def _work(run: Run) -> int:
    if run.spec.hpc == "nsg":
        from bspsa_widgets.service.executors.runner.nsg import run_nsg  # most jobs do not need it

        return run_nsg(run)
    return run_pizdaint(run)


def _handle_signals(run: Run) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        run.stop = run.stop or _STOPS[signal.Signals(number)]

    for number in _STOPS:
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
