"""The responses of the service, in the real service's formats and without its faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, JSONResponse, Response

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, USER, LocalProject

if TYPE_CHECKING:
    from bspsa_widgets.service.storage.rows import StoredJob

_AT_ONCE: Final = 200  # jobs converted to JSON at a time; other requests wait meanwhile


class Refusal(Exception):
    """A request that is refused with an error response, before anything was changed.

    Args:
        status: HTTP status.
        message: sent as a JSON string.
        detail: sent as `{"detail": …}` instead, as the framework of the real service does.
        headers: further headers of the response.

    Attributes:
        status: HTTP status.
        body: content of the response.
        headers: further headers of the response; None: none.
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
        """Return the error response.

        Returns:
            The response.
        """
        return JSONResponse(self.body, self.status, self.headers)


def not_found_page() -> Response:
    """Return the response to an unknown path.

    Returns:
        The response, with status 404.
    """
    return HTMLResponse("<h1>Not Found</h1>", 404)


def job_object(job: StoredJob) -> dict[str, Any]:
    """Return a job as a JSON object of 14 keys.

    Args:
        job: the job.

    Returns:
        The object; `runtime` is in hours, dates are in UTC or null.
    """
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
    """Return the response with a list of jobs. Blocks, but regularly lets other threads run.

    Args:
        jobs: the jobs.

    Returns:
        The response, with the jobs in the same order.
    """
    parts = []
    while batch := [job_object(job) for job in islice(jobs, _AT_ONCE)]:
        parts.append(json.dumps(batch, ensure_ascii=False, separators=(",", ":"))[1:-1])
    return Response(f"[{','.join(parts)}]", media_type="application/json")


def quota_object(project: LocalProject, seconds: int) -> dict[str, Any]:
    """Return the quota left in a project as a JSON object.

    Args:
        project: the project.
        seconds: quota left, in seconds.

    Returns:
        The object; `space_left` is always 0, as disk space is not counted.
    """
    return {
        "id": project.id,
        "project_name": project.name,
        "project_hpc": project.hpc.upper(),
        "time_left": seconds,
        "space_left": 0,
        "user": USER,
        "project": project.id,
    }


def project_object(project: LocalProject, seconds_left: int) -> dict[str, Any]:
    """Return a project and its quota as a JSON object.

    Args:
        project: the project.
        seconds_left: quota left, in seconds.

    Returns:
        The object; the only user owns the whole quota.
    """
    return {
        "id": project.id,
        "name": project.name,
        "hpc": project.hpc.upper(),
        "init_time": QUOTA_SECONDS,
        "init_space": 0,
        "time_left": seconds_left,
        "space_left": 0,
        "user_time": QUOTA_SECONDS,
        "user_space": 0,
    }
