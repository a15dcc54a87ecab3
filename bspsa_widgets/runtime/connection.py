"""Turns the endpoint that the user named into a client with the right tokens.

The endpoint is, in this order: the one given in code or on the command line; a local service
started in this process; `BSPSA_ENDPOINT`; the public Service Account. "local" names the local
service that runs on this computer.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT, Endpoint
from bspsa_widgets.errors import NotSent
from bspsa_widgets.service import embedded
from bspsa_widgets.tokens import GivenToken, TokenChain

LOCAL = "local"


class Target(NamedTuple):
    """Where requests are sent.

    Attributes:
        is_local: whether it is a local service of this user.
        by_name: whether it was named as the local service, not by its address.
        endpoint: address of the service.
    """

    endpoint: Endpoint
    is_local: bool
    by_name: bool = False

    @property
    def label(self) -> str:
        """Name of the service for the user."""
        return "local service" if self.is_local else self.endpoint.label


def find_target(given: str | embedded.LocalService | None = None) -> Target:
    """Return the endpoint to use.

    Args:
        given: address, "local" or a local service; None: see the module.

    Returns:
        the target.

    Raises:
        InvalidInput: (field `endpoint`) the address is not valid.
        NotSent: "local" was named, and no local service is running.
    """
    if isinstance(given, embedded.LocalService):
        return Target(Endpoint.parse(given.url), True, by_name=True)
    started = embedded.current()
    if given is None and started is not None:
        return Target(Endpoint.parse(started.url), True, by_name=True)
    named = given or os.environ.get("BSPSA_ENDPOINT") or DEFAULT_ENDPOINT
    if named.strip().lower() != LOCAL:
        endpoint = Endpoint.parse(named)
        return Target(endpoint, local_token(endpoint) is not None)
    running = started or next(iter(embedded.known_services()), None)
    if running is None:
        raise NotSent(
            "No local service runs on this machine.",
            advice="Start one: `bspsa service` in a terminal, or LocalService() in a notebook.",
        )
    return Target(Endpoint.parse(running.url), True, by_name=True)


def local_token(endpoint: Endpoint) -> str | None:
    """Return the token of the user's own local service at an endpoint.

    Args:
        endpoint: address of the service.

    Returns:
        the token; None if there is no local service of this user.
    """
    if not endpoint.is_loopback:
        return None
    for service in embedded.known_services():
        if service.url == endpoint.url:
            return service.token
    started = embedded.current()
    return started.token() if started is not None and started.url == endpoint.url else None


def connect(
    target: Target,
    token: GivenToken | None = None,
    trusted: Collection[str] = (),
) -> ServiceAccountClient:
    """Return a client for a target.

    Args:
        target: where requests are sent.
        token: token given in code.
        trusted: further endpoints that may receive EBRAINS tokens.

    Returns:
        the client.
    """

    def own() -> str | None:
        return local_token(target.endpoint)

    # If the local service was named as such, an account's token in the environment
    # is not needed and must not be sent to it.
    given = own if token is None and target.by_name else token
    chain = TokenChain(target.endpoint, given, trusted=trusted, local=own)
    return ServiceAccountClient(target.endpoint, chain)
