"""Row 9: a redirect, plain http to another machine, a certificate that is not good."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import BspsaError, InvalidInput, NotSent
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import Ended, new_records, send
from tests.faulty_server import Account, FaultyServer, Reply, run

FOREIGN = ("http://bspsa.cineca.it", "http://192.0.2.1:8000", "http://127.0.0.1.example")


class _Redirect(NamedTuple):
    status: int
    method: str  # that is redirected; another method is answered as usual


class _Bad(NamedTuple):
    """A certificate: whom it names, and the days that it is good for."""

    name: str
    days: int


CASES: tuple[_Redirect | _Bad | str, ...] = (
    *(_Redirect(status, "GET") for status in (301, 302, 307)),
    *(_Redirect(status, "POST") for status in (302, 303, 307, 308)),
    *FOREIGN,
    _Bad("localhost", 1),  # made by nobody that is trusted
    _Bad("bspsa.cineca.it", 1),  # and of another host
)


def play(case: Case) -> None:
    which = CASES[case.seed]
    if isinstance(which, str):
        _play_foreign(case, which)
    else:
        records = new_records()
        play = _redirected if isinstance(which, _Redirect) else _wrongly_certified
        try:
            run(play(case, which, records), 60.0)
        finally:
            shutil.rmtree(records.folder)


def _play_foreign(case: Case, address: str) -> None:
    for make in (Endpoint.parse, lambda url: ServiceAccountClient(url, "t")):
        _refuses(case, make, address)


def _refuses(case: Case, make: Callable[[str], Any], address: str) -> None:
    try:
        make(address)
    except InvalidInput as error:
        case.check(error.field == "endpoint", f"it names {error.field}")
    else:
        case.wrong(f"{address} was taken")


async def _redirected(case: Case, which: Any, records: Any) -> None:
    account = Account()
    async with FaultyServer(Account()) as other, FaultyServer(account) as server:
        place = Reply(which.status, headers=(("Location", f"{other.url}/jobs/pizdaint/"),))
        account.on(which.method, "/", place)
        ended = await send(server.url, records, seconds=0.0)
        case.check(not other.connections, "the other host heard of it")
        case.check(not account.jobs and server.posts <= 1, f"{server.posts} requests")
        case.check(server.posts == (which.method == "POST"), "sent after a redirect")
        _check_ended(case, ended, is_sent=which.method == "POST")


def _check_ended(case: Case, ended: Ended, *, is_sent: bool) -> None:
    error = ended.error
    case.check(isinstance(error, BspsaError) and not ended.accepted, f"ended in {error!r}")
    if error is not None and not is_sent:
        case.check(not error.job_may_exist, f"nothing was sent, and it says {error!r}")
        case.check(ended.record is None or ended.record.state == "not_sent", "the record differs")
    case.note(type(error).__name__)


async def _wrongly_certified(case: Case, which: Any, records: Any) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError):
            heard.append(await reader.read(1 << 16))
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(which))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # the server's end of a refused handshake
    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        ended = await send(f"https://localhost:{port}", records, seconds=0.0)
    case.check(not any(heard), "something left before the certificate was looked at")
    case.check(isinstance(ended.error, NotSent), f"ended in {ended.error!r}")
    _check_ended(case, ended, is_sent=False)


@cache
def _certificate(which: _Bad) -> Path:
    """Key and self-signed certificate, in one file."""
    folder = Path(tempfile.mkdtemp(prefix="certificate-"))
    place, key = folder / "both.pem", folder / "key.pem"
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", str(which.days), "-subj", f"/CN={which.name}"),
            *("-addext", f"subjectAltName=DNS:{which.name}"),
            *("-keyout", str(key), "-out", str(place)),
        ),
        check=True,
        capture_output=True,
    )
    place.write_text(place.read_text() + key.read_text())
    return place


ROWS = (Row("9", "a redirect, plain http, a bad certificate", len(CASES), 12, play, each=True),)
