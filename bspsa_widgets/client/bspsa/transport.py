"""Connections: which are kept, which are thrown away, and how long each phase may take."""

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

# Seconds for each phase. A read may wait: listing asks the HPC systems for every open job.
READ_TIMEOUT = httpx.Timeout(connect=10, write=30, read=90, pool=30)
# A POST is answered only when the HPC system has taken the job; there is no limit there.
SUBMIT_TIMEOUT = httpx.Timeout(connect=10, write=120, read=600, pool=30)
# The above are times between two pieces: an answer that drips would never run into them.
ANSWER_SECONDS = 120.0  # for a whole GET or DELETE
SUBMIT_ANSWER_SECONDS = 600.0  # for the whole answer to a POST, from its last byte on

# The token is all that the service knows us by; a cookie may repeat it, and would be kept.
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])


class Connections:
    """httpx clients for one endpoint, made on first use.

    Args:
        endpoint: where they lead.
        transport: used instead of the network, in tests.
    """

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._kept: httpx.AsyncClient | None = None
        self._lock = asyncio.Lock()

    async def kept(self) -> httpx.AsyncClient:
        """The client whose connections are used again, for reads."""
        async with self._lock:
            if self._kept is None:
                self._kept = await self._build(READ_TIMEOUT)
            return self._kept

    async def fresh(self, limits: httpx.Timeout = READ_TIMEOUT) -> httpx.AsyncClient:
        """A client to be closed after one request.

        For POST: a kept connection may turn out dead after the first byte. For DELETE:
        its answer leaves a connection unusable (api.md section 6).
        """
        return await self._build(limits)

    async def aclose(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            await kept.aclose()

    def failure(self, error: Exception) -> BspsaError:
        """Say why a request failed before a byte of it left, or why a read failed."""
        told = outcomes.network_failure(error)
        is_direct = self._endpoint.is_loopback or type(told) is not NotSent
        proxy = None if is_direct else network_settings.proxy_for(self._endpoint.url)
        if proxy is None or not isinstance(error, httpx.HTTPError):
            return told
        return network_settings.refused_by(proxy, error, httpx.URL(self._endpoint.url).host)

    async def _build(self, limits: httpx.Timeout) -> httpx.AsyncClient:
        local_http = self._endpoint.url.startswith("http://")
        verify = _nobody() if local_http else await asyncio.to_thread(_authorities)
        try:
            return httpx.AsyncClient(
                base_url=self._endpoint.url,
                timeout=limits,
                follow_redirects=False,
                transport=self._transport,
                cookies=CookieJar(_NO_COOKIES),
                # A token for this machine does not travel through a proxy.
                trust_env=not self._endpoint.is_loopback,
                verify=verify,
                headers={
                    "Accept": "application/json",
                    # A short answer could unpack into more than there is memory.
                    "Accept-Encoding": "identity",
                    "User-Agent": "bspsa-widgets",
                },
            )
        except Exception as error:  # all else is given here: only the settings can be at fault
            problem = network_settings.unusable(error)
        raise problem  # here, where httpx's words (they may hold a password) are no context


def _authorities() -> ssl.SSLContext:
    return _authorities_as_set(*map(os.environ.get, network_settings.OF_CERTIFICATES))


@cache
def _authorities_as_set(*_: str | None) -> ssl.SSLContext:
    """Once for each setting, as it takes 0.1 s; and in a thread."""
    return network_settings.authorities()


@cache
def _nobody() -> ssl.SSLContext:
    """For plain http, where no certificate is looked at: a context that trusts none."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
