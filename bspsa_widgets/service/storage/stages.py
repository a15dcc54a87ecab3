"""The stages of each system for an executor's phases.

The response to a submission already says QUEUED, as on the real service: there a Piz Daint job
is STAGINGIN and READY while it is being received.
"""

from __future__ import annotations

from bspsa_widgets.service.executors import Phase

FIRST_STAGE = {"pizdaint": "QUEUED", "nsg": "QUEUE"}

_STAGES: dict[str, dict[Phase, str]] = {
    "pizdaint": {
        Phase.RUNNING: "RUNNING",
        Phase.STAGING_OUT: "STAGINGOUT",
        Phase.SUCCEEDED: "SUCCESSFUL",
        Phase.FAILED: "FAILED",
        Phase.CANCELLED: "CANCELED",
    },
    "nsg": {
        Phase.PREPARING: "COMMANDRENDERING",
        Phase.STAGING_IN: "INPUTSTAGING",
        Phase.RUNNING: "SUBMITTED",
        Phase.STAGING_OUT: "LOAD_RESULTS",
        # On NSG a failed job is completed, too; only its key `failed` shows it.
        Phase.SUCCEEDED: "COMPLETED",
        Phase.FAILED: "COMPLETED",
        Phase.CANCELLED: "CANCELED",
    },
}


def stage_of(hpc: str, phase: Phase) -> str:
    """Return the stage that a system shows for a phase.

    Args:
        hpc: the system's id (`pizdaint`, `nsg`).
        phase: the executor's phase.

    Returns:
        The stage, in the system's spelling.
    """
    return _STAGES[hpc].get(phase, FIRST_STAGE[hpc])
