"""Two streams: the answer on stdout, everything that is said on the way on stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from bspsa_widgets.cli.exit_codes import exit_code
from bspsa_widgets.errors import BspsaError


class Output:
    """Where a command writes.

    Args:
        as_json: stdout gets exactly one JSON document, and no text.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that lacks a letter must not turn a success into a failure.
                stream.reconfigure(errors="replace")
        self._live = sys.stderr.isatty()
        self._line_is_open = False
        self._last = ""

    @property
    def is_live(self) -> bool:
        """Somebody looks: a line may be replaced by the next."""
        return self._live

    @property
    def may_ask(self) -> bool:
        """Somebody is there to answer a question."""
        return not self.as_json and self._live and sys.stdin.isatty()

    def answer(self, document: Any, text: str) -> None:
        """The result of the command: `document` for programs, `text` for people."""
        self._close_line()
        written = json.dumps(document, indent=2) if self.as_json else plain(text)
        # Whoever read it has enough (`bspsa jobs | head`); the exit code stands.
        with suppress(BrokenPipeError):
            _write(sys.stdout, written + "\n")

    def answer_program(self, document: Any) -> None:
        """The result where people have been told already."""
        if self.as_json:
            self.answer(document, "")

    def pass_on(self, lines: Sequence[str]) -> bool:
        """Lines for people that are safe as they are; whether anybody reads them."""
        if self.as_json or not lines:
            return True
        if self._line_is_open:
            _tell("\r\x1b[K")  # it was the beginning of one of them
            self._line_is_open = False
        try:
            _write(sys.stdout, "\n".join(lines) + "\n")
        except BrokenPipeError:
            return False
        return True

    def say(self, text: str) -> None:
        """A line for people."""
        self._close_line()
        _tell(plain(text) + "\n")

    def progress(self, text: str, *, step: str = "") -> None:
        """A line that the next one replaces; where nobody looks, one line for each step."""
        if self._live:
            # A line that wraps would not be replaced, but added to.
            _tell(f"\r\x1b[K{line(text)[: _columns() - 1]}")
            self._line_is_open = True
        elif (step or text) != self._last:
            self._last = step or text
            self.say(text)

    def ask(self, question: str) -> bool:
        """A question to be answered with yes or no; anything but yes is no."""
        self._close_line()
        _tell(f"{plain(question)} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def failure(self, error: BspsaError) -> int:
        """Say how the command failed; returns its exit code."""
        for words in failure_lines(error):
            self.say(words)
        self.answer_program({"error": str(error), "job_may_exist": error.job_may_exist})
        return exit_code(error)

    def _close_line(self) -> None:
        if self._line_is_open:
            _tell("\n")
            self._line_is_open = False


def failure_lines(error: BspsaError) -> list[str]:
    """What went wrong, field by field where fields are wrong, and what to do."""
    fields = [f"{name}: {sentence}" for name, sentence in error.errors.items()]
    lines = fields or [error.message, error.advice]
    return [line(words) for words in (f"bspsa: {lines[0]}", *lines[1:]) if words]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns, aligned to the left."""
    texts = [[line(str(cell)) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )


def plain(text: str) -> str:
    """A server's text must not steer the terminal: control characters become visible."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def line(text: str) -> str:
    """A server's text within a line of ours: it must not begin a line that looks like ours."""
    return plain(text).replace("\n", " ")


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80  # 0: it does not say
    except OSError:
        return 80


def _tell(text: str) -> None:
    """To stderr. That nobody reads it must not stop a submission half way."""
    with suppress(OSError):
        _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # What is still buffered would fail once more, and loudly, at the interpreter's end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        raise
