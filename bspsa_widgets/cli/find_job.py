"""Finds a job by its id, or with `--hpc` and `--project`."""

from __future__ import annotations

import argparse
import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime

from bspsa_widgets.cli.commands.records import records_in_use
from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll, poll_job
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import find_system, system_of_job
from bspsa_widgets.errors import AccessRefused, InvalidInput, NotFound, RecordError, ServiceFailure

_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


async def find_job(client: ServiceAccountClient, options: argparse.Namespace) -> Job:
    """Return the job that the user named.

    Args:
        client: client of the service.
        options: parsed command-line options.

    Returns:
        the job.

    Raises:
        NotFound: the user has no such job.
        BspsaError: the job cannot be read.
    """
    look = await locate(client, options)
    if look.problem is not None:
        raise look.problem
    return look.job


async def locate(client: ServiceAccountClient, options: argparse.Namespace) -> Poll:
    """Find the job that the user named; `problem` says if it cannot be read (see `poll_job`).

    Args:
        client: client of the service.
        options: parsed command-line options.

    Returns:
        the job or the problem.

    Raises:
        NotFound: the user has no such job.
        BspsaError: the job cannot be searched for.
        InvalidInput: (field `id`) this is not an id.
    """
    system = find_system(options.hpc) if options.hpc else system_of_job(options.id)
    if not _ID.fullmatch(options.id):
        raise InvalidInput("id", f"{options.id!r:.60} is not an id.", allowed="Copy it again.")
    ref = JobRef(system.id, options.project or system.default_project, options.id)
    try:
        look = await poll_job(client, ref)
        return look._replace(job=_with_place(look.job, ref))
    except (NotFound, AccessRefused):  # the default project may belong to another group
        if options.project:
            raise
    recorded = await asyncio.to_thread(_recorded, client.endpoint, ref, options)
    if recorded is not None:
        with suppress(NotFound, AccessRefused):  # the record may belong to an earlier local service
            look = await poll_job(client, recorded)
            return look._replace(job=_with_place(look.job, recorded))
    return await _in_list(client, ref, system.label)


def _recorded(endpoint: Endpoint, ref: JobRef, options: argparse.Namespace) -> JobRef | None:
    """Return the job's reference from its submission record; None if that does not help."""
    with suppress(RecordError, InvalidInput):
        for record in records_in_use(options).load().records:
            place = record.job_ref()
            if place and place.job_id.upper() == ref.job_id.upper() and record.is_for(endpoint):
                return None if place.project == ref.project else place
    return None


async def readable(
    client: ServiceAccountClient, options: argparse.Namespace, output: CommandOutput
) -> Job:
    """Return the job that the user named, for its files; if it cannot be read, only say so.

    Args:
        client: client of the service.
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the job.
    """
    look = await locate(client, options)
    if look.problem is not None:
        output.say(line(f"The job cannot be read; its files are tried. {look.problem}"))
    return look.job


async def _in_list(client: ServiceAccountClient, ref: JobRef, label: str) -> Poll:
    try:
        jobs = await client.jobs(ref.hpc)
    except ServiceFailure as error:
        raise ServiceFailure(
            error.message,
            status=error.status,
            advice="The list cannot be read, but one job can be: name its --project.",
        ) from error
    for job in jobs:
        if job.job_id.upper() == ref.job_id.upper():
            return Poll(job, datetime.now(UTC))
    raise NotFound(
        f"There is no job {ref.job_id!r:.80} of yours on {label}.",
        status=404,
        advice="See all with `bspsa jobs`; name its place with --hpc and --project.",
    )


def _with_place(job: Job, ref: JobRef) -> Job:
    """Fill in system and project if the response lacks them."""
    return job.model_copy(
        update={
            "project_hpc": job.project_hpc or ref.hpc,
            "project_name": job.project_name or ref.project,
        }
    )
