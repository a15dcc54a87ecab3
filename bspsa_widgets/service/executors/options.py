"""How a service runs its jobs; chosen at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bspsa_widgets.service.executors.runner.limits import Limits

SLOTS: Final = 2


@dataclass(frozen=True)
class RunOptions:
    """Options for running jobs.

    Attributes:
        executor: `local` or `slurm`.
        slots: jobs at once on this machine, ≥ 1.
        network: whether isolated jobs may use the network.
        limits: limits of a job on this machine.
        sbatch: options for sbatch.
        pythons: path of the Python that runs a tool, by the tool's key; default: this Python.
        environment: names of further variables for jobs.
    """

    executor: str = "local"
    slots: int = SLOTS
    network: bool = False
    limits: Limits = field(default_factory=Limits.of_this_machine)
    sbatch: tuple[str, ...] = ()
    pythons: Mapping[str, str] = field(default_factory=dict)
    environment: tuple[str, ...] = ()
