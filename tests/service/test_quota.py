"""The quota of a project: charged with each job, never overdrawn, given back at the end."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS
from bspsa_widgets.service.executors import JobProgress, Phase
from tests.service.conftest import APP_TOKEN, App, payload


def _left(app: App, hpc: str = "pizdaint") -> int:
    return int(app.ask("GET", f"/quotas/{hpc}/bsp_{hpc}_01/").json()["time_left"])


def test_every_list_has_the_same_quota_of_a_project(app: App) -> None:
    assert app.post(given=payload("pizdaint", runtime="2")).status_code == 201
    daint, nsg = QUOTA_SECONDS - 7200, QUOTA_SECONDS
    quotas = app.ask("GET", "/quotas/").json()
    assert {one["project_name"]: one["time_left"] for one in quotas} == {
        "bsp_nsg_01": nsg,
        "bsp_pizdaint_01": daint,
    }
    assert app.ask("GET", "/quotas/nsg/").json() == [
        app.ask("GET", "/quotas/nsg/bsp_nsg_01/").json()
    ]
    times = {
        one["name"]: (one["user_time"], one["init_time"], one["time_left"])
        for one in app.ask("GET", "/projects/").json()
    }
    assert times == {
        "bsp_nsg_01": (QUOTA_SECONDS, QUOTA_SECONDS, nsg),
        "bsp_pizdaint_01": (QUOTA_SECONDS, QUOTA_SECONDS, daint),
    }


def test_jobs_sent_at_once_never_overdraw_the_quota(app: App) -> None:
    async def race() -> list[int]:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            headers = {
                "Authorization": f"Bearer {APP_TOKEN}",
                "Content-Disposition": "attachment; filename=job.zip",
                "Content-Type": "application/zip",
                "Payload": json.dumps(payload("pizdaint", runtime="700")),
            }
            sent = [
                client.post("/jobs/pizdaint/", content=b"PK", headers=headers) for _ in range(20)
            ]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    assert sorted(asyncio.run(race())) == [201] * 7 + [401] * 13
    assert _left(app) == 100 * 3600
    assert len(app.ledger.submitted) == 7


@pytest.mark.parametrize(
    ("steps", "used"),
    [
        ([JobProgress(Phase.CANCELLED)], 0),  # before it began
        ([JobProgress(Phase.RUNNING), JobProgress(Phase.CANCELLED, 99.5)], 100),
        ([JobProgress(Phase.RUNNING), JobProgress(Phase.SUCCEEDED, 1)], 1),
        ([JobProgress(Phase.RUNNING), JobProgress(Phase.FAILED, 9999)], 3600),
    ],
)
def test_unused_quota_is_refunded(app: App, steps: list[JobProgress], used: int) -> None:
    job = app.post().json()
    for step in steps:
        app.store.record(job["job_id"], step)
    assert _left(app) == QUOTA_SECONDS - used
