"""`bspsa jobs`, `job` and `quotas`."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.commands.mine import list_mine
from bspsa_widgets.cli.exit_codes import DONE, NO_JOB
from bspsa_widgets.cli.find_job import find_job
from bspsa_widgets.cli.output import CommandOutput, line, table
from bspsa_widgets.cli.render.failure import cause_lines
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import find_system
from bspsa_widgets.jobs.listing import list_by_system
from bspsa_widgets.logs.failure import Failure, failure_of


def list_jobs(options: argparse.Namespace, output: CommandOutput) -> int:
    """List the user's jobs, of all systems, one system or project, or from the records.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    if options.mine:
        return list_mine(options, output)
    hpc = find_system(options.hpc).id if options.hpc else ""
    project = options.project if hpc else ""
    found, failed = with_client(options, lambda client: list_by_system(client, hpc, project))
    if options.project:
        found = [job for job in found if job.project_name.lower() == options.project.lower()]
    found.sort(key=lambda job: job.order)
    for name, error in failed.items():
        output.say(f"bspsa: the jobs on {name} could not be listed: {error}")
    rows = [
        (job.job_id, job.stage, job.project_name, job.init_date or "", job.title) for job in found
    ]
    text = table(("JOB", "STAGE", "PROJECT", "SUBMITTED", "TITLE"), rows) if rows else "No jobs."
    output.answer([job.raw for job in found], text)
    return NO_JOB if failed else DONE


def show_job(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print one job; for a failed one also the cause, if its output shows it.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """

    async def look(client: ServiceAccountClient) -> tuple[Job, Failure | None]:
        job = await find_job(client, options)
        # Programs get only the job: they can request its output with `logs`.
        return job, None if output.as_json else await failure_of(client, JobRef.of(job), job)

    job, failure = with_client(options, look)
    told = cause_lines(failure.cause) if failure and failure.cause else []
    output.answer(job.raw, "\n".join([described(job), *told]))
    return DONE


def list_quotas(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print the hours left in each project; approximate.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    quotas = with_client(options, lambda client: client.quotas())
    rows = [
        (q.hpc, q.project, "?" if q.hours_left is None else f"{q.hours_left:.1f} h") for q in quotas
    ]
    text = table(("SYSTEM", "PROJECT", "ABOUT LEFT"), rows) if rows else "No quotas."
    output.answer([quota.raw for quota in quotas], text)
    return DONE


def described(job: Job) -> str:
    """Return all that is known of a job, for people.

    Args:
        job: the job.

    Returns:
        the text.
    """
    rows = [
        ("Job", job.job_id),
        ("Title", job.title),
        ("Stage", f"{job.stage}: {job.meaning}"),
        ("System", job.project_hpc),
        ("Project", job.project_name),
        ("Runtime", "" if job.runtime is None else f"{job.runtime:g} h"),
        ("Submitted", job.init_date or ""),
        ("Ended", job.end_date or ""),
    ]
    return "\n".join(f"{name:<10} {line(value)}" for name, value in rows if value)
