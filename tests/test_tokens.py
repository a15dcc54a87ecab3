"""Where tokens come from, where they may go, and that they never show."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import pickle
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bspsa_widgets import tokens
from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT, Endpoint
from bspsa_widgets.errors import (
    InvalidInput,
    TokenError,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
)
from bspsa_widgets.tokens import Token, TokenChain
from tests.faulty_server import run

DEFAULT = Endpoint.parse(DEFAULT_ENDPOINT)
OTHER = Endpoint.parse("https://cls-sa.example")
LOCAL = Endpoint.parse("http://127.0.0.1:8123")


def found(chain: TokenChain) -> tuple[str, str]:
    token = run(chain.get())
    return token.source, token.header()


def missing(chain: TokenChain) -> None:
    with pytest.raises(TokenMissing) as caught:
        run(chain.get())
    assert "token" in str(caught.value).lower()


@pytest.fixture
def ebrains(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """EBRAINS Lab's module, whose `get_token` is what is given."""

    def install(get_token: Any) -> None:
        package, oauth = ModuleType("clb_nb_utils"), ModuleType("clb_nb_utils.oauth")
        oauth.get_token = get_token
        monkeypatch.setitem(sys.modules, "clb_nb_utils", package)
        monkeypatch.setitem(sys.modules, "clb_nb_utils.oauth", oauth)

    return install


def test_sources_come_in_the_written_order(ebrains: Callable[[Any], None]) -> None:
    ebrains(lambda: "from-ebrains")
    environ = {"BSPSA_TOKEN": "from-env", "CLB_AUTH": "from-clb"}
    chain = TokenChain(DEFAULT, "from-code", local=lambda: "from-local", environ=environ)
    chain.type_in("from-panel")
    seen = []
    for forget in (
        lambda: setattr(chain, "_given", None),
        lambda: environ.pop("BSPSA_TOKEN"),
        lambda: ebrains(lambda: None),
        lambda: environ.pop("CLB_AUTH"),
        lambda: setattr(chain, "_local", None),
        lambda: chain.type_in(""),
    ):
        seen.append(found(chain))
        forget()
        chain._cached = None
    assert seen == [
        ("your code", "Bearer from-code"),
        ("BSPSA_TOKEN", "Bearer from-env"),
        ("EBRAINS", "Bearer from-ebrains"),
        ("CLB_AUTH", "Bearer from-clb"),
        ("the local service", "Bearer from-local"),
        ("the panel", "Bearer from-panel"),
    ]
    missing(chain)


@pytest.mark.parametrize("endpoint", [OTHER, LOCAL], ids=["another", "loopback"])
def test_ebrains_tokens_stay_away_from_other_endpoints(
    endpoint: Endpoint, ebrains: Callable[[Any], None]
) -> None:
    asked: list[int] = []
    ebrains(lambda: asked.append(1) or "from-ebrains")
    missing(TokenChain(endpoint, environ={"CLB_AUTH": "from-clb"}))
    missing(
        TokenChain(endpoint, environ={"CLB_AUTH": "x"}, trusted=["https://cls-sa.example.evil"])
    )
    assert asked == []


def test_ebrains_tokens_go_to_an_endpoint_that_was_named_as_trusted(
    ebrains: Callable[[Any], None],
) -> None:
    ebrains(lambda: "from-ebrains")
    chain = TokenChain(OTHER, trusted=["HTTPS://cls-sa.example:443/"], environ={})
    assert found(chain) == ("EBRAINS", "Bearer from-ebrains")
    with pytest.raises(InvalidInput):
        TokenChain(OTHER, trusted=["http://cls-sa.example"])


def test_the_users_own_token_goes_to_the_endpoint_in_use() -> None:
    for endpoint in (DEFAULT, OTHER, LOCAL):
        assert found(TokenChain(endpoint, environ={"BSPSA_TOKEN": "mine"}))[1] == "Bearer mine"
        assert found(TokenChain(endpoint, "mine", environ={}))[1] == "Bearer mine"


@pytest.mark.parametrize("answer", [None, 5, b"bytes", "", "  "])
def test_ebrains_without_a_usable_token_is_passed_over(
    answer: Any, ebrains: Callable[[Any], None]
) -> None:
    ebrains(lambda: answer)
    assert found(TokenChain(DEFAULT, environ={"CLB_AUTH": "c"})) == ("CLB_AUTH", "Bearer c")


def test_ebrains_that_fails_or_is_not_there_is_passed_over(ebrains: Callable[[Any], None]) -> None:
    missing(TokenChain(DEFAULT, environ={}))

    def fail() -> str:
        raise ConnectionError("no network")

    ebrains(fail)
    missing(TokenChain(DEFAULT, environ={}))


@pytest.mark.parametrize(
    "text",
    ["tok", "tok\n", "\r\n tok\t", "Bearer tok", "bearer   tok\n", "BEARER\ttok", "Bearer\ntok"],
)
def test_stray_line_breaks_and_the_word_bearer_are_dropped(text: str) -> None:
    assert Token(text, "test").header() == "Bearer tok"
    assert found(TokenChain(OTHER, text))[1] == "Bearer tok"


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a b",
        "a\r\nX: y",
        "tök",
        "a\x00b",
        "Bearer",
        "Bearer ",
        "xBearer tok",
        "a\x7f",
        "\ud800",
    ],
)
def test_what_cannot_stand_in_a_header_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(TokenMalformed) as caught:
        Token(text, "BSPSA_TOKEN")
    assert "BSPSA_TOKEN" in str(caught.value)
    assert text not in str(caught.value)


@pytest.mark.parametrize("given", [lambda: 5, lambda: b"secret", lambda: ["secret"]])
def test_a_callable_that_gives_no_text_is_told(given: Any) -> None:
    with pytest.raises(TokenMalformed, match="not text") as caught:
        run(TokenChain(OTHER, given).get())
    assert "secret" not in str(caught.value)


def test_a_callable_that_fails_is_told_without_its_words() -> None:
    def fail() -> str:
        raise RuntimeError("the secret is s3cr3t")

    with pytest.raises(TokenMissing, match="RuntimeError") as caught:
        run(TokenChain(OTHER, fail).get())
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_an_async_callable_is_awaited() -> None:
    async def ask() -> str:
        return "async-token"

    assert found(TokenChain(OTHER, ask)) == ("your code", "Bearer async-token")


def test_a_slow_callable_does_not_hold_the_loop() -> None:
    async def main() -> Token:
        loop, asked, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def slow() -> str:
            loop.call_soon_threadsafe(asked.set)
            assert go.wait(5)
            return "tok"

        async def meanwhile() -> None:
            await asked.wait()
            go.set()

        token, _ = await asyncio.gather(TokenChain(OTHER, slow).get(), meanwhile())
        return token

    assert run(main()).header() == "Bearer tok"


def test_a_token_is_kept_for_minutes_then_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(9))
    chain = TokenChain(OTHER, lambda: f"t{next(count)}")
    now = [1000.0]
    # The module's own clock: the event loop goes by the real one.
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: now[0]))

    async def main() -> list[str]:
        seen = []
        for passed in (0, 299, 302, 10):
            now[0] += passed
            seen.append((await chain.get()).header()[-2:])
        return seen

    assert run(main()) == ["t0", "t0", "t1", "t1"]
    assert tokens.FRESH_SECONDS == 300


@pytest.mark.parametrize("changes", [True, False], ids=["a new one", "the same again"])
def test_a_hundred_refusals_of_one_token_fetch_once(changes: bool) -> None:
    asked: list[int] = []

    def source() -> str:
        asked.append(1)
        return f"t{len(asked) if changes else 0}"

    async def main() -> None:
        chain = TokenChain(OTHER, source)
        old = await chain.get()
        renewed = await asyncio.gather(*(chain.get(refused=old) for _ in range(100)))
        assert len(asked) == 2
        assert len({id(token) for token in renewed}) == 1
        assert renewed[0].is_same(old) is not changes
        assert await chain.get(refused=renewed[0]) is not renewed[0]
        assert len(asked) == 3

    run(main())


def test_a_typed_token_takes_the_place_of_one_that_was_refused() -> None:
    async def main() -> None:
        chain = TokenChain(OTHER, environ={"BSPSA_TOKEN": "expired"})
        chain.type_in("typed")
        old = await chain.get()
        assert old.header() == "Bearer expired"  # nobody has refused it yet
        assert (await chain.get(refused=old)).header() == "Bearer typed"
        chain.type_in(None)
        assert (await chain.get()).is_same(old)  # the refusal may have been a fault: try it

    run(main())


def test_a_token_typed_anew_takes_the_place_of_the_old() -> None:
    async def main() -> None:
        chain = TokenChain(OTHER, environ={})
        chain.type_in("first")
        assert (await chain.get()).header() == "Bearer first"
        chain.type_in("second")
        assert (await chain.get()).header() == "Bearer second"
        chain.type_in(None)
        with pytest.raises(TokenMissing):
            await chain.get()

    run(main())


def test_a_token_never_shows_itself() -> None:
    chain = TokenChain(OTHER, "s3cr3t", environ={"BSPSA_TOKEN": "s3cr3t"})
    token = run(chain.get())
    for shown in (repr(token), str(token), f"{token}", repr([token]), repr(chain), str(chain)):
        assert "s3cr3t" not in shown
    assert not hasattr(token, "__dict__")


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "Bearer {}",
        "https://x/?t={percent}&y",
        "{base64}",
        "Basic {inner}",
        '{{"Authorization": "Bearer {json}"}}',
    ],
)
def test_a_token_is_taken_out_of_what_repeats_it(form: str) -> None:
    text = 'e30.s3cr3t/+="x'
    forms = {
        "percent": quote(text, safe=""),
        "base64": base64.b64encode(text.encode()).decode(),
        "inner": base64.b64encode(f"user:{text}!".encode()).decode(),
        "json": json.dumps(text)[1:-1],
    }
    echo = form.format(text, **forms)
    cleaned = Token(text, "test").scrub(f"before {echo} after".encode()).decode()
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert "***" in cleaned
    for shown in (text, *(value[4:-4] for value in forms.values())):
        assert shown not in cleaned


@given(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=60),
    st.binary(max_size=20),
    st.binary(max_size=20),
)
def test_any_token_is_taken_out_raw_or_in_base64_wherever_it_stands(
    text: str, before: bytes, after: bytes
) -> None:
    assume(not text.lower().startswith("bearer"))
    token, raw = Token(text, "test"), text.encode()
    assert raw not in token.scrub(before + raw + after) or raw in b"***"
    coded = base64.b64encode(before + raw + after)
    assert b"***" in token.scrub(coded)
    assert b"***" in token.scrub(quote(text, safe="").encode())
    assert b"***" in token.scrub(json.dumps(text).encode())


def test_a_token_too_short_to_be_one_spoils_no_answer() -> None:
    assert Token("title", "test").scrub(b'{"title": 1}') == b'{"title": 1}'


def test_a_long_token_is_looked_for_in_a_long_answer_at_once() -> None:
    token = Token("e30." + "abcd" * 500 + ".sig_-", "test")
    answer = b'{"title": "e30.abcdabcd"}, ' * 1_200_000
    began = time.perf_counter()
    assert token.scrub(answer) == answer
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize("save", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_token_is_not_saved_or_copied(save: Callable[[Token], object]) -> None:
    with pytest.raises(TypeError, match="not saved"):
        save(Token("tok", "test"))


def jwt(claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.sig"


@pytest.mark.parametrize(
    ("text", "expired"),
    [
        (jwt({"exp": 1}), True),
        (jwt({"exp": 4e9}), False),
        (jwt({"exp": "x"}), False),
        (jwt({"exp": None}), False),
        (jwt([1]), False),
        (jwt({}), False),
        ("opaque", False),
        ("a.b.c", False),
        ("a.\x21\x21.c", False),
        (f"a.{base64.urlsafe_b64encode(b'[' * 9999).decode()}.c", False),
    ],
)
def test_only_a_jwts_own_date_makes_it_look_expired(text: str, expired: bool) -> None:
    assert Token(text, "test").looks_expired is expired


def test_every_error_here_is_of_the_tree_and_says_what_to_do() -> None:
    for kind in (TokenMalformed, TokenMissing, TokenRefused):
        assert issubclass(kind, TokenError)
        assert kind("x").advice
        assert not kind("x").job_may_exist
