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
from bspsa_widgets.service.executors.tools.installation import Installation, place_of
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
    order, folder = run.order, run.folder
    run.phase(Phase.PREPARING)
    tool = find_tool(order.settings.tool)
    place = place_of(tool, order.pythons.get(tool.key))
    if missing := place.missing():
        raise JobFailure(
            f"{order.settings.tool} needs {missing}, which is not installed."
            f" Install it where the local service runs: {tool.install}."
        )
    if order.archive is None:
        raise JobFailure("The job has no archive.")
    run.use(place.python)
    run.phase(Phase.STAGING_IN)
    archive = folder.archive(order.archive)
    unpack(folder.path, archive, folder.work, run.check, order.limits.disk)
    main = find_main_file(folder.work, order.settings.init_file, tool.main_names, tool.suffixes)
    if not order.settings.init_file and main.name != tool.main_names[0]:
        run.note(
            f"No main file was named: {main.name} is started here. NSG may start another one, or"
            " none: name it."
        )
    processes = _processes(run, place, main)
    run.phase(Phase.RUNNING)
    try:
        code = _run_tool(run, place, main, processes)
    finally:
        run.phase(Phase.STAGING_OUT)
        _pack(run)
    return code


def _run_tool(run: Run, place: Installation, main: MainFile, processes: int) -> int:
    for step in place.steps(main, processes):
        code = run.execute(step.command, main.folder)
        if code != 0:
            if step.failure:
                words = f"{step.failure} (exit code {code}). {step.advice} {_asked_for(run)}"
                raise JobFailure(" ".join(words.split()))
            return code
    return 0


def _asked_for(run: Run) -> str:
    """Return which NEURON version the tool's id names: the local service has one for all ids."""
    found = re.search(r"NEURON(\d)(\d)", run.order.settings.tool.upper())
    return f"NEURON {found[1]}.{found[2]} was asked for." if found else ""


def _processes(run: Run, place: Installation, main: MainFile) -> int:
    """Return how many processes to run: as many as requested, if that works on this machine."""
    wanted = run.order.settings.nodes * run.order.settings.cores
    if wanted == 1 or not place.runs_in_parallel(main):
        return wanted

    def trial(command: Sequence[str], variables: Mapping[str, str]) -> str:
        run.variables = dict(variables)
        return run.try_out(command, main.folder)

    found = try_mpi(place, wanted, trial)
    run.variables = found.variables
    if not found.reason:
        return wanted
    run.note(f"{place.tool.label} runs in 1 process, not in {wanted}: {found.reason}.")
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
        with os.fdopen(file_access.open_below(entry.place, [entry.name]), "rb") as content:
            packed.addfile(packed.gettarinfo(arcname=name, fileobj=content), content)
    elif stat.S_ISDIR(kind) or stat.S_ISLNK(kind):
        info = tarfile.TarInfo(name)
        info.mode, info.mtime = stat.S_IMODE(kind), int(entry.status.st_mtime)
        info.type = tarfile.DIRTYPE if stat.S_ISDIR(kind) else tarfile.SYMTYPE
        if stat.S_ISLNK(kind):
            info.linkname = os.readlink(entry.name, dir_fd=entry.place)
        packed.addfile(info)
