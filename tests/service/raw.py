"""A service in a process of its own, with changed limits, asked by bytes on a socket."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bspsa_widgets.service.address import ServiceAddress, find_service
from tests.service.conftest import until

_START = """
import sys
from bspsa_widgets.service.http import protocol, submission
from bspsa_widgets.service.__main__ import main
for change in sys.argv.pop(1).split():
    name, _, value = change.partition("=")
    where, _, what = name.partition(".")
    module = {"protocol": protocol, "submission": submission}[where]
    getattr(module, what)  # a setting that is not there would limit nothing
    setattr(module, what, float(value))
sys.exit(main())
"""


@contextmanager
def running(directory: Path, changes: str = "") -> Iterator[ServiceAddress]:
    """Args: changes: such as `protocol.HEAD_SECONDS=0.3`, with blanks between them."""
    command = [sys.executable, "-c", _START, changes, "--dir", str(directory)]
    folder = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) as process:
        try:
            found: ServiceAddress = until(lambda: find_service(directory), "its start", 30)
            yield found
        finally:
            process.terminate()
            _, said = process.communicate(timeout=30)
    assert b"Traceback" not in said, said.decode()


class Wire:
    """A connection, on which anything may be sent."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> bytes:
        """All until the other end closes, or resets."""
        read = bytearray()
        with suppress(ConnectionError):
            while data := self.socket.recv(65536):
                read += data
        return bytes(read)

    def drip(self, data: bytes, pause: float, seconds: float = 20.0) -> float:
        """Send `data` again and again until the other end has had enough; after how long."""
        start = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - start < seconds:
                self.socket.sendall(data)
                time.sleep(pause)
        return time.monotonic() - start

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *error: Any) -> None:
        self.socket.close()


def port_of(address: ServiceAddress) -> int:
    return int(address.url.rsplit(":", 1)[1])


def head(address: ServiceAddress, line: str, **headers: str) -> bytes:
    """A request's head, with Host and token; `_` stands for `-`, None leaves one out."""
    usual = {"Host": f"127.0.0.1:{port_of(address)}", "Authorization": f"Bearer {address.token}"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in (usual | named).items() if value is not None]
    return "\r\n".join([f"{line} HTTP/1.1", *lines, "", ""]).encode("latin-1")
