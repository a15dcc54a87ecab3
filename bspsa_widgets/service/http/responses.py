"""What the service answers: the real service's shapes, without its faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, JSONResponse, Response

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, USER, LocalProject

if TYPE_CHECKING:
    from bspsa_widgets.service.storage.store import StoredJob

_AT_ONCE: Final = 200  # jobs that are made JSON in one go, in which no other request has a turn


class Refusal(Exception):
    """The request is answered with a no, before anything ran.

    Args:
        status: HTTP status.
        message: a JSON string where it is text of the service itself.
        detail: sent as `{"detail": …}` instead, as the framework of the real service does.
        headers: to go with it.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        detail: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message or detail)
        self.status = status
        self.body: object = message if detail is None else {"detail": detail}
        self.headers = headers

    def response(self) -> Response:
        return JSONResponse(self.body, self.status, self.headers)


def not_found_page() -> Response:
    """The answer to a path that is none of the service's."""
    return HTMLResponse("<h1>Not Found</h1>", 404)


def job_object(job: StoredJob) -> dict[str, Any]:
    """The 14 keys of a job; `runtime` in hours, dates in UTC or null."""
    return {
        "id": job.id,
        "project_name": job.project,
        "project_hpc": job.hpc.upper(),
        "job_id": job.job_id,
        "title": job.title,
        "init_date": job.init_date,
        "end_date": job.end_date,
        "runtime": job.runtime,
        "stage": job.stage,
        "terminal_stage": job.terminal,
        "failed": job.failed,
        "is_advanced": False,
        "owner": USER,
        "project": job.project_id,
    }


def job_list(jobs: Iterator[StoredJob]) -> Response:
    """All of them, in their order. Blocks, but lets other requests have their turns."""
    parts = []
    while some := [job_object(job) for job in islice(jobs, _AT_ONCE)]:
        parts.append(json.dumps(some, ensure_ascii=False, separators=(",", ":"))[1:-1])
    return Response(f"[{','.join(parts)}]", media_type="application/json")


def quota_object(project: LocalProject, seconds: int) -> dict[str, Any]:
    """Return the quota left in a project: seconds, and kilobytes that nobody counts."""
    return {
        "id": project.id,
        "project_name": project.name,
        "project_hpc": project.hpc.upper(),
        "time_left": seconds,
        "space_left": 0,
        "user": USER,
        "project": project.id,
    }


def project_object(project: LocalProject, left: int) -> dict[str, Any]:
    """Return a project and the seconds left in it, all of them the one user's."""
    return {
        "id": project.id,
        "name": project.name,
        "hpc": project.hpc.upper(),
        "init_time": QUOTA_SECONDS,
        "init_space": 0,
        "time_left": left,
        "space_left": 0,
        "user_time": QUOTA_SECONDS,
        "user_space": 0,
    }
