"""Takes up what was left: records of submissions whose program ended before they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.submission.keeper import Keeper
from bspsa_widgets.submission.record import Record
from bspsa_widgets.submission.records import Records
from bspsa_widgets.submission.settle import SECONDS, settle
from bspsa_widgets.submission.steps import Accepted, Looking

_CUT_OFF = "The program that sent it ended before the service had answered."
_NEVER_SENT = "The program ended before anything was sent."


async def resume(
    client: ServiceAccountClient,
    records: Records,
    record: Record,
    *,
    seconds: float = SECONDS,
    look_now: asyncio.Event | None = None,
) -> AsyncGenerator[Looking | Accepted, None]:
    """Clear up one record, beginning with a look; does nothing where somebody else tends it.

    Raises:
        Unconfirmed: the job was not found, which proves nothing; the record stays.
    """
    keeper = await Keeper.of(records, record)
    if keeper is None:
        return
    try:
        if keeper.record.state == "prepared":
            await keeper.note("not_sent", _NEVER_SENT, problem=_NEVER_SENT)
        if keeper.record.state == "sending":
            await keeper.note("unconfirmed", _CUT_OFF, problem=_CUT_OFF)
        if keeper.record.state != "unconfirmed":
            return
        looks = settle(client, keeper, seconds=seconds, at_once=True, look_now=look_now)
        async with aclosing(looks) as steps:
            async for step in steps:
                yield step
    finally:
        await keeper.release()


async def keep_end(records: Records, marker: str, job: Job) -> None:
    """Write down that a submission's job is over, where there is a record of it."""
    record = await asyncio.to_thread(records.read, marker)
    keeper = await Keeper.of(records, record) if record else None
    if keeper is None:
        return
    try:
        if keeper.record.state in ("accepted", "over"):
            await keeper.note("over", job.meaning, job=job.raw)
    finally:
        await keeper.release()
