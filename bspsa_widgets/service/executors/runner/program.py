"""Runs one program of a job: starts it, writes its output, ends it with all that it started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Final

from bspsa_widgets.service.executors.runner.cgroup import ControlGroup, reports_task_limit
from bspsa_widgets.service.executors.runner.descendants import (
    descendant_pids,
    reap,
    terminate_processes,
)
from bspsa_widgets.service.executors.runner.limits import Limits, size_text

_CHECK_SECONDS: Final = 0.2  # seconds between two checks of a program's limits
_DRAIN_SECONDS: Final = 0.5  # seconds to read remaining output after the program's end
_CHUNK: Final = 2**16
_TAIL: Final = 2**12  # bytes of an output's end that are kept in memory
_NAMES = ("standard output", "standard error")


class Program:
    """A running program, in a session of its own.

    Args:
        command: program and arguments.
        folder: folder to run it in.
        environment: its whole environment.
        outputs: files to which standard output and standard error are added; closed at the end.
        limits: the job's limits.
        is_wrapped: whether it is started by bubblewrap, which needs no SIGTERM.

    Raises:
        OSError: it could not be started.
        ValueError: it could not be started: a NUL character is in the command or the environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        outputs: Sequence[BinaryIO],
        limits: Limits,
        *,
        is_wrapped: bool,
    ) -> None:
        self._limits = limits
        self._is_wrapped = is_wrapped
        self._next_check = 0.0  # monotonic seconds
        self._hit_task_limit = False
        self._cut = ""  # message on the output that exceeds its limit
        self._exits = ExitStack()
        self._wake = self._wake_on_signals()
        files = [self._exits.enter_context(output) for output in outputs]
        self._group = ControlGroup.make(limits.tasks) if limits.tasks else None
        self._child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=self._apply_limits,  # this process has one thread only
        )
        self._prefer_for_oom_kill()
        self._pipes = selectors.DefaultSelector()
        self._pipes.register(self._wake, selectors.EVENT_READ)
        self._sinks = [
            _Sink(file, name, limits.output) for file, name in zip(files, _NAMES, strict=True)
        ]
        for pipe, sink in zip((self._child.stdout, self._child.stderr), self._sinks, strict=True):
            assert pipe is not None  # noqa: S101  # for the type checker
            os.set_blocking(pipe.fileno(), False)
            self._pipes.register(pipe, selectors.EVENT_READ, sink)

    def _prefer_for_oom_kill(self) -> None:
        """Make the kernel kill the job first if memory runs out nevertheless."""
        with suppress(OSError):
            Path(f"/proc/{self._child.pid}/oom_score_adj").write_text("500", encoding="ascii")

    def wait(self, check: Callable[[], str]) -> str:
        """Wait until the program ends or there is a reason to end it.

        Args:
            check: called every 0.2 seconds and after a signal; returns the reason, or empty.

        Returns:
            The reason; empty if the program ended by itself.
        """
        while self._child.poll() is None:
            if self._cut:
                return self._cut
            if time.monotonic() >= self._next_check:
                if reason := check():
                    return reason
                reap(self._child.pid)
                self._next_check = time.monotonic() + _CHECK_SECONDS
            self._pump(_CHECK_SECONDS)
        return self._cut

    @property
    def hit_task_limit(self) -> bool:
        """Whether it could not start all the processes and threads that it wanted."""
        return self._hit_task_limit

    def stop(self) -> int:
        """End the program with all that it has started, and write its remaining output.

        Returns:
            Its exit code, negative for a signal.
        """
        if self._child.poll() is None or descendant_pids():
            found = descendant_pids()
            # A SIGTERM to bubblewrap's two processes would kill the others without one.
            terminate_processes(
                descendant_pids, found[2:] if self._is_wrapped else found, self._pause
            )
        reap(self._child.pid)
        code = self._child.wait()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self._has_open_pipes() and time.monotonic() < deadline:
            self._pump(0.01)
        self._close()
        return code

    def _apply_limits(self) -> None:
        """Apply the limits in the new process, before the program starts."""
        if self._group is not None:
            self._group.enter()
        self._limits.apply()

    def _pause(self) -> None:
        """Read output and reap processes, between two checks of which processes are left."""
        self._pump(0.005)
        reap(self._child.pid)
        self._child.poll()

    def _has_open_pipes(self) -> bool:
        return any(key.data is not None for key in self._pipes.get_map().values())

    def _pump(self, seconds: float) -> None:
        """Write the output that arrives within `seconds`."""
        for key, _ in self._pipes.select(seconds):
            data = b""
            with suppress(BlockingIOError):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    self._pipes.unregister(key.fileobj)
            if key.data is None:
                self._next_check = 0.0  # a signal
            elif not key.data.write(data):
                limit = size_text(key.data.max_bytes)
                self._cut = f"The job wrote more than {limit} to its {key.data.name}"

    def _wake_on_signals(self) -> int:
        """Return a pipe that becomes readable after each signal, also after a child's end."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(read, False)
        before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        child = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._exits.callback(os.close, read)
        self._exits.callback(os.close, write)
        self._exits.callback(signal.set_wakeup_fd, before)
        self._exits.callback(signal.signal, signal.SIGCHLD, child)
        return read

    def _close(self) -> None:
        self._pipes.close()
        if self._group is not None:
            self._hit_task_limit = self._group.was_reached
            self._group.remove()
        elif self._limits.tasks is not None and os.geteuid() != 0:
            # Only the program learns that it met the user's limit (which does not apply to root).
            self._hit_task_limit = reports_task_limit(self._sinks[1].tail)
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        self._exits.close()


class _Sink:
    """A file to which an output is written, up to a limit."""

    def __init__(self, file: BinaryIO, name: str, max_bytes: int | None) -> None:
        self._file = file
        self._remaining = max_bytes
        self.name = name
        self.max_bytes = max_bytes or 0
        self.tail = b""

    def write(self, data: bytes) -> bool:
        """Write data; return False if the limit was exceeded."""
        written = data if self._remaining is None else data[: self._remaining]
        if self._remaining is not None:
            self._remaining -= len(written)
        self.tail = (self.tail + written)[-_TAIL:]
        with suppress(OSError):  # full disk: the program continues, its output is lost
            self._file.write(written)
        return len(written) == len(data)
