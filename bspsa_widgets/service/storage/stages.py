"""An executor's phases in the words of each system.

A Piz Daint job is STAGINGIN and READY while it is being received, so the answer to a
submission says QUEUED already, as the real one does.
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
        # NSG calls a failed job completed too; only its `failed` tells.
        Phase.SUCCEEDED: "COMPLETED",
        Phase.FAILED: "COMPLETED",
        Phase.CANCELLED: "CANCELED",
    },
}


def stage_of(hpc: str, phase: Phase) -> str:
    """The stage that a system (`pizdaint`, `nsg`) shows for a phase."""
    return _STAGES[hpc].get(phase, FIRST_STAGE[hpc])
