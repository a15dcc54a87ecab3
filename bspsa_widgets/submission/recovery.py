"""Resumes open records of submissions whose program ended before they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bspsa_widgets.domain.jobs import EndSent, Job
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.records.writer import RecordWriter
from bspsa_widgets.submission.account_snapshot import AccountReads
from bspsa_widgets.submission.settle import SECONDS, settle
from bspsa_widgets.submission.steps import Accepted, Looking

_CUT_OFF = "The program that sent it ended before the service had answered."
_NEVER_SENT = "The program ended before anything was sent."


async def resume(
    client: AccountReads,
    records: Records,
    record: Record,
    *,
    seconds: float = SECONDS,
    search_now: asyncio.Event | None = None,
) -> AsyncGenerator[Looking | Accepted, None]:
    """Search for the job of one record; does nothing if another process does already.

    Args:
        client: client of the service.
        records: store of the submission records.
        record: record of the submission.
        seconds: how long to search at most, in seconds.
        search_now: set it to search at once instead of waiting for the next poll.

    Yields:
        `Looking` before each poll; `Accepted` if the job is found.

    Raises:
        Unconfirmed: the job was not found, which proves nothing; the record stays open.
    """
    writer = await RecordWriter.of(records, record)
    if writer is None:
        return
    try:
        if writer.record.state == "prepared":
            await writer.note("not_sent", _NEVER_SENT, problem=_NEVER_SENT)
        if writer.record.state == "sending":
            await writer.note("unconfirmed", _CUT_OFF, problem=_CUT_OFF)
        if writer.record.state != "unconfirmed":
            return
        search = settle(client, writer, seconds=seconds, at_once=True, search_now=search_now)
        async with aclosing(search) as steps:
            async for step in steps:
                yield step
    finally:
        await writer.release()


async def close(records: Records, record: Record) -> Record:
    """Close an open record after the user's confirmation; see `messages.CLOSE`.

    Args:
        records: store of the submission records.
        record: record of the submission.

    Returns:
        the record after the change.

    Raises:
        InvalidInput: (field `record`) it is not open, or another process is searching for its job.
        RecordError: the record cannot be written.
    """
    writer = await RecordWriter.of(records, record)
    if writer is None:
        raise InvalidInput(
            "record",
            "A panel or program is looking for its job.",
            allowed="Close it when that has ended.",
        )
    try:
        if not writer.record.is_open and writer.record.state != "closed":
            raise InvalidInput(
                "record",
                f"It is not open: {messages.record_words(writer.record)}",
                allowed="Only a submission of which it is not known whether a job exists can be "
                "closed.",
            )
        if writer.record.is_open:
            await writer.move("closed")
        return writer.record
    finally:
        await writer.release()


async def record_end(records: Records, marker: str, job: Job) -> None:
    """Write to the record, if there is one, that a submission's job is over.

    Args:
        records: store of the submission records.
        marker: marker of the submission, which is part of the job's title.
        job: the job in its final state.
    """
    async with _writer_of(records, marker) as writer:
        if writer and writer.record.state in ("accepted", "over"):
            sent = job.end_sent or writer.record.end_sent
            kept = writer.record
            if (kept.state, kept.job, kept.end_sent) == ("over", job.raw, sent):
                return  # already written by another follower of the job
            await writer.note("over", job.meaning, job=job.raw, end_sent=sent)


async def record_end_sent(records: Records, marker: str, sent: EndSent) -> None:
    """Write to the record, if there is one, which request was sent to end the job.

    Args:
        records: store of the submission records.
        marker: marker of the submission, which is part of the job's title.
        sent: the request that was sent: cancel or delete.
    """
    async with _writer_of(records, marker) as writer:
        if writer and not writer.record.end_sent:
            await writer.note(writer.record.state, end_sent=sent)


@asynccontextmanager
async def _writer_of(records: Records, marker: str) -> AsyncIterator[RecordWriter | None]:
    """Open the record for writing; None if it is missing or another process writes it."""
    record = await asyncio.to_thread(records.read, marker)
    writer = await RecordWriter.of(records, record) if record else None
    try:
        yield writer
    finally:
        if writer is not None:
            await writer.release()
