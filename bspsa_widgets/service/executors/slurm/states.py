"""Interprets a job's state in Slurm together with the state that its runner wrote."""

from __future__ import annotations

from typing import Final, NamedTuple

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner.state import RunState
from bspsa_widgets.service.executors.slurm.commands import QueuedJob

WAITING: Final = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED"})
RUNNING: Final = frozenset(
    {"RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"}
)

_FAILED: Final = {
    "FAILED": "Slurm ended the job before its program could tell how it went.",
    "TIMEOUT": "The wall time of {hours:g} h is over: job ended by Slurm.",
    "DEADLINE": "The job's deadline at Slurm has passed.",
    "NODE_FAIL": "The machine that ran the job has failed.",
    "BOOT_FAIL": "The machine that was to run the job could not be started.",
    "OUT_OF_MEMORY": "The job used more memory than Slurm allows it.",
    "PREEMPTED": "Slurm ended the job to make room for another one.",
    "REVOKED": "Slurm has given the job to another cluster.",
    "SPECIAL_EXIT": "Slurm holds the job back after its end.",
}
_FORGOTTEN: Final = "Slurm does not know the job any more, and it has left no exit code."
_UNTOLD: Final = "Slurm calls the job completed, but it was ended before it could tell how it went."
_CANCELLED: Final = "The job was cancelled."
_RUNNER_ENDS: Final = (Phase.SUCCEEDED, Phase.FAILED)


class End(NamedTuple):
    """End of a job.

    Attributes:
        phase: its last phase.
        note: line for its standard error; empty: none.
        is_sure: whether it is final; else it has to be found several times.
    """

    phase: Phase
    note: str = ""
    is_sure: bool = True


def end_of(
    row: QueuedJob | None, run: RunState | None, hours: float, *, is_cancelled: bool = False
) -> End | None:
    """Return how a job has ended.

    Args:
        row: the job in Slurm's list; None: Slurm answers, but does not list it.
        run: the state that its runner wrote; None: none.
        hours: the requested wall time, in hours.
        is_cancelled: whether the user has cancelled the job.

    Returns:
        The end; None if the job has not ended, or that is not known.
    """
    # The signal of a cancel reaches the program and its runner in any order: a runner that sees
    # its program die first calls it failed.
    if run is not None and run.phase is Phase.FAILED and row is not None:
        if row.state == "CANCELLED":
            return End(Phase.CANCELLED, _CANCELLED)
        if is_cancelled and row.state in RUNNING:
            return None
    if run is not None and run.phase in _RUNNER_ENDS:
        return End(run.phase)  # the program's own exit code, whatever Slurm says later
    if row is None:
        if run is not None and run.phase is Phase.CANCELLED:
            return End(Phase.CANCELLED, _CANCELLED)
        return End(Phase.FAILED, _FORGOTTEN, is_sure=False)
    if row.state == "COMPLETED":
        # On shared disks, files written on another machine may appear late. Without the
        # runner's state it is no success: a controller that lost its data starts a job
        # again, and the second runner has nothing to run.
        return End(Phase.FAILED, _UNTOLD, is_sure=False)
    if row.state == "CANCELLED":
        return End(Phase.CANCELLED, _CANCELLED)
    if row.state in _FAILED:
        note = _FAILED[row.state].format(hours=hours)
        return End(Phase.FAILED, note, is_sure=row.state != "FAILED")
    return None
