"""The address that is checked is the address that is called."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT, Endpoint
from bspsa_widgets.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "url", "loopback"),
    [
        (DEFAULT_ENDPOINT, DEFAULT_ENDPOINT, False),
        (" HTTPS://BSPSA.Cineca.it:443/ ", DEFAULT_ENDPOINT, False),
        ("https://bspsa.cineca.it:8443", "https://bspsa.cineca.it:8443", False),
        ("https://host/api/v1/", "https://host/api/v1", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("http://127.9.9.9", "http://127.9.9.9", True),
        ("http://localhost:80/", "http://localhost", True),
        ("http://[::1]:9/", "http://[::1]:9", True),
        ("https://10.0.0.1", "https://10.0.0.1", False),
    ],
)
def test_addresses_are_brought_into_one_form(typed: str, url: str, loopback: bool) -> None:
    endpoint = Endpoint.parse(typed)
    assert (endpoint.url, endpoint.is_loopback) == (url, loopback)


@pytest.mark.parametrize(
    "typed",
    [
        *("http://bspsa.cineca.it", "http://10.0.0.1", "http://0.0.0.0:80", "http://[::]:1"),
        *("http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://127.1"),
        *(
            "http://2130706433",
            "http://0177.0.0.1",
            "http://[::ffff:10.0.0.1]",
            "http://notlocalhost",
        ),
    ],
)
def test_plain_http_is_for_this_machine_only(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Endpoint.parse(typed)
    assert caught.value.field == "endpoint"


@pytest.mark.parametrize(
    "typed",
    [
        *(None, 5, "", "  ", "bspsa.cineca.it", "ftp://host", "file:///etc", "https://", "//host"),
        *(
            "https://user:pw@host",
            "https://user@host",
            "https://host\\@evil.example",
            "https://a b",
        ),
        *("https://host?x=1", "https://host#x", "https://host/\r\nX: y", "https://h:99999"),
        *(
            "https://h:port",
            "https://bücher.example",
            "https://[::1",
            "https://h%2eevil",
            "https://a..b",
        ),
        *(
            "javascript:alert(1)",
            "https://^b<",
            "https://0\x7f",
            "https://0/\x7f",
            "https://[::1%25lo]",
        ),
    ],
)
def test_what_is_no_plain_address_is_refused_at_its_field(typed: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        Endpoint.parse(typed)
    assert caught.value.field == "endpoint"
    assert not caught.value.job_may_exist


@pytest.mark.parametrize(
    "typed",
    [
        "https://bspsa.cineca.it.evil.example",
        "https://evil.example/bspsa.cineca.it",
        "https://bspsa.cineca.it:8443",
        "https://bspsa.cineca.it/other",
    ],
)
def test_only_the_default_endpoint_is_the_default(typed: str) -> None:
    assert not Endpoint.parse(typed).is_default
    assert Endpoint.parse(DEFAULT_ENDPOINT + "/").is_default


_odd = st.text(alphabet="ab.-_:/@\\%[]01~!$&'()*+,;=\x7f^`{|}\"<>é \n#?", max_size=12)


@given(st.builds("".join, st.tuples(st.sampled_from(["https://", "http://", "HTTP:", ""]), _odd)))
def test_an_accepted_address_means_the_same_to_httpx(typed: str) -> None:
    try:
        endpoint = Endpoint.parse(typed)
    except InvalidInput:
        return
    url = httpx.URL(endpoint.url)
    assert url.scheme in ("http", "https")
    assert url.scheme == "https" or endpoint.is_loopback
    assert not url.userinfo
    assert Endpoint.parse(endpoint.url) == endpoint
    assert endpoint.url.split("://")[1].startswith(url.host.split(":")[0] or "[")


def test_a_password_in_an_address_is_not_shown_again() -> None:
    with pytest.raises(InvalidInput) as caught:
        Endpoint.parse("https://user:SENTINEL@ho st")
    assert "SENTINEL" not in str(caught.value)
