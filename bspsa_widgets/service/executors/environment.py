"""The environment that a job sees: this one, without its secrets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from bspsa_widgets.service.executors.process_tree import MARKER

STAND_INS = Path(__file__).parent / "stand_ins"  # used where the machine has no such program

_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY|^CLB_AUTH$|^BSPSA_|^JPY_",
    re.IGNORECASE,
)


def job_environment(job_id: str, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for a job's processes.

    Args:
        own: the environment to start from; this process's where None.
    """
    variables = dict(os.environ if own is None else own)
    kept = {name: value for name, value in variables.items() if not _SECRET.search(name)}
    folders = [str(Path(sys.executable).parent), kept.get("PATH", os.defpath), str(STAND_INS)]
    return kept | {
        "PATH": os.pathsep.join(folders),
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        MARKER: job_id,
    }
