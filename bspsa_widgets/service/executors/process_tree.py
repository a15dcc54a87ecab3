"""Ending all processes of a job, also those that have left its session or its parents.

Every process of a job carries the job's id in its environment; forking, setsid and
double forks keep it. A process found by that brings its group and its descendants with
it, so that one which cleared its environment is found too as long as its parents live.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

MARKER = "BSPSA_LOCAL_JOB"

_GRACE = 0.5  # seconds between asking and forcing
_DEADLINE = 10.0  # seconds after which even the kernel cannot end them

_log = logging.getLogger("bspsa_widgets.service")


def end_tree(job_id: str, leader: int | None = None) -> bool:
    """End every process of the job: asked first, forced after half a second. Blocks.

    Args:
        leader: the process group that the job was started in, where it is known.

    Returns:
        Whether none is left.
    """
    deadline = time.monotonic() + _DEADLINE
    found = find_processes(job_id, leader)
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    if found:
        _wait(found)
    # New ones may have been forked between the look and the signal: look until none is left.
    while found := find_processes(job_id, leader):
        if time.monotonic() > deadline:
            _log.error("%d processes of job %s cannot be ended", len(found), job_id)
            return False
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        _wait(found)
    return True


def find_processes(job_id: str, leader: int | None = None) -> list[psutil.Process]:
    """The living processes of a job."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        if process.pid not in found and _belongs(process, job_id, leader):
            found |= {one.pid: one for one in _family(process)}
    found.pop(os.getpid(), None)
    return [process for process in found.values() if _lives(process)]


def _wait(processes: list[psutil.Process]) -> None:
    """Until all are ended, or the grace is over. Nothing is reaped: that is asyncio's."""
    deadline = time.monotonic() + _GRACE
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.01)  # between two looks; the deadline bounds them


def _belongs(process: psutil.Process, job_id: str, leader: int | None) -> bool:
    with suppress(psutil.Error, OSError):
        if leader is not None and os.getpgid(process.pid) == leader:
            return True
        return process.environ().get(MARKER) == job_id
    return False


def _family(process: psutil.Process) -> Iterator[psutil.Process]:
    yield process
    with suppress(psutil.Error):
        yield from process.children(recursive=True)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False
