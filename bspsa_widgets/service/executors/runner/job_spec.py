"""What a job's runner is to do: one file in the job's folder, all that it needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import Task
from bspsa_widgets.service.executors.runner.limits import Limits
from bspsa_widgets.service.executors.runner.state import read_json, write_json
from bspsa_widgets.service.storage.job_folder import JobFolder


@dataclass(frozen=True)
class Isolation:
    """How far a job is kept apart by bubblewrap.

    Attributes:
        network: whether it may use the network.
        shown: folders that it may read although they lie in a hidden one.
    """

    network: bool = False
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunnerSpec:
    """A job, and the bounds in which it is run.

    Attributes:
        wall: seconds that the user's program may take; None: something else sees to it.
        isolation: None: not kept apart.
        pythons: which Python runs a tool, by the tool's key, where it is not this one.
        is_local: on the service's own machine, not in a batch job.
        environment: names of variables that the job sees besides the usual ones.
    """

    job_id: str
    hpc: str
    settings: JobSettings
    archive: str | None
    wall: float | None
    limits: Limits
    isolation: Isolation | None = None
    pythons: Mapping[str, str] = field(default_factory=dict)
    is_local: bool = False
    environment: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        task: Task,
        *,
        wall: float | None,
        limits: Limits,
        isolation: Isolation | None = None,
        pythons: Mapping[str, str] | None = None,
        is_local: bool = False,
        environment: Sequence[str] = (),
    ) -> RunnerSpec:
        return cls(
            task.job_id,
            task.folder.hpc,
            task.settings,
            task.archive,
            wall,
            limits,
            isolation,
            pythons or {},
            is_local,
            environment,
        )

    def write(self, folder: JobFolder) -> None:
        """Raises OSError."""
        write_json(folder.order, asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> RunnerSpec:
        """Raises ValueError, TypeError, KeyError."""
        found = read_json(folder.order)
        apart = found["isolation"]
        isolation = apart and Isolation(apart["network"], tuple(apart["shown"]))
        parts = {
            "settings": JobSettings(**found["settings"]),
            "limits": Limits(**found["limits"]),
            "isolation": isolation,
        }
        return cls(**(found | parts))


def job_folder(path: Path) -> JobFolder:
    """The folder of the job whose order lies in it. Raises ValueError."""
    hpc = read_json(path / "order.json").get("hpc")
    if not isinstance(hpc, str):
        raise ValueError(f"{path} holds no order")
    return JobFolder(path, hpc)
