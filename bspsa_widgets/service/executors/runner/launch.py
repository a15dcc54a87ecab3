"""Starts a job's runner with this package, wherever it was imported from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from bspsa_widgets.service.storage.job_folder import JobFolder

# The package's root comes before other packages but after Python's own modules.
_LAUNCH: Final = (
    "import sys; root = sys.argv.pop(1); at = [i for i, path in enumerate(sys.path)"
    ' if path.endswith("-packages")] or [len(sys.path)]; sys.path.insert(at[0], root);'
    " from bspsa_widgets.service.executors.runner.main import main; sys.exit(main(sys.argv[1:]))"
)


def runner_command(folder: JobFolder) -> list[str]:
    """Return the command that starts a job's runner.

    Args:
        folder: the job's folder.

    Returns:
        Program and arguments.
    """
    root = str(Path(__file__).resolve().parents[4])
    return [sys.executable, "-P", "-c", _LAUNCH, root, str(folder.path)]
