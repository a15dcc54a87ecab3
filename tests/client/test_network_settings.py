"""Settings of the network that keep a client from working are named, without their passwords."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.network_settings import proxy_for
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import BspsaError, NotSent, UnsafeEndpoint
from tests.conftest import SealArchive
from tests.faulty_server import FaultyServer, Reply, run

REMOTE = "https://service.example"
REQUEST = check_form(JobForm(command="ls", title="t")).request
REF = JobRef("nsg", "p", "A-1")
SETTINGS = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the developer's."""
    for name in (*SETTINGS, "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def failures_at(url: str, seal: SealArchive) -> list[BspsaError]:
    """What a read, a cancel and a submission end in."""

    async def main() -> list[BspsaError]:
        found = []
        async with ServiceAccountClient(url, "t") as client:
            for send in (
                client.status,
                lambda: client.delete(REF),
                lambda: client.submit(REQUEST, seal()),
            ):
                with pytest.raises(BspsaError) as caught:
                    await send()
                found.append(caught.value)
        return found

    return run(main(), 20.0)


PROXIES = [
    ("ALL_PROXY", "socks5://me:SECRET@proxy.example:1080", "proxy.example:1080", "socksio"),
    ("all_proxy", "socks5h://proxy.example", "proxy.example", "socksio"),
    ("HTTPS_PROXY", "socks4://me:SECRET@proxy.example:1080", "proxy.example:1080", "http://"),
    ("HTTPS_PROXY", "ftp://me:SECRET@proxy.example", "proxy.example", "http://"),
    ("https_proxy", "proxy.example:SECRET", "", "http://"),
    ("HTTPS_PROXY", "http://me:SECRET@proxy.example:80:90", "", "http://"),
    ("HTTPS_PROXY", "ftp://me:12/SECRET@proxy.example", "", "http://"),
    ("ALL_PROXY", "http://[::1", "", "http://"),
    ("NO_PROXY", "[::1", "", "localhost"),
]


@pytest.mark.parametrize(("name", "value", "host", "advised"), PROXIES)
def test_a_proxy_that_cannot_be_used_is_named_and_nothing_is_sent(
    name: str,
    value: str,
    host: str,
    advised: str,
    seal: SealArchive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    for error in failures_at(REMOTE, seal):
        assert type(error) is NotSent
        assert error.verdict == "No job was created."
        assert name in error.message
        assert host in error.message
        assert "me:12" not in str(error)
        assert advised in error.advice
        message = repr(error) + str(error) + repr(error.__context__) + repr(error.__cause__)
        assert "SECRET" not in message


@pytest.mark.parametrize(
    ("name", "message"), [("SSL_CERT_FILE", "is not there"), ("SSLKEYLOGFILE", "cannot be written")]
)
def test_a_file_of_the_settings_that_is_missing_is_named(
    name: str, message: str, seal: SealArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "nowhere" / "ca.pem"))
    for error in failures_at(REMOTE, seal):
        assert type(error) is NotSent
        assert name in error.message
        assert "ca.pem" in error.message
        assert message in error.message


def test_a_file_without_certificates_is_named(
    seal: SealArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    for error in failures_at(REMOTE, seal):
        assert type(error) is NotSent
        assert "holds no certificates" in error.message


@pytest.mark.parametrize(
    ("reply", "message", "advised"),
    [
        (Reply(407, end="close"), "user name and a password", "NAME:PASSWORD@127.0.0.1"),
        (Reply(403, end="close"), "(403)", "add service.example to NO_PROXY"),
        (Reply(502, end="close"), "(502)", "add service.example to NO_PROXY"),
    ],
)
def test_a_proxy_that_refuses_is_named(
    reply: Reply, message: str, advised: str, seal: SealArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> list[BspsaError]:
        async with FaultyServer(lambda _: reply) as proxy:
            setting = proxy.url.replace("://", "://me:SECRET@")
            monkeypatch.setenv("HTTPS_PROXY", setting)
            found = await asyncio.to_thread(failures_at, REMOTE, seal)
            assert {request.method for request in proxy.ledger} == {"CONNECT"}
            return found

    for error in run(main(), 30.0):
        assert type(error) is NotSent
        assert "HTTPS_PROXY" in error.message
        assert message in error.message
        assert advised in error.advice
        assert "SECRET" not in str(error)


def test_a_proxy_that_is_not_there_is_named(
    seal: SealArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:SECRET@127.0.0.1:9")
    for error in failures_at(REMOTE, seal):
        assert type(error) is NotSent
        assert "The proxy 127.0.0.1:9 (from the setting HTTPS_PROXY)" in error.message
        assert "SECRET" not in str(error)


def test_requests_to_this_machine_ignore_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(name, "socks5://nowhere")

    async def main() -> bool:
        reply = Reply.json({"bsp-service-account-status": 1})
        async with (
            FaultyServer(lambda _: reply) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await client.status()

    assert run(main())


def test_hosts_that_are_reached_without_a_proxy_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_for(REMOTE) == ("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,.example")
    assert proxy_for(REMOTE) is None


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a service that signs for itself, in one file."""
    path = tmp_path_factory.mktemp("tls") / "service.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".cert"))]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".cert").read_text())
    return path


def test_an_unknown_authority_is_named_and_accepted_with_the_setting(
    own_authority: Path, seal: SealArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_authority)
    handler = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(handler + b'{"bsp-service-account-status":1}')
        await writer.drain()
        writer.close()

    async def main(send: Callable[[str], object]) -> object:
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(send, f"https://127.0.0.1:{port}")

    def status(url: str) -> bool:
        async def send() -> bool:
            async with ServiceAccountClient(url, "t") as client:
                return await client.status()

        return run(send())

    found = asyncio.run(main(lambda url: failures_at(url, seal)))
    assert isinstance(found, list)
    for error in found:
        assert type(error) is UnsafeEndpoint
        assert "authority that is not known here" in error.message
        assert "SSL_CERT_FILE" in error.advice
    monkeypatch.setenv("SSL_CERT_FILE", str(own_authority))
    assert asyncio.run(main(status)) is True
