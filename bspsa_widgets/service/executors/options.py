"""How a service runs its jobs: chosen at its start, and in `service.toml` in its directory.

executor = "slurm"          # or "local", the default
at_once = 2                 # jobs at once on this machine
network = false             # whether jobs may use the network, where bubblewrap is there
keep = "30d"                # not how they run: see `service.keep`
environment = ["HTTPS_PROXY", "EBROOT*"]    # variables that jobs see besides: see `environment`

[limits]                    # of each job on this machine
memory_gb = 8
disk_gb = 10
output_mb = 100
processes = 1000

[slurm]
options = ["--partition=normal", "--account=bsp"]     # for sbatch

[tools]                     # the Python environment of a tool, by its name
brian = "/home/me/envs/brian"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bspsa_widgets.service.executors.limits import GIB, MIB, Limits
from bspsa_widgets.service.executors.tool_place import python_of
from bspsa_widgets.service.executors.tools import TOOLS
from bspsa_widgets.service.service_file import read_file, wrong_file

EXECUTORS: Final = ("local", "slurm")
SLOTS: Final = 2
_NAMES: Final = (
    "executor",
    "at_once",
    "network",
    "keep",
    "environment",
    "limits",
    "slurm",
    "tools",
)


@dataclass(frozen=True)
class RunOptions:
    """How jobs are run.

    Attributes:
        executor: `local` or `slurm`. slots: jobs at once on this machine, ≥ 1.
        network: whether jobs that are kept apart may use the network.
        limits: of a job on this machine. sbatch: options for sbatch.
        pythons: which Python runs a tool, by the tool's key, where it is not this one.
        environment: names of variables that jobs see besides the usual ones.
    """

    executor: str = "local"
    slots: int = SLOTS
    network: bool = False
    limits: Limits = field(default_factory=Limits.of_this_machine)
    sbatch: tuple[str, ...] = ()
    pythons: Mapping[str, str] = field(default_factory=dict)
    environment: tuple[str, ...] = ()


def read_options(directory: Path) -> RunOptions:
    """What `service.toml` in the service's directory says; usual values where it is silent.

    Raises:
        LocalServiceError: it cannot be read, or says what cannot be.
    """
    found = read_file(directory)
    try:
        return _options(found)
    except ValueError as error:
        raise wrong_file(directory, str(error)) from error


def _options(found: dict[str, Any]) -> RunOptions:
    _check_names(found, _NAMES, "")
    options = RunOptions()
    executor = found.get("executor", options.executor)
    if executor not in EXECUTORS:
        raise ValueError(f"executor is {executor!r}; it can be {' or '.join(EXECUTORS)}")
    network = found.get("network", options.network)
    if not isinstance(network, bool):
        raise ValueError("network must be true or false")
    return RunOptions(
        executor=executor,
        slots=int(_number(found, "at_once", 1, options.slots)),
        network=network,
        limits=_limits(_table(found, "limits"), options.limits),
        sbatch=_sbatch(_table(found, "slurm")),
        pythons=_pythons(_table(found, "tools")),
        environment=_texts(found, "environment", "environment"),
    )


def _limits(found: dict[str, Any], usual: Limits) -> Limits:
    units = {"memory_gb": GIB, "disk_gb": GIB, "output_mb": MIB, "processes": 1}
    _check_names(found, units, "limits.")
    given = {
        name.partition("_")[0]: int(_number(found, name, 0, 0) * unit)
        for name, unit in units.items()
        if name in found
    }
    return replace(usual, **given)


def _sbatch(found: dict[str, Any]) -> tuple[str, ...]:
    _check_names(found, ("options",), "slurm.")
    return _texts(found, "options", "slurm.options")


def _pythons(found: dict[str, Any]) -> dict[str, str]:
    _check_names(found, [tool.key for tool in TOOLS], "tools.")
    for key, value in found.items():
        if not isinstance(value, str):
            raise ValueError(f"tools.{key} must be a folder or a Python program")
    return {key: python_of(value) for key, value in found.items()}


def _texts(found: dict[str, Any], name: str, shown: str) -> tuple[str, ...]:
    value = found.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{shown} must be a list of texts")
    return tuple(value)


def _number(found: dict[str, Any], name: str, least: float, usual: float) -> float:
    value = found.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < 1e15:
        raise ValueError(f"{name} must be a number of at least {least:g}")
    return value


def _table(found: dict[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a table: [{name}]")
    return table


def _check_names(found: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    # A misspelt limit would not be kept, and nobody would know.
    if unknown := sorted(set(found) - set(known)):
        raise ValueError(f"{where}{unknown[0]} is not known; there are {', '.join(known)}")
