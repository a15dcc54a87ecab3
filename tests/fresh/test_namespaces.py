"""What the README's commands have started ends with `python -m tests.fresh`, however that ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.checks.command import ROOT

# In a container, or where root itself is another folder, namespaces may not be to be had.
TRIES = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]
has_namespaces = shutil.which("unshare") is not None and (
    subprocess.run(TRIES, capture_output=True, check=False).returncode == 0
)
pytestmark = pytest.mark.skipif(not has_namespaces, reason="needs root, and namespaces")

SECONDS = 30
# One that heeds no signal, one in a session of its own, and one that nobody waits for.
LINE = """
trap '' INT TERM HUP
setsid sh -c ': {word}; sleep 600; :' &
(sh -c ': {word}; sleep 600; :' &)
echo begun
while :; do echo x > "{folder}/$(date +%N)"; done
"""
SCRIPT = """
import signal, sys, tempfile
from tests.fresh import namespaces
for number in namespaces.ENDS:  # whatever these tests were started with
    signal.signal(number, signal.SIG_DFL)
namespaces.clean_up_at_signals()
with tempfile.TemporaryDirectory(dir=sys.argv[1]) as scratch:
    namespaces.run(["sh", "-c", sys.argv[2].format(word=sys.argv[3], folder=scratch)])
"""


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that has started commands which go on; a word of their command lines."""
    word = f"word-{uuid.uuid4()}"
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), LINE, word]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process, word
        finally:
            process.kill()


def left(word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if word in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_at_a_signal_no_process_and_no_file_is_left(
    begun: tuple[subprocess.Popen[str], str], tmp_path: Path, number: signal.Signals
) -> None:
    process, word = begun
    assert len(left(word)) > 1
    process.send_signal(number)
    assert process.wait(SECONDS) == 128 + number
    assert left(word) == []
    assert os.listdir(tmp_path) == []


def test_no_process_outlives_one_that_was_killed(
    begun: tuple[subprocess.Popen[str], str],
) -> None:
    process, word = begun
    process.kill()
    process.wait(SECONDS)
    deadline = time.monotonic() + SECONDS
    while left(word):
        assert time.monotonic() < deadline
        time.sleep(0.02)  # nobody tells when they have ended; the deadline bounds the looks
