"""Row 19, at Slurm: a job that takes longer than its wall time, which Slurm counts in minutes.

A Slurm of our own is started for it. A case takes a minute and a half, so the everyday
run plays none.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.slurm.executor import SlurmExecutor
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.service.executors.slurm import slurm as own_slurm
from tests.service.running import Log, new_task, running_with

SECONDS = 150.0  # until Slurm ends a job of one minute; it takes 67 to 87


def play(case: Case) -> None:
    """It ends as failed, with a word about its wall time, and nothing of it is left."""
    if lost := own_slurm.missing():
        case.note(f"not played: {lost}")
        return
    root, word = Path(tempfile.mkdtemp()), f"W{case.seed}"
    try:
        with own_slurm.Slurm() as slurm, mock.patch.dict(os.environ, slurm.environment):
            asyncio.run(_outlive(case, root, word))
    finally:
        for process in running_with(word):
            process.kill()
        shutil.rmtree(root, ignore_errors=True)


async def _outlive(case: Case, root: Path, word: str) -> None:
    log = Log()
    jobs = Dispatcher(SlurmExecutor(RunOptions()), log)
    command = f"setsid bash -c ': {word}; trap \"\" TERM; sleep 600; :' &\nsleep 600"
    task = new_task(root, "SLOW", command, hours=0.001)
    await jobs.submit(task)
    await log.ended("SLOW", seconds=SECONDS)
    await jobs.close(stop_jobs=True)
    end, told = log.ends["SLOW"], task.folder.stderr.read_text(errors="replace")
    case.check(end.phase is Phase.FAILED, f"ended as {end.phase}")
    case.check("wall time of 0.001 h is over" in told, f"told {told[-200:]!r}")
    case.check(60 <= end.seconds <= SECONDS, f"counted {end.seconds:.0f} s")
    case.check(not running_with(word), "processes are left")
    case.note("TIMEOUT")


ROWS = (Row("19d", "a job outlives its wall time at Slurm", 2, 0, play),)
