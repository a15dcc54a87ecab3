"""NSG's tools as data, where they are installed, and `service.toml`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.systems import NSG
from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.file import read_service_file
from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.limits import GIB, MIB, Limits
from bspsa_widgets.service.executors.runner.main_file import MainFile
from bspsa_widgets.service.executors.tools.catalogue import TOOLS, find_tool
from bspsa_widgets.service.executors.tools.installation import Installation, installation_of
from bspsa_widgets.service.executors.tools.python_library import lacks_library
from bspsa_widgets.service.executors.tools.report import tool_reports
from tests.service.conftest import zipped
from tests.service.running import nsg_task, run_one

_NOT_HERE = {
    "MOOSE_TG", "PGENESIS_TG", "CPIPELINE_TG", "EEGLAB_TG", "FREESURF_TG",
    "SINGULARITY_HNN_TG",
}  # fmt: skip


@pytest.mark.parametrize("tool_id", [tool.id for tool in NSG.tools])
def test_each_tool_of_the_form_is_run_or_refused_with_a_message(tool_id: str) -> None:
    if tool_id in _NOT_HERE:
        with pytest.raises(JobFailure, match=f"{tool_id} does not run on this machine"):
            find_tool(tool_id)
    else:
        assert [tool.key for tool in TOOLS if tool.serves(tool_id)] == [find_tool(tool_id).key]


@pytest.mark.parametrize("tool_id", ["NEURON74_TG", "NEURON80_TG", "OSBPYNEURON74"])
def test_every_neuron_version_runs_with_the_installed_one(tool_id: str) -> None:
    assert find_tool(tool_id).key == "neuron"


def _environment(folder: Path, *, has: str = "", programs: tuple[str, ...] = ()) -> str:
    """An environment whose Python says what it can import."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase "$4" in {has or "-"}) echo "1 9.8" ;; *) echo 0 ;; esac\n')
    for name in programs:
        (folder / "bin" / name).write_text("#!/bin/sh\n")
        (folder / "bin" / name).chmod(0o755)
    python.chmod(0o755)
    return str(python)


def test_a_tool_is_searched_for_in_its_own_environment(tmp_path: Path) -> None:
    python = _environment(tmp_path / "e", has="brian2")
    found = installation_of(find_tool("BRIAN_TG"), python)
    assert (found.missing(), found.version()) == ("", "9.8")
    assert installation_of(find_tool("NEST_TG"), python).missing() == "NEST"
    assert installation_of(find_tool("NEST_TG"), "/nowhere/python").missing() == "/nowhere/python"
    with_programs = _environment(tmp_path / "n", has="neuron", programs=("nrniv",))
    lost = replace(find_tool("NEURON77_TG"), programs=("nrniv", "no-such-program"))
    assert Installation(lost, with_programs).missing() == "NEURON's program no-such-program"


def _main(tmp_path: Path, name: str) -> MainFile:
    (tmp_path / "m").mkdir(exist_ok=True)
    (tmp_path / "m" / name).touch()
    return MainFile(tmp_path / "m" / name, tmp_path / "m")


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ((), "That needs a C++ compiler and make, not installed here"),
        (("make",), "That needs a C++ compiler, not installed here"),
        (("g++",), "That needs make, not installed here"),
        (("g++", "make"), "Here NEURON "),
    ],
)
def test_a_compiler_is_reported_only_if_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], words: str
) -> None:
    main = _main(tmp_path, "init.py")
    (tmp_path / "m" / "x.mod").touch()
    _environment(tmp_path / "c", programs=programs)
    (tmp_path / "c" / "bin" / "python").unlink()
    monkeypatch.setenv("PATH", str(tmp_path / "c" / "bin"))
    step = installation_of(find_tool("NEURON77_TG"), None).steps(main, 1)[0]
    assert step.failure == "The .mod files could not be compiled"
    assert step.advice.startswith(words)


def _without_library(folder: Path) -> str:
    """NEURON with a Python without shared library: as NEURON does, it stops if it is not told."""
    python = _environment(folder, has="neuron", programs=("nrniv", "nrnivmodl"))
    text = Path(python).read_text().replace("case", '[ "$3" = find_libpython ] && exit 1\ncase')
    Path(python).write_text(text.replace("*) echo 0 ;;", '*) echo "run: $1" ;;'))
    for name in ("nrniv", "nrnivmodl"):
        stops = '#!/bin/sh\n[ -n "$NMODL_PYLIB" ] || { echo "no libpython" >&2; exit 1; }\n'
        (folder / "bin" / name).write_text(stops)
    return python


def test_neuron_compiles_without_a_shared_python(tmp_path: Path) -> None:
    python = _without_library(tmp_path / "own")
    task = nsg_task(tmp_path, "MOD", zipped({"m/init.py": "", "m/x.mod": ""}), "NEURON77_TG")
    end = asyncio.run(run_one(task, pythons={"neuron": python}))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    assert task.folder.stdout.read_text() == "run: init.py\n"


def test_a_hoc_file_without_the_shared_python_is_an_error(tmp_path: Path) -> None:
    python = _without_library(tmp_path / "own")
    task = nsg_task(tmp_path, "HOC", zipped({"m/init.hoc": ""}), "NEURON77_TG")
    assert asyncio.run(run_one(task, pythons={"neuron": python})).phase is Phase.FAILED
    told = task.folder.stderr.read_text()
    assert "needs Python's shared library" in told
    assert "apt-get install python3-dev" in told
    assert "compiler" not in told


def test_a_python_with_a_shared_library_is_found() -> None:
    assert not lacks_library(sys.executable)
    assert not lacks_library("/nowhere/python")


def test_several_processes_are_started_by_mpi_if_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    tool, main = find_tool("NEURON77_TG"), _main(tmp_path, "init.py")
    alone = Installation(tool, _environment(tmp_path / "a", programs=("nrniv", "nrnivmodl")))
    assert [step.command for step in alone.steps(main, 4)] == [[alone.python, "init.py"]]
    programs = ("nrniv", "nrnivmodl", "mpiexec")
    mpi = Installation(tool, _environment(tmp_path / "b", programs=programs))
    home = str(mpi.folder)
    started = [f"{home}/mpiexec", "-n", "4", f"{home}/nrniv", "-mpi", "-python", "init.py"]
    assert [step.command for step in mpi.steps(main, 4)] == [started]
    assert [step.command for step in mpi.steps(main, 1)] == [[mpi.python, "init.py"]]
    (tmp_path / "m" / "x.mod").touch()
    assert mpi.steps(main, 1)[0].command == [f"{home}/nrnivmodl", "."]


@pytest.mark.parametrize(("tool_id", "name"), [("PY_TG", "x.hoc"), ("NEST_TG", "x.sli")])
def test_a_file_that_a_tool_does_not_run_is_an_error(
    tmp_path: Path, tool_id: str, name: str
) -> None:
    tool = find_tool(tool_id)
    with pytest.raises(JobFailure, match=rf"{name} is not a file that {tool.label} runs; \.py"):
        installation_of(tool, None).steps(_main(tmp_path, name), 1)


def test_a_job_whose_tool_is_missing_fails_and_says_what_to_install(tmp_path: Path) -> None:
    task = nsg_task(tmp_path, "NO-TOOL", zipped({"m/init.py": ""}), "BRIAN_TG")
    python = _environment(tmp_path / "empty")
    assert asyncio.run(run_one(task, pythons={"brian": python})).phase is Phase.FAILED
    told = task.folder.stderr.read_text()
    assert "BRIAN_TG needs Brian 2, which is not installed." in told
    assert "pip install brian2" in told


def test_a_job_runs_in_its_tools_own_environment(tmp_path: Path) -> None:
    python = _environment(tmp_path / "own", has="brian2")
    text = Path(python).read_text().replace("*) echo 0 ;;", '*) echo "own: $1" ;;')
    Path(python).write_text(text)
    task = nsg_task(tmp_path, "OWN", zipped({"m/init.py": ""}), "BRIAN_TG")
    end = asyncio.run(run_one(task, pythons={"brian": python}))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    assert task.folder.stdout.read_text() == "own: init.py\n"


def test_the_programs_of_a_tools_environment_come_first_on_its_jobs_path(tmp_path: Path) -> None:
    python = _environment(tmp_path / "own", has="brian2", programs=("nrnivmodl", "mpiexec"))
    text = Path(python).read_text().replace("*) echo 0 ;;", "*) exec sh $1 ;;")
    Path(python).write_text(text)
    script = "for name in python nrnivmodl mpiexec; do command -v $name; done"
    task = nsg_task(tmp_path, "OWN", zipped({"m/init.py": script}), "BRIAN_TG")
    end = asyncio.run(run_one(task, pythons={"brian": python}))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    names = ("python", "nrnivmodl", "mpiexec")
    assert task.folder.stdout.read_text().split() == [f"{tmp_path}/own/bin/{n}" for n in names]


def test_the_reports_list_what_runs_here(tmp_path: Path) -> None:
    brian = _environment(tmp_path / "envs" / "brian", has="brian2")
    (tmp_path / "service.toml").write_text(f'[tools]\nbrian = "{tmp_path}/envs/brian"\n')
    reports = {report.key: report for report in tool_reports(tmp_path)}
    assert set(reports) == {tool.key for tool in TOOLS}
    assert (reports["brian"].missing, reports["brian"].python) == ("", brian)
    assert (reports["python"].missing, reports["python"].python) == ("", sys.executable)
    assert reports["neuron"].version


_WHOLE = """
executor = "slurm"
at_once = 3
network = true
environment = ["HTTPS_PROXY", "EBROOT*"]
[limits]
memory_gb = 1.5
disk_gb = 2
output_mb = 3
processes = 4
[slurm]
options = ["--partition=normal"]
[tools]
nest = "/opt/nest/bin/python3"
"""


def test_the_settings_file_is_read(tmp_path: Path) -> None:
    assert read_service_file(tmp_path).run_options == RunOptions()
    (tmp_path / "service.toml").write_text(_WHOLE)
    assert read_service_file(tmp_path).run_options == RunOptions(
        executor="slurm",
        slots=3,
        network=True,
        limits=Limits(int(1.5 * GIB), 2 * GIB, 3 * MIB, 4),
        sbatch=("--partition=normal",),
        pythons={"nest": "/opt/nest/bin/python3"},
        environment=("HTTPS_PROXY", "EBROOT*"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("executor = 'pbs'", "local or slurm"),
        ("at_once = 0", "at_once must be a number of at least 1"),
        ("network = 1", "network must be true or false"),
        ("[limits]\nmemory = 1", "limits.memory is not known; there are memory_gb"),
        ("[limits]\nmemory_gb = -1", "memory_gb must be"),
        ("[limits]\nmemory_gb = nan", "memory_gb must be"),
        ("limits = 1", "limits must be a table"),
        ("[slurm]\noptions = '-p x'", "list of texts"),
        ("[tools]\nmatlab = '/x'", "tools.matlab is not known"),
        ("environment = 'HTTPS_PROXY'", "environment must be a list of texts"),
        ("[tools]\nnest = 1", "tools.nest must be"),
        ("unknown = 1", "unknown is not known"),
        ("x = = 1", "cannot be used"),
        (b"\xff\xfe", "cannot be used"),
    ],
)
def test_an_invalid_setting_is_named(tmp_path: Path, text: Any, words: str) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "service.toml").write_bytes(raw)
    with pytest.raises(LocalServiceError, match=words) as caught:
        read_service_file(tmp_path)
    assert "service.toml" in str(caught.value)
