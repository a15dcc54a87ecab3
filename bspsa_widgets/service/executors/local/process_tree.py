"""Finds the processes of a job whose runner is gone, by a variable in their environment.

Every process of a job has the job's id in its environment; fork, setsid and double forks keep
it. The descendants of such a process are included, so that one which cleared its environment
is found as well, as long as its parents live.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress

import psutil

from bspsa_widgets.service.executors.runner.descendants import terminate_processes
from bspsa_widgets.service.executors.runner.environment import MARKER

_log = logging.getLogger("bspsa_widgets.service")


def terminate_job(job_id: str) -> bool:
    """Terminate all processes of a job. Blocks for about ten seconds at most.

    Args:
        job_id: the job's id.

    Returns:
        Whether none is left.
    """

    def find() -> list[int]:
        return find_processes(job_id)

    # Ended processes are looked for again after 10 ms: nothing tells of them, as they are not
    # this process's children.
    is_terminated = terminate_processes(find, find(), lambda: time.sleep(0.01))
    if not is_terminated:
        _log.error("%d processes of job %s cannot be ended", len(find()), job_id)
    return is_terminated


def find_processes(job_id: str) -> list[int]:
    """Return the ids of the living processes of a job, except this process.

    Args:
        job_id: the job's id.

    Returns:
        Process ids.
    """
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid not in found and process.environ().get(MARKER) == job_id:
                found[process.pid] = process
                found |= {child.pid: child for child in process.children(recursive=True)}
    found.pop(os.getpid(), None)
    return [pid for pid, process in found.items() if _is_running(process)]


def _is_running(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False
