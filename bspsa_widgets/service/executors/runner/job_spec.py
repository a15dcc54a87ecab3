"""The specification of a job for its runner: one file in the job's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors.runner.limits import Limits
from bspsa_widgets.service.executors.runner.state import read_json, write_json
from bspsa_widgets.service.storage.job_folder import JobFolder


@dataclass(frozen=True)
class Isolation:
    """Isolation of a job by bubblewrap.

    Attributes:
        network: whether it may use the network.
        visible: folders in hidden folders that it may read nevertheless.
    """

    network: bool = False
    visible: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunnerSpec:
    """A job and the limits in which it is run.

    Attributes:
        job_id: the job's id.
        hpc: id of its system (`pizdaint`, `nsg`).
        settings: the job's settings.
        archive: name of the uploaded file; None: none was sent.
        wall: wall time of the user's program, in seconds; None: something else limits it.
        limits: the other limits.
        isolation: how it is isolated; None: not at all.
        pythons: path of the Python that runs a tool, by the tool's key; default: this Python.
        is_local: whether it runs on the service's own machine, not in a batch job.
        environment: names of further variables for the job.
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

    def write(self, folder: JobFolder) -> None:
        """Write the specification to the job's folder.

        Args:
            folder: the job's folder.

        Raises:
            OSError: it cannot be written.
        """
        write_json(folder.spec, asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> RunnerSpec:
        """Read the specification in a job's folder.

        Args:
            folder: the job's folder.

        Returns:
            The specification.

        Raises:
            KeyError: it is missing or incomplete.
            TypeError: a part has another form.
            ValueError: a value is not allowed.
        """
        found = read_json(folder.spec)
        isolation = found["isolation"]
        parts = {
            "settings": JobSettings(**found["settings"]),
            "limits": Limits(**found["limits"]),
            "isolation": isolation and Isolation(isolation["network"], tuple(isolation["visible"])),
        }
        return cls(**(found | parts))


def job_folder(path: Path) -> JobFolder:
    """Return the job's folder at a path; its system is read from the job's specification.

    Args:
        path: path of the folder.

    Returns:
        The folder.

    Raises:
        ValueError: there is no specification in it.
    """
    hpc = read_json(path / "spec.json").get("hpc")
    if not isinstance(hpc, str):
        raise ValueError(f"{path} contains no specification")
    return JobFolder(path, hpc)
