"""Finds out by a trial whether a tool can run here in several processes.

Nothing else tells which of many MPI libraries a machine has, where it is, and whether its
`mpiexec` starts that many processes for this user.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ctypes.util import find_library
from pathlib import Path
from typing import Final, NamedTuple

from bspsa_widgets.service.executors.tools.installation import Installation

LIBRARY: Final = "MPI_LIB_NRN_PATH"  # tells NEURON the path of a library that it does not find

_PROBE: Final = (
    "from neuron import h; pc = h.ParallelContext();"
    " print('ranks', int(pc.id()), int(pc.nhost()), flush=True); pc.barrier(); h.quit()"
)
_ALONE: Final = "mpiexec and NEURON's MPI library do not belong together"
_LIBRARY: Final = "NEURON finds no MPI library that it can use"
# Our own messages: MPI's output of the trial must not be taken for the job's output.
_REASONS: Final = (
    (r"attempt to run as root", "mpiexec refuses to run for root"),
    (r"not enough slots", "mpiexec does not start so many"),
    (
        r"Python shared library|Python library details",
        "NEURON does not find Python's shared library (apt-get install python3-dev)",
    ),
    (r"(?i)cannot open shared object|could not dynamically load|file too short", _LIBRARY),
)

_log = logging.getLogger("bspsa_widgets.service")

RunTrial = Callable[[Sequence[str], Mapping[str, str]], str]


class Mpi(NamedTuple):
    """Result of a trial of a tool in several processes.

    Attributes:
        reason: why it cannot; empty if it can.
        library: path of the library that NEURON must be told; empty: it finds it by itself.
    """

    reason: str = ""
    library: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """Variables for the tool's environment."""
        return {LIBRARY: self.library} if self.library else {}


def try_mpi(installation: Installation, processes: int, run: RunTrial) -> Mpi:
    """Start processes of a tool and let them count each other. Blocks.

    Args:
        installation: the tool's installation.
        processes: number of processes.
        run: runs a command with variables added to the job's, and returns its output.

    Returns:
        The result of the trial.
    """
    launcher = installation.program("mpiexec")
    if launcher is None:
        return Mpi("mpiexec is not installed")
    command = [launcher, "-n", str(processes), *(installation.command("nrniv") or ["nrniv"])]
    command += ["-mpi", "-python", "-c", _PROBE]
    reason = ""
    for library in ("", *_libraries(launcher)):
        found = Mpi(library=library)
        output = run(command, found.variables)
        ranks = re.findall(r"ranks \d+ (\d+)", output)
        if ranks == [str(processes)] * processes:
            return found
        _log.info("a trial of MPI with %d processes failed: %s", processes, output)
        reason = reason or (_ALONE if ranks else _reason(output))
        if reason not in (_ALONE, _LIBRARY):
            break
    return Mpi(reason)


def _reason(output: str) -> str:
    for pattern, reason in _REASONS:
        if re.search(pattern, output):
            return reason
    return "mpiexec does not work with NEURON here"


def _libraries(launcher: str) -> Iterator[str]:
    """Yield libraries that NEURON may not find by itself, first those beside mpiexec."""
    prefix = Path(launcher).resolve().parents[1]
    for name in ("libmpich.so.*", "libmpi.so.*"):
        for folder in ("lib", "lib64"):
            yield from map(str, sorted((prefix / folder).glob(name))[:1])
    yield from filter(None, map(find_library, ("mpich", "mpi")))
