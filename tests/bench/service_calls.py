"""Asking a service with as little work of our own as can be: what is timed is the service's."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from bspsa_widgets.service.address import ServiceAddress

PROJECT = "/jobs/pizdaint/bsp_pizdaint_01/"
NAME = "model.zip"
_NO_ANSWER = (OSError, http.client.HTTPException)


class Sent(NamedTuple):
    """A submission: the archive's sha256, the answer's status (0: none), job id, and ms taken."""

    sha256: str
    status: int
    job_id: str
    taken: float


def connect(address: ServiceAddress) -> http.client.HTTPConnection:
    parts = urlsplit(address.url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)


def get(
    connection: http.client.HTTPConnection, address: ServiceAddress, path: str
) -> tuple[int, bytes]:
    """Status (0: no answer) and body."""
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {address.token}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except _NO_ANSWER:
        connection.close()
        return 0, b""


def submit(address: ServiceAddress, archive: bytes, command: str = "true") -> Sent:
    """On a connection of its own, as our client does."""
    payload = {"command": command, "node_number": "1", "core_number": "12", "runtime": "0.1"}
    headers = {
        "Authorization": f"Bearer {address.token}",
        "Content-Type": "application/zip",
        "Content-Disposition": f"attachment; filename={NAME}",
        "Payload": json.dumps(payload | {"title": "load"}),
        "Connection": "close",
    }
    status, job_id = 0, ""
    connection = connect(address)
    start = time.perf_counter()
    try:
        connection.request("POST", PROJECT, archive, headers)
        answer = connection.getresponse()
        content = answer.read()
        status = answer.status
        job_id = json.loads(content)["job_id"] if status == 201 else ""
    except _NO_ANSWER:
        status = 0
    finally:
        connection.close()
    taken = (time.perf_counter() - start) * 1000
    return Sent(hashlib.sha256(archive).hexdigest(), status, job_id, taken)
