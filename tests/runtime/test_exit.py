"""The interpreter's end in the middle of a submission: soon, clean, and told as it is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records

_SCRIPT = """
import sys, threading, time
from bspsa_widgets import JobSubmitter
endpoint, folder, records, wanted, least = sys.argv[1:]
reached = threading.Event()
panel = JobSubmitter(
    folder, endpoint=endpoint, token="t" * 43, records=records, command="true", runtime=1
)
def look(change):
    if change.new["step"] == wanted and change.new["done"] >= int(least):
        reached.set()
panel.observe(look, "status")
panel.submit()
assert reached.wait(30), panel.status
print(time.time(), flush=True)
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a service that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _exit_at(step: str, folder: Path, place: Path, url: str, least: int = 0) -> list[Record]:
    """End the interpreter where the submission is at `step`: the records of it.

    Args:
        least: bytes that are done by then.
    """
    (place / "tmp").mkdir()
    ours = os.environ | {"TMPDIR": str(place / "tmp"), "XDG_STATE_HOME": str(place / "state")}
    given = [url, str(folder), str(place / "records"), step, str(least)]
    command = [sys.executable, "-c", _SCRIPT, *given]
    ran = subprocess.run(command, env=ours, capture_output=True, timeout=60)
    took = time.time() - float(ran.stdout)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert took < 4.0  # seconds; two for us, the others for the interpreter itself
    assert list((place / "tmp").iterdir()) == []
    return Records(place / "records").load().records


def test_packing_is_called_off_and_leaves_nothing(tmp_path: Path, silent: str) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    with (folder / "long.bin").open("wb") as file:
        file.truncate(9_000_000_000)  # sparse; it takes longer than a test may
    assert _exit_at("packing", folder, tmp_path, silent, least=1) == []


def test_what_was_certainly_not_sent_is_recorded_so(tmp_path: Path, silent: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "run.sh").write_text("true\n")
    [record] = _exit_at("connecting", folder, tmp_path, silent)
    assert record.state == "not_sent"
