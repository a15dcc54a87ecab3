"""A web page, another user, a guess: refused on every route and method, with no effect."""

from __future__ import annotations

import asyncio
import hmac
import stat
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.http import auth
from bspsa_widgets.service.http.auth import MAX_HEAD
from tests.service.conftest import APP_TOKEN, App, Caller

ID = "3621FE24-6CBE-4784-9BC9-F7BD63A2C06A"
PATHS = [
    "/",
    "/nothing/",
    "/status/",
    "/hpc/",
    "/hpc/nsg/",
    *(f"/{what}/{tail}" for what in ("projects", "quotas", "jobs") for tail in ("", "nsg/")),
    *(f"/{what}/nsg/bsp_nsg_01/" for what in ("projects", "quotas", "jobs", "files")),
    *(f"/{what}/nsg/bsp_nsg_01/{ID}/" for what in ("jobs", "files")),
    f"/files/nsg/bsp_nsg_01/{ID}/STDOUT/",
    "/jobs/nsg/bsp_nsg_01/example/",
    "/security_check/nsg/",
    "/jobs",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


@pytest.mark.parametrize(
    "given",
    [
        ...,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {APP_TOKEN[:-1]}",
        f"Bearer {APP_TOKEN}x",
        f"Basic {APP_TOKEN}",
        APP_TOKEN,
        f"Bearer Bearer {APP_TOKEN}",
        b"Bearer \xff\xfe",
    ],
)
def test_without_the_token_no_route_and_no_method_does_anything(app: App, given: object) -> None:
    job = app.post("/jobs/nsg/").json()
    for path in [*PATHS, f"/jobs/nsg/bsp_nsg_01/{job['job_id']}/"]:
        for method in METHODS:
            answer = app.ask(method, path, headers={"Authorization": given})
            free = path in ("/status/", "/hpc/") and method in ("GET", "HEAD")
            assert answer.status_code == (200 if free else 401), (method, path)
            if not free:
                assert answer.headers["www-authenticate"] == "Bearer"
    assert len(app.ledger.submitted) == 1
    assert app.ledger.cancelled == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "testserver:80"},
        {"Host": "testserver.evil.example"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_is_refused_everywhere_even_with_the_token(
    app: App, headers: dict[str, str]
) -> None:
    for path in PATHS:
        for method in METHODS:
            answer = app.ask(method, path, headers=headers)
            assert answer.status_code == 403, (method, path)
            assert not [name for name in answer.headers if name.startswith("access-control")]
    assert app.untouched()


def test_the_token_is_compared_in_constant_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    class Counted:
        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(auth, "hmac", Counted)
    for guess, status in (("x", 401), (APP_TOKEN, 200), ("é", 401)):
        headers = {"Authorization": f"Bearer {guess}".encode()}
        assert app.ask("GET", "/jobs/", headers=headers).status_code == status
    assert [other for _, other in compared] == [APP_TOKEN.encode()] * 3


def test_its_own_origin_and_bearer_in_any_case_are_accepted(app: App) -> None:
    headers = {"Origin": "http://TestServer", "Authorization": f"bearer {APP_TOKEN}"}
    assert app.ask("GET", "/jobs/", headers=headers).status_code == 200


def test_a_preflight_gets_no_permission(app: App) -> None:
    headers = {"Origin": "http://testserver", "Access-Control-Request-Method": "POST"}
    answer = app.ask("OPTIONS", "/jobs/nsg/", headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["//evil.example", "///evil.example/x", "/a%0d%0aX-Evil: 1"])
def test_a_redirect_stays_on_the_host(app: App, path: str) -> None:
    answer = app.ask("GET", f"http://testserver{path}")
    assert answer.status_code == 301
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith("//")
    assert "x-evil" not in answer.headers


def test_no_path_with_the_token_causes_a_server_error(app: App) -> None:
    strange = ["/jobs/%00/", "/jobs/nsg/%2e%2e/", "/files/nsg/bsp_nsg_01/X/%252e/", "/jobs/é/"]
    for path in [*PATHS, *strange, "/jobs.json", "/hpc/%7f/"]:
        for method in METHODS:
            assert app.ask(method, path).status_code < 500, (method, path)
    assert app.ledger.submitted == []


def test_the_real_service_listens_on_loopback_under_its_own_names_only(
    shared: LocalService, call: Caller
) -> None:
    port = shared.url.rsplit(":", 1)[1]
    assert shared.url.startswith("http://127.0.0.1:")
    for host, status in {
        f"localhost:{port}": 200,
        f"127.0.0.1:{port}": 200,
        "127.0.0.1": 403,
        f"evil.example:{port}": 403,
        "localhost": 403,
    }.items():
        assert call.http.get("/status/", headers={"Host": host}).status_code == status, host
    assert "server" not in call.http.get("/status/").headers


def test_its_files_are_readable_by_the_user_only(shared: LocalService) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(shared.directory) == 0o700
    assert mode(shared.directory / "service.json") == 0o600
    assert mode(shared.directory / "token") == 0o600
    assert len(shared.token()) >= 43


def test_the_token_is_in_two_files_only(shared: LocalService, call: Caller) -> None:
    call.ended(call.submit("pizdaint", command="env; cat /proc/*/cmdline"))
    token = shared.token().encode()
    kept = [path for path in shared.directory.rglob("*") if path.is_file()]
    assert len(kept) > 5
    found = {path.name for path in kept if token in path.read_bytes()}
    assert found == {"token", "service.json"}


def asked(app: App, *headers: tuple[str, str], query: str = "") -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer to just these headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/jobs/",
        "raw_path": b"/jobs/",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    asyncio.run(app.app(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found


HOST = ("host", "testserver")
OWN = ("authorization", f"Bearer {APP_TOKEN}")


def test_one_host_and_one_token_are_accepted(app: App) -> None:
    assert asked(app, HOST, OWN)[0] == 200


@pytest.mark.parametrize("more", [OWN, ("authorization", "Bearer x"), ("authorization", "")])
def test_two_authorization_headers_are_refused(app: App, more: tuple[str, str]) -> None:
    assert asked(app, HOST, OWN, more)[0] == asked(app, HOST, more, OWN)[0] == 401


def test_a_missing_or_second_host_header_is_refused(app: App) -> None:
    assert asked(app, OWN)[0] == asked(app, HOST, HOST, OWN)[0] == 403


def test_a_long_query_counts_as_a_part_of_the_head(app: App) -> None:
    assert asked(app, HOST, OWN, query="x" * (MAX_HEAD - 1000))[0] == 200
    assert asked(app, HOST, OWN, query="x" * MAX_HEAD)[0] == 431


def test_responses_are_not_cached_or_sniffed(app: App) -> None:
    job = app.post("/jobs/nsg/").json()
    kinds: dict[int, dict[str, Any]] = {
        200: {},
        401: {"Authorization": ...},
        403: {"Host": "evil.example"},
    }
    answers = [app.ask("GET", "/jobs/", headers=headers) for headers in kinds.values()]
    answers += [app.ask("GET", path) for path in ("/jobs", "/nothing/", f"/jobs/nsg/{job['id']}/")]
    answers.append(app.ask("BREW", "/jobs/"))
    assert {answer.status_code for answer in answers} >= {200, 301, 401, 403, 404, 405}
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
