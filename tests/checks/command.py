"""A command of the checks: run, and interrupted where it takes too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 720.0  # seconds, beside another: one that hangs must not hide what the others say
GRACE = 30.0  # seconds for the words of one that is interrupted: pytest names what has failed


def run(
    *command: str,
    folder: Path = ROOT,
    longest: float = LONGEST,
    grace: float = GRACE,
    **environment: str,
) -> bool:
    """Run a command to its end.

    Args:
        command: program and arguments.
        folder: to run in.
        longest: seconds that it may take.
        grace: seconds that it then has to say what it knows.
        environment: variables, added to this process's.

    Returns:
        Whether it did its work.
    """
    print("\n$", " ".join(command), flush=True)
    ours = os.environ | environment
    try:
        # A group of its own: what it has started is ended with it.
        process = subprocess.Popen(command, cwd=folder, env=ours, start_new_session=True)
    except OSError as error:
        print(f"!!! {command[0]} cannot be started: {error.strerror}.", flush=True)
        return False
    try:
        return process.wait(longest) == 0
    except subprocess.TimeoutExpired:
        print(f"!!! It had not ended after {longest:g} s.", flush=True)
        return False
    finally:
        if process.returncode is None:  # too late, or this process was told to stop
            _end(process, grace)


def python(*arguments: str, folder: Path = ROOT, **environment: str) -> bool:
    """Run a module with this Python; see `run`."""
    return run(sys.executable, "-m", *arguments, folder=folder, **environment)


def _end(process: subprocess.Popen[bytes], grace: float) -> None:
    """As Ctrl-C does, and by force where that is not heeded."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
