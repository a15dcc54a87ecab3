"""The environment that a job sees: this one, without its secrets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MARKER: Final = "BSPSA_LOCAL_JOB"  # with the job's id, in each of its processes
STAND_INS = Path(__file__).parent / "stand_ins"  # used where the machine has no such program

_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY|^CLB_AUTH$|^BSPSA_|^JPY_"
    r"|^SSH_(AUTH_SOCK|AGENT_PID)$|^DBUS_|^XDG_(RUNTIME_DIR|SESSION)",
    re.IGNORECASE,
)


def job_environment(
    job_id: str,
    own: Mapping[str, str] | None = None,
    *,
    temporary: str = "",
    home: str = "",
) -> dict[str, str]:
    """Variables for a job's processes.

    Args:
        own: the environment to start from; this process's where None.
        temporary, home: folders of the job's own; empty: as they are here.
    """
    variables = dict(os.environ if own is None else own)
    kept = {name: value for name, value in variables.items() if not _SECRET.search(name)}
    folders = [str(Path(sys.executable).parent), kept.get("PATH", os.defpath), str(STAND_INS)]
    changed = {
        "PATH": os.pathsep.join(folders),
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        MARKER: job_id,
    }
    if temporary:
        changed |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    if home:
        kept = {name: value for name, value in kept.items() if not name.startswith("XDG_")}
        changed["HOME"] = home
    return kept | changed
