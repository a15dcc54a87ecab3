"""Local services that are killed: from outside, or by themselves, at a step that is counted.

A kill at a random moment seldom hits what takes no time. Here each change that the service
makes to its directory is as likely as any other: the interpreter tells of those to files
(audit events), and SQLite of those to the database.

`python -m tests.faults.local_service.doomed` imports everything once, then forks a service for each
line on its standard input: a `Life` as JSON. It says `{"pid": …}`, and `{"ended": …}` thereafter.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sqlite3
import sys
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any, Literal

from bspsa_widgets.service import __main__ as service
from bspsa_widgets.service.executors.runner import sandbox
from tests.faults.kernels.killable import die_with_parent, say

_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "subprocess.Popen")
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE")


@dataclass(frozen=True)
class Life:
    """A service to be.

    Attributes:
        steps: after which it kills itself, before the last one is done; 0: it does not.
        when: they are counted from its start, or from a SIGUSR1 on.
        only_rows: those to files are not counted, of which there are many more.
    """

    directory: str
    log: str
    steps: int
    when: Literal["start", "signal"]
    only_rows: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Doom:
    """Counts the steps of this process, and kills it."""

    def __init__(self, life: Life) -> None:
        self.is_armed = life.when == "start"
        self._left = life.steps
        self._directory = life.directory
        self._has_written = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What the interpreter tells of all that is done."""
        is_change = event in _CHANGES or (
            event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        )
        if is_change and self._directory in str(arguments):
            self._step()

    def hear_statement(self, text: str) -> None:
        """What SQLite tells."""
        word = text.split(None, 1)[0].upper()
        if word in _WRITES or (word == "COMMIT" and self._has_written):
            self._has_written = word != "COMMIT"
            self._step()

    def _step(self) -> None:
        if self.is_armed:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def listen(doom: Doom, *, only_rows: bool) -> None:
    """From now on it is told of every step."""

    def arm(number: int, frame: FrameType | None) -> None:
        doom.is_armed = True

    connect = sqlite3.connect

    def heard(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(doom.hear_statement)
        return connection

    signal.signal(signal.SIGUSR1, arm)
    sqlite3.connect = heard  # type: ignore[assignment]  # its overloads are not told
    if not only_rows:
        sys.addaudithook(doom.hear)


def live(life: Life) -> None:
    """Serves, as `python -m bspsa_widgets.service` does, until it is killed."""
    die_with_parent()
    os.setsid()
    log = os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(target, stream)
    listen(Doom(life), only_rows=life.only_rows)
    service.main(["--dir", life.directory])


def main() -> None:
    die_with_parent()
    importlib.import_module("bspsa_widgets.service.server")  # `service` does when it serves
    sandbox.sandbox_unavailable_reason()  # kept, too
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                live(Life(**json.loads(line)))
            finally:
                sys.stderr.flush()
                os._exit(70)
        say(pid=pid)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
