"""What a job's state at Slurm means, together with what its runner wrote."""

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
_RUNNERS_END: Final = (Phase.SUCCEEDED, Phase.FAILED)


class End(NamedTuple):
    """How a job ended. `note`: a line for its standard error. `is_sure`: no need to look again."""

    phase: Phase
    note: str = ""
    is_sure: bool = True


def end_of(row: QueuedJob | None, run: RunState | None, hours: float) -> End | None:
    """How a job has ended; None where it has not, or that is not known.

    Args:
        row: as Slurm lists it now; None where it does not list it, although it answers.
        run: what its runner has written. hours: the wall time that was asked for.
    """
    if run is not None and run.phase in _RUNNERS_END:
        return End(run.phase)  # the program's own exit code, whatever Slurm says later
    if row is None:
        if run is not None and run.phase is Phase.CANCELLED:
            return End(Phase.CANCELLED, _CANCELLED)
        return End(Phase.FAILED, _FORGOTTEN, is_sure=False)
    if row.state == "COMPLETED":
        # On shared disks, what was written on another machine may come late. Without the
        # runner's word it is no success: a controller that lost its memory starts a job
        # again, and that second runner has nothing to do.
        return End(Phase.FAILED, _UNTOLD, is_sure=False)
    if row.state == "CANCELLED":
        return End(Phase.CANCELLED, _CANCELLED)
    if row.state in _FAILED:
        note = _FAILED[row.state].format(hours=hours)
        return End(Phase.FAILED, note, is_sure=row.state != "FAILED")
    return None
