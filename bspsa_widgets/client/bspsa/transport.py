"""httpx clients: one reused for reads, a new one for each POST and DELETE, and all time limits."""

from __future__ import annotations

import asyncio
import os
import ssl
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from bspsa_widgets.client import network_settings
from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import BspsaError, NotSent

# Seconds for each phase. A read may be slow: a list polls the HPC systems for every open job.
READ_TIMEOUT = httpx.Timeout(connect=10, write=30, read=90, pool=30)
# The response to a POST comes only after the HPC system has taken the job, without a limit.
SUBMIT_TIMEOUT = httpx.Timeout(connect=10, write=120, read=600, pool=30)
# The limits above are between two pieces: a slow steady response would never reach them.
RESPONSE_SECONDS = 120.0  # for a whole GET or DELETE
SUBMIT_RESPONSE_SECONDS = 600.0  # for the whole response to a POST, after its last byte is sent

# The token is the only credential; a cookie may repeat it, and would be stored.
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])


class Connections:
    """httpx clients for one endpoint, made on first use.

    Args:
        endpoint: address of the service.
        transport: used instead of the network, in tests.
    """

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._shared: httpx.AsyncClient | None = None
        self._lock = asyncio.Lock()

    async def shared(self) -> httpx.AsyncClient:
        """Return the client for reads, whose connections are reused.

        Returns:
            The client; closed by `aclose`.
        """
        async with self._lock:
            if self._shared is None:
                self._shared = await self.new(READ_TIMEOUT)
            return self._shared

    async def new(self, limits: httpx.Timeout = READ_TIMEOUT) -> httpx.AsyncClient:
        """Return a new client, to be closed after one request.

        For POST: a reused connection may turn out dead after the first byte. For DELETE:
        its response leaves a connection unusable (api.md section 6).

        Args:
            limits: time limits of each phase.

        Returns:
            The client.

        Raises:
            NotSent: if a proxy or certificate setting of this computer cannot be used.
        """
        local_http = self._endpoint.url.startswith("http://")
        verify = _no_authorities() if local_http else await asyncio.to_thread(_authorities)
        try:
            return httpx.AsyncClient(
                base_url=self._endpoint.url,
                timeout=limits,
                follow_redirects=False,
                transport=self._transport,
                cookies=CookieJar(_NO_COOKIES),
                # A token for this machine must not go through a proxy.
                trust_env=not self._endpoint.is_loopback,
                verify=verify,
                headers={
                    "Accept": "application/json",
                    # A short compressed response could expand to more than the memory.
                    "Accept-Encoding": "identity",
                    "User-Agent": "bspsa-widgets",
                },
            )
        except Exception as error:  # all other arguments are fixed: only the settings can be wrong
            problem = network_settings.settings_error(error)
        raise problem  # outside `except`: httpx's message, which may hold a password, is no context

    async def aclose(self) -> None:
        """Close the client for reads."""
        if self._shared is not None:
            shared, self._shared = self._shared, None
            await shared.aclose()

    def failure(self, error: Exception) -> BspsaError:
        """Return the error for a request that failed before a byte was sent, or for a failed read.

        Args:
            error: raised by httpx.

        Returns:
            The error; it names a proxy if that is the cause.
        """
        failure = outcomes.network_failure(error)
        is_direct = self._endpoint.is_loopback or type(failure) is not NotSent
        proxy = None if is_direct else network_settings.proxy_for(self._endpoint.url)
        if proxy is None or not isinstance(error, httpx.HTTPError):
            return failure
        return network_settings.proxy_error(proxy, error, httpx.URL(self._endpoint.url).host)


def _authorities() -> ssl.SSLContext:
    return _authorities_for(*map(os.environ.get, network_settings.CERTIFICATE_SETTINGS))


@cache
def _authorities_for(*_: str | None) -> ssl.SSLContext:
    """Return the authorities; cached for each value of the settings, since it takes 0.1 s."""
    return network_settings.authorities()


@cache
def _no_authorities() -> ssl.SSLContext:
    """Return a context that trusts no certificate, for plain http."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
