"""An NSG job here: the archive is unpacked, the tool runs its main file, results are packed."""

from __future__ import annotations

import tarfile
from pathlib import Path

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.failure import JobFailure
from bspsa_widgets.service.executors.input_archive import unpack
from bspsa_widgets.service.executors.main_file import MainFile, find_main_file
from bspsa_widgets.service.executors.run import Run
from bspsa_widgets.service.executors.tool_place import Place, place_of
from bspsa_widgets.service.executors.tools import find_tool


def run_nsg(run: Run) -> int:
    """Unpack, compile and run; returns the exit code of the main file."""
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
    run.phase(Phase.STAGING_IN)
    unpack(folder.archive(order.archive), folder.work, run.check, order.limits.disk)
    main = find_main_file(folder.work, order.settings.init_file, tool.main_names, tool.suffixes)
    run.phase(Phase.RUNNING)
    try:
        code = _run_tool(run, place, main)
    finally:
        run.phase(Phase.STAGING_OUT)
        _pack(run, folder.work, folder.results)
    return code


def _run_tool(run: Run, place: Place, main: MainFile) -> int:
    processes = run.order.settings.nodes * run.order.settings.cores
    for step in place.steps(main, processes):
        code = run.execute(step.command, main.folder)
        if code != 0:
            if step.explanation:
                raise JobFailure(f"{step.explanation} (exit code {code})")
            return code
    return 0


def _pack(run: Run, work: Path, results: Path) -> None:
    """output.tar.gz: all of the work folder as the run left it."""

    def keep(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        run.check()
        return member if member.isreg() or member.isdir() or member.issym() else None

    partial = results / ".output.tar.gz"
    try:
        with tarfile.open(partial, "w:gz", compresslevel=6) as packed:
            for path in sorted(work.iterdir()):
                packed.add(path, arcname=path.name, filter=keep)
        partial.replace(results / "output.tar.gz")
    except OSError as error:
        raise JobFailure(f"The results could not be packed: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
