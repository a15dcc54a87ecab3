"""`bspsa jobs --mine`: the submissions from here and their outcome."""

from __future__ import annotations

import argparse
from contextlib import aclosing
from typing import Any, NamedTuple

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.commands.records import NONE, load, records_in_use, state, when
from bspsa_widgets.cli.exit_codes import DONE, NO_JOB
from bspsa_widgets.cli.output import CommandOutput, failure_lines, line, table
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import default_project, find_system
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure, Unconfirmed
from bspsa_widgets.jobs.listing import list_by_system
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission.account_snapshot import AccountReads, AccountSnapshot
from bspsa_widgets.submission.recovery import record_end, resume
from bspsa_widgets.submission.steps import Accepted

HEAD = ("RECORD", "WHEN (UTC)", "STATE", "JOB", "STAGE", "TITLE")


class Mine(NamedTuple):
    """A submission and its job.

    Attributes:
        record: record of the submission.
        job: the job as last seen; None if none is known.
        is_current: whether the service shows the job so now.
    """

    record: Record
    job: Job | None
    is_current: bool


def list_mine(options: argparse.Namespace, output: CommandOutput) -> int:
    """Resume open records, then list all; without the service, as they were left.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    records = records_in_use(options)
    hpc = find_system(options.hpc).id if options.hpc else ""
    found = [
        record
        for record in load(records, output)
        if hpc in ("", record.hpc) and options.project.lower() in ("", _project(record))
    ]
    if not found:
        output.answer([], NONE)
        return DONE
    look = _JobLookup(records, output)
    seen = with_client(options, lambda client: look.at(found, client))
    output.answer([_document(mine) for mine in seen], table(HEAD, [_row(mine) for mine in seen]))
    return NO_JOB if look.failed else DONE


class _JobLookup:
    """Reads the state of each submission once.

    Args:
        records: store of the submission records.
        output: where the command writes.

    Attributes:
        failed: whether something could not be read.
    """

    def __init__(self, records: Records, output: CommandOutput) -> None:
        self._records = records
        self._output = output
        self._listed: dict[str, Job] = {}
        self._is_down = False
        self.failed = False

    async def at(self, found: list[Record], client: ServiceAccountClient) -> list[Mine]:
        """Return the current state of all submissions.

        Args:
            found: records of the submissions.
            client: client of the service.

        Returns:
            the submissions.
        """
        asked = AccountSnapshot(client, await self._list(client))
        for record in found:
            is_asked = record.is_open and record.is_for(client.endpoint) and not self._is_down
            if is_asked or record.state == "prepared":
                await self._take_up(record, asked)
        self._tell_of_others(found, client)
        now = [self._records.read(record.marker) or record for record in found]
        return [await self._seen(record, client) for record in now]

    async def _list(self, client: ServiceAccountClient) -> list[Job] | None:
        """Return all jobs of the user; None if the list is not complete."""
        try:
            listed, failed = await list_by_system(client)
        except BspsaError as error:
            # If the list of all jobs fails, the list of a single project may still work.
            self._is_down = not isinstance(error, ServiceFailure)
            self._fail(*failure_lines(error))
            return None
        self._listed = {job.job_id: job for job in listed}
        for name, failure in failed.items():
            self._fail(f"bspsa: the jobs on {name} could not be listed: {line(str(failure))}")
        return None if failed else listed

    async def _take_up(self, record: Record, asked: AccountReads) -> None:
        looks = resume(asked, self._records, record, seconds=0.0)
        try:
            async with aclosing(looks) as steps:
                async for step in steps:
                    if isinstance(step, Accepted):
                        self._output.say(f"{record.marker}: {words.FOUND}")
        except Unconfirmed as error:
            self._output.say(line(f"{record.marker}: {error.message} {error.advice}"))

    def _tell_of_others(self, found: list[Record], client: ServiceAccountClient) -> None:
        others = sorted({r.endpoint for r in found if not r.is_for(client.endpoint)})
        if others:
            told = f"Shown as they were left: those of {', '.join(others)} (see --endpoint)."
            self._output.say(line(told))

    async def _seen(self, record: Record, client: ServiceAccountClient) -> Mine:
        job = record.seen_job()
        if job is None or not record.is_for(client.endpoint):
            return Mine(record, job, False)
        now = self._listed.get(job.job_id) or await self._asked(record, job, client)
        now = now and now.after(job)
        if now is not None and not now.is_shown:
            self._tell_lost(record, job)
            now = None
        if now is None:
            return Mine(record, job, record.state == "over")
        if now.is_over and record.state == "accepted":
            await record_end(self._records, record.marker, now)
            record = self._records.read(record.marker) or record
        return Mine(record, now, True)

    async def _asked(self, record: Record, job: Job, client: ServiceAccountClient) -> Job | None:
        """Return a job that is in no list; None if not shown, or if no request is needed."""
        ref = record.job_ref()
        if ref is None or record.state == "over" or self._is_down:
            return None
        try:
            return await client.job(ref)
        except NotFound:
            self._tell_lost(record, job)
        except BspsaError as error:
            self._fail(line(f"{record.marker}: {error}"))
        return None

    def _tell_lost(self, record: Record, job: Job) -> None:
        lost = job_messages.lost(job)
        self._output.say(line(f"{record.marker}: {lost.headline} {lost.detail}"))

    def _fail(self, *lines: str) -> None:
        self.failed = True
        for told in lines:
            self._output.say(told)


def _project(record: Record) -> str:
    return record.project or default_project(record.hpc)


def _row(mine: Mine) -> tuple[str, ...]:
    record, job, is_current = mine
    stage = job.stage if job else ""
    stage = stage if is_current or not stage else f"{stage} (last seen)"
    job_id = job.job_id if job else ""
    return (record.marker, when(record.began), state(record), job_id, stage, record.title)


def _document(mine: Mine) -> dict[str, Any]:
    record, job, is_current = mine
    return {
        "record": record.marker,
        "at": record.began,
        "state": record.state,
        "title": record.title,
        "job": job.raw if job else None,
        "is_current": is_current,
        "message": messages.record_words(record),
    }
