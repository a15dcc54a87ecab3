"""One program of a job: started, its output taken down, ended with all that it started."""

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

from bspsa_widgets.service.executors.runner.cgroup import TaskBound, tells_of_no_process
from bspsa_widgets.service.executors.runner.descendants import end_processes, kin, reap
from bspsa_widgets.service.executors.runner.limits import Limits, words

_LOOK: Final = 0.2  # seconds between two looks at a program's limits
_LAST_WORDS: Final = 0.5  # seconds for output that is still on its way after the end
_CHUNK: Final = 2**16
_TAIL: Final = 2**12  # bytes of an output's end that are kept at hand
_NAMES = ("standard output", "standard error")


class Program:
    """A program that runs, in a session of its own.

    Args:
        command: program and arguments. folder: to run in. environment: all of it.
        outputs: what standard output and standard error are added to; closed at the end.
        is_wrapped: it is started by bubblewrap, which needs no word of farewell.

    Raises:
        OSError, ValueError: it could not be started.
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
        self._next_look = 0.0  # monotonic seconds
        self._is_bounded = False
        self._cut = ""  # which output is longer than it may be
        self._exits = ExitStack()
        self._wake = self._wake_on_signals()
        files = [self._exits.enter_context(output) for output in outputs]
        self._bound = TaskBound.make(limits.tasks) if limits.tasks else None
        self._child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=self._bind,  # this process has one thread only
        )
        self._offer_to_the_kernel()
        self._pipes = selectors.DefaultSelector()
        self._pipes.register(self._wake, selectors.EVENT_READ)
        self._sinks = [
            _Sink(file, name, limits.output) for file, name in zip(files, _NAMES, strict=True)
        ]
        for pipe, sink in zip((self._child.stdout, self._child.stderr), self._sinks, strict=True):
            assert pipe is not None  # noqa: S101  # for the type checker
            os.set_blocking(pipe.fileno(), False)
            self._pipes.register(pipe, selectors.EVENT_READ, sink)

    def _offer_to_the_kernel(self) -> None:
        """Make the kernel choose the job where memory runs out nevertheless."""
        with suppress(OSError):
            Path(f"/proc/{self._child.pid}/oom_score_adj").write_text("500", encoding="ascii")

    def wait(self, look: Callable[[], str]) -> str:
        """Until it ends, or there is a reason to end it.

        Args:
            look: called every 0.2 seconds, and after a signal; the reason, or empty.

        Returns:
            The reason; empty where it ended by itself.
        """
        while self._child.poll() is None:
            if self._cut:
                return self._cut
            if time.monotonic() >= self._next_look:
                if reason := look():
                    return reason
                reap(self._child.pid)
                self._next_look = time.monotonic() + _LOOK
            self._pump(_LOOK)
        return self._cut

    @property
    def is_bounded(self) -> bool:
        """Whether it could not start all that it wanted to."""
        return self._is_bounded

    def end(self) -> int:
        """End it with all that it has started, and take down its last words.

        Returns:
            Its exit code, negative for a signal.
        """
        if self._child.poll() is None or kin():
            found = kin()
            # bubblewrap's two processes would end the others at once, unasked.
            end_processes(kin, found[2:] if self._is_wrapped else found, self._pause)
        reap(self._child.pid)
        code = self._child.wait()
        deadline = time.monotonic() + _LAST_WORDS
        while self._is_heard() and time.monotonic() < deadline:
            self._pump(0.01)
        self._close()
        return code

    def _bind(self) -> None:
        """In the new process, before it becomes the program."""
        if self._bound is not None:
            self._bound.enter()
        self._limits.apply()

    def _pause(self) -> None:
        """Between two looks at what is still to be ended."""
        self._pump(0.005)
        reap(self._child.pid)
        self._child.poll()

    def _is_heard(self) -> bool:
        return any(key.data is not None for key in self._pipes.get_map().values())

    def _pump(self, seconds: float) -> None:
        """Take down what is there, waiting for it."""
        for key, _ in self._pipes.select(seconds):
            data = b""
            with suppress(BlockingIOError):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    self._pipes.unregister(key.fileobj)
            if key.data is None:
                self._next_look = 0.0  # a signal
            elif not key.data.take(data):
                self._cut = f"The job wrote more than {words(key.data.most)} to its {key.data.name}"

    def _wake_on_signals(self) -> int:
        """A pipe that has something to read after each signal, a child's end among them."""
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
        if self._bound is not None:
            self._is_bounded = self._bound.was_met
            self._bound.remove()
        elif self._limits.tasks is not None and os.geteuid() != 0:
            # The bound of a user, which is not root's, is told to the program alone.
            self._is_bounded = tells_of_no_process(self._sinks[1].tail)
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        self._exits.close()


class _Sink:
    """A file that an output goes to, up to a length."""

    def __init__(self, file: BinaryIO, name: str, most: int | None) -> None:
        self._file = file
        self._left = most
        self.name = name
        self.most = most or 0
        self.tail = b""

    def take(self, data: bytes) -> bool:
        """Write; False where there was no more room."""
        kept = data if self._left is None else data[: self._left]
        if self._left is not None:
            self._left -= len(kept)
        self.tail = (self.tail + kept)[-_TAIL:]
        with suppress(OSError):  # a full disk: the program goes on, its words are lost
            self._file.write(kept)
        return len(kept) == len(data)
