"""Runs an NSG job: unpacks the archive, runs the tool on its main file, packs the results."""

from __future__ import annotations

import os
import re
import stat
import tarfile
from collections.abc import Mapping, Sequence

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.main_file import MainFile, find_main_file
from bspsa_widgets.service.executors.runner.run import Run
from bspsa_widgets.service.executors.runner.unzip import unpack
from bspsa_widgets.service.executors.tools.catalogue import find_tool
from bspsa_widgets.service.executors.tools.installation import Installation, installation_of
from bspsa_widgets.service.executors.tools.mpi import try_mpi
from bspsa_widgets.service.storage import file_access


def run_nsg(run: Run) -> int:
    """Unpack the archive, compile mechanisms and run the main file.

    Args:
        run: the job's run.

    Returns:
        The exit code of the main file.

    Raises:
        JobFailure: the tool or the archive cannot be used, or a step has failed; the message is
            for the user.
    """
    spec, folder = run.spec, run.folder
    run.phase(Phase.PREPARING)
    tool = find_tool(spec.settings.tool)
    installation = installation_of(tool, spec.pythons.get(tool.key))
    if missing := installation.missing():
        raise JobFailure(
            f"{spec.settings.tool} needs {missing}, which is not installed."
            f" Install it where the local service runs: {tool.install}."
        )
    if spec.archive is None:
        raise JobFailure("The job has no archive.")
    run.use(installation.python)
    run.phase(Phase.STAGING_IN)
    archive = folder.archive(spec.archive)
    unpack(folder.path, archive, folder.work, run.check, spec.limits.disk)
    main = find_main_file(folder.work, spec.settings.init_file, tool.main_names, tool.suffixes)
    if not spec.settings.init_file and main.name != tool.main_names[0]:
        run.note(
            f"No main file was named: {main.name} is started here. NSG may start another one, or"
            " none: name it."
        )
    processes = _processes(run, installation, main)
    run.phase(Phase.RUNNING)
    try:
        code = _run_tool(run, installation, main, processes)
    finally:
        run.phase(Phase.STAGING_OUT)
        _pack(run)
    return code


def _run_tool(run: Run, installation: Installation, main: MainFile, processes: int) -> int:
    for step in installation.steps(main, processes):
        code = run.execute(step.command, main.folder)
        if code != 0:
            if step.failure:
                message = (
                    f"{step.failure} (exit code {code}). {step.advice} {_requested_version(run)}"
                )
                raise JobFailure(" ".join(message.split()))
            return code
    return 0


def _requested_version(run: Run) -> str:
    """Return which NEURON version the tool's id names: the local service has one for all ids."""
    found = re.search(r"NEURON(\d)(\d)", run.spec.settings.tool.upper())
    return f"NEURON {found[1]}.{found[2]} was asked for." if found else ""


def _processes(run: Run, installation: Installation, main: MainFile) -> int:
    """Return how many processes to run: as many as requested, if that works on this machine."""
    requested = run.spec.settings.nodes * run.spec.settings.cores
    if requested == 1 or not installation.runs_in_parallel(main):
        return requested

    def trial(command: Sequence[str], variables: Mapping[str, str]) -> str:
        run.variables = dict(variables)
        return run.try_out(command, main.folder)

    found = try_mpi(installation, requested, trial)
    run.variables = found.variables
    if not found.reason:
        return requested
    run.note(f"{installation.tool.label} runs in 1 process, not in {requested}: {found.reason}.")
    return 1


def _pack(run: Run) -> None:
    """Pack the whole work folder, as the run left it, into `output.tar.gz`."""
    root, work, results = run.folder.path, run.folder.work, run.folder.results
    try:
        with (
            file_access.replacing(root, results / "output.tar.gz") as opened,
            # A file with two names is packed twice: not every program unpacks hard links.
            tarfile.open(fileobj=opened, mode="w:gz", compresslevel=6, dereference=True) as packed,
        ):
            for entry in file_access.walk(root, work, strict=True):
                run.check()
                _add(packed, entry)
    except OSError as error:
        raise JobFailure(f"The results could not be packed: {error}") from error


def _add(packed: tarfile.TarFile, entry: file_access.FolderEntry) -> None:
    """Add a file, a folder or a link as such; pipes, sockets and devices are left out."""
    name, kind = "/".join(entry.parts), entry.status.st_mode
    if stat.S_ISREG(kind):
        with os.fdopen(file_access.open_below(entry.folder_fd, [entry.name]), "rb") as content:
            packed.addfile(packed.gettarinfo(arcname=name, fileobj=content), content)
    elif stat.S_ISDIR(kind) or stat.S_ISLNK(kind):
        info = tarfile.TarInfo(name)
        info.mode, info.mtime = stat.S_IMODE(kind), int(entry.status.st_mtime)
        info.type = tarfile.DIRTYPE if stat.S_ISDIR(kind) else tarfile.SYMTYPE
        if stat.S_ISLNK(kind):
            info.linkname = os.readlink(entry.name, dir_fd=entry.folder_fd)
        packed.addfile(info)
