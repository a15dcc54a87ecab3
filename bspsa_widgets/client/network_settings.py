"""Network settings of this computer: find out which one keeps a client from working.

These are settings of the environment: proxies, and certificate files. Messages name the
setting and the host in its value, never more: the address of a proxy may hold a password.
"""

from __future__ import annotations

import os
import re
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.errors import NotSent

CERTIFICATE_SETTINGS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")

_PROXIES = ("https_proxy", "all_proxy", "http_proxy")
_CORRECT_ADDRESS = "Use an address like http://proxy.example.org:3128, or remove the setting."
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_RESTART = "Change it where it was set, and restart the kernel or the terminal."


class Proxy(NamedTuple):
    """A proxy between this computer and a service.

    Attributes:
        setting: name of the environment variable, or of the system setting.
        host: host and port of the proxy.
    """

    setting: str
    host: str


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that requests to an address go through.

    Args:
        url: the address.

    Returns:
        The proxy; None if requests go directly.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    for scheme in (parts.scheme, "all"):
        if value := proxies.get(scheme):
            return Proxy(_setting(f"{scheme}_proxy"), _host(value))
    return None


def settings_error(error: Exception) -> NotSent:
    """Return the error that names the setting with which no client can be made.

    Args:
        error: raised when the client was made.

    Returns:
        The error, with advice.
    """
    for name in _PROXIES:
        setting = _setting(name)
        if value := os.environ.get(setting, ""):
            try:
                httpx.AsyncHTTPTransport(proxy=_with_scheme(value), verify=_no_authorities())
            except Exception as problem:
                return _bad_proxy(setting, value, problem)
    setting = _setting("no_proxy")
    if os.environ.get(setting):
        return NotSent(
            f"The setting {setting} cannot be read.",
            advice=f"Write it as a list of hosts, like localhost,127.0.0.1. {_RESTART}",
        )
    return NotSent(
        f"The network settings of this computer cannot be used ({type(error).__name__}).",
        advice=f"Look at its settings for proxies. {_RESTART}",
    )


def proxy_error(proxy: Proxy, error: httpx.HTTPError, service: str) -> NotSent:
    """Return the error for a request that failed at a proxy.

    Args:
        proxy: the proxy.
        error: of the request.
        service: host of the service.

    Returns:
        The error, with advice.
    """
    named = f"The proxy {proxy.host} (from the setting {proxy.setting})"
    without = f"If the service is reached without it, add {service} to NO_PROXY. {_RESTART}"
    status = str(error)[:3] if isinstance(error, httpx.ProxyError) else ""
    if status == "407":
        return NotSent(
            f"{named} asks for a user name and a password.",
            advice=f"Write them into {proxy.setting} as http://NAME:PASSWORD@{proxy.host}, or ask "
            f"who runs your network. {_RESTART}",
        )
    if status.isdigit():
        return NotSent(
            f"{named} does not let requests to the service pass ({status}).",
            advice=f"Ask who runs your network. {without}",
        )
    return NotSent(f"{named} could not be reached.", advice=f"Check the setting. {without}")


def authorities() -> ssl.SSLContext:
    """Return the trusted certificate authorities: those of the settings, else the usual ones.

    Returns:
        A context for TLS.

    Raises:
        NotSent: if a setting names a file that cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        kind = type(error).__name__
    for setting, problem in (("SSL_CERT_FILE", _bad_file), ("SSLKEYLOGFILE", _bad_key_log)):
        value = os.environ.get(setting, "")
        if value and (message := problem(value)):
            raise NotSent(
                f"The setting {setting} names {clean_text(value)!r:.200}, {message}.",
                advice=f"Correct or remove the setting. {_RESTART}",
            )
    raise NotSent(
        f"The certificates on this computer cannot be read ({kind}).",
        advice="Install the Python package certifi again.",
    )


def _bad_file(value: str) -> str:
    if not os.path.exists(value):
        return "which is not there"
    try:
        _no_authorities().load_verify_locations(cafile=value)
    except (OSError, ValueError):
        return "which holds no certificates in PEM format"
    return ""


def _bad_key_log(value: str) -> str:
    try:
        _no_authorities().keylog_filename = value
    except (OSError, ValueError):
        return "which cannot be written"
    return ""


def _bad_proxy(setting: str, value: str, problem: Exception) -> NotSent:
    host = _host(value)
    named = f"The setting {setting}" + (f" ({host})" if host else "")
    if isinstance(problem, ImportError):
        return NotSent(
            f"{named} is a SOCKS proxy, which needs the Python package socksio.",
            advice=f"Install it (pip install socksio), or remove the setting. {_RESTART}",
        )
    if isinstance(problem, httpx.InvalidURL):
        return NotSent(f"{named} is not an address.", advice=f"{_CORRECT_ADDRESS} {_RESTART}")
    message = f"{named} is a kind of proxy that cannot be used."
    return NotSent(message, advice=f"{_CORRECT_ADDRESS} {_RESTART}")


def _setting(name: str) -> str:
    """Return the name of a setting as it is in the environment, in upper or lower case."""
    found = (variable for variable in os.environ if variable.lower() == name)
    return next(found, f"of the system for {name.upper()}")


def _host(value: str) -> str:
    """Return host and port of a proxy's address; "" if they could be part of a password."""
    try:
        parts = urlsplit(_with_scheme(value))
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or ("@" in value and "@" not in parts.netloc):
        return ""
    return f"[{host}]{port}" if ":" in host else f"{host}{port}"


def _with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def _no_authorities() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
