"""From what the user named as endpoint to a client with the right tokens.

The endpoint is, in this order: the one given in code or on the command line; a local
service started in this process; `BSPSA_ENDPOINT`; the public Service Account. "local"
names the local service that runs on this machine.
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
    """Where requests go.

    Attributes:
        is_local: it is a local service of this user.
        by_name: it was not typed as an address, but named as the local service.
    """

    endpoint: Endpoint
    is_local: bool
    by_name: bool = False

    @property
    def label(self) -> str:
        return "local service" if self.is_local else self.endpoint.label


def find_target(given: str | embedded.LocalService | None = None) -> Target:
    """The endpoint in use.

    Raises:
        InvalidInput: of field `endpoint`.
        NotSent: "local" was named, and no local service runs.
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
    """The token of the local service at `endpoint`; None where none of ours is there."""
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
    """A client for `target`.

    Args:
        token: given in code.
        trusted: further endpoints that EBRAINS tokens may go to.
    """

    def own() -> str | None:
        return local_token(target.endpoint)

    # Where the local service was named as such, an account's token in the environment
    # is neither needed nor any of its business.
    given = own if token is None and target.by_name else token
    chain = TokenChain(target.endpoint, given, trusted=trusted, local=own)
    return ServiceAccountClient(target.endpoint, chain)
