"""A real service in a process of its own, an app in this process, and what asks them."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import Task, TooLarge
from bspsa_widgets.service.http.app import create_app
from bspsa_widgets.service.storage.store import Store

CONTRACT = Path(__file__).parent.parent / "contract"
APP_TOKEN = "t" * 43


def contract(name: str) -> Any:
    return json.loads((CONTRACT / name).read_text(encoding="utf-8"))


def until(look: Callable[[], Any], what: str = "it", seconds: float = 60.0) -> Any:
    """Look until there is something; fail after a deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def payload(hpc: str, **changes: Any) -> dict[str, Any]:
    own = {"command": "true"} if hpc == "pizdaint" else {"tool": "PY_TG"}
    common = {"node_number": "1", "core_number": "1", "runtime": "1.0", "title": "a job"}
    return {k: v for k, v in (own | common | changes).items() if v is not ...}


class Caller:
    """Asks a service as a plain HTTP client does."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def submit(
        self, hpc: str, content: bytes = b"PK", name: str = "job.zip", **changes: Any
    ) -> dict[str, Any]:
        headers = {
            "Content-Disposition": f"attachment; filename={name}",
            "Content-Type": "application/zip",
            "Payload": json.dumps(payload(hpc, **changes)),
        }
        answer = self.http.post(f"/jobs/{hpc}/", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def path(self, job: dict[str, Any]) -> str:
        return f"{job['project_hpc'].lower()}/{job['project_name']}/{job['job_id']}/"

    def job(self, job: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.get("/jobs/" + self.path(job))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def cancel(self, job: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.delete("/jobs/" + self.path(job))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ended(self, job: dict[str, Any], seconds: float = 20.0) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.job(job)
            return found if found["terminal_stage"] else None

        return dict(until(look, f"the end of {job['job_id']}", seconds))

    def at_stage(self, job: dict[str, Any], stage: str) -> None:
        until(lambda: self.job(job)["stage"] == stage, f"stage {stage}")

    def files(self, job: dict[str, Any]) -> Any:
        answer = self.http.get("/files/" + self.path(job))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def read(self, job: dict[str, Any], name: str) -> bytes:
        """A file's bytes by its name, whatever it is asked by."""
        key = name
        if job["project_hpc"] == "NSG":
            key = {f["filename"]: f.get("fileid", name) for f in self.files(job)}[name]
        answer = self.http.get("/files/" + self.path(job) + key + "/")
        assert answer.status_code == 200, answer.text
        return answer.content

    def quota(self, hpc: str) -> int:
        return int(self.http.get(f"/quotas/{hpc}/bsp_{hpc}_01/").json()["time_left"])

    def close(self) -> None:
        self.http.close()


class Ledger:
    """Takes jobs in a dispatcher's place, runs nothing, and knows what it was asked.

    Attributes:
        too_large: what it says to the next jobs, where it refuses them.
    """

    def __init__(self) -> None:
        self.submitted: list[Task] = []
        self.cancelled: list[str] = []
        self.too_large = ""

    async def check(self, settings: Any) -> None:
        if self.too_large:
            raise TooLarge(self.too_large)

    async def submit(self, task: Task) -> None:
        self.submitted.append(task)

    async def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)


class App:
    """The application in this process, asked without a socket."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.store = Store(directory)
        (directory / "jobs").mkdir()
        self.ledger = Ledger()
        self.app: Starlette = create_app(
            self.store, self.ledger, APP_TOKEN, ["testserver"], **options
        )

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://testserver"
            ) as client:
                return await client.request(method, path, **options)

        headers = {"Authorization": f"Bearer {APP_TOKEN}"} | options.pop("headers", {})
        options["headers"] = {k: v for k, v in headers.items() if v is not ...}
        return asyncio.run(run())

    def post(
        self,
        path: str = "/jobs/pizdaint/",
        given: Any = None,
        content: Any = b"PK",
        **headers: Any,
    ) -> httpx.Response:
        hpc = "nsg" if "/nsg/" in path else "pizdaint"
        usual = {
            "Content-Disposition": "attachment; filename=job.zip",
            "Content-Type": "application/zip",
            "Payload": given if isinstance(given, str) else json.dumps(given or payload(hpc)),
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, content=content, headers=usual | named)

    def untouched(self) -> bool:
        """Nothing ran, nothing is listed, nothing was charged, nothing lies about."""
        lists = [self.ask("GET", "/jobs/").json(), self.ledger.submitted]
        left = [quota["time_left"] for quota in self.ask("GET", "/quotas/").json()]
        lying = [path for path in self.store.directory.rglob("*/*") if path.name != "jobs"]
        return lists == [[], []] and left == [18_000_000] * 2 and lying == []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test meets the user's own service."""
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("places")
        patch.setenv("BSPSA_SERVICE_DIR", str(base / "default"))
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        patch.setenv("MY_SECRET_THING", "sentinel-7f3a")
        patch.setenv("CLB_AUTH", "sentinel-7f3a")
        patch.setenv("BSPSA_TOKEN", "sentinel-7f3a")
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with LocalService(tmp_path_factory.mktemp("shared")) as service:
        yield service


@pytest.fixture(scope="session")
def call(shared: LocalService) -> Iterator[Caller]:
    caller = Caller(shared.url, shared.token())
    yield caller
    caller.close()


@pytest.fixture
def start() -> Iterator[Callable[[Path], tuple[LocalService, Caller]]]:
    """Starts services that end with the test."""
    started: list[tuple[LocalService, Caller]] = []

    def begin(directory: Path) -> tuple[LocalService, Caller]:
        service = LocalService(directory)
        started.append((service, Caller(service.url, service.token())))
        return started[-1]

    yield begin
    for service, caller in started:
        caller.close()
        service.stop()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    found = App(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def service_pid() -> Callable[[LocalService], int]:
    def read(service: LocalService) -> int:
        return int(json.loads((service.directory / "service.json").read_text())["pid"])

    return read
