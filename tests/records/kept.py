"""Records as submissions leave them, for tests that begin where one has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import marked, new_marker
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records.record import KeptArchive, Record
from bspsa_widgets.records.states import State
from tests.faulty_server import contract

# The shortest way into each state.
WAYS: dict[State, tuple[State, ...]] = {
    "prepared": (),
    "sending": ("sending",),
    "accepted": ("sending", "accepted"),
    "refused": ("sending", "refused"),
    "not_sent": ("not_sent",),
    "unconfirmed": ("sending", "unconfirmed"),
    "over": ("sending", "accepted", "over"),
    "closed": ("sending", "unconfirmed", "closed"),
}


def a_record(state: State = "prepared", url: str = "http://127.0.0.1:1", **changes: Any) -> Record:
    """A record that came into `state` by the shortest way."""
    marker = changes.pop("marker", None) or new_marker()
    known: dict[str, Any] = {
        "marker": marker,
        "endpoint": url,
        "folder": "ca1-fit",
        "form": JobForm(command="ls"),
        "hpc": "pizdaint",
        "payload": {"command": "ls", "runtime": "2.0", "title": marked("A fit", marker)},
        "archive": KeptArchive(name=f"ca1-fit-{marker}.zip", size=9, sha256="ab", files=1),
        "manifest": "cd",
    }
    record = Record(**(known | changes)).prepared()
    for step in WAYS[state]:
        record = record.moved(step)
    return record


def a_job(record: Record, number: int = 1, **changes: Any) -> dict[str, Any]:
    """The job of a record, as the service lists it."""
    job: dict[str, Any] = contract("submit_pizdaint.json")["response"]["body"]
    title = record.payload["title"]
    named = {"id": number, "title": title, "job_id": f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA"}
    return job | named | changes


def ids(jobs: Sequence[Job]) -> list[int | None]:
    return [job.id for job in jobs]
