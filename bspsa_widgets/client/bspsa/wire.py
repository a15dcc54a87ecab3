"""Requests to the Service Account, byte for byte. Pure functions; each names its source."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple
from urllib.parse import quote

from bspsa_widgets.domain.clean_text import whole_characters
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.payload import JobRequest

MAX_LEVELS = 50  # of JSON; a list of jobs has two
MAX_DIGITS = 1000  # of a whole number; Python writes and reads none of more than 4300

_DECODED_TWICE = re.compile(r"[#?%/]")


class ServiceResponse(NamedTuple):
    """A complete response, with the token removed.

    Attributes:
        status: HTTP status.
        content_type: value of the Content-Type header.
        body: bytes of the body.
        retry_after: seconds that the service asks to wait, at most a day; None if it does not.
    """

    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type is JSON."""
        return self.content_type.split(";")[0].strip().lower() == "application/json"

    @property
    def is_html(self) -> bool:
        """Whether the Content-Type is HTML."""
        return self.content_type.split(";")[0].strip().lower() == "text/html"

    def json(self) -> Any:
        """Return the decoded body; values that cannot be stored are replaced.

        NaN, Infinity, numbers with too many digits and values nested too deep become None; half
        characters and bytes that are not UTF-8 become "\ufffd". They would break code that shows or
        stores them.

        Returns:
            The decoded JSON.

        Raises:
            ValueError: if it is not JSON.
        """
        try:
            found = json.loads(
                self.body.decode("utf-8-sig", "replace"),
                parse_constant=lambda _: None,
                parse_float=_finite_float,
                parse_int=_integer,
            )
        except RecursionError as error:
            raise ValueError("not JSON that can be read") from error
        if b"\\ud" in self.body.lower() or not _is_flat(found):
            return _storable(found, MAX_LEVELS)
        return found


def _storable(found: Any, levels: int) -> Any:
    """Return a value without what cannot be stored."""
    if isinstance(found, str):
        return whole_characters(found)
    if not isinstance(found, dict | list):
        return found
    if levels == 0:
        return None
    if isinstance(found, list):
        return [_storable(inner, levels - 1) for inner in found]
    return {whole_characters(key): _storable(inner, levels - 1) for key, inner in found.items()}


def _is_flat(found: Any) -> bool:
    """Return whether a value is nested less than `MAX_LEVELS` deep (can be written and copied)."""
    level = [found] if isinstance(found, (dict, list)) else []
    for _ in range(MAX_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return True
    return False


def _finite_float(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None  # 1e999 cannot be written as JSON


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def collection(noun: str, hpc: str = "", project: str = "") -> str:
    """Return a path such as `/jobs/`, `/jobs/nsg/` or `/jobs/nsg/bsp_nsg_01/`.

    Without the last slash every method gets a redirect, and a redirected POST becomes a GET
    (api.md section 1). HPC and project are lower case (api.md section 2).

    Args:
        noun: "jobs", "files", "projects" or "quotas".
        hpc: system id, or "".
        project: project name, or "".

    Returns:
        The path, with a slash at the end.
    """
    parts = [noun, hpc.lower(), project.lower()]
    return "/" + "".join(quote(part, safe="") + "/" for part in parts if part)


def member(noun: str, ref: JobRef) -> str:
    """Return the path of a job, or of its files. Ids are upper case (api.md section 2).

    Args:
        noun: "jobs" or "files".
        ref: address of the job.

    Returns:
        The path, with a slash at the end.
    """
    return collection(noun, ref.hpc, ref.project) + quote(ref.job_id.upper(), safe="") + "/"


def file(ref: JobRef, key: str) -> str:
    """Return the path of one file of a job.

    The service asks Piz Daint by a name that it has decoded but does not encode again
    (api.md section 7.1): `#`, `?`, `%` and `/` are sent encoded twice, so that they are still part
    of the name there. That `dir%252Fx` reaches `dir/x` was seen only with a stand-in for Piz
    Daint; otherwise the response is that there is no such file.

    Args:
        ref: address of the job.
        key: name of the file, or NSG's file id.

    Returns:
        The path, with a slash at the end.
    """
    name = key.lstrip("/").encode("utf-8", "replace").decode()  # a half character cannot be encoded
    if ref.hpc.lower() == "pizdaint":
        name = _DECODED_TWICE.sub(lambda found: quote(found[0], safe=""), name)
    segment = quote(name, safe="")
    if not name.strip("."):
        segment = segment.replace(".", "%2E")  # else `..` would mean the parent folder
    return member("files", ref) + segment + "/"


def submission_headers(request: JobRequest, name: str, size: int) -> dict[str, str]:
    """Return the headers of a submission, except Authorization (api.md sections 3 and 9).

    The file name is not quoted: the quotes would become part of the name on Piz Daint.
    Content-Length is given: a chunked body is dropped and its quota lost.

    Args:
        request: the checked request.
        name: file name of the archive.
        size: bytes of the archive.

    Returns:
        Values by header name.
    """
    return {
        "Accept": "application/json",
        "Content-Type": "application/zip",
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename={name}",
        "Payload": request.header(),
        "Connection": "close",
    }
