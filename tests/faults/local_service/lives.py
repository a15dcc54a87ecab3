"""A local service, a process of its own, that is killed and started again in its directory."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.faults.local_service.doomed import Life

ROOT = Path(__file__).parents[3]
SECONDS = 30.0  # that anything awaited of it may take
_LOG_SHOWN = 2000  # characters


class Unstarted(Exception):
    """It does not start any more; its log says why."""


class Lives:
    """The lives of a service, one after the other.

    Args:
        directory: the service's own.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._log = directory.with_name("log")
        self._pid = 0
        self._address: dict[str, Any] = {}

    def begin(
        self,
        steps: int = 0,
        when: Literal["start", "signal"] = "signal",
        *,
        only_rows: bool = False,
    ) -> None:
        """Start it, and do not wait. It ends with this process, whatever becomes of that.

        Args:
            steps, when, only_rows: as in a `Life`.
        """
        life = Life(str(self.directory), str(self._log), steps, when, only_rows)
        self._pid = warm().say(life.to_json())["pid"]

    def ready(self) -> None:
        """Until it answers. Raises Unstarted, also where it was to die before."""
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            if self.is_gone(0.0) or time.monotonic() > deadline:
                raise Unstarted(self._log.read_text(errors="replace")[-_LOG_SHOWN:])
            time.sleep(0.005)  # between two looks; the deadline bounds them

    def _answers(self) -> bool:
        try:
            self._address = json.loads((self.directory / "service.json").read_bytes())
        except (OSError, ValueError):
            return False
        return bool(self._address["pid"] == self._pid)  # else it is of an earlier life

    def arm(self) -> None:
        """From now on, its steps are counted."""
        os.kill(self._pid, signal.SIGUSR1)

    def is_gone(self, seconds: float) -> bool:
        """Whether it is dead by then."""
        deadline = time.monotonic() + seconds
        while self._lives():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.002)  # between two looks; the deadline bounds them
        return True

    def _lives(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return self._pid != 0

    def kill(self) -> None:
        """`kill -9`, and no more: its jobs' runners go on."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            warm().hear()
            self._pid = 0

    def link(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self._address["url"]).netloc, timeout=SECONDS)

    @property
    def authorization(self) -> str:
        return f"Bearer {self._address['token']}"

    def ask(self, method: str, path: str) -> tuple[int, Any]:
        """Status and content. Raises OSError, HTTPException, ValueError, once it is killed."""
        link = self.link()
        try:
            link.request(method, path, headers={"Authorization": self.authorization})
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            link.close()


class Forker:
    """The warm parent of the services; it ends when this process does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.local_service.doomed"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> dict[str, Any]:
        """Its answer to a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@cache
def warm() -> Forker:
    return Forker()
