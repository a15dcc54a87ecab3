"""Which endpoint is in use, and whose token goes there."""

from __future__ import annotations

import asyncio

import pytest

from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT
from bspsa_widgets.errors import InvalidInput, NotSent, TokenMissing
from bspsa_widgets.runtime.connection import Target, connect, find_target, local_token
from bspsa_widgets.service import embedded
from bspsa_widgets.service.embedded import LocalService

OTHER = "https://other.example"


def token_for(target: Target, given: str | None = None, trusted: tuple[str, ...] = ()) -> str:
    async def ask() -> str:
        async with connect(target, given, trusted) as client:
            return (await client.tokens.get()).header().removeprefix("Bearer ")

    return asyncio.run(ask())


@pytest.fixture
def elsewhere(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> LocalService:
    """The local service, as started in another process."""
    monkeypatch.setenv("BSPSA_SERVICE_DIR", str(service.directory))
    return service


def test_what_was_given_comes_first(known: LocalService) -> None:
    assert find_target(OTHER).endpoint.url == OTHER
    assert find_target(f" {OTHER}/ ").endpoint.url == OTHER


def test_then_a_service_started_here_then_the_environment_then_the_public_service(
    known: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_ENDPOINT", OTHER)
    assert find_target().endpoint.url == known.url
    monkeypatch.setattr(embedded, "_started", [])
    assert find_target().endpoint.url == OTHER
    monkeypatch.delenv("BSPSA_ENDPOINT")
    assert find_target().endpoint.url == DEFAULT_ENDPOINT
    assert not find_target().is_local


def test_a_service_of_another_process_is_used_only_where_it_is_named(
    elsewhere: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BSPSA_ENDPOINT")
    assert find_target().endpoint.url == DEFAULT_ENDPOINT
    for name in ("local", " LOCAL "):
        assert find_target(name).endpoint.url == elsewhere.url
    monkeypatch.setenv("BSPSA_ENDPOINT", "local")
    assert find_target().label == "local service"


def test_local_without_a_service_says_how_to_start_one() -> None:
    with pytest.raises(NotSent, match="bspsa service"):
        find_target("local")


@pytest.mark.parametrize("given", ["http://bspsa.example", "nonsense", "https://u:p@h"])
def test_an_unusable_address_is_an_error_of_the_endpoint(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find_target(given)
    assert caught.value.field == "endpoint"


@pytest.mark.parametrize("by", ["local", "object", "itself"])
def test_an_accounts_token_is_not_sent_to_the_service_that_was_named_as_local(
    known: LocalService, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setenv("BSPSA_TOKEN", "of-an-account")
    monkeypatch.setenv("CLB_AUTH", "of-ebrains")
    target = find_target({"local": "local", "object": known, "itself": None}[by])
    assert token_for(target) == known.token()


def test_at_an_address_the_tokens_come_in_their_order(
    known: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = find_target(known.url)
    assert target.is_local
    assert token_for(target) == known.token()
    monkeypatch.setenv("CLB_AUTH", "of-ebrains")
    assert token_for(target) == known.token()
    monkeypatch.setenv("BSPSA_TOKEN", "of-an-account")
    assert token_for(target) == "of-an-account"
    assert token_for(target, "in-code") == "in-code"


def test_a_local_token_goes_to_its_own_service_only(known: LocalService) -> None:
    for url in (OTHER, "http://127.0.0.1:9", known.url.replace("127.0.0.1", "localhost")):
        target = find_target(url)
        assert local_token(target.endpoint) is None
        with pytest.raises(TokenMissing):
            token_for(target)


def test_a_token_of_ebrains_goes_only_where_it_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLB_AUTH", "of-ebrains")
    assert token_for(find_target(DEFAULT_ENDPOINT)) == "of-ebrains"
    assert token_for(find_target(OTHER), trusted=(OTHER,)) == "of-ebrains"
    for untrusted in (OTHER, "https://bspsa.cineca.it.evil.example", DEFAULT_ENDPOINT + ":444"):
        with pytest.raises(TokenMissing):
            token_for(find_target(untrusted))


def test_a_token_of_the_service_that_ended_is_not_kept(
    known: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = find_target(known.url)
    monkeypatch.setattr(embedded, "_started", [])
    assert local_token(target.endpoint) is None
