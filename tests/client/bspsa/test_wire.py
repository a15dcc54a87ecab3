"""Requests byte for byte, before they are sent."""

from __future__ import annotations

import json
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.client.bspsa import wire
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.payload import JobRequest
from tests.faulty_server import contract


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("jobs",), "/jobs/"),
        (("jobs", "pizdaint"), "/jobs/pizdaint/"),
        (("jobs", "NSG", "BSP_nsg_01"), "/jobs/nsg/bsp_nsg_01/"),
        (("quotas", "nsg", "a/b"), "/quotas/nsg/a%2Fb/"),
        (("jobs", "nsg", "?x=1#y"), "/jobs/nsg/%3Fx%3D1%23y/"),
    ],
)
def test_collection_paths_end_with_a_slash_and_are_encoded(
    parts: tuple[str, ...], path: str
) -> None:
    assert wire.collection(*parts) == path


def test_a_job_is_requested_by_its_upper_case_id() -> None:
    ref = JobRef("PizDaint", "BSP_PIZDAINT_01", "af17d39a-9e15-4fe3-9f84-0eaeb4cc94aa")
    assert wire.member("jobs", ref) == (
        "/jobs/pizdaint/bsp_pizdaint_01/AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA/"
    )


NAMED = [row for kind in ("names", "nested") for row in contract("files_pizdaint.json")[kind]]


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row["segment"])
def test_file_names_are_encoded_as_the_service_decodes_them(row: dict[str, str]) -> None:
    ref = JobRef("pizdaint", "bsp_pizdaint_01", "A-1")
    path = wire.file(ref, "/" + row["name"])
    assert path == f"/files/pizdaint/bsp_pizdaint_01/A-1/{row['segment']}/"


@pytest.mark.parametrize("name", ["%41", "a#b", "what?", "dir/x", "100%.csv"])
def test_only_piz_daint_decodes_a_name_twice(name: str) -> None:
    nsg, pizdaint = JobRef("nsg", "bsp_nsg_01", "A-1"), JobRef("PIZDAINT", "bsp_pizdaint_01", "A")
    once = wire.file(nsg, name).split("/")[-2]
    twice = wire.file(pizdaint, name).split("/")[-2]
    assert (unquote(once), unquote(unquote(twice))) == (name, name)
    assert not set("#?/") & set(unquote(twice))  # what the service would cut, or take for a folder


def test_an_nsg_file_id_is_sent_as_it_is() -> None:
    assert wire.file(JobRef("nsg", "bsp_nsg_01", "A-1"), "4711").endswith("/A-1/4711/")


@pytest.mark.parametrize("hpc", ["nsg", "pizdaint"])
@pytest.mark.parametrize("name", [".", "..", "...", "../..", "/..", "\ud800", "a\ud800", ""])
def test_no_name_requests_a_parent_of_the_jobs_files(name: str, hpc: str) -> None:
    path = wire.file(JobRef(hpc, "p", "A-1"), name)
    requested = httpx.Client(base_url="http://127.0.0.1").build_request("GET", path).url
    assert requested.raw_path.decode().startswith(f"/files/{hpc}/p/A-1/")
    assert requested.raw_path.decode() == path


def test_the_file_name_is_not_quoted_and_the_length_is_given() -> None:
    request = JobRequest(
        hpc="pizdaint", command="ls", node_number=1, core_number=12, runtime=1.0, title="t"
    )
    headers = wire.submission_headers(request, "job.zip", 17)
    assert headers["Content-Disposition"] == "attachment; filename=job.zip"
    assert headers["Content-Length"] == "17"
    assert headers["Content-Type"] == "application/zip"
    assert headers["Accept"] == "application/json"
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize(
    ("content_type", "is_json", "is_html"),
    [
        ("application/json", True, False),
        ("Application/JSON; charset=utf-8", True, False),
        ("text/html; charset=utf-8", False, True),
        ("application/jsonx", False, False),
        ("", False, False),
    ],
)
def test_the_content_type_ignores_parameters(
    content_type: str, is_json: bool, is_html: bool
) -> None:
    response = ServiceResponse(200, content_type, b"{}")
    assert (response.is_json, response.is_html) == (is_json, is_html)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe\xfa", b"[" * 100_000, b'{"a":' * 5000, b"<html>"],
    ids=["empty", "cut", "no text", "deep list", "deep object", "page"],
)
def test_invalid_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ServiceResponse(200, "application/json", body).json()


def test_numbers_that_are_not_json_become_none() -> None:
    assert ServiceResponse(200, "", b'{"a": NaN, "b": [-Infinity]}').json() == {
        "a": None,
        "b": [None],
    }


def test_half_characters_are_replaced() -> None:
    body = rb'{"a": "x\ud800y", "b": "\ud83d\ude00", "c": "\\ud800"}'
    found = ServiceResponse(200, "application/json", body).json()
    assert found == {"a": "x\ufffdy", "b": "\N{GRINNING FACE}", "c": "\\ud800"}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (b'"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
        (b'"a\xffb\xc3"', "a\ufffdb\ufffd"),
        (rb'"\ud83d"', "\ufffd"),
        (b"9" * 5000, None),
        (b"-" + b"9" * 5000, None),
    ],
    ids=["half a character in bytes", "no UTF-8", "half a character", "too long", "negative"],
)
def test_an_unstorable_value_does_not_affect_others(value: bytes, read: object) -> None:
    body = b'\xef\xbb\xbf[{"a": 1}, {"x": %s, "b": 2}, {"\xed\xb0\x80": 3}]' % value
    found = ServiceResponse(200, "application/json", body).json()
    assert found == [{"a": 1}, {"x": read, "b": 2}, {"\ufffd\ufffd\ufffd": 3}]


@pytest.mark.parametrize("deep", [b"[" * 60 + b"]" * 60, b'{"a":' * 60 + b"1" + b"}" * 60])
def test_too_deep_nesting_is_cut_off_only_there(deep: bytes) -> None:
    found = ServiceResponse(200, "", b'[{"a": 1}, {"x": %s, "b": 2}]' % deep).json()
    assert found[0] == {"a": 1}
    assert found[1]["b"] == 2
    levels, inner = 0, found[1]["x"]
    while inner:
        inner, levels = next(iter(inner.values() if isinstance(inner, dict) else inner)), levels + 1
    assert 40 < levels < 60


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps(text).encode()))
def test_any_body_is_decoded_or_a_value_error(body: bytes) -> None:
    try:
        json.dumps(ServiceResponse(200, "", body).json(), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise AssertionError("half a character came through") from None
    except ValueError:
        pass
