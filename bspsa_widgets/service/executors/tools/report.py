"""Reports which NSG tools run on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from bspsa_widgets.service.config.file import FILE, read_service_file
from bspsa_widgets.service.executors.runner.environment import job_environment
from bspsa_widgets.service.executors.tools.catalogue import TOOLS
from bspsa_widgets.service.executors.tools.installation import Installation, installation_of
from bspsa_widgets.service.executors.tools.mpi import try_mpi

__all__ = ["FILE", "ToolReport", "tool_reports"]

_PATIENCE: Final = 60.0  # seconds for a trial; usually takes two or three


class ToolReport(NamedTuple):
    """A tool on this machine.

    Attributes:
        label: its name.
        ids: NSG's ids that it serves.
        key: its key in `service.toml`.
        python: path of the Python that runs it.
        version: its version; empty: not known.
        missing: what is not installed; empty: the tool runs.
        install: how to install what is missing.
        parallel: whether it runs in several processes: "yes", or "no: " and the reason; empty: it
            is never run so.
    """

    label: str
    ids: tuple[str, ...]
    key: str
    python: str
    version: str
    missing: str
    install: str
    parallel: str


def tool_reports(directory: Path) -> list[ToolReport]:
    """Return a report on each tool, as the service in `directory` would run it. Blocks.

    Args:
        directory: directory of the service.

    Returns:
        The reports.

    Raises:
        LocalServiceError: `service.toml` cannot be used.
    """
    pythons = read_service_file(directory).run_options.pythons
    reports = []
    for tool in TOOLS:
        installation = installation_of(tool, pythons.get(tool.key))
        missing = installation.missing()
        version = "" if missing else installation.version()
        parallel = "" if missing or not tool.parallel else _parallel(installation)
        reports.append(
            ToolReport(
                label=tool.label,
                ids=tool.ids,
                key=tool.key,
                python=installation.python,
                version=version,
                missing=missing,
                install=tool.install,
                parallel=parallel,
            )
        )
    return reports


def _parallel(installation: Installation) -> str:
    reason = try_mpi(installation, 2, partial(_output, installation)).reason
    return f"no: {reason}" if reason else "yes"


def _output(
    installation: Installation, command: Sequence[str], variables: Mapping[str, str]
) -> str:
    environment = job_environment("trial", programs=str(installation.folder)) | dict(variables)
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout.decode(errors="replace")
