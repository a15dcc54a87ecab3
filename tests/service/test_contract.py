"""The service's answers, held to the files that the client is held to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.service.conftest import App, Caller, contract, payload, zipped

_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "float": (float,),
    "bool": (bool,),
    "number": (int, float),
    "str|null": (str, type(None)),
    "any": (object,),
}
_ERRORS = {row["case"]: row for row in contract("errors.json")["rows"]}


def assert_typed(found: dict[str, Any], types: dict[str, str]) -> None:
    assert list(found) == list(types)
    for key, name in types.items():
        assert isinstance(found[key], _TYPES[name]), (key, found[key])
        assert name == "bool" or not isinstance(found[key], bool), key


@pytest.mark.parametrize("name", ["submit_pizdaint.json", "submit_nsg.json"])
def test_the_seeds_example_is_accepted_with_the_same_response(app: App, name: str) -> None:
    example = contract(name)
    request, expected = example["request"], example["response"]
    headers = request["headers"] | {"Authorization": ...}
    named = {k.replace("-", "_"): v for k, v in headers.items() if v is not ...}
    answer = app.post(request["path"], request["payload"], zipped({"a/b": "c"}), **named)
    assert answer.status_code == expected["status"] == 201
    assert answer.headers["content-type"] == expected["content_type"]
    found, rules = answer.json(), contract("job.json")
    assert_typed(found, rules["types"])
    assert set(found) == set(expected["body"]) | {"is_advanced"}
    same = ["end_date", "failed", "project", "project_hpc", "project_name", "stage"]
    assert {k: found[k] for k in same} == {k: expected["body"][k] for k in same}
    assert found["title"] == request["payload"]["title"]
    assert found["runtime"] == float(request["payload"]["runtime"])
    assert re.search(rules["date_pattern"], found["init_date"])
    assert re.search(rules["id_patterns"][found["project_hpc"].lower()], found["job_id"])


@pytest.mark.parametrize(("hpc", "end"), [("pizdaint", "SUCCESSFUL"), ("nsg", "COMPLETED")])
def test_a_finished_job_matches_the_contract(call: Caller, hpc: str, end: str) -> None:
    rules = contract("job.json")
    job = call.submit(hpc, zipped({"m/init.py": "print(1)"}))
    assert_typed(job, rules["types"])
    over = call.ended(job)
    assert_typed(over, rules["types"])
    assert (over["stage"], over["failed"]) == (end, False)
    assert over["stage"] in rules["stages"][hpc]
    assert re.search(rules["date_pattern"], over["end_date"])


def test_projects_quotas_systems_and_status_have_the_contracts_shape(app: App) -> None:
    status, systems = contract("status.json"), contract("hpc.json")["list"]
    assert app.ask("GET", status["path"]).json() == status["body"]
    assert app.ask("GET", systems["path"]).json() == systems["body"]
    for name in ("quotas.json", "projects.json"):
        rules = contract(name)
        found = app.ask("GET", rules["list"]["path"]).json()
        assert len(found) == len(rules["list"]["body"])
        for one, expected in zip(found, rules["list"]["body"], strict=True):
            assert_typed(one, rules["types"])
            fixed = {"id", "project", "name", "project_name", "hpc", "project_hpc"} & set(one)
            assert {k: one[k] for k in fixed} == {k: expected[k] for k in fixed}
    one = contract("quotas.json")["one"]
    assert_typed(app.ask("GET", one["path"]).json(), contract("quotas.json")["types"])


def test_known_and_unknown_systems_have_an_empty_response(app: App) -> None:
    for key in ("one", "unknown"):
        rules = contract("hpc.json")[key]
        answer = app.ask("GET", rules["path"])
        assert (answer.status_code, answer.text) == (rules["status"], rules["body"])
        assert answer.headers.get("content-type") == rules["content_type"]


def test_pizdaint_files_are_names_and_downloads_carry_length_and_type(call: Caller) -> None:
    rules = contract("files_pizdaint.json")
    names = rules["names"]
    made = "".join(f"printf x > '{one['name']}'\n" for one in [*names, *rules["nested"]])
    script = f"mkdir -p 'dir/sub dir'\n{made}echo hello"
    job = call.submit("pizdaint", command=script)
    call.ended(job)
    found = call.files(job)
    assert {"/stdout", "/stderr", "/job.zip"} <= set(found)
    assert all(re.search(rules["item_pattern"], item) for item in found)
    answer = call.http.get(f"/files/{call.path(job)}stdout/")
    expected = rules["download"]
    assert (answer.status_code, answer.text) == (expected["status"], expected["body"])
    assert answer.headers["content-type"] == expected["content_type"]
    for key, value in expected["headers"].items():
        assert answer.headers[key] == value
    for one in names:
        assert "/" + one["name"] in found
        assert call.http.get(f"/files/{call.path(job)}{one['segment']}/").text == "x"
    for one in rules["nested"]:
        assert call.http.get(f"/files/{call.path(job)}{one['segment']}/").text == "x"
    missing = call.http.get(f"/files/{call.path(job)}nothing/")
    assert (missing.status_code, missing.json()) == (404, rules["missing"]["body"])


def test_one_range_of_a_file_can_be_requested(call: Caller) -> None:
    rules = contract("files_pizdaint.json")
    job = call.submit("pizdaint", command="echo hello")
    call.ended(job)
    path = f"/files/{call.path(job)}stdout/"
    for row in rules["ranges"]["rows"]:
        answer = call.http.get(path, headers={"Range": row["range"]})
        assert answer.status_code == row["status"], row
        assert {name: answer.headers[name] for name in row["headers"]} == row["headers"]
        if row["status"] == 416:
            assert answer.json() == row["body"]
        else:
            assert answer.text == row["body"]
            assert answer.headers["content-type"] == rules["download"]["content_type"]
            disposition = rules["download"]["headers"]["Content-Disposition"]
            assert answer.headers["content-disposition"] == disposition
        head = call.http.head(path, headers={"Range": row["range"]})
        assert (head.status_code, head.headers["content-length"]) == (200, "6")
    versioned = call.http.get(path, headers={"Range": "bytes=0-1", "If-Range": '"x"'})
    assert (versioned.status_code, versioned.text) == (200, "hello\n")


def test_nsg_files_have_names_while_it_runs_and_ids_afterwards(call: Caller) -> None:
    rules = contract("files_nsg.json")
    waiting = (
        "import os, time\nprint('hello world')\nwhile not os.path.exists('go'): time.sleep(.01)"
    )
    job = call.submit("nsg", zipped({"m/init.py": waiting, "m/data.csv": "1,2"}))
    call.at_stage(job, "SUBMITTED")
    found = call.files(job)
    for one in found:
        assert_typed(one, rules["running"]["types"])
    assert [one["filename"] for one in found] == ["STDERR", "STDOUT", "data.csv", "init.py"]
    assert call.http.get(f"/files/{call.path(job)}data.csv/").text == "1,2"
    assert call.cancel(job)["stage"] == "CANCELED"

    job = call.submit("nsg", zipped({"m/init.py": "print('hello world')"}))
    call.ended(job)
    found = call.files(job)
    for one in found:
        assert_typed(one, rules["over"]["types"])
    assert [one["filename"] for one in found] == ["STDOUT", "STDERR", "output.tar.gz"]
    answer = call.http.get(f"/files/{call.path(job)}{found[0]['fileid']}/")
    assert answer.text == rules["download"]["body"]
    assert str(len(answer.content)) == found[0]["length"] == answer.headers["content-length"]
    by_name = call.http.get(f"/files/{call.path(job)}STDOUT/")
    assert by_name.status_code == 404


def _provoke(app: App, case: str) -> Any:
    wrong = app.post
    long_title = payload("pizdaint", title="t" * 101)
    asked: dict[str, Any] = {
        "refused runtime": lambda: wrong(given=payload("pizdaint", runtime="abc")),
        "refused tool": lambda: wrong("/jobs/nsg/", payload("nsg", tool="no such tool!")),
        "no payload": lambda: wrong(Payload=...),
        "no input file on nsg": lambda: wrong("/jobs/nsg/", content=b"", Content_Length="0"),
        "no input file on pizdaint": lambda: wrong(content=b"", Content_Length="0"),
        "missing file name": lambda: wrong(Content_Disposition=...),
        "quota too small": lambda: wrong(given=payload("pizdaint", runtime="5000.1")),
        "unknown project": lambda: wrong("/jobs/pizdaint/other/"),
        "redirect for a missing slash": lambda: wrong("/jobs/pizdaint"),
        "wrong method": lambda: wrong("/jobs/"),
        "bad token at the embedded service": lambda: app.ask(
            "GET", "/jobs/", headers={"Authorization": "Bearer x"}
        ),
        "bad token at the embedded service, submitting": lambda: wrong(Authorization=...),
        "wrong Host at the embedded service": lambda: app.ask(
            "GET", "/jobs/", headers={"Host": "evil.example"}
        ),
        "foreign Origin at the embedded service": lambda: wrong(Origin="http://evil.example"),
        "no Content-Length at the embedded service": lambda: wrong(content=_stream()),
        "file name refused by the embedded service": lambda: wrong(
            Content_Disposition="attachment; filename=../x.zip"
        ),
        "title refused by the embedded service": lambda: wrong(given=long_title),
        "unknown hpc": lambda: app.ask("GET", "/jobs/titan/"),
        "unknown project, reading": lambda: app.ask("GET", "/jobs/nsg/bsp_pizdaint_01/"),
        "unknown job": lambda: app.ask("GET", "/jobs/nsg/bsp_nsg_01/ABC/"),
        "wrong method, reading": lambda: app.ask("PUT", "/jobs/"),
        "cancel of an unknown job": lambda: app.ask("DELETE", "/jobs/nsg/bsp_nsg_01/ABC/"),
    }
    return asked[case]()


async def _stream() -> Any:
    yield b"PK"


_ELSEWHERE = {
    "accepted",  # above
    "file missing",  # above
    "directory asked as a file",  # test_pizdaint_jobs
    "too large for the embedded service",  # test_submission
}


@pytest.mark.parametrize(
    "case", [c for c, row in _ERRORS.items() if row["embedded"] and c not in _ELSEWHERE]
)
def test_a_refusal_has_the_contracts_status_type_and_message(app: App, case: str) -> None:
    row, answer = _ERRORS[case], _provoke(app, case)
    assert answer.status_code == row["status"]
    assert answer.headers["content-type"].partition(";")[0] == row["content_type"]
    assert answer.text == row["body"]
    for name, value in row["headers"].items():
        assert answer.headers[name] == value
    assert row["job_may_exist"] is False
    assert app.untouched()
