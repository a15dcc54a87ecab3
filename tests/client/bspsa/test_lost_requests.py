"""What the service is known to lose cannot be built, and by no way be sent."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import Archive
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import InvalidInput
from tests.conftest import SealArchive
from tests.faulty_server import Account, FaultyServer, run

DAINT: dict[str, Any] = {
    "hpc": "pizdaint",
    "command": "ls",
    "node_number": 1,
    "core_number": 12,
    "runtime": 1.0,
}
NSG: dict[str, Any] = {"hpc": "nsg", "tool": "PY_TG", **{k: DAINT[k] for k in list(DAINT)[2:]}}
MARKER = "nb-abcdefghij234567"

# After these a job runs that the service has lost, or is charged for what never ran.
LOST: list[tuple[dict[str, Any], str]] = [
    (DAINT | {"title": "x" * 101}, "title"),
    (DAINT | {"title": "x" * 79, "marker": MARKER}, "title"),
    (DAINT | {"title": "a\x00b"}, "title"),
    (DAINT | {"title": "\ud83d"}, "title"),
    (DAINT | {"title": None}, "title"),
    (DAINT | {"marker": "x" * 80}, "marker"),
    (DAINT | {"runtime": -1}, "runtime"),
    (DAINT | {"runtime": 0}, "runtime"),
    (DAINT | {"runtime": float("nan")}, "runtime"),
    (DAINT | {"runtime": "2,5"}, "runtime"),
    (DAINT | {"node_number": None}, "node_number"),
    (DAINT | {"node_number": "12.5"}, "node_number"),
    ({key: value for key, value in DAINT.items() if key != "core_number"}, "core_number"),
    (DAINT | {"core_number": 0}, "core_number"),
    (DAINT | {"command": ""}, "command"),
    ({key: value for key, value in DAINT.items() if key != "command"}, "command"),
    (DAINT | {"project": "../x"}, "project"),
    (DAINT | {"hpc": "somewhere"}, "hpc"),
    (NSG | {"tool": ""}, "tool"),
    (NSG | {"init_file": "../x.py"}, "init_file"),
    (NSG | {"runtime": True}, "runtime"),
]
NAMES = ("../a.zip", "dir/a.zip", "/a.zip", "a#b?c.zip", '"a.zip"', "my a.zip", ".a.zip", "a" * 101)


@pytest.mark.parametrize(("given", "field"), LOST)
def test_a_request_that_the_service_would_lose_is_invalid(
    given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        JobRequest(**given)
    assert list(caught.value.errors) == [field]
    assert caught.value.advice or len(caught.value.errors[field]) > 20


@pytest.mark.parametrize("name", [*NAMES, "", "ä.zip", "a\r\nX: y.zip"])
def test_an_archive_name_that_the_service_changes_is_invalid(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        Archive(name=name, path=tmp_path, size=5, folder="a", files=1)
    assert list(caught.value.errors) == ["archive"]


def test_an_empty_archive_is_invalid(seal: SealArchive) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        seal(b"")


def test_no_unchecked_model_is_sent(seal: SealArchive) -> None:
    request, archive = JobRequest(**DAINT), seal()
    odd = dataclasses.replace(archive)
    object.__setattr__(odd, "name", "../a.zip")
    pairs = [
        (request.model_copy(update={"runtime": -1.0}), archive),
        (request.model_copy(update={"title": "x" * 150}), archive),
        (JobRequest.model_construct(**DAINT | {"core_number": None}), archive),
        (request, odd),
    ]

    async def main() -> int:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for sent, sealed in pairs:
                with pytest.raises(InvalidInput) as caught:
                    await client.submit(sent, sealed)
                assert caught.value.verdict == "Nothing was sent."
            return server.connections

    assert run(main()) == 0


def test_a_valid_request_is_sent_unchanged(seal: SealArchive) -> None:
    requests = [
        JobRequest(**DAINT | {"title": "x" * 100, "core_number": 6}),
        JobRequest(**DAINT | {"title": "x" * 78, "marker": MARKER, "project": "other"}),
        JobRequest(**NSG | {"runtime": "0.5", "node_number": "2"}),
    ]
    assert (requests[2].runtime, requests[2].node_number) == (0.5, 2)

    async def main() -> list[str]:
        account = Account()
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            for request in requests:
                await client.submit(request, seal())
        return [job["title"] for job in account.jobs]

    assert run(main()) == ["x" * 100, f"{'x' * 78} [{MARKER}]", ""]
