"""A folder's lock is waited for, and said to be; who cannot have it goes no further."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from bspsa_widgets.errors import RecordError, Stopped
from bspsa_widgets.records import folder_lock
from bspsa_widgets.records.folder_lock import LockWait, alone

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are other locks")
NONE = [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[FileLock]:
    """Another program has the lock."""
    lock = FileLock(tmp_path / ".lock", thread_local=False)
    lock.acquire()
    yield lock
    lock.release()


def test_who_waits_is_told_which_file_once_and_goes_on_when_it_is_free(
    held: FileLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "TOLD_AFTER", 0.0)
    told: list[Path] = []

    def tell(place: Path) -> None:
        told.append(place)
        threading.Timer(0.5, held.release).start()

    with alone(tmp_path, LockWait(tell)):
        assert told == [tmp_path / ".lock"]


def test_one_that_is_had_at_once_is_not_told(tmp_path: Path) -> None:
    told: list[Path] = []
    for _ in range(2):
        with alone(tmp_path, LockWait(told.append)):
            pass
    assert told == []


def test_who_cannot_have_it_goes_no_further_and_is_told_what_to_do(
    held: FileLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "MOST_WAIT", 0.0)
    with pytest.raises(RecordError) as caught, alone(tmp_path):
        pytest.fail("passed without the lock")
    assert "Nothing was sent." in caught.value.message
    assert str(tmp_path / ".lock") in caught.value.message
    assert "remove that file" in caught.value.advice
    assert not caught.value.job_may_exist
    (tmp_path / ".lock").unlink()  # as the words say
    with alone(tmp_path):
        pass


def test_who_gives_up_waiting_has_not_passed(held: FileLock, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Stopped), alone(tmp_path, LockWait(is_over=lambda: True)):
        pytest.fail("passed without the lock")
    assert time.monotonic() - began < 5


def no_locks(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


@posix
@pytest.mark.parametrize("number", NONE)
def test_on_a_file_system_without_locks_a_file_keeps_others_out(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_locks(monkeypatch, number)
    monkeypatch.setattr(folder_lock, "MOST_WAIT", 0.0)
    with (
        alone(tmp_path),
        pytest.raises(RecordError, match="Nothing was sent") as caught,
        alone(tmp_path),
    ):
        pytest.fail("two at once")
    assert f"{tmp_path}{os.sep}.lock" in caught.value.message
    with alone(tmp_path):
        pass


DIES = """
import errno, fcntl, os, sys
from pathlib import Path

def flock(*_):
    raise OSError(int(sys.argv[2]), "none")

fcntl.flock = flock
from bspsa_widgets.records.folder_lock import alone

with alone(Path(sys.argv[1])):
    os._exit(9)
"""


@posix
@pytest.mark.parametrize("number", NONE)
def test_such_a_file_of_a_program_that_died_here_is_in_nobodys_way(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, tmp_path, str(number)], check=False)
    assert died.returncode == 9
    no_locks(monkeypatch, number)
    with alone(tmp_path):
        pass


@posix
def test_a_lock_that_fails_in_another_way_is_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_locks(monkeypatch, errno.EIO)
    with pytest.raises(RecordError, match="could be sent twice"), alone(tmp_path):
        pytest.fail("passed without the lock")


@posix
def test_what_lies_in_the_locks_place_is_told(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(RecordError, match=r"\.lock"), alone(tmp_path):
        pytest.fail("passed without the lock")
