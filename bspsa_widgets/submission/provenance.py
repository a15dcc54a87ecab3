"""Which version of the folder was sent: git's word, where git knows the folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bspsa_widgets.records.record import Provenance

SECONDS = 5.0  # a huge work tree on slow storage is not worth the wait

# The programs that a repository can have git start at a mere look are not started.
_TAME = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")


# An account's token is no business of git's, nor of a filter that a repository has it start.
_TOKENS = ("BSPSA_TOKEN", "CLB_AUTH")


def provenance(folder: Path) -> Provenance | None:
    """The commit that `folder` is at. Blocks, for a few seconds at most."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    # A folder in somebody's work tree that is none of it, being ignored, say: no commit has it.
    if not commit or not _git(folder, "ls-tree", "--name-only", "HEAD"):
        return None
    changes = _git(folder, "status", "--porcelain", "--ignore-submodules=all", "--", ".")
    return Provenance(commit=commit.strip(), dirty=None if changes is None else bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where there is no git, no repository, or no answer in time."""
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
    """Without tokens, and what would lead git to another repository, as in one of its hooks."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _TOKENS and not name.startswith("GIT_")
    }
