"""Isolates a job with bubblewrap: it can read the system, and write only to its own folder.

It does not see the user's home, the service's directory with the token and all other jobs,
/run, other processes, and, unless allowed, the network.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from bspsa_widgets.service.executors.runner.job_spec import Isolation
from bspsa_widgets.service.storage.job_folder import JobFolder

_PROBE_PATIENCE: Final = 10.0  # seconds; usually takes 0.02
_NAMES_OF_HOSTS = "/run/systemd/resolve"  # target of /etc/resolv.conf on many machines
_APART = (
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"),
    *("--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
)

INSTALL: Final = "apt-get install bubblewrap"


def wrap(
    command: Sequence[str], folder: Path, job: JobFolder, isolation: Isolation, memory: int | None
) -> list[str]:
    """Return the command that runs a command isolated.

    Args:
        command: program and arguments.
        folder: folder to run it in.
        job: the job's folder.
        isolation: what the job may use.
        memory: size of /dev/shm, in bytes; None: no limit.

    Returns:
        Program and arguments.
    """
    size = [] if memory is None else ["--size", str(memory)]
    hidden = {str(path) for path in _hidden(job)}
    options = [
        *_APART,
        *([] if isolation.network else ["--unshare-net"]),
        *(*size, "--tmpfs", "/dev/shm"),  # noqa: S108  # the job's own
        *("--tmpfs", "/run"),
        *(["--ro-bind-try", _NAMES_OF_HOSTS, _NAMES_OF_HOSTS] if isolation.network else []),
        *("--bind", str(job.temporary), "/tmp"),  # noqa: S108  # the job's own
    ]
    # Outer folders first, so that a shown folder in a hidden one is visible, and vice versa.
    for path in sorted({*hidden, *isolation.visible}):
        options += ["--tmpfs", path] if path in hidden else ["--ro-bind-try", path, path]
    options += ["--bind", str(job.work), str(job.work)]
    options += ["--ro-bind-try", str(job.script), str(job.script)]
    for path in (*sorted(hidden), "/run"):
        options += ["--remount-ro", path]
    return ["bwrap", *options, "--chdir", str(folder), "--", *command]


def _hidden(job: JobFolder) -> Iterator[Path]:
    """Yield the folders to hide: homes, and the service's directory."""
    found = {Path.home(), _passwd_home(), job.path.parents[1]}
    for path in {path.resolve() for path in found}:
        if path != Path("/") and path.is_dir():
            yield path


def _passwd_home() -> Path:
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/")


def visible_folders(more: Iterable[Path]) -> tuple[str, ...]:
    """Return the folders that jobs need although they may lie in a hidden home.

    Args:
        more: folders to add to those of this Python and of its packages.

    Returns:
        The paths, sorted.
    """
    own = [sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    own += [path for path in sys.path if path]
    if site.ENABLE_USER_SITE:
        own.append(site.getusersitepackages())
    found = {Path(path) for path in own} | set(more)
    homes = {Path.home(), *Path.home().parents}
    folders = (path for path in found if path.is_absolute() and path.is_dir() and path not in homes)
    return tuple(sorted(map(str, folders)))


@cache
def sandbox_unavailable_reason() -> str:
    """Return why jobs cannot be isolated on this machine, by trying it.

    Returns:
        The reason; empty if they can.
    """
    if sys.platform != "linux":
        return "bubblewrap runs on Linux only"
    if shutil.which("bwrap") is None:
        return f"bubblewrap is not installed ({INSTALL})"
    command = ["bwrap", *_APART, "--unshare-net", "--tmpfs", "/run", "--", "true"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here ({error})"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return "" if done.returncode == 0 else f"bubblewrap does not work here ({lines[-1]})"
