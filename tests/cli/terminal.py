"""The real command in a process of its own, as a user's terminal or script runs it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

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

    def __call__(self, *arguments: str | Path, **options: Any) -> Ended:
        return ended(self.start(*arguments, **options))


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
