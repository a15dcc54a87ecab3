"""A service that repeats the token brings it nowhere."""

from __future__ import annotations

import base64
import html
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import BspsaError
from tests.conftest import SealArchive
from tests.faulty_server import FaultyServer, Reply, contract, run

JOB = contract("job.json")["examples"][0]["body"]
REF = JobRef("pizdaint", "bsp_pizdaint_01", JOB["job_id"])
REQUEST = check_form(JobForm(command="ls", title="t")).request
SECRET = "echo-ME/with+signs=\"and'quotes\\<&>~" + "q7" * 12
MARK = "0123"  # what stands around it must stay

FORMS: dict[str, str] = {
    "raw": SECRET,
    "header": f"Bearer {SECRET}",
    "percent": quote(SECRET, safe=""),
    "percent, slashes kept": quote(SECRET),
    "percent, lower case": quote(SECRET, safe="").replace("%2B", "%2b").replace("%3D", "%3d"),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of the header": base64.b64encode(f"Bearer {SECRET}".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"x{SECRET}y".encode()).decode().rstrip("="),
    "json": json.dumps(SECRET)[1:-1],
    "json with slashes escaped": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "json in code points": SECRET.replace("+", "\\u002B").replace("<", "\\u003c"),
    "html": html.escape(SECRET),
    "html in numbers": SECRET.replace("'", "&#x27;").replace('"', "&#34;"),
}
# What none of the forms may leave behind: a run of the token's letters, or of its base64.
TELLTALES = (
    "q7q7q7",
    "echo-ME",
    *(base64.b64encode(b"x" * offset + SECRET.encode()).decode()[20:36] for offset in range(3)),
)


def text_of(found: object) -> str:
    if isinstance(found, BspsaError):
        chain: BaseException | None = found
        records = []
        while chain is not None:
            records.append(f"{chain!r} {chain} {vars(chain)}")
            chain = chain.__cause__ or chain.__context__
        return "\n".join(records)
    return f"{found!r} {found}"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    for name in ("", "bspsa_widgets", "httpx", "httpcore", "asyncio", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def visible_text(reply: Reply, seal: Callable[..., Any]) -> str:
    """All that reads, a submission and a cancel give, raise, or keep."""

    async def main() -> str:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, SECRET) as client,
        ):
            records = []
            for send in (
                client.jobs,
                lambda: client.files(REF),
                lambda: client.job(REF),
                lambda: client.submit(REQUEST, seal()),
                lambda: client.delete(REF),
            ):
                try:
                    records.append(text_of(await send()))
                except BspsaError as error:
                    records.append(text_of(error))
            assert server.ledger[0].header("Authorization") == [f"Bearer {SECRET}"]
            return "\n".join(records)

    return run(main())


def shows(text: str) -> list[str]:
    return [part for part in (*FORMS.values(), *TELLTALES) if part in text]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 500, 503])
def test_a_token_in_a_body_is_redacted(
    status: int, form: str, seal: SealArchive, logged: pytest.LogCaptureFixture
) -> None:
    job = json.dumps(JOB)
    bodies = [
        f'"{MARK}{form}{MARK}"',
        f'{{"detail": "{MARK}{form}{MARK}"}}',
        job.replace("{", f'{{"k{form}": "v", "said": "{form}", ', 1),
        f'[{job}, "{form}"]',
    ]
    for body in bodies:
        records = visible_text(Reply(status, body), seal)
        assert shows(records + logged.text) == []


def test_text_around_the_token_stays(seal: SealArchive) -> None:
    records = visible_text(Reply(400, json.dumps(f"{MARK} {SECRET} {MARK}")), seal)
    assert f"{MARK} *** {MARK}" in records
    job = JOB | {"title": f"for {SECRET}"}
    assert "for ***" in visible_text(Reply.json(job, 201), seal)


def test_a_token_in_the_content_type_is_redacted(seal: SealArchive) -> None:
    token = "t0ken-without-signs"
    reply = Reply(200, "{}", f"text/{token}")

    async def main() -> str:
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, token) as client,
        ):
            try:
                return repr(await client.job(REF))
            except BspsaError as error:
                return text_of(error)

    assert token not in run(main())


PLAIN = "t0ken-without-signs-" + "q7" * 12  # the status line and the headers take it as it is


@pytest.mark.parametrize(
    "raw",
    [
        f"HTTP/1.1 200 {PLAIN}\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 200 OK\r\nX-Echo: Bearer {PLAIN}\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 200 OK\r\n{PLAIN}: x\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 302 Found\r\nLocation: /?t={PLAIN}\r\nContent-Length: 0\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nSet-Cookie: t={base64.b64encode(PLAIN.encode()).decode()}\r\n\r\n[]",
        f"{PLAIN} HTTP/1.1\r\n\r\n",
        f"HTTP/1.1 200 OK\r\n{PLAIN} no header\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nContent-Length: {PLAIN}\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {PLAIN}\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{PLAIN}\r\n",
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {PLAIN}\r\nContent-Length: 2\r\n\r\n[]",
        f"HTTP/1.1 503 Busy\r\nRetry-After: {PLAIN}\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=lambda raw: raw.replace(PLAIN, "TOKEN")[:60],
)
def test_a_token_in_a_header_is_not_logged(
    raw: str, seal: SealArchive, logged: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    async def main() -> str:
        async with (
            FaultyServer(lambda _: Reply(raw=raw.encode(), end="close")) as server,
            ServiceAccountClient(server.url, PLAIN) as client,
        ):
            records = []
            for send in (
                client.jobs,
                lambda: client.submit(REQUEST, seal()),
                lambda: client.delete(REF),
            ):
                try:
                    records.append(text_of(await send()))
                except BspsaError as error:
                    records.append(text_of(error))
            return "\n".join(records)

    text = run(main()) + logged.text + str([vars(record) for record in logged.records])
    assert "httpcore" in text
    assert PLAIN not in text
    assert base64.b64encode(PLAIN.encode()).decode()[:20] not in text


def test_a_response_without_the_token_is_logged_unchanged(
    logged: pytest.LogCaptureFixture, seal: SealArchive
) -> None:
    visible_text(Reply.json([], headers=(("X-Seen", "as it was"),)), seal)
    assert "as it was" in logged.text
