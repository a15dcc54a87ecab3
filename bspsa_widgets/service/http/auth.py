"""Checks of the Host header, the origin and the token, before a request is routed.

A web page in the user's browser can send requests to loopback. It can neither choose the
Host header, nor hide its Origin, nor know the token.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bspsa_widgets.service.http.responses import Refusal

MAX_HEAD: Final = 32 * 2**10  # bytes: several times a long token and a Payload
_OPEN_PATHS = ("/status/", "/hpc/")  # need no token, as on the real service
_SAME_ORIGIN = ("none", "same-origin")


class AuthMiddleware:
    """Refuses a wrong Host, a foreign Origin or a wrong token; passes other requests to `app`.

    Args:
        app: the application behind the checks.
        token: the service's bearer token.
        allowed_hosts: exact values of the Host header.
    """

    def __init__(self, app: ASGIApp, token: str, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request, or pass it to the application.

        Args:
            scope: ASGI scope of an HTTP request.
            receive: ASGI receive function.
            send: ASGI send function.

        Raises:
            NotImplementedError: the scope is of another type.
        """
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])  # no websockets, no lifespan here
        response = self._refusal(HTTPConnection(scope)) or self._app
        await response(scope, receive, _with_safe_headers(send))

    def _refusal(self, request: HTTPConnection) -> Response | None:
        try:
            _check_size(request.scope)
            self._check_host(request)
            self._check_origin(request)
            self._check_token(request)
        except Refusal as refusal:
            return refusal.response()
        return _redirect(request.scope)

    def _check_host(self, request: HTTPConnection) -> None:
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise Refusal(403, detail="Host not allowed.")

    def _check_origin(self, request: HTTPConnection) -> None:
        origins = request.headers.getlist("origin")
        sites = request.headers.getlist("sec-fetch-site")
        own = {f"{request.scope['scheme']}://{host}" for host in self._hosts}
        if any(origin.lower() not in own for origin in origins):
            raise Refusal(403, detail="Origin not allowed.")
        if any(site.lower() not in _SAME_ORIGIN for site in sites):
            raise Refusal(403, detail="Origin not allowed.")

    def _check_token(self, request: HTTPConnection) -> None:
        if request.scope["path"] in _OPEN_PATHS and request.scope["method"] in ("GET", "HEAD"):
            return
        values = request.headers.getlist("authorization")
        scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        # In constant time, so that the time does not tell how much of a guess is right.
        is_ours = hmac.compare_digest(token.strip().encode(), self._token)
        if scheme.lower() != "bearer" or not is_ours:
            raise Refusal(401, detail="Invalid token.", headers={"WWW-Authenticate": "Bearer"})


def _check_size(scope: Scope) -> None:
    """Refuse a head larger than `MAX_HEAD`: uvicorn does not limit a head sent in one piece."""
    size = len(scope["raw_path"]) + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD:
        raise Refusal(431, detail="The request's head is too large.")


def _redirect(scope: Scope) -> Response | None:
    """Return the real service's redirect of a path without a trailing slash; None for others."""
    path: str = scope["path"]
    if path.endswith("/"):
        return None
    # One leading slash only: two would lead to another host.
    target = quote("/" + path.strip("/") + "/", safe="/%~:@!$&'()*+,;=")
    content_type = "text/html; charset=utf-8"
    return Response(status_code=301, headers={"Location": target, "Content-Type": content_type})


def _with_safe_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
            message["headers"] = [*message.get("headers", []), *extra]
        await send(message)

    return wrapped
