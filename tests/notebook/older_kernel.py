"""An older ipykernel beside the one that is installed: a folder to be put first on its path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OLDER = ("ipykernel==6.31.0", "nest-asyncio==1.6.0")  # the last of the sixth series
SECONDS = 120


def older_kernel(folder: Path) -> Path:
    """Install it into `folder`, without what both versions need; takes about a second.

    Raises:
        RuntimeError: it cannot be had.
    """
    into = ("--python", sys.executable, "--target", str(folder))
    command = ("uv", "pip", "install", "--quiet", "--no-deps", *into, *OLDER)
    done = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{OLDER[0]} cannot be installed: {done.stderr}")
    return folder
