"""The environment of a job: those variables of this process that jobs need.

Variables are allowed by name: a list of secrets to remove would never be complete.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

MARKER: Final = "BSPSA_LOCAL_JOB"  # has the job's id in each of its processes
STAND_INS = Path(__file__).parent / "stand_ins"  # used if the machine has no such program

# Names of allowed variables, `*` for any text. `service.toml` may name more.
PASSES: Final = (
    # User, folders, language and time zone.
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ"),
    *("TMPDIR", "TEMP", "TMP"),
    # Libraries of programs on PATH, and folders from which Python imports.
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH"),
    # Threads and processors.
    *("OMP_*", "MKL_*", "KMP_*", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"),
    # NEURON, its compiler for .mod files, and MPI.
    *("NRNHOME", "NEURON_MODULE_OPTIONS", "MPI_LIB_NRN_PATH", "CC", "CXX", "CPATH", "LIBRARY_PATH"),
    *("OMPI_*", "PRTE_*", "MPICH_*", "I_MPI_*", "HYDRA_*", "UCX_*", "FI_*"),
    # The command `module`, with nothing loaded: not LOADEDMODULES and similar ones, which would
    # make it treat a module as loaded although the module's other variables are missing here.
    *("MODULEPATH", "MODULESHOME", "MODULES_CMD", "LMOD_CMD", "LMOD_DIR", "LMOD_PKG", "LMOD_ROOT"),
    *("BASH_ENV", "BASH_FUNC_module%%", "BASH_FUNC_ml%%", "BASH_FUNC__module_raw%%"),
    # Slurm: its settings, and the job's allocation, which `srun` needs. Not SLURM_JWT, a token.
    *("SLURM_JOB*", "SLURM_[!J]*", "SLURMD_NODENAME"),
)


def job_environment(
    job_id: str,
    own: Mapping[str, str] | None = None,
    *,
    named: Sequence[str] = (),
    programs: str = "",
    starters: str = "",
    temporary: str = "",
    home: str = "",
) -> dict[str, str]:
    """Return the variables for a job's processes.

    Args:
        job_id: the job's id.
        own: environment to start from; None: that of this process.
        named: names of further variables, as in `service.toml`.
        programs: folder that comes first on PATH; empty: that of this Python.
        starters: folder that comes before it on PATH; empty: none.
        temporary: the job's own folder for temporary files; empty: as in `own`.
        home: the job's own home folder; empty: as in `own`.

    Returns:
        The variables.
    """
    variables = os.environ if own is None else own
    passes = (*PASSES, *named)
    variables_kept = {
        name: value
        for name, value in variables.items()
        if any(fnmatchcase(name, pattern) for pattern in passes)
    }
    own_programs = str(Path(sys.executable).parent)
    first = programs or own_programs
    if first != own_programs and "PYTHONPATH" not in named:
        variables_kept.pop(
            "PYTHONPATH", None
        )  # its packages are for this Python, not for the tool's
    leading = [starters, first] if starters else [first]
    changed = {
        "PATH": os.pathsep.join([*leading, variables_kept.get("PATH", os.defpath), str(STAND_INS)]),
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        MARKER: job_id,
    }
    if temporary:
        changed |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    if home:
        changed["HOME"] = home
    return variables_kept | changed
