"""Row 18: a web page in the user's browser, or another user, asks the local service.

Every route × every method × every way of not being let in, against a real service in which
a job runs that an attack could end. What is true is said by its database and its files.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bspsa_widgets.service.embedded import LocalService
from tests.faults.figures import Case
from tests.faults.rows import Row

SECONDS = 30.0  # that anything awaited here may take
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
OPEN = ("/status/", "/hpc/")
OPEN_METHODS = ("GET", "HEAD")
PLACES = ("", "pizdaint/", "pizdaint/bsp_pizdaint_01/", "pizdaint/bsp_pizdaint_01/{id}/")
PATHS = (
    "/",
    "/nothing/",
    *OPEN,
    "/hpc/pizdaint/",
    *(f"/{what}/{place}" for what in ("projects", "quotas", "jobs", "files") for place in PLACES),
    "/files/pizdaint/bsp_pizdaint_01/{id}/stdout/",
    "/files/pizdaint/bsp_pizdaint_01/{id}/..%252Fspec.json/",
    "/jobs/pizdaint/bsp_pizdaint_01/example/",
    "/security_check/pizdaint/",
    "/jobs",
    "//evil.example/jobs/",
)
FORM = {
    "Payload": json.dumps(
        {"command": "true", "node_number": 1, "core_number": 1, "runtime": 1, "title": "evil"}
    ),
    "Content-Disposition": "attachment; filename=job.zip",
    "Content-Type": "application/zip",
}
BODY = b"PK\x05\x06" + bytes(18)

# How somebody asks who is not to be let in: what is changed of a request that would be. A
# value may name the service's own token and port; None leaves the header out.
WITHOUT_TOKEN: tuple[dict[str, Any], ...] = (
    {"Authorization": None},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer guess"},
    {"Authorization": "Bearer {token}x"},
    {"Authorization": "Basic {token}"},
    {"Authorization": "{token}"},
    {"Authorization": None, "Cookie": "token={token}"},
    {"Authorization": ["Bearer guess", "Bearer {token}"]},
)
AS_A_PAGE: tuple[dict[str, Any], ...] = (
    {"Host": "evil.example"},
    {"Host": "evil.example:{port}"},  # its name was made to lead here
    {"Host": "127.0.0.1.evil.example:{port}"},
    {"Host": "127.0.0.1"},
    {"Host": None},
    {"Host": ["127.0.0.1:{port}", "evil.example"]},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
ATTACKS = [
    (path, method, changes)
    for path in PATHS
    for method in METHODS
    for changes in (*WITHOUT_TOKEN, *AS_A_PAGE)
]


class Target(NamedTuple):
    """A service with a job that runs."""

    service: LocalService
    job_id: str

    @property
    def port(self) -> int:
        return int(self.service.url.rsplit(":", 1)[1])

    def ledger(self) -> tuple[Any, ...]:
        """All that it keeps: rows, and files with their sizes and times."""
        database = sqlite3.connect(self.service.directory / "service.db")
        rows = [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("jobs", "used")]
        database.close()
        files = {
            str(path): (status.st_size, status.st_mtime_ns)
            for path in sorted(self.service.directory.rglob("*"))
            if not path.name.startswith("service.db") and (status := path.lstat())
        }
        return rows, files

    def headers(self, changes: dict[str, Any]) -> list[tuple[str, str]]:
        usual = {"Host": "127.0.0.1:{port}", "Authorization": "Bearer {token}"}
        found = []
        for name, value in (usual | changes).items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    filled = one.replace("{token}", self.service.token())
                    found.append((name, filled.replace("{port}", str(self.port))))
        return found


@cache
def target() -> Target:
    """One for each process; it ends with it."""
    directory = Path(tempfile.mkdtemp(prefix="attacked-"))
    # The one job that runs is not to be joined by what the attacks may make.
    (directory / "service.toml").write_text("at_once = 1\n")
    service = LocalService(directory)
    job = ask(service, "POST", "/jobs/pizdaint/", {"command": "echo begun; sleep 86400"})
    found = Target(service, job["job_id"])
    deadline = time.monotonic() + SECONDS
    path = f"/jobs/pizdaint/bsp_pizdaint_01/{found.job_id}/"
    stdout = service.directory / "jobs" / found.job_id / "results" / "stdout"
    while ask(service, "GET", path)["stage"] != "RUNNING" or not _holds(stdout):
        if time.monotonic() > deadline:
            raise RuntimeError("the job did not begin")
        time.sleep(0.02)  # between two looks; the deadline bounds them
    return found


def ask(service: LocalService, method: str, path: str, form: Any = None) -> Any:
    """As its user does."""
    link = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=SECONDS)
    headers = {"Authorization": f"Bearer {service.token()}"}
    if form is not None:
        payload = json.loads(FORM["Payload"]) | form
        headers |= FORM | {"Payload": json.dumps(payload)}
    link.request(method, path, BODY if form is not None else None, headers)
    answer = json.loads(link.getresponse().read())
    link.close()
    return answer


def _holds(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def play(case: Case) -> None:
    path, method, changes = ATTACKS[case.seed]
    attacked = target()
    before = attacked.ledger()
    path = path.replace("{id}", attacked.job_id)
    status, headers, body = _sent(attacked, method, path, changes)
    case.note(str(status))
    token_matters = changes in WITHOUT_TOKEN
    is_free = token_matters and path in OPEN and method in OPEN_METHODS
    allowed = (200,) if is_free else (401,) if token_matters else (400, 403)
    words = f"{method} {path} with {changes}"
    case.check(status in allowed, f"{words}: answered {status}")
    permissions = [name for name in headers if name.lower().startswith("access-control")]
    case.check(not permissions, f"{words}: {permissions}")
    case.check(attacked.service.token().encode() not in body, f"{words}: told the token")
    case.check(attacked.ledger() == before, f"{words}: had an effect")


def _sent(
    attacked: Target, method: str, path: str, changes: dict[str, Any]
) -> tuple[int, list[str], bytes]:
    link = http.client.HTTPConnection("127.0.0.1", attacked.port, timeout=SECONDS)
    link.putrequest(method, path, skip_host=True)
    for name, value in (*attacked.headers(changes), *FORM.items()):
        link.putheader(name, value)
    link.putheader("Content-Length", str(len(BODY)))
    link.endheaders(BODY)
    answer = link.getresponse()
    found = answer.status, [name for name, _ in answer.getheaders()], answer.read()
    link.close()
    return found


ROWS = (Row("18a", "a web page attacks the local service", len(ATTACKS), 120, play, each=True),)
