"""Where a job's files lie on this machine.

jobs/ID/            nothing in it but what follows is ever shown; opened by `file_access` alone
├── order.json      what its runner is to do
├── state.json      how far the runner is; its lock: state.lock
├── runner.log      what the runner itself has to say
├── slurm.json      the job's number at Slurm
├── tmp/            the job's own /tmp while it runs
├── command.sh      pizdaint: the command as given
├── input/NAME      nsg: the archive as uploaded
├── work/           pizdaint: the job's directory, with the archive; nsg: the archive unpacked
└── results/        standard output and error, nsg: output.tar.gz; not the job's to write to
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
        path: its place. hpc: the system (`pizdaint`, `nsg`) that shapes it.
    """

    path: Path
    hpc: str

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def results(self) -> Path:
        return self.path / "results"

    @property
    def script(self) -> Path:
        return self.path / "command.sh"

    @property
    def order(self) -> Path:
        return self.path / "order.json"

    @property
    def state(self) -> Path:
        return self.path / "state.json"

    @property
    def lock(self) -> Path:
        """Locked by the job's runner for as long as it lives."""
        return self.path / "state.lock"

    @property
    def log(self) -> Path:
        return self.path / "runner.log"

    @property
    def slurm(self) -> Path:
        return self.path / "slurm.json"

    @property
    def temporary(self) -> Path:
        return self.path / "tmp"

    @property
    def stdout(self) -> Path:
        return self.results / STDOUT_NAMES[self.hpc][0]

    @property
    def stderr(self) -> Path:
        return self.results / STDOUT_NAMES[self.hpc][1]

    def archive(self, name: str) -> Path:
        """Where the uploaded file lies; `name` has been checked at the door."""
        return (self.path / "input" if self.hpc == "nsg" else self.work) / name

    def create(self, upload: Path | None, name: str | None) -> None:
        """Make the folder and move the upload into it; on disk when it returns. Raises OSError."""
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
        """Add a line of the service's own to the job's standard error. Blocks. Raises OSError."""
        with file_access.append(self.path, self.stderr) as opened:
            opened.write(f"\n[local service] {line}\n".encode(errors="replace"))


def remove(folder: Path) -> bool:
    """Remove a folder of a job's; whether nothing is left of it. Blocks. Raises OSError.

    By programs: a job may have made folders deeper than Python goes, and taken away its own
    right to change them.
    """
    for program in (("rm", "-rf"), ("chmod", "-R", "u+rwx"), ("rm", "-rf")):
        subprocess.run([*program, "--", str(folder)], capture_output=True, check=False)
        if not os.path.lexists(folder):
            return True
        if folder.is_symlink():  # chmod would change what it leads to
            return False
    return False


def _sync(folder: Path) -> None:
    """Make names in a folder durable: a job is on disk before the 201."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
