"""The address of a Service Account: checked once, compared exactly."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from bspsa_widgets.errors import InvalidInput

DEFAULT_ENDPOINT = "https://bspsa.cineca.it"

# Stricter than URL parsers: they disagree on other hosts, and the host that is checked must
# be the host that is called.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")

_ALLOWED = f"Use an address like {DEFAULT_ENDPOINT}; plain http:// only for this machine."


class Endpoint(BaseModel):
    """A checked base URL.

    Attributes:
        url: scheme, host and port (and a path prefix, if any), without a trailing slash.
        is_loopback: whether it is this machine, by name or number.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    is_loopback: bool

    @classmethod
    def parse(cls, given: object) -> Endpoint:
        """Check an address as typed.

        Args:
            given: the address; any type.

        Returns:
            The endpoint.

        Raises:
            InvalidInput: of field `endpoint`, if it is no URL, has a user name or a query, or uses
                plain http to another machine (the token would be readable on the network).
        """
        if not isinstance(given, str) or not given.strip():
            raise InvalidInput("endpoint", "There is no address.", allowed=_ALLOWED)
        text = given.strip().rstrip("/")
        if "@" in text:  # not repeated: the text before it may be a password
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
        """Whether it is the public Service Account."""
        return self.url == DEFAULT_ENDPOINT

    @property
    def label(self) -> str:
        """The address for people: host and path, without the scheme."""
        return self.url.split("://", 1)[1]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
