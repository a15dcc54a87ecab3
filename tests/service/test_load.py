"""When much is asked at once, or the disk is slow: whoever looks at a job does not wait."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.local.process_tree import find_processes
from bspsa_widgets.service.http.app import WRITERS
from tests.service.conftest import APP_TOKEN, App, payload
from tests.service.running import Log, local, new_task

JOBS = "/jobs/pizdaint/bsp_pizdaint_01/"


class Stuck(threading.Event):
    """What waits for it is held up until it is set, by the end of the block at the latest."""

    def __enter__(self) -> Stuck:
        return self

    def __exit__(self, *_: object) -> None:
        self.set()


@asynccontextmanager
async def _client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app.app)
    headers = {"Authorization": f"Bearer {APP_TOKEN}"}
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as client,
        asyncio.timeout(30),
    ):
        client.headers.update(headers)
        yield client


def test_a_status_is_read_while_every_thread_waits_for_the_disk(app: App) -> None:
    job = app.post().json()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with _client(app) as client:
            with Stuck() as stuck:
                for _ in range(100):
                    loop.run_in_executor(None, stuck.wait)
                for path in (f"{JOBS}{job['job_id']}/", "/quotas/", "/projects/"):
                    assert (await client.get(path)).status_code == 200

    asyncio.run(run())


def test_a_status_is_read_while_an_upload_waits_for_the_disk(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = app.post().json()
    headers = {"Content-Disposition": "attachment; filename=job.zip"}
    headers["Payload"] = json.dumps(payload("pizdaint"))
    opened, began, stuck = Path.open, threading.Event(), Stuck()

    def slow(path: Path, mode: str = "r", *others: Any, **named: Any) -> Any:
        if mode == "xb":
            began.set()
            stuck.wait()
        return opened(path, mode, *others, **named)

    async def run() -> None:
        async with _client(app) as client:
            with stuck:
                sending = asyncio.create_task(client.post(JOBS, content=b"PK", headers=headers))
                assert await asyncio.to_thread(began.wait, 30)
                assert (await client.get(f"{JOBS}{job['job_id']}/")).status_code == 200
                assert not sending.done()
            assert (await sending).status_code == 201

    monkeypatch.setattr(Path, "open", slow)
    asyncio.run(run())


def test_few_jobs_are_written_at_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Content-Disposition": "attachment; filename=job.zip"}
    headers["Payload"] = json.dumps(payload("pizdaint"))
    opened, stuck, writing = Path.open, Stuck(), list[str]()
    full = threading.Event()

    def slow(path: Path, mode: str = "r", *others: Any, **named: Any) -> Any:
        if mode == "xb":
            writing.append(path.name)
            if len(writing) == WRITERS:
                full.set()
            stuck.wait()
        return opened(path, mode, *others, **named)

    async def run() -> None:
        async with _client(app) as client:
            with stuck:
                sent = [client.post(JOBS, content=b"PK", headers=headers) for _ in range(20)]
                sending = asyncio.gather(*sent)
                assert await asyncio.to_thread(full.wait, 30)
                for _ in range(1000):
                    await asyncio.sleep(0)  # the others come as far as they can
                assert len(writing) == WRITERS
            assert [answer.status_code for answer in await sending] == [201] * 20

    monkeypatch.setattr(Path, "open", slow)
    asyncio.run(run())


@pytest.mark.parametrize("count", [0, 1, 200, 450])
def test_a_long_list_is_complete_and_in_order(app: App, count: int) -> None:
    one = app.post(given=payload("pizdaint", title='Spiné, "number" \u2028 0')).json()
    copies = (
        "INSERT INTO jobs SELECT NULL, job_id || id || hex(randomblob(8)), hpc, project,"
        " project_id, title, init_date, end_date, runtime, stage, terminal, failed, started,"
        " settings, archive, size, sha256, charged FROM jobs WHERE id = 1"
    )
    with app.store._transaction() as database:
        for _ in range(count - 1):
            database.execute(copies)
        if not count:
            database.execute("DELETE FROM jobs")
    listed = app.ask("GET", "/jobs/")
    assert listed.headers["content-type"] == "application/json"
    assert [job["id"] for job in listed.json()] == list(range(1, count + 1))
    singles = [app.ask("GET", f"{JOBS}{job['job_id']}/").json() for job in listed.json()[:3]]
    assert listed.json()[:3] == singles
    assert listed.json()[:1] == [one][:count]


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_a_slow_start_does_not_block_others_and_can_be_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    began, stuck, popen = threading.Event(), Stuck(), subprocess.Popen

    def slow(*others: Any, **named: Any) -> Any:
        began.set()
        stuck.wait()
        return popen(*others, **named)

    async def run() -> None:
        log = Log()
        async with local(log) as jobs:
            monkeypatch.setattr(subprocess, "Popen", slow)
            with stuck:
                await jobs.submit(new_task(tmp_path, "SLOW", "sleep 600"))
                assert await asyncio.to_thread(began.wait, 30)
                end = jobs.cancel("SLOW") if way == "cancel" else jobs.close(stop_jobs=True)
                ending = asyncio.create_task(end)
                await asyncio.sleep(0.1)
                assert (ending.done(), log.ends) == (False, {})
            await ending
            assert log.ends["SLOW"].phase is (Phase.CANCELLED if way == "cancel" else Phase.FAILED)
            assert find_processes("SLOW") == []

    asyncio.run(run())
