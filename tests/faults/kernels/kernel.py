"""A real kernel: cells are run in it, it is interrupted, and it always ends with its `with`."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

SECONDS = 30.0  # that a cell may take, beside what it is told to
FOLDER = Path(__file__).parents[3]

Message = dict[str, Any]


class Kernel:
    """Runs one cell at a time.

    Args:
        home: where its sockets and what it writes to standard error are kept.
        path: a folder whose modules it imports before all others.
    """

    def __init__(self, home: Path, path: Path | None = None) -> None:
        self._path = path
        self._errors = home / "stderr"
        self._manager = KernelManager(
            kernel_name="python3", transport="ipc", ip=str(home / "socket")
        )

    def __enter__(self) -> Kernel:
        first = {} if self._path is None else {"PYTHONPATH": str(self._path)}
        with self._errors.open("wb") as errors:
            self._manager.start_kernel(
                cwd=str(FOLDER), stdout=errors, stderr=errors, env=os.environ | first
            )
        try:
            self._client = self._manager.blocking_client()
            self._client.start_channels()
            self._client.wait_for_ready(SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(AttributeError):
            self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    @property
    def errors(self) -> str:
        """What the kernel itself, and no cell of it, has complained about."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    def begin(self, cell: str, value: str = "None") -> str:
        """Start a cell; returns its name once it has begun. `value`: as of `ask`."""
        name = self._client.execute(
            cell,
            store_history=False,
            user_expressions={"value": f"__import__('json').dumps({value})"},
            stop_on_error=False,
        )
        deadline = time.monotonic() + SECONDS
        while True:
            news = self._client.get_iopub_msg(timeout=deadline - time.monotonic())
            if _is_of(news, name) and news["content"].get("execution_state") == "busy":
                return str(name)

    def end(self, name: str, seconds: float = SECONDS) -> Message:
        """The reply to a cell. Raises Empty where it does not end in time."""
        deadline = time.monotonic() + seconds
        while True:
            reply = self._client.get_shell_msg(timeout=max(0.0, deadline - time.monotonic()))
            if _is_of(reply, name):
                content: Message = reply["content"]
                return content

    def ask(self, cell: str, value: str = "None", seconds: float = SECONDS) -> Any:
        """Run a cell to its end, then an expression, whose value JSON can tell.

        Raises:
            RuntimeError: the cell failed.
        """
        return told(self.end(self.begin(cell, value), seconds))

    def said(self, text: str) -> None:
        """Wait until the cell that runs has printed this."""
        deadline = time.monotonic() + SECONDS
        while True:
            news = self._client.get_iopub_msg(timeout=deadline - time.monotonic())
            if news["msg_type"] == "stream" and text in news["content"]["text"]:
                return

    def interrupt(self) -> None:
        """As the notebook's stop button does."""
        self._manager.interrupt_kernel()

    def published(self) -> Iterator[Message]:
        """What the page was sent since the last cell began."""
        with suppress(Empty):
            while True:
                yield self._client.get_iopub_msg(timeout=0)


def told(reply: Message) -> Any:
    """The value that was asked for, of a cell that must not fail."""
    if reply["status"] != "ok":
        raise RuntimeError("\n".join(reply.get("traceback", [str(reply)])))
    value = reply["user_expressions"]["value"]
    if value["status"] != "ok":
        raise RuntimeError("\n".join(value["traceback"]))
    return json.loads(ast.literal_eval(value["data"]["text/plain"]))


def _is_of(message: Message, name: str) -> bool:
    return bool(message["parent_header"].get("msg_id") == name)
