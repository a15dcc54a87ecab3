"""Writes results to stdout, and messages and progress to stderr."""

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


class CommandOutput:
    """Output of a command.

    Args:
        as_json: stdout gets exactly one JSON document, and no text.

    Attributes:
        has_result: whether the result of the command is written, or about to be.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.has_result = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A character that the terminal cannot show must not raise an error.
                stream.reconfigure(errors="replace")
        self._live = sys.stderr.isatty()
        self._line_is_open = False
        self._last = ""

    @property
    def is_live(self) -> bool:
        """Whether stderr is a terminal, so that a line can be replaced by the next."""
        return self._live

    @property
    def may_ask(self) -> bool:
        """Whether the user can be asked a question."""
        return not self.as_json and self._live and sys.stdin.isatty()

    def answer(self, document: Any, text: str) -> None:
        """Write the result of the command.

        Args:
            document: result for programs (`--json`).
            text: result for people.
        """
        self._close_line()
        self.has_result = True
        written = json.dumps(document, indent=2) if self.as_json else plain(text)
        # The reader has closed the pipe (`bspsa jobs | head`); the exit code stays.
        with suppress(BrokenPipeError):
            _write(sys.stdout, written + "\n")

    def answer_program(self, document: Any) -> None:
        """Write the result for programs only, if `--json` was given.

        Args:
            document: the result.
        """
        if self.as_json:
            self.answer(document, "")

    def pass_on(self, lines: Sequence[str]) -> bool:
        """Write lines that contain no unsafe characters, for people.

        Args:
            lines: the lines.

        Returns:
            False if nothing reads stdout any more.
        """
        if self.as_json or not lines:
            return True
        if self._line_is_open:
            _tell("\r\x1b[K")  # the progress line was the beginning of one of them
            self._line_is_open = False
        try:
            _write(sys.stdout, "\n".join(lines) + "\n")
        except BrokenPipeError:
            return False
        return True

    def say(self, text: str) -> None:
        """Write a line for people.

        Args:
            text: the line.
        """
        self._close_line()
        _tell(plain(text) + "\n")

    def progress(self, text: str, *, step: str = "") -> None:
        """Write a line that is replaced by the next one; without a terminal, one per step.

        Args:
            text: the line.
            step: name of the step; without a terminal, a step with the same name is not written
                again.
        """
        if self._live:
            # A wrapped line could not be replaced.
            _tell(f"\r\x1b[K{line(text)[: _columns() - 1]}")
            self._line_is_open = True
        elif (step or text) != self._last:
            self._last = step or text
            self.say(text)

    def ask(self, question: str) -> bool:
        """Ask a yes-or-no question; everything except yes means no.

        Args:
            question: the question.

        Returns:
            True for yes.
        """
        self._close_line()
        _tell(f"{plain(question)} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def failure(self, error: BspsaError) -> int:
        """Write how the command failed.

        Args:
            error: the error.

        Returns:
            the exit code.
        """
        for words in failure_lines(error):
            self.say(words)
        self.answer_program({"error": str(error), "job_may_exist": error.job_may_exist})
        return exit_code(error)

    def _close_line(self) -> None:
        if self._line_is_open:
            _tell("\n")
            self._line_is_open = False


def failure_lines(error: BspsaError) -> list[str]:
    """Return lines about an error: each wrong field, or what happened and what to do.

    Args:
        error: the error.

    Returns:
        the lines.
    """
    fields = [f"{name}: {sentence}" for name, sentence in error.errors.items()]
    lines = fields or [error.message, error.advice]
    return [line(words) for words in (f"bspsa: {lines[0]}", *lines[1:]) if words]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table with left-aligned columns.

    Args:
        head: column names.
        rows: rows.

    Returns:
        the text.
    """
    texts = [[line(str(cell)) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )


def plain(text: str) -> str:
    """Replace control characters: a server's text must not control the terminal.

    Args:
        text: the text.

    Returns:
        the safe text.
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def line(text: str) -> str:
    """Return a server's text as one line, so that it cannot imitate lines of this program.

    Args:
        text: the text.

    Returns:
        the line.
    """
    return plain(text).replace("\n", " ")


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80  # 0: unknown
    except OSError:
        return 80


def _tell(text: str) -> None:
    """Write to stderr. A closed stderr must not stop a submission."""
    with suppress(OSError):
        _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # The remaining buffer would raise another error when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        raise
