"""Each user has jobs, projects and hours of their own, as the file says at each request."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bspsa_widgets.service import server
from bspsa_widgets.service import users as users_module
from bspsa_widgets.service.catalogue import QUOTA_SECONDS, find_project
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import Phase, Progress
from bspsa_widgets.service.grants import typed_grants
from bspsa_widgets.service.user_list import (
    add_user,
    remove_user,
    renew_token,
    set_grants,
    user_reports,
)
from bspsa_widgets.service.users import Users
from bspsa_widgets.service.users_file import FILE

from .conftest import APP_TOKEN, App, Caller, payload

DAINT_JOBS = "/jobs/pizdaint/bsp_pizdaint_01/"
NOT_YOURS = {"detail": "Authentication credentials were not provided."}


def _path(job: dict[str, Any]) -> str:
    return f"{job['project_hpc'].lower()}/{job['project_name']}/{job['job_id']}/"


def _left(app: App, hpc: str = "pizdaint") -> int:
    return int(app.ask("GET", f"/quotas/{hpc}/bsp_{hpc}_01/").json()["time_left"])


def _hours(app: App, name: str, *hours: str) -> None:
    set_grants(app.store.directory, name, typed_grants(hours))


# Jobs


def test_each_lists_their_own_jobs_and_owns_them(app: App) -> None:
    ada, bob = app.let_in("ada"), app.let_in("bob")
    jobs = {name: who.post().json() for name, who in (("ada", ada), ("bob", bob), ("local", app))}
    nsg = ada.post("/jobs/nsg/").json()
    for name, who in (("ada", ada), ("bob", bob), ("local", app)):
        assert jobs[name]["owner"] == name
        for path in ("/jobs/pizdaint/", DAINT_JOBS):
            assert who.ask("GET", path).json() == [jobs[name]]
    assert ada.ask("GET", "/jobs/").json() == [jobs["ada"], nsg]
    assert bob.ask("GET", "/jobs/nsg/").json() == []


@pytest.mark.parametrize("hpc", ["pizdaint", "nsg"])
def test_on_every_route_anothers_job_is_as_if_it_were_not(app: App, hpc: str) -> None:
    ada, bob = app.let_in("ada"), app.let_in("bob")
    for other, who in ((ada, bob), (bob, ada), (app, ada), (ada, app)):
        job = other.post(f"/jobs/{hpc}/").json()
        stdout = other.store.folder(job["job_id"], hpc).stdout
        stdout.write_text("secret")
        paths = [f"/jobs/{_path(job)}", f"/files/{_path(job)}"]
        paths += [f"/files/{_path(job)}{name}/" for name in (stdout.name, "0", "job.zip")]
        for path in paths:
            for method in ("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"):
                answer = who.ask(method, path)
                assert answer.status_code in (404, 405), (method, path)
                assert "secret" not in answer.text
            assert who.ask("GET", path).json() == "Job not found!"
            assert other.ask("GET", paths[0]).json() == job
        assert who.ask("DELETE", paths[0]).json() == "Job not found!"
    assert app.ledger.cancelled == []


def test_each_cancels_and_fetches_their_own(app: App) -> None:
    ada = app.let_in("ada")
    job = ada.post().json()
    ada.store.folder(job["job_id"], "pizdaint").stdout.write_text("mine")
    assert "/stdout" in ada.ask("GET", f"/files/{_path(job)}").json()
    assert ada.ask("GET", f"/files/{_path(job)}stdout/").text == "mine"
    assert ada.ask("DELETE", f"/jobs/{_path(job)}").status_code == 200
    assert app.ledger.cancelled == [job["job_id"]]


# Projects


def test_a_project_that_is_not_the_users_is_refused_on_every_path_that_names_it(app: App) -> None:
    ada = app.let_in("ada", "bsp_nsg_01=1")
    foreign = app.post().json()
    for path in (
        DAINT_JOBS,
        "/quotas/pizdaint/bsp_pizdaint_01/",
        f"/jobs/{_path(foreign)}",
        f"/files/{_path(foreign)}",
        f"/files/{_path(foreign)}stdout/",
    ):
        answer = ada.ask("GET", path)
        assert (answer.status_code, answer.json()) == (403, NOT_YOURS), path
    assert ada.ask("DELETE", f"/jobs/{_path(foreign)}").status_code == 403
    assert ada.post(DAINT_JOBS).status_code == 403
    by_default = ada.post("/jobs/pizdaint/")
    assert (by_default.status_code, by_default.json()) == (401, "User has not quota!")
    assert len(app.ledger.submitted) == 1
    assert app.ledger.cancelled == []
    # What does not exist is told before what is not theirs, as before.
    assert ada.ask("GET", "/jobs/nsg/bsp_pizdaint_01/").json() == "Project not found!"


def test_quotas_are_the_users_own_and_projects_are_all(app: App) -> None:
    ada = app.let_in("ada", "bsp_nsg_01=20.5")
    (quota,) = ada.ask("GET", "/quotas/").json()
    assert (quota["project_name"], quota["time_left"], quota["user"]) == (
        "bsp_nsg_01", 73_800, "ada",
    )  # fmt: skip
    assert ada.ask("GET", "/quotas/nsg/").json() == [quota]
    assert ada.ask("GET", "/quotas/nsg/bsp_nsg_01/").json() == quota
    assert ada.ask("GET", "/quotas/pizdaint/").json() == []
    app.post()  # what others use is none of hers
    projects = {one["name"]: one for one in ada.ask("GET", "/projects/").json()}
    times = {
        name: (one["user_time"], one["init_time"], one["time_left"])
        for name, one in projects.items()
    }
    assert times == {"bsp_nsg_01": (73_800,) * 3, "bsp_pizdaint_01": (0, 0, 0)}


def test_a_user_without_hours_sees_the_project_and_can_send_nothing(app: App) -> None:
    ada = app.let_in("ada", "bsp_nsg_01=0")
    assert ada.ask("GET", "/jobs/nsg/bsp_nsg_01/").json() == []
    assert ada.post("/jobs/nsg/").json() == "Quota not enough!"


# Quota


def test_hours_are_charged_to_who_submits_and_to_nobody_else(app: App) -> None:
    ada, bob = app.let_in("ada", "bsp_pizdaint_01=3"), app.let_in("bob", "bsp_pizdaint_01=3")
    assert ada.post(given=payload("pizdaint", runtime="2")).status_code == 201
    assert (_left(ada), _left(bob), _left(app)) == (3600, 10_800, QUOTA_SECONDS)
    refused = ada.post(given=payload("pizdaint", runtime="1.001"))
    assert (refused.status_code, refused.json()) == (401, "Quota not enough!")
    assert bob.post(given=payload("pizdaint", runtime="3")).status_code == 201
    assert (_left(ada), _left(bob)) == (3600, 0)


@pytest.mark.parametrize(
    ("steps", "used"),
    [
        ([Progress(Phase.CANCELLED)], 0),  # before it began
        ([Progress(Phase.RUNNING), Progress(Phase.CANCELLED, 99.5)], 100),
        ([Progress(Phase.RUNNING), Progress(Phase.SUCCEEDED, 1)], 1),
        ([Progress(Phase.RUNNING), Progress(Phase.FAILED, 9999)], 3600),
    ],
)
def test_what_was_not_used_comes_back_to_who_paid(
    app: App, steps: list[Progress], used: int
) -> None:
    ada, bob = app.let_in("ada", "bsp_pizdaint_01=2"), app.let_in("bob", "bsp_pizdaint_01=2")
    job, other = ada.post().json(), bob.post().json()
    for step in steps:
        app.store.record(job["job_id"], step)
    assert (_left(ada), _left(bob)) == (7200 - used, 3600)
    app.store.record(other["job_id"], Progress(Phase.CANCELLED))
    assert (_left(ada), _left(bob)) == (7200 - used, 7200)


def test_submissions_at_once_never_overdraw(app: App) -> None:
    ada, bob = app.let_in("ada", "bsp_pizdaint_01=7"), app.let_in("bob", "bsp_pizdaint_01=9")

    async def race() -> list[tuple[str, int]]:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:

            async def send(token: str) -> tuple[str, int]:
                headers = {
                    "Authorization": f"Bearer {token}",
                    "Content-Disposition": "attachment; filename=job.zip",
                    "Content-Type": "application/zip",
                    "Payload": json.dumps(payload("pizdaint")),
                }
                answer = await client.post("/jobs/pizdaint/", content=b"PK", headers=headers)
                return token, answer.status_code

            return await asyncio.gather(*(send(who.token) for _ in range(20) for who in (ada, bob)))

    answers = asyncio.run(race())
    assert answers.count((ada.token, 201)) == 7
    assert answers.count((bob.token, 201)) == 9
    assert {status for _, status in answers} == {201, 401}
    assert (_left(ada), _left(bob)) == (0, 0)


def test_other_hours_hold_at_once_also_fewer_than_are_used(app: App) -> None:
    ada = app.let_in("ada", "bsp_pizdaint_01=2")
    job = ada.post(given=payload("pizdaint", runtime="2")).json()
    assert ada.post().status_code == 401
    _hours(app, "ada", "bsp_pizdaint_01=3")
    assert _left(ada) == 3600
    _hours(app, "ada", "bsp_pizdaint_01=1")
    assert _left(ada) == 0
    assert ada.post(given=payload("pizdaint", runtime="0.01")).json() == "Quota not enough!"
    app.store.record(job["job_id"], Progress(Phase.CANCELLED))
    assert _left(ada) == 3600


# Changes


def test_who_is_removed_is_refused_and_their_job_goes_on(app: App) -> None:
    ada = app.let_in("ada", "bsp_pizdaint_01=2")
    job = ada.post().json()
    remove_user(app.store.directory, "ada")
    for path in ("/jobs/", f"/jobs/{_path(job)}"):
        answer = ada.ask("GET", path)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token."})
    assert app.ledger.cancelled == []
    app.store.record(job["job_id"], Progress(Phase.RUNNING))
    app.store.record(job["job_id"], Progress(Phase.SUCCEEDED, 5))
    again = add_user(app.store.directory, "ada", typed_grants(["bsp_pizdaint_01=2"]))
    assert again.jobs == 1
    back = ada.by(again.token)
    assert [one["job_id"] for one in back.ask("GET", "/jobs/").json()] == [job["job_id"]]
    assert _left(back) == 7195


@pytest.mark.parametrize("change", ["removed", "renewed", "renamed", "without", "fewer"])
def test_what_changes_while_a_body_comes_in_counts(app: App, change: str) -> None:
    ada = app.let_in("ada", "bsp_pizdaint_01=2", "bsp_nsg_01=2")
    directory = app.store.directory
    daint = find_project("pizdaint", None)
    assert daint is not None
    changes: dict[str, Callable[[], Any]] = {
        "removed": lambda: remove_user(directory, "ada"),
        "renewed": lambda: renew_token(directory, "ada"),
        "renamed": lambda: _renamed(directory / FILE),
        "without": lambda: set_grants(directory, "ada", {}, [daint]),
        "fewer": lambda: set_grants(directory, "ada", {daint: 3599}),
    }

    async def body() -> AsyncIterator[bytes]:
        yield b"P"
        changes[change]()
        yield b"K"

    answer = ada.post(content=body(), Content_Length="2")
    assert answer.status_code == 401, answer.text
    assert app.untouched()
    assert [app.store.seconds_used(name, daint) for name in ("ada", "eve")] == [0, 0]


def _renamed(path: Path) -> None:
    """By hand: the jobs stay the earlier name's."""
    path.write_text(path.read_text().replace('"ada"', '"eve"'))


def test_all_tokens_are_compared_whoever_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [add_user(tmp_path, name, {}).token for name in ("ada", "bob", "eve")]
    users = Users(tmp_path, APP_TOKEN)
    compared: list[str] = []

    def counted(one: str, other: str) -> bool:
        compared.append(one)
        return hmac.compare_digest(one, other)

    class Counted:
        compare_digest = staticmethod(counted)

    monkeypatch.setattr(users_module, "hmac", Counted)
    for token in (*tokens, APP_TOKEN, "nobody's"):
        compared.clear()
        users.find(token)
        assert len(compared) == 4


def test_who_starts_a_service_is_told_what_its_users_could_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(reason: str, executor: str | None = None) -> bool:
        monkeypatch.setattr(server, "why_not", lambda: reason)
        return any(
            "jobs of your users, too (1)" in one for one in server.notices(tmp_path, executor)
        )

    assert not told("no bubblewrap")
    add_user(tmp_path, "ada", {})
    assert told("no bubblewrap")
    assert not told("")
    assert told("", "slurm")
    (tmp_path / FILE).chmod(0o644)
    assert [one for one in server.notices(tmp_path) if "users.json cannot be used" in one]


# In a process of its own


def test_a_running_service_takes_users_in_and_keeps_their_tokens_nowhere(
    tmp_path: Path, start: Callable[[Path], tuple[LocalService, Caller]]
) -> None:
    service, own = start(tmp_path / "s")
    ada = Caller(service.url, add_user(service.directory, "ada", {}).token)
    bob = Caller(
        service.url, add_user(service.directory, "bob", typed_grants(["bsp_nsg_01=1"])).token
    )
    try:
        job = ada.submit("pizdaint", command="echo $((6*7)); sleep 600", runtime="2")
        ada.at_stage(job, "RUNNING")
        assert ada.quota("pizdaint") == QUOTA_SECONDS - 7200
        for other, status in ((bob, 403), (own, 404)):
            assert other.http.delete("/jobs/" + ada.path(job)).status_code == status
            assert other.http.get("/files/" + ada.path(job)).status_code == status
            assert other.http.get("/jobs/").json() == []
        assert ada.cancel(job)["terminal_stage"]
        assert ada.read(job, "stdout") == b"42\n"
        assert QUOTA_SECONDS - 60 < ada.quota("pizdaint") <= QUOTA_SECONDS
        waiting = ada.submit("pizdaint", command="true")
        ada.ended(waiting)
        remove_user(service.directory, "bob")
        assert bob.http.get("/jobs/").status_code == 401
    finally:
        ada.close()
        bob.close()
    service.stop()
    kept = {
        path.name: path.read_bytes()
        for path in service.directory.rglob("*")
        if path.is_file() and path.name != "token"
    }
    assert {FILE, "service.log", "service.db"} <= set(kept)
    for token in (ada.token, bob.token, own.token):
        assert [name for name, content in kept.items() if token.encode() in content] == []
    assert ada.token not in str(user_reports(service.directory))
