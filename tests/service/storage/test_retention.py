"""Jobs that have been over for long are removed, where that is wanted; nothing else is."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service import __main__ as program
from bspsa_widgets.service.config.catalogue import find_project
from bspsa_widgets.service.config.file import read_service_file
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.config.retention_setting import duration_text, parse_keep
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import JobProgress, Phase
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.server import notices
from bspsa_widgets.service.storage import file_access
from bspsa_widgets.service.storage.job_folder import remove
from bspsa_widgets.service.storage.retention import prune, pruning
from bspsa_widgets.service.storage.rows import NewJob
from bspsa_widgets.service.storage.store import Store
from tests.service.conftest import Caller, until, zipped

Start = Callable[[Path], tuple[LocalService, Caller]]
DAY = timedelta(days=1)
DAINT = find_project("pizdaint", None)
assert DAINT is not None


def _add(store: Store, job_id: str, ended: str | None) -> None:
    """A job with a file, and its end; None: it has none yet."""
    assert DAINT is not None
    store.folder(job_id, "pizdaint").create(None, None)
    store.folder(job_id, "pizdaint").stdout.write_text("said")
    store.add(NewJob(job_id, DAINT, JobSettings(1, command="x"), None, 0, "0" * 64))
    store.record(job_id, JobProgress(Phase.RUNNING))
    if ended is not None:
        store.record(job_id, JobProgress(Phase.SUCCEEDED, 10))
        _move_end(store.directory, job_id, ended)


def _move_end(directory: Path, job_id: str, end: str) -> None:
    database = sqlite3.connect(directory / "service.db")
    with database:
        query = "UPDATE jobs SET end_date = ? WHERE job_id = ?"
        assert database.execute(query, (end, job_id)).rowcount == 1
    database.close()


def _prune(store: Store, before: str) -> None:
    moment = datetime.strptime(before, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    prune(store, moment, threading.Event())


def _kept(store: Store) -> set[str]:
    """Jobs that have a row; those, and no others, have their files."""
    folders = {path.name for path in (store.directory / "jobs").iterdir()}
    assert folders == store.job_ids()
    return folders


def test_only_jobs_that_ended_earlier_are_removed(store: Store) -> None:
    _add(store, "EARLIER", "2026-03-01T11:59:59Z")
    _add(store, "THEN", "2026-03-01T12:00:00Z")
    _add(store, "LATER", "2026-12-31T00:00:00Z")
    _add(store, "OPEN", None)
    _prune(store, "2026-03-01T12:00:00Z")
    assert _kept(store) == {"THEN", "LATER", "OPEN"}


def test_an_unfinished_job_is_never_removed(store: Store) -> None:
    _add(store, "OPEN", None)
    _move_end(store.directory, "OPEN", "2020-01-01T00:00:00Z")
    _prune(store, "2026-03-01T12:00:00Z")
    assert not store.forget("OPEN")
    assert _kept(store) == {"OPEN"}


def test_used_quota_stays_used_and_no_id_is_reused(store: Store) -> None:
    assert DAINT is not None
    _add(store, "OLD", "2020-01-01T00:00:00Z")
    used, number = store.seconds_used(DAINT), next(store.jobs()).id
    _prune(store, "2026-01-01T00:00:00Z")
    assert (_kept(store), store.seconds_used(DAINT)) == (set(), used)
    _add(store, "NEW", None)
    # A client takes a job for its own only where its number is higher than those before.
    assert next(store.jobs()).id > number


def test_removed_jobs_are_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    _add(store, "OLD", "2020-01-01T00:00:00Z")
    with caplog.at_level(logging.INFO, "bspsa_widgets.service"):
        _prune(store, "2026-01-01T00:00:00Z")
    assert caplog.messages == ["job OLD, over since 2020-01-01T00:00:00Z, was removed"]


def test_jobs_are_pruned_at_once_and_regularly(store: Store) -> None:
    for job_id in ("AT ONCE", "LATER"):
        _add(store, job_id, "2020-01-01T00:00:00Z")
        _add(store, f"{job_id} OPEN", None)
        with pruning(store, DAY, pause=3600):
            until(lambda at=job_id: not store.folder(at, "pizdaint").path.exists(), "its removal")
    with pruning(store, DAY, pause=0.01):
        _add(store, "LAST", "2020-01-01T00:00:00Z")
        until(lambda: "LAST" not in store.job_ids(), "its removal")
    assert _kept(store) == {"AT ONCE OPEN", "LATER OPEN"}


def test_without_a_retention_time_no_job_is_removed(store: Store) -> None:
    _add(store, "OLD", "1999-01-01T00:00:00Z")
    with pruning(store, None, pause=0.0):
        assert "pruning" not in [thread.name for thread in threading.enumerate()]
    assert _kept(store) == {"OLD"}


def test_pruning_stops_with_the_service(store: Store) -> None:
    _add(store, "OLD", "2020-01-01T00:00:00Z")
    ended = threading.Event()
    ended.set()
    prune(store, datetime.now(UTC), ended)
    assert _kept(store) == {"OLD"}


def test_a_failed_removal_is_retried_later(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    _add(store, "OLD", "2020-01-01T00:00:00Z")
    store._database.execute("PRAGMA busy_timeout=1")
    other = sqlite3.connect(store.directory / "service.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pruning(store, DAY, pause=0.01):
        until(lambda: "could not be removed" in caplog.text, "its complaint")
        assert store.folder("OLD", "pizdaint").stdout.exists()
        other.execute("ROLLBACK")
        until(lambda: not store.folder("OLD", "pizdaint").path.exists(), "its removal")
    other.close()
    assert _kept(store) == set()


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that is whoever's the test gives it to; pytest's own are root's alone."""
    place = Path(tempfile.mkdtemp())
    yield place
    subprocess.run(["chmod", "-R", "u+rwX", place], check=True)  # root alone could do without
    subprocess.run(["rm", "-rf", place], check=True)


def test_all_files_of_a_job_are_removed_but_no_link_targets(open_place: Path) -> None:
    folder, other = open_place / "JOB", open_place / "other"
    inner = folder / "work" / "mine"
    inner.mkdir(parents=True)
    other.mkdir()
    (inner / "file").touch()
    (inner / "link").symlink_to(other)
    (folder / "work" / "link").symlink_to(other)
    os.mkfifo(inner / "pipe")
    at = os.open(folder, os.O_RDONLY)
    for _ in range(1500):  # deeper than Python goes, and than a path can say
        os.mkdir("deep", dir_fd=at)
        below = os.open("deep", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    (other / "file").touch()
    for path, mode in ((other, 0o500), (inner, 0o500), (folder / "work", 0)):
        path.chmod(mode)
    assert _as_a_user(lambda: remove(folder), open_place)
    assert [path.name for path in open_place.rglob("*")] == ["other", "file"]
    assert other.stat().st_mode & 0o777 == 0o500


def test_a_file_that_vanishes_during_a_listing_is_omitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").touch()
    with file_access.folder_at(tmp_path.parent, tmp_path) as place:
        monkeypatch.setattr(os, "listdir", lambda at: ["goes", "stays"])
        assert [entry.name for entry in file_access.entries(place)] == ["stays"]


def _as_a_user(act: Callable[[], bool], place: Path) -> bool:
    """Not as root, who may do everything. What is in `place` becomes the user's."""
    if os.geteuid() != 0:
        return act()
    subprocess.run(["chown", "-R", "-h", "65534:65534", place], check=True)
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os._exit(0 if act() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


def _aged(start: Start, directory: Path) -> list[dict[str, Any]]:
    """Two jobs of a service that has ended: over for two hours, and just now."""
    service, caller = start(directory)
    old = caller.submit("nsg", zipped({"m/init.py": "print(7)"}))
    young = caller.submit("pizdaint", command="echo young")
    for job in (old, young):
        caller.ended(job)
    service.stop()
    end = datetime.now(UTC) - timedelta(hours=2)
    _move_end(directory, old["job_id"], end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return [old, young]


def test_a_service_prunes_jobs_at_its_start(tmp_path: Path, start: Start) -> None:
    directory = tmp_path / "s"
    old, young = _aged(start, directory)
    service, caller = start(directory)
    assert [job["id"] for job in caller.http.get("/jobs/").json()] == [old["id"], young["id"]]
    service.stop()
    (directory / "service.toml").write_text('keep = "1h"\n')
    service, caller = start(directory)
    until(lambda: not (directory / "jobs" / old["job_id"]).exists(), "its removal")
    for method, what in (("GET", "jobs"), ("GET", "files"), ("DELETE", "jobs")):
        answer = caller.http.request(method, f"/{what}/{caller.path(old)}")
        assert (answer.status_code, answer.json()) == (404, "Job not found!")
    assert [job["id"] for job in caller.http.get("/jobs/").json()] == [young["id"]]
    assert caller.read(young, "stdout") == b"young\n"
    service.stop()
    assert f"job {old['job_id']}, over since" in (directory / "service.log").read_text()


def test_after_a_kill_between_row_and_files_the_next_start_removes_these(
    tmp_path: Path, start: Start
) -> None:
    directory = tmp_path / "s"
    old, young = _aged(start, directory)
    store = Store(directory)
    assert store.forget(old["job_id"])  # and then nothing more came
    store.close()
    assert (directory / "jobs" / old["job_id"]).exists()
    _, caller = start(directory)
    assert [path.name for path in (directory / "jobs").iterdir()] == [young["job_id"]]
    assert [job["id"] for job in caller.http.get("/jobs/").json()] == [young["id"]]


@pytest.mark.parametrize(
    ("text", "time", "words"),
    [
        ("1h", timedelta(hours=1), "1 hour"),
        ("36h", timedelta(hours=36), "36 hours"),
        ("1d", DAY, "1 day"),
        ("30d", 30 * DAY, "30 days"),
        ("2w", 14 * DAY, "14 days"),
        ("9999w", 9999 * 7 * DAY, "69993 days"),
    ],
)
def test_hours_days_and_weeks_are_parsed(text: str, time: timedelta, words: str) -> None:
    assert (parse_keep(text), duration_text(time)) == (time, words)
    assert datetime.now(UTC) - time  # there is such a moment


WRONG = (
    *("", "30", "d", "0d", "00d", "-1d", "+1d", "1.5d", "10000d", "30m", "30s", "1y", "30D"),
    *(" 30d", "30d ", "30 d", "30d\n", "3d2h", "٣d", "forever", "1e3h"),
)


@pytest.mark.parametrize("wrong", [*WRONG, 30, 1.5, True, None, ["30d"], {}])
def test_an_invalid_retention_time_is_an_error_with_examples(wrong: Any) -> None:
    with pytest.raises(ValueError, match="as in 12h, 30d or 8w"):
        parse_keep(wrong)


def test_the_settings_file_says_how_long(tmp_path: Path) -> None:
    assert read_service_file(tmp_path).keep is None
    (tmp_path / "service.toml").write_text('keep = "30d"\nat_once = 2\n')
    assert read_service_file(tmp_path).keep == 30 * DAY
    assert read_service_file(tmp_path).run_options == RunOptions()
    told = "Jobs are removed with their files {} after their end."
    assert told.format("30 days") in notices(tmp_path)
    assert told.format("2 days") in notices(tmp_path, keep=2 * DAY)


@pytest.mark.parametrize("text", ["keep = 30", 'keep = "0d"', "keep = [1]", "[keep]", "keep ="])
def test_an_invalid_retention_time_prevents_the_start(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "service.toml").write_text(text)
    with pytest.raises(LocalServiceError, match=r"service\.toml cannot be used: ") as caught:
        read_service_file(tmp_path)
    assert "keep" in str(caught.value) or text == "keep ="
    assert program.main(["--dir", str(tmp_path)]) == 1
    assert "service.toml cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "jobs").exists()
