"""The address of a Service Account: checked once, compared exactly."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from bspsa_widgets.errors import InvalidInput

DEFAULT_ENDPOINT = "https://bspsa.cineca.it"

# Narrower than what URL parsers let pass: they do not agree on the rest, and the host that
# is checked has to be the host that is called.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")

_ALLOWED = f"Use an address like {DEFAULT_ENDPOINT}; plain http:// only for this machine."


class Endpoint(BaseModel):
    """A checked base URL.

    Attributes:
        url: scheme, host and port (and a path prefix, if any), without a trailing slash.
        is_loopback: it is this machine, by name or number.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    is_loopback: bool

    @classmethod
    def parse(cls, given: object) -> Endpoint:
        """Check an address as typed.

        Raises:
            InvalidInput: of field `endpoint`: no URL, a user or query in it, or plain
                http to another machine (the token would travel readable).
        """
        if not isinstance(given, str) or not given.strip():
            raise InvalidInput("endpoint", "There is no address.", allowed=_ALLOWED)
        text = given.strip().rstrip("/")
        if "@" in text:  # not shown again: what stands before it may be a password
            raise InvalidInput("endpoint", "The address holds a user name.", allowed=_ALLOWED)
        problem = InvalidInput(
            "endpoint", f"{text!r:.80} is not a usable address.", allowed=_ALLOWED
        )
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise problem from None
        if parts.scheme not in ("http", "https") or not host or not text.isascii():
            raise problem
        if any(c.isspace() or not c.isprintable() for c in text) or parts.query or parts.fragment:
            raise problem
        if not _HOST.fullmatch(host):
            raise problem
        loopback = _is_loopback(host)
        if parts.scheme == "http" and not loopback:
            raise InvalidInput(
                "endpoint",
                f"{host} is another machine, and plain http would show your token to the network.",
                allowed=_ALLOWED,
            )
        shown = f"[{host}]" if ":" in host else host
        default_port = {"http": 80, "https": 443}[parts.scheme]
        suffix = "" if port in (None, default_port) else f":{port}"
        return cls(url=f"{parts.scheme}://{shown}{suffix}{parts.path}", is_loopback=loopback)

    @property
    def is_default(self) -> bool:
        return self.url == DEFAULT_ENDPOINT

    @property
    def label(self) -> str:
        """For people: the host, without the scheme."""
        return self.url.split("://", 1)[1]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
