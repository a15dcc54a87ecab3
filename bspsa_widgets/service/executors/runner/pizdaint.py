"""Runs a Piz Daint job: the command runs in a shell, in the folder of the uploaded archive."""

from __future__ import annotations

import shutil
import sys

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner.run import Run
from bspsa_widgets.service.executors.tools.python_library import WITHOUT, lacks_library
from bspsa_widgets.service.storage import file_access


def run_pizdaint(run: Run) -> int:
    """Run the command in the job's directory.

    Args:
        run: the job's run.

    Returns:
        The command's exit code.
    """
    folder = run.folder
    command = run.spec.settings.command.replace("\r\n", "\n")
    # Written to a file: a command may be longer than the system allows for an argument.
    with file_access.replacing(folder.path, folder.script) as opened:
        opened.write(f"{command}\n".encode())
    run.use(sys.executable)
    if "nrn" in command and lacks_library(sys.executable):
        run.variables |= WITHOUT  # nrnivmodl works without it; nrniv reports that it is missing
    run.phase(Phase.RUNNING)
    shell = shutil.which("bash") or "/bin/sh"
    code = run.execute([shell, str(folder.script)], folder.work)
    run.phase(Phase.STAGING_OUT)
    return code
