"""What a submission may be; every refusal comes before anything is kept, charged or run."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bspsa_widgets.service.embedded import LocalService
from tests.service.conftest import App, Caller, payload, until


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("runtime", v) for v in ("", "abc", "2,5", "nan", "inf", "-inf", "0", "-1", "1_0", "٣")),
        *(("runtime", v) for v in (..., None, [], {}, True, 0, -1, float("nan"), 10**400)),
        *(("runtime", v) for v in (".", "1e999", "1.2.3", "0x10", "9" * 5000)),
        *(("node_number", v) for v in ("", "0", "-1", "1.5", "abc", ..., None, True, 1.5, [])),
        *(("core_number", v) for v in ("", "0", "1e3", "12.5", ..., None, False, 10**30)),
        *(("command", v) for v in ("", "  \n", ..., None, 5, ["ls"], "a\0b", "a\ud800b")),
        *(("title", v) for v in ("x" * 101, None, True, [], {}, "a\0b", "\ud83d")),
    ],
)
def test_an_invalid_pizdaint_payload_is_refused_with_a_message(
    app: App, key: str, value: Any
) -> None:
    answer = app.post(given=payload("pizdaint", **{key: value}))
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)
    assert app.untouched()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("tool", v) for v in ("", ..., None, 5, "a b", "a/b", "x" * 101, "PY_TG\n", "é")),
        *(("init_file", v) for v in ("/etc/passwd", "../x", "a/../b", "a\\b", "C:x", 5, None)),
        *(("node_number", v) for v in ("0", None, "abc")),
        *(("core_number", v) for v in ("", None, "12.5")),
    ],
)
def test_an_invalid_nsg_payload_is_refused_with_a_message(app: App, key: str, value: Any) -> None:
    answer = app.post("/jobs/nsg/", payload("nsg", **{key: value}))
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)
    assert app.untouched()


@pytest.mark.parametrize(
    "header",
    ["", "{", "[]", "null", '"x"', "{'command': 'ls'}", "{} x", "[" * 30000, '{"title":"é"}'],
)
def test_a_payload_header_that_is_no_ascii_json_object_is_refused(app: App, header: str) -> None:
    answer = app.post(Payload=header.encode())
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)
    assert app.untouched()


def test_two_payload_headers_are_refused(app: App) -> None:
    one = ("Payload", json.dumps(payload("pizdaint")))
    disposition = ("Content-Disposition", "attachment; filename=job.zip")
    token = ("Authorization", f"Bearer {'t' * 43}")
    answer = _raw_ask(app, [one, one, disposition, token])
    assert answer.status_code == 400
    assert app.untouched()


def _raw_ask(app: App, headers: list[tuple[str, str]]) -> Any:
    import httpx

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.post("/jobs/pizdaint/", content=b"PK", headers=headers)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "header",
    [
        "attachment; filename*0=job.zip; filename*=UTF-8''job.zip; filename*1=x",
        "attachment; filename=../job.zip",
        "attachment; filename=/abs/job.zip",
        "attachment; filename=dir/job.zip",
        "attachment; filename=dir\\job.zip",
        "attachment; filename=.hidden",
        'attachment; filename=".."',
        'attachment; filename="my job.zip"',
        "attachment; filename=a#b?c.zip",
        f"attachment; filename={'x' * 101}",
        "attachment; filename=",
        "attachment",
        "",
        "attachment; filename*=UTF-8''j%C3%B6b.zip",
        "attachment; filename=stdout",
        "attachment; filename=stderr",
        "attachment; filename=a\x01b",
        "attachment; filename=j\xf6b.zip",
    ],
)
def test_an_unsafe_file_name_is_refused(app: App, header: str) -> None:
    answer = app.post(Content_Disposition=header.encode("latin-1"))
    assert answer.status_code == 400
    assert list(answer.json()) == ["detail"]
    assert app.untouched()


@pytest.mark.parametrize("name", ["job.zip", '"job.zip"', "-x_1.Z", "x" * 100])
def test_a_plain_file_name_is_stored_and_the_bytes_are_exact(app: App, name: str) -> None:
    content = bytes(range(256)) * 50
    answer = app.post(content=content, Content_Disposition=f"attachment; filename={name}")
    assert answer.status_code == 201
    task = app.ledger.submitted[0]
    assert task.archive == name.strip('"')
    assert task.folder.archive(task.archive).read_bytes() == content


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
def test_a_wrapped_file_is_refused_instead_of_being_run_with_its_wrapping(
    app: App, kind: str
) -> None:
    answer = app.post(Content_Type=kind)
    assert answer.status_code == 415
    assert app.untouched()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("  a b \t", "a b"), ("   ", ""), (5, "5"), ("😀" * 100, "😀" * 100), ("a\nb", "a\nb")],
)
def test_a_title_is_stored_trimmed(app: App, sent: Any, kept: str) -> None:
    assert app.post(given=payload("pizdaint", title=sent)).json()["title"] == kept


def test_a_job_without_a_file_may_run_on_pizdaint_only(app: App) -> None:
    for hpc, status in (("pizdaint", 201), ("nsg", 400)):
        answer = app.post(f"/jobs/{hpc}/", content=b"", Content_Disposition=..., Content_Length="0")
        assert answer.status_code == status
    assert [task.archive for task in app.ledger.submitted] == [None]


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    app = App(tmp_path, max_upload=1000)
    answer = app.post(content=b"x" * 1001)
    assert (answer.status_code, answer.json()) == (413, {"detail": "The file is too large."})
    assert app.untouched()
    assert app.post(content=b"x" * 1000).status_code == 201
    app.store.close()


@pytest.mark.parametrize("length", ["1", "3"])
def test_a_body_of_another_length_creates_no_job(app: App, length: str) -> None:
    answer = app.post(content=b"PK", Content_Length=length)
    assert answer.status_code == 400
    assert app.untouched()


@pytest.mark.parametrize("hpc", ["PIZDAINT", "PizDaint", "pizdaint"])
def test_a_system_is_known_in_any_case(app: App, hpc: str) -> None:
    job = app.post(f"/jobs/{hpc}/bsp_pizdaint_01/").json()
    path = f"/jobs/{hpc}/bsp_pizdaint_01/{job['job_id']}/"
    assert app.ask("GET", path).json() == job
    assert app.ask("GET", path.replace(job["job_id"], job["job_id"].lower())).status_code == 404
    assert app.ask("GET", path.replace("bsp_p", "BSP_P")).status_code == 404


def test_the_job_is_on_disk_with_size_and_hash_before_the_response(
    app: App, tmp_path: Path
) -> None:
    import sqlite3

    job = app.post(content=b"bytes").json()
    with sqlite3.connect(tmp_path / "service.db") as other:
        row = other.execute("SELECT job_id, size, sha256 FROM jobs").fetchone()
    other.close()
    assert row == (job["job_id"], 5, hashlib.sha256(b"bytes").hexdigest())


def test_a_full_disk_is_reported_and_leaves_no_files(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full)
    answer = app.post()
    assert (answer.status_code, answer.json()) == (507, {"detail": "There is no space left."})
    assert app.untouched()


def test_a_failed_commit_is_reported_and_the_database_works_afterwards(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    class Full:
        """The database on a full disk: what is asked works, the commit does not."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def execute(self, text: str, *values: Any) -> Any:
            if text == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self.real.execute(text, *values)

    with monkeypatch.context() as patch:
        patch.setattr(app.store, "seconds_used", lambda *_: 0)
        patch.setattr(app.store, "_database", Full(app.store._database))
        assert app.post().status_code == 503
    assert app.untouched()
    assert app.post().status_code == 201


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    changes=st.dictionaries(
        st.sampled_from(["runtime", "node_number", "core_number", "title", "command", "tool"]),
        _JSON,
    ),
    hpc=st.sampled_from(["pizdaint", "nsg"]),
)
def test_no_payload_causes_a_server_error(app: App, changes: dict[str, Any], hpc: str) -> None:
    before = len(app.ledger.submitted)
    answer = app.post(f"/jobs/{hpc}/", payload(hpc, **changes))
    assert answer.status_code in (201, 400, 401), answer.text
    assert len(app.ledger.submitted) - before == (answer.status_code == 201)


def _connect(service: LocalService) -> socket.socket:
    parts = urlsplit(service.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def _head(service: LocalService, length: int) -> bytes:
    return (
        f"POST /jobs/pizdaint/ HTTP/1.1\r\nHost: {urlsplit(service.url).netloc}\r\n"
        f"Authorization: Bearer {service.token()}\r\nContent-Length: {length}\r\n"
        "Content-Disposition: attachment; filename=job.zip\r\n"
        f"Payload: {json.dumps(payload('pizdaint', title='cut short'))}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("half_close", [True, False])
def test_a_truncated_body_creates_no_job(
    shared: LocalService, call: Caller, half_close: bool
) -> None:
    quota = call.quota("pizdaint")
    with _connect(shared) as connection:
        connection.sendall(_head(shared, 600_000) + b"x" * 400_000)
        until(lambda: list(shared.directory.glob("incoming/*")), "the upload's begin")
        if half_close:
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
            assert b" 201 " not in answer
    until(lambda: not list(shared.directory.glob("incoming/*")), "the upload's removal")
    assert "cut short" not in [job["title"] for job in call.http.get("/jobs/").json()]
    assert call.quota("pizdaint") >= quota


def test_a_large_upload_is_not_stored_in_memory(
    tmp_path: Path, start: Any, service_pid: Any
) -> None:
    import psutil

    service, caller = start(tmp_path / "s")
    process = psutil.Process(service_pid(service))
    before = process.memory_info().rss
    job = caller.submit("pizdaint", bytes(80_000_000), command="stat -c %s job.zip")
    grown = process.memory_info().rss - before
    assert grown < 40_000_000
    caller.ended(job)
    assert caller.read(job, "stdout") == b"80000000\n"


def test_concurrent_submissions_all_create_jobs(shared: LocalService, call: Caller) -> None:
    found: list[str] = []

    def submit() -> None:
        caller = Caller(shared.url, shared.token())
        found.extend(caller.submit("pizdaint")["job_id"] for _ in range(3))
        caller.close()

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = [job["job_id"] for job in call.http.get("/jobs/pizdaint/").json()]
    assert len(set(found)) == 24
    assert set(found) <= set(listed)
    until(lambda: all(j["terminal_stage"] for j in call.http.get("/jobs/").json()), "their ends")


def test_invalid_requests_do_not_stop_the_service(shared: LocalService, call: Caller) -> None:
    junk = [b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\n\r\n", b"POST /jobs/ HTTP/9\r\n\r\n"]
    junk += [b"GET /%ff%00/ HTTP/1.1\r\nHost: x\r\n\r\n", b"A" * 200_000, b"\r\n" * 10]
    for bytes_sent in junk:
        with _connect(shared) as connection:
            connection.settimeout(0.2)
            try:
                connection.sendall(bytes_sent)
                connection.shutdown(socket.SHUT_WR)
                assert b" 500 " not in connection.recv(4096)
            except OSError:
                pass
    began = time.monotonic()
    assert call.http.get("/status/").status_code == 200
    assert time.monotonic() - began < 5
