"""The paths of a job's files on this machine.

jobs/ID/            only the following is ever shown; opened by `file_access` only
├── spec.json      the runner's specification of the job
├── state.json      state of the run; its lock: state.lock
├── runner.log      log of the runner
├── slurm.json      the job's id in Slurm
├── tmp/            the job's own /tmp while it runs
├── command.sh      pizdaint: the command as submitted
├── input/NAME      nsg: the archive as uploaded
├── work/           pizdaint: the job's directory, with the archive; nsg: the unpacked archive
└── results/        standard output and error, nsg: output.tar.gz; the job cannot write here
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.service.storage import file_access

STDOUT_NAMES = {"pizdaint": ("stdout", "stderr"), "nsg": ("STDOUT", "STDERR")}


class JobFolder(NamedTuple):
    """The folder of one job.

    Attributes:
        path: its path.
        hpc: id of the job's system (`pizdaint`, `nsg`).
    """

    path: Path
    hpc: str

    @property
    def work(self) -> Path:
        """Folder in which the job works."""
        return self.path / "work"

    @property
    def results(self) -> Path:
        """Folder of the output and the packed results."""
        return self.path / "results"

    @property
    def script(self) -> Path:
        """File of the job's command (pizdaint)."""
        return self.path / "command.sh"

    @property
    def spec(self) -> Path:
        """File of the runner's specification of the job."""
        return self.path / "spec.json"

    @property
    def state(self) -> Path:
        """File of the run's state."""
        return self.path / "state.json"

    @property
    def lock(self) -> Path:
        """File that the job's runner locks while it is running."""
        return self.path / "state.lock"

    @property
    def log(self) -> Path:
        """Log file of the runner."""
        return self.path / "runner.log"

    @property
    def slurm(self) -> Path:
        """File of the job's id in Slurm."""
        return self.path / "slurm.json"

    @property
    def temporary(self) -> Path:
        """Folder for temporary files of the job."""
        return self.path / "tmp"

    @property
    def stdout(self) -> Path:
        """File of the standard output."""
        return self.results / STDOUT_NAMES[self.hpc][0]

    @property
    def stderr(self) -> Path:
        """File of the standard error."""
        return self.results / STDOUT_NAMES[self.hpc][1]

    def archive(self, name: str) -> Path:
        """Return the path of the uploaded file.

        Args:
            name: name of the file, already checked.

        Returns:
            The path.
        """
        return (self.path / "input" if self.hpc == "nsg" else self.work) / name

    def create(self, upload: Path | None, name: str | None) -> None:
        """Create the folder and move the upload into it; both are on disk when this returns.

        Args:
            upload: the received file; None: none was sent.
            name: its name; None: none was sent.

        Raises:
            OSError: the disk refuses it.
        """
        for folder in (self.path, self.work, self.results):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if upload is not None and name is not None:
            target = self.archive(name)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            upload.replace(target)
            _sync(target.parent)
        _sync(self.path)
        _sync(self.path.parent)

    def note(self, line: str) -> None:
        """Add a line of the service to the job's standard error. Blocks.

        Args:
            line: the text.

        Raises:
            OSError: it cannot be written.
        """
        with file_access.append(self.path, self.stderr) as opened:
            opened.write(f"\n[local service] {line}\n".encode(errors="replace"))


def remove(folder: Path) -> bool:
    """Remove a job's folder. Blocks.

    Done with `rm` and `chmod`: a job may have created folders deeper than Python can remove, and
    may have removed its own permission to change them.

    Args:
        folder: the job's folder.

    Returns:
        Whether nothing is left of it.

    Raises:
        OSError: `rm` or `chmod` cannot be started.
    """
    for program in (("rm", "-rf"), ("chmod", "-R", "u+rwx"), ("rm", "-rf")):
        subprocess.run([*program, "--", str(folder)], capture_output=True, check=False)
        if not os.path.lexists(folder):
            return True
        if folder.is_symlink():  # chmod would change its target
            return False
    return False


def _sync(folder: Path) -> None:
    """Flush a folder's entries to the disk: a job is on disk before the response 201."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
