"""Where the service is reached: on loopback, or openly, which has to be said twice."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bspsa_widgets.errors import LocalServiceError

LOOPBACK = "127.0.0.1"
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_TWICE = "Name both files, --tls-cert and --tls-key, and add --i-know-it-is-open."


@dataclass(frozen=True)
class Listening:
    """An address, checked.

    Attributes:
        address: IP address that is bound. names: that clients may call it by, exactly; the
            first is the one it tells.
        certificate, key: PEM files of an open service; None on loopback.
    """

    address: str = LOOPBACK
    names: tuple[str, ...] = (LOOPBACK, "localhost")
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def openly(
        cls,
        address: str,
        certificate: Path | None,
        key: Path | None,
        names: tuple[str, ...],
        *,
        is_meant: bool,
    ) -> Listening:
        """Reached by other machines.

        Args:
            names: that clients may call it by; none: the address itself.
            is_meant: the user has said so a second time.

        Raises:
            LocalServiceError: it is not to be, in words that say why.
        """
        where = _ip(address)
        if certificate is None or key is None or not is_meant:
            raise LocalServiceError(
                f"At {address}, other machines reach the service: whoever gets a token runs "
                "programs here as you. So it is only opened with TLS, and if you say it twice.",
                advice=_TWICE,
            )
        if where.is_unspecified and not names:
            raise LocalServiceError(
                f"{address} is every address of this machine, and none that clients ask for.",
                advice="Add --name with the machine's name, as the certificate has it.",
            )
        for name in names:
            if not _NAME.fullmatch(name):
                raise LocalServiceError(
                    f"{name!r} is not a machine's name.", advice="As in: hpc.example.org"
                )
        _check_tls(certificate, key)
        return cls(str(where), names or (_in_url(where),), certificate, key)

    @property
    def is_open(self) -> bool:
        return self.certificate is not None

    def url(self, port: int) -> str:
        """Base URL without a trailing slash."""
        return f"{'https' if self.is_open else 'http'}://{self.names[0]}:{port}"

    def hosts(self, port: int) -> tuple[str, ...]:
        """All Host headers that are meant for it."""
        usual = self.names if self.is_open and port == 443 else ()  # clients leave it out
        return (*(f"{name}:{port}" for name in self.names), *usual)

    @contextmanager
    def socket(self, port: int) -> Iterator[socket.socket]:
        """Bound, for as long as the block lasts; `port` 0: a free one. Raises LocalServiceError."""
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        # asyncio lets small answers leave at once (TCP_NODELAY) only where the protocol is named.
        with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((self.address, port))
            except (OSError, OverflowError) as error:
                where = f" at {self.address}" if self.is_open else ""
                raise LocalServiceError(
                    f"Port {port}{where} cannot be used: "
                    f"{getattr(error, 'strerror', None) or error}.",
                    advice="Choose another one; 0 takes a free one.",
                ) from error
            yield listener


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        raise LocalServiceError(
            f"{address!r} is not an IP address.", advice="As in: --bind 192.0.2.7"
        ) from None


def _in_url(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _check_tls(certificate: Path, key: Path) -> None:
    """Before anything is started: what uvicorn would say is for programmers."""
    try:
        # A password cannot be asked for where nobody sits; none is given.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise LocalServiceError(
            f"{certificate} and {key} cannot be used for TLS ({error}).",
            advice="Give the certificate and its key as PEM files, the key without a password.",
        ) from error
