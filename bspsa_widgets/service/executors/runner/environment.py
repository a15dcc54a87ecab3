"""The environment that a job sees: of this one, what jobs need, and nothing else.

A list of what may pass, since no list of secrets is ever complete.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

MARKER: Final = "BSPSA_LOCAL_JOB"  # with the job's id, in each of its processes
STAND_INS = Path(__file__).parent / "stand_ins"  # used where the machine has no such program

# What passes, `*` for any text. More is named in `service.toml`.
PASSES: Final = (
    # Who and where, in which language and time.
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ"),
    *("TMPDIR", "TEMP", "TMP"),
    # Libraries that programs on PATH were built with, and what Python imports from.
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH"),
    # How many threads and processors, and which.
    *("OMP_*", "MKL_*", "KMP_*", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"),
    # NEURON, its compiler for .mod files, and MPI.
    *("NRNHOME", "NEURON_MODULE_OPTIONS", "MPI_LIB_NRN_PATH", "CC", "CXX", "CPATH", "LIBRARY_PATH"),
    *("OMPI_*", "PRTE_*", "MPICH_*", "I_MPI_*", "HYDRA_*", "UCX_*", "FI_*"),
    # The command `module`, with nothing loaded: not LOADEDMODULES and the like, which would
    # have it take a module for loaded whose other variables are missing here.
    *("MODULEPATH", "MODULESHOME", "MODULES_CMD", "LMOD_CMD", "LMOD_DIR", "LMOD_PKG", "LMOD_ROOT"),
    *("BASH_ENV", "BASH_FUNC_module%%", "BASH_FUNC_ml%%", "BASH_FUNC__module_raw%%"),
    # Slurm: where it is, and a job's own place in it, which `srun` needs. Not SLURM_JWT, a token.
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
    """Variables for a job's processes.

    Args:
        own: the environment to start from; this process's where None.
        named: variables that pass besides, as `service.toml` names them.
        programs: the folder whose programs come first; empty: this Python's.
        starters: a folder that comes before it; empty: none.
        temporary, home: folders of the job's own; empty: as they are here.
    """
    variables = os.environ if own is None else own
    passes = (*PASSES, *named)
    kept = {
        name: value
        for name, value in variables.items()
        if any(fnmatchcase(name, pattern) for pattern in passes)
    }
    own_programs = str(Path(sys.executable).parent)
    first = programs or own_programs
    if first != own_programs and "PYTHONPATH" not in named:
        kept.pop("PYTHONPATH", None)  # what it leads to is this Python's, not the tool's
    leading = [starters, first] if starters else [first]
    changed = {
        "PATH": os.pathsep.join([*leading, kept.get("PATH", os.defpath), str(STAND_INS)]),
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        MARKER: job_id,
    }
    if temporary:
        changed |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
    if home:
        changed["HOME"] = home
    return kept | changed
