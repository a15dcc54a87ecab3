"""The ledger: quota is charged with the job and refunded with its end, once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, LocalProject, find_project
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase
from bspsa_widgets.service.storage.directory import is_shared
from bspsa_widgets.service.storage.rows import NewJob
from bspsa_widgets.service.storage.store import QuotaTooSmall, Store
from tests.service.conftest import Caller

_PLACE = ("pizdaint", "bsp_pizdaint_01")  # of the jobs below


def _project(hpc: str) -> LocalProject:
    found = find_project(hpc, None)
    assert found is not None
    return found


DAINT, NSG = _project("pizdaint"), _project("nsg")


def _job(job_id: str, hours: float = 2.0, project: LocalProject = DAINT) -> NewJob:
    return NewJob(job_id, project, JobSettings(hours, command="x"), "a.zip", 1, "0" * 64)


def _add(store: Store, job: NewJob) -> None:
    store.add(job)


def _used(store: Store, project: LocalProject = DAINT) -> int:
    return store.seconds_used(project)


def test_a_job_is_charged_when_it_is_added_and_refunded_at_its_end(store: Store) -> None:
    _add(store, _job("A"))
    assert _used(store) == 7200
    store.record("A", JobProgress(Phase.RUNNING))
    assert _used(store) == 7200
    store.record("A", JobProgress(Phase.SUCCEEDED, 10.2))
    assert _used(store) == 11


@pytest.mark.parametrize("end", [Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED])
def test_the_first_final_state_counts_and_nothing_is_refunded_twice(
    store: Store, end: Phase
) -> None:
    _add(store, _job("A"))
    store.record("A", JobProgress(end, 100))
    first = list(store.jobs())
    for later in Phase:
        store.record("A", JobProgress(later, 0))
    assert list(store.jobs()) == first
    assert _used(store) == 100


def test_no_more_is_charged_than_requested(store: Store) -> None:
    _add(store, _job("A", hours=0.001))
    store.record("A", JobProgress(Phase.FAILED, 500))
    assert _used(store) == 4  # 3.6 s, in whole seconds


def test_a_job_above_the_quota_is_not_added(store: Store) -> None:
    _add(store, _job("A", hours=4999))
    with pytest.raises(QuotaTooSmall):
        _add(store, _job("B", hours=1.1))
    assert store.job_ids() == {"A"}
    _add(store, _job("C", hours=1))
    assert _used(store) == QUOTA_SECONDS
    _add(store, _job("D", project=NSG))
    assert _used(store, NSG) == 7200


def test_a_job_that_cannot_be_stored_is_not_charged(store: Store) -> None:
    _add(store, _job("A"))
    with pytest.raises(sqlite3.IntegrityError):
        _add(store, _job("A"))
    assert _used(store) == 7200


def test_jobs_are_found_in_their_own_project_only(store: Store) -> None:
    _add(store, _job("A"))
    _add(store, _job("B", project=NSG))
    assert [job.job_id for job in store.jobs()] == ["A", "B"]
    assert [job.job_id for job in store.jobs("pizdaint")] == ["A"]
    assert [job.job_id for job in store.jobs("nsg", NSG.name)] == ["B"]
    assert list(store.jobs("nsg", DAINT.name)) == []
    assert store.find(*_PLACE, "A") is not None
    assert store.find(*_PLACE, "B") is None


def test_charges_from_many_threads_add_up(store: Store) -> None:
    def add(number: int) -> None:
        for part in range(10):
            _add(store, _job(f"{number}-{part}"))
            store.record(f"{number}-{part}", JobProgress(Phase.SUCCEEDED, 1))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _used(store) == 80


def test_reads_do_not_wait_for_writes_or_long_lists(store: Store) -> None:
    _add(store, _job("A"))
    _add(store, _job("B"))
    with ThreadPoolExecutor(1) as another, store._transaction() as database:
        database.execute("DELETE FROM jobs")
        database.execute("UPDATE used SET seconds = 0")
        listed = store.jobs()
        assert next(listed).job_id == "A"
        assert another.submit(store.find, *_PLACE, "A").result(5) is not None
        assert another.submit(store.seconds_used, DAINT).result(5) > 0
    assert [job.job_id for job in listed] == ["B"]  # as of when the list was asked for
    assert store.find(*_PLACE, "A") is None
    assert list(store.jobs()) == []


def test_every_commit_is_synced(store: Store) -> None:
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_service_charges_at_submission_and_refunds_at_the_end(call: Caller) -> None:
    before = call.quota("pizdaint")
    job = call.submit("pizdaint", command="sleep 600", runtime="100")
    assert call.quota("pizdaint") == before - 360_000
    call.at_stage(job, "RUNNING")
    call.cancel(job)
    assert before - 60 < call.quota("pizdaint") < before


@pytest.fixture(params=[False, True], ids=["own disk", "shared disk"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path, is_shared=request.param)
    yield found
    found.close()


def test_concurrent_reads_and_writes_do_not_conflict(either: Store) -> None:
    def write(number: int) -> None:
        _add(either, _job(f"J{number}", hours=0.01))
        either.record(f"J{number}", JobProgress(Phase.SUCCEEDED, 1.0))

    def read(number: int) -> None:
        for job in either.jobs():
            assert either.find(*_PLACE, job.job_id) is not None

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(work, n) for n in range(40) for work in (write, read)]
        for one in done:
            one.result(timeout=30)
    assert len(list(either.jobs())) == 40
    assert _used(either) == 40


def test_on_a_shared_file_system_there_is_no_shared_memory(tmp_path: Path) -> None:
    before = Store(tmp_path)
    _add(before, _job("A"))
    assert (tmp_path / "service.db-shm").exists()
    before.close()
    after = Store(tmp_path, is_shared=True)
    _add(after, _job("B"))
    assert [job.job_id for job in after.jobs()] == ["A", "B"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["service.db"]
    after.close()


@pytest.mark.parametrize(
    ("kind", "shared"), [("ext4", False), ("tmpfs", False), ("nfs4", True), ("fuse.sshfs", True)]
)
def test_a_shared_file_system_is_found_by_its_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, shared: bool
) -> None:
    mounts = [
        SimpleNamespace(mountpoint=place, fstype=name)
        for place, name in (("/", "ext4"), (str(tmp_path), kind))
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    assert is_shared(tmp_path / "deep" / "service") is shared
    assert not is_shared(Path("/elsewhere"))
