"""`bspsa submit`: the panel's flow, with lines instead of a band."""

from __future__ import annotations

import argparse
import concurrent.futures
from contextlib import aclosing
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.exit_codes import (
    DONE,
    JOB_FAILED,
    STOPPED_WAITING,
    exit_code,
)
from bspsa_widgets.cli.output import Output, failure_lines
from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError, Stopped, Unconfirmed
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.follow import follow
from bspsa_widgets.submission.steps import Accepted, Checked, Step, outcome_of
from bspsa_widgets.widgets.background import background
from bspsa_widgets.widgets.connection import connect, find_target
from bspsa_widgets.widgets.view_state import during, followed


def submit(options: argparse.Namespace, output: Output) -> int:
    """Send the folder; with `--wait`, follow the job to its end."""
    run = _Run(options, output)
    try:
        run.prepare()
        job = run.send()
    except BspsaError as error:
        for line in failure_lines(error):
            output.say(line)
        run.report(outcome_of(error), None, f"{error} {error.verdict}")
        return exit_code(error)
    return run.follow(job) if options.wait else run.done(job)


class _Run:
    """One call of the command."""

    def __init__(self, options: argparse.Namespace, output: Output) -> None:
        self._options = options
        self._output = output
        self._client: ServiceAccountClient | None = None
        self._submission: Submission | None = None
        self._archive: SealedArchive | None = None

    def prepare(self) -> None:
        """Check what was typed and ask, where somebody is there to answer."""
        form = _form(self._options)
        checked = check_form(form)
        for advice in checked.warnings:
            self._output.say(f"Warning: {advice.field}: {advice.message} (Source: {advice.source})")
        target = find_target(self._options.endpoint)
        if self._output.may_ask and not self._options.yes:
            question = (
                f"Send {self._options.folder} to {SYSTEMS[checked.request.hpc].label} by "
                f"{target.label}? This uses {checked.request.runtime:g} h of your quota."
            )
            if not self._output.ask(question):
                raise Stopped
        self._client = connect(target)
        self._submission = Submission(self._client, form, Path(self._options.folder))

    def send(self) -> Job:
        """Go through the steps; Ctrl-C is a cancel as long as nothing is sent."""
        sending = background().run(self._go(), "submission")
        try:
            return self._waited(sending)
        finally:
            if self._submission is not None:
                self._archive = self._submission.archive

    def done(self, job: Job) -> int:
        """The service has the job."""
        message = followed(job)["headline"]
        self.report("accepted", job, message)
        return DONE

    def follow(self, job: Job) -> int:
        """Look at the job until it is over."""
        watching = background().run(self._watch(job), "following a job")
        try:
            job = watching.result()
        except KeyboardInterrupt:
            watching.cancel()
            self._output.say(f"The job goes on. See it with: bspsa job {job.job_id}")
            self.done(job)
            return STOPPED_WAITING
        self.done(job)
        if not job.is_over:
            return STOPPED_WAITING
        return DONE if job.outcome == "succeeded" else JOB_FAILED

    def report(self, outcome: str, job: Job | None, message: str) -> None:
        """The one document of `--json`, or the lines for people."""
        archive = self._archive and {
            "name": self._archive.name,
            "size": self._archive.size,
            "sha256": self._archive.sha256,
            "files": self._archive.files,
        }
        document: dict[str, Any] = {
            "outcome": outcome,
            "job": job.raw if job else None,
            "archive": archive,
            "message": message,
        }
        if job is not None or self._output.as_json:
            text = f"{message}\n{job.job_id}  {job.stage}  {job.meaning}" if job else ""
            self._output.answer(document, text)

    async def _go(self) -> Job:
        if self._submission is None:
            raise RuntimeError("prepare() comes first")
        async with aclosing(self._submission.steps()) as steps:
            async for step in steps:
                self._show(step)
        return self._submission.accepted_job()

    def _show(self, step: Step) -> None:
        if not isinstance(step, Accepted | Checked):
            status = during(step)
            self._output.progress(status["message"], step=status["step"])

    def _waited(self, sending: concurrent.futures.Future[Job]) -> Job:
        try:
            return sending.result()
        except KeyboardInterrupt:
            if background().run(self._cancel(), "cancelling").result():
                return sending.result()
            self._output.say(
                "The service may already have the job: waiting for its answer. "
                "Ctrl-C again stops the waiting."
            )
        try:
            return sending.result()
        except KeyboardInterrupt:
            raise Unconfirmed("You stopped waiting before the service had answered.") from None

    async def _cancel(self) -> bool:
        return self._submission is None or self._submission.cancel()

    async def _watch(self, job: Job) -> Job:
        if self._client is None:
            raise RuntimeError("prepare() comes first")
        system = SYSTEMS[check_form(_form(self._options)).request.hpc]
        project = job.project_name or self._options.project or system.default_project
        ref = JobRef(job.hpc or system.id, project, job.job_id)
        async with aclosing(follow(self._client, ref, job)) as looks:
            async for look in looks:
                job = look.job
                trouble = f" ({look.problem})" if look.problem else ""
                self._output.progress(f"{job.stage}: {job.meaning}{trouble}")
        return job


def _form(options: argparse.Namespace) -> JobForm:
    return JobForm(
        hpc=options.hpc,
        project=options.project,
        command=options.command,
        tool=options.tool,
        init_file=options.main_file,
        node_number=options.nodes,
        core_number=options.cores,
        runtime=options.runtime,
        title=options.title,
    )
