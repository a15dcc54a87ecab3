"""The endpoints of the Service Account's REST API."""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bspsa_widgets.service.config.catalogue import (
    QUOTA_SECONDS,
    SYSTEM_NAMES,
    LocalProject,
    find_project,
    projects_of,
)
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.http.auth import AuthMiddleware
from bspsa_widgets.service.http.file_response import file_response
from bspsa_widgets.service.http.responses import (
    Refusal,
    job_list,
    job_object,
    not_found_page,
    project_object,
    quota_object,
)
from bspsa_widgets.service.http.submission import receive_job
from bspsa_widgets.service.storage.files import IsFolder, list_files, open_file
from bspsa_widgets.service.storage.rows import StoredJob
from bspsa_widgets.service.storage.store import Store, task_of

MAX_UPLOAD = 2 * 2**30  # bytes
WRITERS = 3  # jobs that are written at once; measured: a read takes 15 instead of 65 ms

_HPC = re.compile(r"[A-Za-z_-]+")
_PROJECT = re.compile(r"[a-z0-9_-]+")
_JOB_ID = re.compile(r"[A-Z0-9_-]+")

_log = logging.getLogger("bspsa_widgets.service")


@dataclass(frozen=True)
class _Endpoints:
    """The objects that the endpoints use.

    Attributes:
        store: the jobs and quotas.
        dispatcher: runs the jobs.
        max_upload: size of the largest accepted file, in bytes.
        write_slots: limits how many jobs are written at once.
    """

    store: Store
    dispatcher: Dispatcher
    max_upload: int
    write_slots: asyncio.Semaphore


class _Scope(NamedTuple):
    """The system and project in a path.

    Attributes:
        hpc: the system's id in lower case; None: all systems.
        project: the project; None: all projects.
    """

    hpc: str | None
    project: LocalProject | None


def create_app(
    store: Store,
    dispatcher: Dispatcher,
    token: str,
    allowed_hosts: Collection[str],
    *,
    max_upload: int = MAX_UPLOAD,
) -> Starlette:
    """Return the service as an ASGI application.

    It has no lifespan handler: `server` creates and closes the store and the dispatcher.

    Args:
        store: the jobs and quotas.
        dispatcher: runs the jobs.
        token: bearer token that every path except GET /status/ and /hpc/ requires.
        allowed_hosts: exact values of the Host header, such as `127.0.0.1:8080`.
        max_upload: size of the largest accepted file, in bytes.

    Returns:
        The application.
    """
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(AuthMiddleware, token=token, allowed_hosts=allowed_hosts)],
        exception_handlers={
            Refusal: _refused,
            ClientDisconnect: _disconnected,
            HTTPException: _unrouted,
            sqlite3.Error: _unstored,
        },
    )
    app.router.redirect_slashes = False
    app.state.service = _Endpoints(store, dispatcher, max_upload, asyncio.Semaphore(WRITERS))
    return app


def _routes() -> list[Route]:
    routes = [
        Route("/status/", _status),
        Route("/hpc/", _systems),
        Route("/hpc/{hpc}/", _system),
        Route("/jobs/", _jobs),
        Route("/jobs/{hpc}/", _jobs_or_submit, methods=["GET", "POST"]),
        Route("/jobs/{hpc}/{project}/", _jobs_or_submit, methods=["GET", "POST"]),
        Route("/jobs/{hpc}/{project}/{id}/", _job, methods=["GET", "DELETE"]),
        Route("/files/{hpc}/{project}/{id}/", _files),
        Route("/files/{hpc}/{project}/{id}/{file}/", _download),
        Route("/quotas/{hpc}/{project}/", _quota),
    ]
    for path in ("/projects/", "/projects/{hpc}/"):
        routes.append(Route(path, _projects))
    for path in ("/quotas/", "/quotas/{hpc}/"):
        routes.append(Route(path, _quotas))
    return routes


async def _status(request: Request) -> Response:
    return JSONResponse({"bsp-service-account-status": 1})


async def _systems(request: Request) -> Response:
    found = [{"id": hpc.upper(), "name": name} for hpc, name in sorted(SYSTEM_NAMES.items())]
    return JSONResponse(found)


async def _system(request: Request) -> Response:
    is_known = request.path_params["hpc"].lower() in SYSTEM_NAMES
    return Response(status_code=200 if is_known else 404)


async def _projects(request: Request) -> Response:
    projects = projects_of(_scope_of(request).hpc)
    return JSONResponse(
        [project_object(project, _seconds_left(request, project)) for project in projects]
    )


async def _quotas(request: Request) -> Response:
    projects = projects_of(_scope_of(request).hpc)
    return JSONResponse(
        [quota_object(project, _seconds_left(request, project)) for project in projects]
    )


async def _quota(request: Request) -> Response:
    project = _project(request)
    return JSONResponse(quota_object(project, _seconds_left(request, project)))


def _seconds_left(request: Request, project: LocalProject) -> int:
    return QUOTA_SECONDS - _service(request).store.seconds_used(project)


async def _jobs_or_submit(request: Request) -> Response:
    return await (_submit if request.method == "POST" else _jobs)(request)


async def _jobs(request: Request) -> Response:
    hpc, project = _scope_of(request)
    name = project.name if project else None
    jobs = _service(request).store.jobs(hpc, name)
    return await asyncio.to_thread(job_list, jobs)


async def _submit(request: Request) -> Response:
    scope, service = _scope_of(request), _service(request)
    project = scope.project or find_project(scope.hpc or "", None)
    if project is None:
        raise Refusal(404, "Project not found!")
    job = await receive_job(
        request,
        service.store,
        project,
        service.max_upload,
        service.dispatcher.check,
        service.write_slots,
    )
    await service.dispatcher.submit(task_of(service.store, job))
    return JSONResponse(job_object(job), 201)


async def _job(request: Request) -> Response:
    job = _find_job(request)
    if request.method == "DELETE":
        await _service(request).dispatcher.cancel(job.job_id)
        job = _find_job(request)
    return JSONResponse(job_object(job))


async def _files(request: Request) -> Response:
    job = _find_job(request)
    folder = _service(request).store.folder(job.job_id, job.hpc)
    return JSONResponse(await asyncio.to_thread(list_files, job, folder))


async def _download(request: Request) -> Response:
    job, key = _find_job(request), request.path_params["file"]
    folder = _service(request).store.folder(job.job_id, job.hpc)
    try:
        opened = await asyncio.to_thread(open_file, job, folder, key)
    except IsFolder:
        raise Refusal(406, "") from None
    except FileNotFoundError:
        raise Refusal(404, "") from None
    return file_response(request, opened, key)


def _service(request: Request) -> _Endpoints:
    found: _Endpoints = request.app.state.service
    return found


def _scope_of(request: Request) -> _Scope:
    """Return the system and project in the path; refuses in the order of the real service."""
    hpc: str | None = request.path_params.get("hpc")
    name: str | None = request.path_params.get("project")
    if (hpc and not _HPC.fullmatch(hpc)) or (name and not _PROJECT.fullmatch(name)):
        raise HTTPException(404)
    if hpc is None:
        return _Scope(None, None)
    system = hpc.lower()
    if system not in SYSTEM_NAMES:
        raise Refusal(404, "HPC not found!")
    project = find_project(system, name) if name else None
    if name and project is None:
        raise Refusal(404, "Project not found!")
    return _Scope(system, project)


def _project(request: Request) -> LocalProject:
    found = _scope_of(request).project
    if found is None:
        raise Refusal(404, "Project not found!")
    return found


def _find_job(request: Request) -> StoredJob:
    job_id: str = request.path_params["id"]
    project = _project(request)
    if not _JOB_ID.fullmatch(job_id):
        raise HTTPException(404)
    store = _service(request).store
    # Not in a worker thread: while files are received, waiting for one would take longer.
    job = store.find(project.hpc, project.name, job_id)
    if job is None:
        raise Refusal(404, "Job not found!")
    return job


async def _refused(request: Request, error: Any) -> Response:
    refusal: Refusal = error
    return refusal.response()


async def _disconnected(request: Request, error: Any) -> Response:
    # The client has disconnected and will not read it; no job was created.
    return Refusal(400, detail="The body came short.").response()


async def _unstored(request: Request, error: Any) -> Response:
    # Every write is one transaction: a failed one has changed nothing.
    _log.error("the database cannot be used: %s", error)
    return Refusal(503, detail="The local service's database cannot be used now.").response()


async def _unrouted(request: Request, error: Any) -> Response:
    if error.status_code == 405:
        detail = f'Method "{request.method}" not allowed.'
        return JSONResponse({"detail": detail}, 405, error.headers)
    return not_found_page()
