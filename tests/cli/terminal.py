"""The command: in this process, or in one of its own, as a terminal or a script runs it."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bspsa_widgets.cli import main
from bspsa_widgets.service import embedded

SECONDS = 30.0  # that any command of these tests may take


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document; fails where stdout holds anything else beside it."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        return json.loads(self.out, parse_constant=refuse)

    @property
    def told(self) -> str:
        return self.out + self.err


STARTED: list[subprocess.Popen[str]] = []  # ended at the latest when the tests are over


class Bspsa:
    """Runs `bspsa` with a home of its own: no service, token or setting of the developer's."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "SYSTEMROOT")}
        self.environment = kept | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONWARNINGS": "error",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.environment |= environment

    def with_environment(self, **changes: str) -> Bspsa:
        return Bspsa(self.home, **(self.environment | changes))

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        usual: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": self.home,
            "start_new_session": True,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bspsa_widgets", *map(str, arguments)],
            env=self.environment,
            text=True,
            encoding="utf-8",
            **(usual | options),
        )
        STARTED.append(process)
        return process

    def process(self, *arguments: str | Path, **options: Any) -> Ended:
        """Run it in a process of its own: for what Python's start and end, or stdout, decide."""
        return ended(self.start(*arguments, **options))

    def __call__(self, *arguments: str | Path) -> Ended:
        """Run it in this process, which saves the start of another."""
        out, err = _written(), _written()
        with _as_if_new(self.environment), redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Ended(code, _text(out), _text(err))


@contextmanager
def _as_if_new(environment: dict[str, str]) -> Iterator[None]:
    """This process without what it has beside a new one: services, and handlers of its log."""
    level = logging.root.level
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(embedded, "_started", [])
        patch.setattr(logging.root, "handlers", [])
        yield
    logging.root.setLevel(level)  # which `--debug` changes


def _written() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end; a command that hangs is killed and fails the test."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    result = Ended(process.returncode, out or "", err or "")
    assert "ResourceWarning" not in result.err, result.err
    return result


def forms_of(secret: str) -> list[str]:
    """The ways in which a secret can be told: as it is, percent-encoded, as base64."""
    plain = secret.encode()
    # Within a longer text base64 begins at any of three offsets.
    coded = [base64.b64encode(b" " * pad + plain)[4:-4].decode() for pad in range(3)]
    return [secret, quote(secret, safe=""), *coded]
