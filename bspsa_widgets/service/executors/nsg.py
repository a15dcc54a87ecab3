"""An NSG job here: the archive is unpacked, the tool runs its main file, results are packed."""

from __future__ import annotations

import asyncio
import tarfile
from pathlib import Path

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.input_archive import unpack
from bspsa_widgets.service.executors.main_file import MainFile, find_main_file
from bspsa_widgets.service.executors.run import JobFailure, Run
from bspsa_widgets.service.executors.tools import Program, find_program


async def run_nsg(run: Run) -> int:
    """Unpack, compile and run; returns the exit code of the main file."""
    task = run.task
    await run.phase(Phase.PREPARING)
    program = find_program(task.settings.tool)
    if task.archive is None:
        raise JobFailure("The job has no archive.")
    await run.phase(Phase.STAGING_IN)
    await asyncio.to_thread(unpack, task.folder.archive(task.archive), task.folder.work, run.check)
    main = find_main_file(task.folder.work, task.settings.init_file)
    await run.phase(Phase.RUNNING)
    try:
        code = await _run_program(run, program, main)
    finally:
        await _load_results(run)
    return code


async def _run_program(run: Run, program: Program, main: MainFile) -> int:
    for step in program.steps(main):
        code = await run.execute(step.command, main.folder)
        if code != 0:
            if step.explanation:
                raise JobFailure(f"{step.explanation} (exit code {code})")
            return code
    return 0


async def _load_results(run: Run) -> None:
    await run.phase(Phase.STAGING_OUT)
    await asyncio.to_thread(_pack, run, run.task.folder.work, run.task.folder.results)


def _pack(run: Run, work: Path, results: Path) -> None:
    """output.tar.gz: all of the work folder as the run left it. Blocks."""

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
