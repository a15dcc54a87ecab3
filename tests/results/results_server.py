"""A job whose files can be set, on a server with a ledger; and its results, fetched."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.results.api import FileDownloading, Listed, Step, fetching, list_results
from tests.faulty_server import FaultyServer, Received, Reply, run

REF = JobRef("pizdaint", "bsp_pizdaint_01", "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA")
NSG = JobRef("nsg", "bsp_nsg_01", "NGBW-JOB-PY_TG-0123456789ABCDEF0123456789ABCDEF")

Value = TypeVar("Value")


class Results:
    """What a service answers of one job: its files, by the key that each is asked by.

    Attributes:
        job: further keys of it, and its `stage`. lists: how often the list was asked for;
            list_reply: answered instead of it. fetched: keys asked for, in order.

    Args:
        files: content, or a whole reply, by key. listed: what the list says; None for the
            keys, as Piz Daint lists them.
        over: the service knows that the job is over.
    """

    def __init__(
        self,
        files: dict[str, str | Reply],
        *,
        listed: list[Any] | None = None,
        over: bool = True,
        ref: JobRef = REF,
    ) -> None:
        self.files = files
        self.listed = listed
        self.over = over
        self.ref = ref
        self.job: dict[str, Any] = {"title": "../fit"}
        self.stage = "SUCCESSFUL" if over else "RUNNING"
        self.list_reply: Reply | None = None
        self.lists = 0
        self.fetched: list[str] = []

    def __call__(self, request: Received) -> Reply:
        noun, *_, last = request.target.strip("/").split("/")
        if noun == "jobs":
            return Reply.json(self.job | self._place() | {"terminal_stage": self.over})
        if last == self.ref.job_id:
            self.lists += 1
            if self.list_reply is not None:
                return self.list_reply
            listed = [f"/{key}" for key in self.files] if self.listed is None else self.listed
            return Reply.json(listed)
        key = unquote(last)
        self.fetched.append(key)
        found = self.files.get(key, Reply.json("", 404))
        if isinstance(found, Reply):
            return found
        return Reply(200, found, "application/octet-stream")

    def _place(self) -> dict[str, Any]:
        return {
            "job_id": self.ref.job_id,
            "project_hpc": self.ref.hpc.upper(),
            "project_name": self.ref.project,
            "stage": self.stage,
        }

    def ask(self, work: Callable[[ServiceAccountClient], Awaitable[Value]]) -> Value:
        """What `work` makes of a client of this service."""

        async def main() -> Value:
            async with (
                FaultyServer(self) as server,
                ServiceAccountClient(server.url, "t") as client,
            ):
                return await work(client)

        return run(main())

    def fetch(self, place: Path, *names: str, **options: Any) -> list[Step]:
        """The steps but for progress."""
        return [step for step in self.steps(place, *names, **options) if not _is_progress(step)]

    def steps(self, place: Path, *names: str, **options: Any) -> list[Step]:
        async def work(client: ServiceAccountClient) -> list[Step]:
            async with aclosing(fetching(client, self.ref, names, place, **options)) as steps:
                return [step async for step in steps]

        return self.ask(work)

    def list(self, place: Path) -> Listed:
        async def work(client: ServiceAccountClient) -> Listed:
            return await list_results(client, self.ref, await client.job(self.ref), place)

        return self.ask(work)


def _is_progress(step: Step) -> bool:
    return isinstance(step, FileDownloading)


def plain_files(place: Path) -> dict[str, str]:
    """What a user sees in a folder: names and contents."""
    return {
        path.name: path.read_text()
        for path in sorted(place.iterdir())
        if not path.name.startswith(".")
    }


def noted(place: Path) -> dict[str, Any]:
    """What is remembered of the files there."""
    return dict(json.loads((place / ".bspsa-results.json").read_text())["files"])
