"""Commands in namespaces of their own: their mounts and their processes end with them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import psutil

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Also where this process is killed, and can end nothing by itself.
_ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
_ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a command; at the end of the block none of its processes is left.

    Args:
        command: program and arguments.
        options: of `subprocess.Popen`.
    """
    whole = [*_ENDS_WITH_PARENT, *_ALONE, *map(str, command)]
    process = subprocess.Popen(whole, text=True, errors="replace", **options)
    try:
        yield process
    finally:
        kill(process)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def kill(process: subprocess.Popen[str]) -> None:
    """Kill all processes of a command that was started here.

    The first of a namespace is killed, not `unshare`, which waits for it: it ends last.
    """
    if process.poll() is not None:
        return
    try:
        first = psutil.Process(process.pid).children()
        for one in first:
            one.kill()
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return
    if not first:
        process.kill()


def run(command: Sequence[str | Path]) -> int:
    """Run a command to its end and return its exit code."""
    with started(command) as process:
        return process.wait()


def clean_up_at_signals() -> None:
    """Let a signal that ends this process raise SystemExit, so that it leaves nothing behind."""
    for number in ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as by nohup
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    for one in ENDS:  # a second one must not disturb the cleaning up
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)
