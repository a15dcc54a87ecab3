"""Sources of a bearer token, and the endpoints that each may go to.

The first source that has a token for the endpoint in use wins:

1. given in code, a string or a callable        → the endpoint in use
2. `BSPSA_TOKEN`                                → the endpoint in use
3. EBRAINS, `clb_nb_utils.oauth.get_token()`    → the default endpoint, or a trusted one
4. `CLB_AUTH`, set by EBRAINS as well           → the default endpoint, or a trusted one
5. the embedded local service's own             → that service
6. typed into the panel                         → the endpoint in use

The local service ("local", or found automatically) has its own token, which counts as
given in code: an account's token must not go there.

A token is kept in memory only, inside a `Token`, which never shows its text.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
import importlib
import inspect
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import TokenMalformed, TokenMissing

GivenToken = str | Callable[[], str | Awaitable[str | None] | None]

FRESH_SECONDS = 300.0  # EBRAINS answers over the network; its tokens live for hours

SHORTEST_SECRET = 8  # characters; shorter ones would be found in every word of an answer

_BEARER = re.compile(r"\Abearer(\s+|\Z)", re.IGNORECASE)
_USABLE = re.compile(r"[\x21-\x7e]+")


class Token:
    """A bearer token that never shows its text.

    Args:
        text: as found; a "Bearer " prefix and white space around it are removed.
        source: where it was found, for messages.

    Raises:
        TokenMalformed: if the rest cannot be the value of a header.
    """

    __slots__ = ("_echoes", "_text", "source")

    def __init__(self, text: str, source: str) -> None:
        self.source = source  # first: repr() of a failed Token needs it
        cleaned = _BEARER.sub("", text.strip(), count=1).strip()
        if not _USABLE.fullmatch(cleaned):
            del text, cleaned  # a traceback may be shown with the values of variables
            raise TokenMalformed(
                f"The token from {source} has spaces, line breaks or other signs in it."
            )
        self._text = cleaned
        self._echoes: list[re.Pattern[bytes]] | None = None

    def header(self) -> str:
        """Return the value of the Authorization header. Only the client's auth calls this.

        Returns:
            `Bearer …`.
        """
        return f"Bearer {self._text}"

    def is_same(self, other: Token) -> bool:
        """Return whether two tokens have the same text.

        Args:
            other: token to compare with.

        Returns:
            True if the texts are equal.
        """
        return self._text == other._text

    def scrub(self, data: bytes) -> bytes:
        """Replace every form of the token in some bytes by "***".

        Finds the token as it is, percent-encoded, escaped for JSON or HTML, and in base64, also
        inside a longer text. This is against services that repeat what they were sent, not against
        a service that hides the token on purpose.

        Args:
            data: bytes of a response or of a message.

        Returns:
            The data without the token.
        """
        if len(self._text) < SHORTEST_SECRET:
            return data
        if self._echoes is None:
            self._echoes = _echoes_of(self._text)
        for echo in self._echoes:
            data = echo.sub(b"***", data)
        return data

    @property
    def looks_expired(self) -> bool:
        """Whether the JWT's expiry date (`exp`) has passed; for wording only, as clocks differ."""
        try:
            body = self._text.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            return float(claims["exp"]) < time.time()
        except (IndexError, KeyError, TypeError, ValueError, RecursionError, binascii.Error):
            return False

    def __repr__(self) -> str:
        return f"<Token from {self.source}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("A token is not saved.")


class TokenChain:
    """The sources above, for one endpoint. Use it on one event loop.

    Args:
        endpoint: where the token will be sent.
        given: in code: a string, or a callable (plain or async) called for each new token.
        trusted: further endpoint URLs that EBRAINS tokens may go to.
        local: returns the token of the local service if this endpoint is one.
        environ: environment variables; for tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        given: GivenToken | None = None,
        *,
        trusted: Collection[str] = (),
        local: Callable[[], str | None] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._given = given
        self._local = local
        self._environ = os.environ if environ is None else environ
        homes = {Endpoint.parse(url).url for url in trusted}
        self._ebrains_may = endpoint.is_default or endpoint.url in homes
        self._typed: str | None = None
        self._cached: tuple[Token, float] | None = None
        self._refused: list[Token] = []
        self._lock = asyncio.Lock()

    def type_in(self, text: str | None) -> None:
        """Set the token that the user typed.

        Args:
            text: the token; None or "" forgets it.
        """
        self._typed = text or None
        self._cached = None

    async def get(self, refused: Token | None = None) -> Token:
        """Return the token to use now.

        Args:
            refused: token that the service rejected. It is fetched again once, however many
                requests failed with it. If a source gives the same token again, the token typed by
                the user is used instead.

        Returns:
            A token of the first source that has one.

        Raises:
            TokenMissing: if no source has one for this endpoint.
            TokenMalformed: if the value of a source cannot be a token.
        """
        async with self._lock:
            if self._cached is not None:
                token, found_at = self._cached
                stale = time.monotonic() - found_at > FRESH_SECONDS
                # Identity, not equality: if a source gives the same text again, the other
                # waiting requests must not fetch it once more each.
                if not stale and token is not refused:
                    return token
            if refused is not None and not _is_among(refused, self._refused):
                self._refused.append(refused)
            token = await self._find()
            self._cached = (token, time.monotonic())
            return token

    async def _find(self) -> Token:
        for source, find in self._sources():
            token = _token_of(await find(), source)  # no variable: a traceback may show it
            if token is not None:
                if self._typed and _is_among(token, self._refused):
                    # A source is skipped only if the user typed another token: replacing a
                    # wrong token silently would hide the mistake.
                    return Token(self._typed, "the panel")
                return token
        raise TokenMissing(f"There is no access token for {self.endpoint.label}.")

    def _sources(self) -> list[tuple[str, Callable[[], Awaitable[str | None]]]]:
        sources: list[tuple[str, Callable[[], Awaitable[str | None]]]] = [
            ("your code", self._from_code),
            ("BSPSA_TOKEN", self._from("BSPSA_TOKEN")),
        ]
        if self._ebrains_may:
            sources += [("EBRAINS", _from_ebrains), ("CLB_AUTH", self._from("CLB_AUTH"))]
        return [
            *sources,
            ("the local service", self._from_local),
            ("the panel", self._from_panel),
        ]

    async def _from_code(self) -> str | None:
        if not callable(self._given):
            return self._given
        # A callable may use the network: it must not block the loop that sends uploads.
        try:
            found = await asyncio.to_thread(self._given)
            if inspect.isawaitable(found):
                found = await found
            return found
        except Exception as error:
            kind = type(error).__name__
        # Raised outside `except`, without a context: that error's text may hold the token.
        raise TokenMissing(
            f"Your function for the token failed ({kind}).",
            advice="Call it by itself to see why.",
        )

    def _from(self, variable: str) -> Callable[[], Awaitable[str | None]]:
        async def find() -> str | None:
            return self._environ.get(variable)

        return find

    async def _from_local(self) -> str | None:
        return await asyncio.to_thread(self._local) if self._local else None

    async def _from_panel(self) -> str | None:
        return self._typed


def _token_of(found: object, source: str) -> Token | None:
    if found is not None and not isinstance(found, str):
        kind = type(found).__name__
        del found
        raise TokenMalformed(f"The token from {source} is {kind}, not text.")
    given, found = [found or ""], None  # if Token() fails, no variable here holds the text
    return Token(given.pop(), source) if given[0].strip() else None


def _echoes_of(text: str) -> list[re.Pattern[bytes]]:
    """Return patterns of the forms in which a service may repeat `text` (ASCII)."""
    spelled = "".join(sign if sign.isalnum() else _spellings(sign) for sign in text)
    raw = text.encode()
    # Base64 encodes groups of three bytes: the same bytes look different at each of three
    # offsets. Characters that also encode neighbouring bytes are left out.
    coded = {
        encode(bytes(before) + raw)[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
        for before in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    }
    return [re.compile(spelled.encode()), *(re.compile(re.escape(form)) for form in coded)]


def _spellings(sign: str) -> str:
    """Return a pattern of one character (no letter or digit) in URLs, JSON and HTML."""
    code = f"{ord(sign):02x}"
    forms = (
        rf"\\?{re.escape(sign)}",
        rf"%(?i:{code})",
        rf"\\u00(?i:{code})",
        rf"&#(?:x(?i:{code})|{ord(sign)});",
    )
    named = html.escape(sign, quote=True)
    return f"(?:{'|'.join(forms)}|{re.escape(named)})"


def _is_among(token: Token, others: Collection[Token]) -> bool:
    return any(token.is_same(other) for other in others)


async def _from_ebrains() -> str | None:
    """Return the token of EBRAINS Lab's own function, or None; a network call that may fail."""

    def ask() -> str | None:
        try:
            oauth = importlib.import_module("clb_nb_utils.oauth")
            found = oauth.get_token()
        except Exception:
            # Third-party code that uses the network: the next source may still have a token.
            return None
        return found if isinstance(found, str) else None

    return await asyncio.to_thread(ask)
