"""On loopback unless said twice, with TLS; then under its own names only."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.listening import Listening

from .raw import Wire


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and hpc.example.org, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=hpc.example.org"]
    names += ["-addext", "subjectAltName=DNS:hpc.example.org,IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def opened(tmp_path: Path, tls: tuple[Path, Path]) -> Iterator[dict[str, Any]]:
    """A service opened from the command line, as it tells of itself."""
    command = [sys.executable, "-m", "bspsa_widgets", "service", "--dir", str(tmp_path / "s")]
    command += ["--json", "--bind", "0.0.0.0", "--name", "127.0.0.1", "--name", "hpc.example.org"]
    command += ["--tls-cert", str(tls[0]), "--tls-key", str(tls[1]), "--i-know-it-is-open"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            told = b""
            while not told.endswith(b"}\n"):
                line = process.stdout.readline()
                assert line, "it did not start"
                told += line
            yield json.loads(told)
        finally:
            process.terminate()


def test_an_open_service_is_reached_by_tls_only_and_by_its_names_only(
    opened: dict[str, Any], tls: tuple[Path, Path]
) -> None:
    url, port = opened["url"], int(opened["url"].rsplit(":", 1)[1])
    assert url == f"https://127.0.0.1:{port}"
    context = ssl.create_default_context(cafile=str(tls[0]))
    token = (Path(opened["dir"]) / "token").read_text().strip()
    with httpx.Client(base_url=url, verify=context) as http:
        assert http.get("/status/").status_code == 200
        assert http.get("/jobs/").status_code == 401
        http.headers["Authorization"] = f"Bearer {token}"
        assert http.get("/jobs/").json() == []
        for host, status in {
            f"hpc.example.org:{port}": 200,
            f"0.0.0.0:{port}": 403,
            f"localhost:{port}": 403,
            f"{socket.gethostname()}:{port}": 403,
        }.items():
            assert http.get("/jobs/", headers={"Host": host}).status_code == status, host
        for origin, status in {url: 200, f"http://127.0.0.1:{port}": 403}.items():
            assert http.get("/jobs/", headers={"Origin": origin}).status_code == status, origin
    with Wire(port) as wire:
        wire.send(f"GET /status/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert not wire.read().startswith(b"HTTP")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_meant": False}, "say it twice"),
        ({"certificate": None}, "only opened with TLS"),
        ({"key": None}, "only opened with TLS"),
        ({"address": "127.0.0.1", "certificate": None}, "only opened with TLS"),
        ({"address": "hpc.example.org"}, "not an IP address"),
        ({"address": "", "names": ("a",)}, "not an IP address"),
        ({"names": ()}, "none that clients ask for"),
        ({"address": "::", "names": ()}, "none that clients ask for"),
        ({"names": ("a\r\nb",)}, "not a machine's name"),
        ({"names": ("a:80",)}, "not a machine's name"),
        ({"certificate": Path("/nowhere.pem")}, "cannot be used for TLS"),
    ],
)
def test_what_is_not_said_twice_or_has_no_tls_is_refused_in_words(
    tls: tuple[Path, Path], changes: dict[str, Any], words: str
) -> None:
    usual = {"address": "0.0.0.0", "certificate": tls[0], "key": tls[1], "names": ("hpc",)}
    with pytest.raises(LocalServiceError, match=words) as refused:
        Listening.openly(**({"is_meant": True} | usual | changes))
    assert refused.value.advice


def test_a_key_of_another_certificate_or_with_a_password_is_refused(
    tmp_path: Path, tls: tuple[Path, Path]
) -> None:
    for more in ([], ["-aes256", "-pass", "pass:secret"]):
        key = tmp_path / "other.pem"
        command = ["openssl", "genpkey", "-algorithm", "RSA", "-out", str(key), *more]
        subprocess.run(command, check=True, capture_output=True)
        with pytest.raises(LocalServiceError, match="cannot be used for TLS"):
            Listening.openly("192.0.2.7", tls[0], key, (), is_meant=True)


def test_an_address_is_a_name_of_its_own(tls: tuple[Path, Path]) -> None:
    found = Listening.openly("2001:db8::7", *tls, (), is_meant=True)
    assert found.url(443) == "https://[2001:db8::7]:443"
    assert found.hosts(443) == ("[2001:db8::7]:443", "[2001:db8::7]")
    assert found.hosts(8443) == ("[2001:db8::7]:8443",)


def test_tls_files_without_an_address_are_asked_about(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bspsa_widgets", "service", "--dir", str(tmp_path / "s")]
    done = subprocess.run(
        [*command, "--i-know-it-is-open"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Add --bind" in done.stderr
    assert not (tmp_path / "s").exists()


def test_a_small_answer_leaves_at_once() -> None:
    """Held back until the one before is acknowledged, each would take 40 ms."""

    async def main() -> int:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = writer.get_extra_info("socket")
            taken.set_result(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with Listening().socket(0) as listener:
            async with await asyncio.start_server(serve, sock=listener):
                port = listener.getsockname()[1]
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                found = await taken
                writer.close()
                return found

    assert asyncio.run(main())
