"""The NSG tools that can run on this machine."""

from __future__ import annotations

from typing import Final

from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.tools.tool import InstalledTool

_PYTHON: Final = {".py": ("{python}", "{main}")}
_MPI: Final = ("{mpiexec}", "-n", "{processes}")

TOOLS: Final = (
    InstalledTool(
        key="python",
        label="Python",
        ids=("PY_TG",),
        runs=_PYTHON,
        install="it comes with the service",
    ),
    InstalledTool(
        key="neuron",
        label="NEURON",
        ids=("NEURON77_TG", "NEURON75_TG", "NEURON74_PY_TG", "NEURON73_PY_TG", "OSBPYNEURON74"),
        part="NEURON",
        runs={**_PYTHON, ".hoc": ("{nrniv}", "{main}")},
        parallel={
            ".py": (*_MPI, "{nrniv}", "-mpi", "-python", "{main}"),
            ".hoc": (*_MPI, "{nrniv}", "-mpi", "{main}"),
        },
        main_names=("init.py", "init.hoc", "input.py", "mosinit.hoc", "main.py", "run.py"),
        module="neuron",
        distribution="neuron",
        programs=("nrniv", "nrnivmodl"),
        compiler="nrnivmodl",
        install="pip install neuron (a C compiler is needed too for .mod files)",
    ),
    InstalledTool(
        key="brian",
        label="Brian 2",
        ids=("BRIAN_TG",),
        runs=_PYTHON,
        module="brian2",
        distribution="brian2",
        install="pip install brian2 'numpy<2.4'",
    ),
    InstalledTool(
        key="nest",
        label="NEST",
        ids=("NEST_TG", "NEST_PY_TG"),
        runs=_PYTHON,
        module="nest",
        distribution="nest-simulator",
        install="pip install nest-simulator",
    ),
    InstalledTool(
        key="pynn",
        label="PyNN",
        ids=("PYNN_TG",),
        runs=_PYTHON,
        module="pyNN",
        distribution="PyNN",
        install="pip install PyNN nest-simulator",
    ),
    InstalledTool(
        key="bluepyopt",
        label="BluePyOpt",
        ids=("BLUEPYOPT_TG",),
        runs=_PYTHON,
        module="bluepyopt",
        distribution="bluepyopt",
        programs=("nrnivmodl",),
        compiler="nrnivmodl",
        install="pip install bluepyopt",
    ),
)


def find_tool(tool_id: str) -> InstalledTool:
    """Return what runs an NSG tool on this machine.

    Args:
        tool_id: the tool's id on NSG.

    Returns:
        The tool.

    Raises:
        JobFailure: nothing does.
    """
    for tool in TOOLS:
        if tool.serves(tool_id):
            return tool
    labels = [f"{tool.ids[0]} ({tool.label})" for tool in TOOLS if tool.key != "neuron"]
    raise JobFailure(
        f"The tool {tool_id} does not run on this machine. The local service runs"
        f" {', '.join(labels)} and the NEURON tools; use another service for the rest."
    )
