"""Several processes: tried before a job, one where that does not work, and then it is said."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.tools.catalogue import find_tool
from bspsa_widgets.service.executors.tools.installation import Installation
from bspsa_widgets.service.executors.tools.mpi import LIBRARY, try_mpi
from bspsa_widgets.service.executors.tools.report import tool_reports
from tests.service.conftest import zipped
from tests.service.running import nsg_task, run_one

_ROOT = "prterun has detected an attempt to run as root.\n"
_NONE = "libmpich.so: libmpich.so: cannot open shared object file: No such file or directory\n"


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    """An environment that has mpiexec, and its library beside it."""
    for name in ("bin/python", "bin/mpiexec", "bin/nrniv", "lib/libmpi.so.40", "lib/libmpi.so"):
        (tmp_path / "E" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "E" / name).touch(mode=0o755)
    return Installation(find_tool("NEURON77_TG"), str(tmp_path / "E" / "bin" / "python"))


class Machine:
    """What a trial prints, by the library that NEURON is told of."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said, self.tried = said, list[str]()

    def __call__(self, command: Sequence[str], variables: Mapping[str, str]) -> str:
        assert command[1:3] == ["-n", "3"]
        self.tried.append(variables.get(LIBRARY, ""))
        return self.said.get(self.tried[-1], _NONE)


def _counted(most: int, processes: int = 3) -> str:
    return "".join(f"ranks {n} {most}\n" for n in range(processes))


def test_a_working_mpi_needs_no_library(place: Installation) -> None:
    machine = Machine({"": _counted(3)})
    assert try_mpi(place, 3, machine) == ("", "")
    assert machine.tried == [""]


@pytest.mark.parametrize("first", [_NONE, _counted(1)])
def test_neuron_gets_the_path_of_a_library_that_it_does_not_find(
    place: Installation, first: str
) -> None:
    library = str(Path(place.python).parents[1] / "lib" / "libmpi.so.40")
    found = try_mpi(place, 3, Machine({"": first, library: _counted(3)}))
    assert (found.reason, found.variables) == ("", {LIBRARY: library})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (_ROOT, "mpiexec refuses to run for root"),
        ("There are not enough slots available in the system", "mpiexec does not start so many"),
        ("", "mpiexec does not work with NEURON here"),
        (_counted(3, processes=2), "mpiexec and NEURON's MPI library do not belong together"),
        (_counted(1), "mpiexec and NEURON's MPI library do not belong together"),
        (_NONE, "NEURON finds no MPI library that it can use"),
    ],
)
def test_a_failed_trial_has_our_own_message(place: Installation, said: str, reason: str) -> None:
    assert try_mpi(place, 3, Machine({"": said})).reason == reason


def _environment(folder: Path, mpiexec: str) -> Path:
    """One whose Python and NEURON are ours, with another mpiexec."""
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "nrniv", "nrnivmodl"):
        own = shlex.quote(str(Path(sys.executable).with_name(name)))
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {own} "$@"\n', encoding="utf-8")
    (folder / "bin" / "mpiexec").write_text(f"#!/bin/sh\n{mpiexec}\n")
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)
    return folder


_MODEL = "from neuron import h; print('rank', int(h.ParallelContext().nhost())); h.quit()"
_ALONE = 'shift 2; exec "$@"'  # what starts a program, and has nothing of MPI


@pytest.mark.parametrize(
    ("mpiexec", "why"),
    [(_ALONE, "NEURON"), (f"echo '{_ROOT}' >&2; exit 1", "mpiexec refuses to run for root")],
)
def test_a_job_runs_in_one_process_where_mpi_does_not_work_and_says_so(
    tmp_path: Path, mpiexec: str, why: str
) -> None:
    python = str(_environment(tmp_path / "E", mpiexec) / "bin" / "python")
    archive = zipped({"m/init.py": _MODEL})
    task = nsg_task(tmp_path, "MPI", archive, "NEURON77_TG", nodes=1, cores=2)
    end = asyncio.run(run_one(task, pythons={"neuron": python}))
    said, errors = task.folder.stdout.read_text(), task.folder.stderr.read_text()
    assert end.phase is Phase.SUCCEEDED, errors
    assert said.split() == ["rank", "1"]
    assert "[local service] NEURON runs in 1 process, not in 2: " in errors
    assert why in errors


def test_the_list_of_tools_says_whether_neuron_runs_in_several_processes(tmp_path: Path) -> None:
    environment = _environment(tmp_path / "E", f"echo '{_ROOT}' >&2; exit 1")
    (tmp_path / "service.toml").write_text(f'[tools]\nneuron = "{environment}"\n')
    reports = {report.key: report for report in tool_reports(tmp_path)}
    assert reports["neuron"].parallel == "no: mpiexec refuses to run for root"
    assert reports["python"].parallel == ""
