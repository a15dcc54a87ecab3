"""Parts of a run, each a process of its own: some at once, and what each writes kept apart."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.checks.command import ROOT

Command = Sequence[str]


class Parts:
    """Runs commands beside each other, and prints what each wrote once it has ended.

    Args:
        folder: for what they write until then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, commands: Mapping[str, Command], at_once: int) -> list[str]:
        """Run all to their ends, whatever becomes of the others.

        Args:
            commands: by the parts' names, in the order in which they begin.
            at_once: the most that run beside each other.

        Returns:
            The names of those that failed.
        """
        with ThreadPoolExecutor(at_once) as pool:
            ran = {name: pool.submit(self._run, name, one) for name, one in commands.items()}
            try:
                return [name for name, passed in ran.items() if not passed.result()]
            except BaseException:  # Ctrl-C, or a limit of whoever runs this
                pool.shutdown(wait=False, cancel_futures=True)
                for process in list(self._running.values()):
                    process.send_signal(signal.SIGINT)
                raise  # once each has ended what it started

    def _run(self, name: str, command: Command) -> bool:
        """Run one; return whether it did its work."""
        print(f"-- {name} begins", flush=True)
        start = time.monotonic()
        log = self._folder / name
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            self._running[name] = process
            # `wait` does not tell of the processor time, that of all that was started included.
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            del self._running[name]
        text = log.read_text(encoding="utf-8", errors="replace").strip()
        seconds, processor = time.monotonic() - start, used.ru_utime + used.ru_stime
        took = f"{seconds:.0f} s, {processor:.0f} s of processor time"
        print(f"\n{text}\n-- {name}: {took}", flush=True)
        return process.returncode == 0


def run_parts(commands: Mapping[str, Command], at_once: int) -> list[str]:
    """Run commands beside each other; see `Parts.run`."""
    with tempfile.TemporaryDirectory() as folder:
        return Parts(Path(folder)).run(commands, at_once)
