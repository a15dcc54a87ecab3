"""Records which version of the folder was sent, if it is in a git repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bspsa_widgets.records.record import Provenance

SECONDS = 5.0  # do not wait longer for a huge work tree on slow storage

# Do not start programs that a repository's configuration names.
_TAME = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")


# Git, and the filters that a repository makes it start, must not see tokens.
_TOKENS = ("BSPSA_TOKEN", "CLB_AUTH")


def provenance(folder: Path) -> Provenance | None:
    """Return the commit of a folder. Blocks for a few seconds at most.

    Args:
        folder: the folder to send.

    Returns:
        the commit, and whether there are uncommitted changes; None if git does not track it.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    # A folder that is inside a work tree but ignored by git is in no commit.
    if not commit or not _git(folder, "ls-tree", "--name-only", "HEAD"):
        return None
    changes = _git(folder, "status", "--porcelain", "--ignore-submodules=all", "--", ".")
    return Provenance(commit=commit.strip(), dirty=None if changes is None else bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    """Return git's output; None if there is no git, no repository, or no answer in time."""
    try:
        done = subprocess.run(
            ("git", *_TAME, *arguments),
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """Return the environment without tokens and without git's own variables.

    Git's variables, as set in a hook, would lead git to another repository.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _TOKENS and not name.startswith("GIT_")
    }
