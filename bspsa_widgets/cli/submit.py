"""`bspsa submit`: the panel's flow, with lines instead of a band."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import logging
import signal
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.exit_codes import (
    DONE,
    JOB_FAILED,
    STOPPED_WAITING,
    exit_code,
)
from bspsa_widgets.cli.output import Output, failure_lines, line
from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.domain.systems import SYSTEMS, find_system
from bspsa_widgets.errors import BspsaError, InvalidForm, Stopped, Unconfirmed
from bspsa_widgets.submission import words
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.follow import follow
from bspsa_widgets.submission.records import Records, records_folder
from bspsa_widgets.submission.steps import Accepted, Checked, Step, outcome_of
from bspsa_widgets.widgets.background import background
from bspsa_widgets.widgets.connection import connect, find_target

log = logging.getLogger(__name__)

_OPTIONS = {"command": "command", "tool": "tool", "init_file": "main-file"}


def submit(options: argparse.Namespace, output: Output) -> int:
    """Send the folder; with `--wait`, follow the job to its end."""
    run = _Run(options, output)
    try:
        run.prepare()
        job = run.send()
        return run.follow(job) if options.wait else run.done(job)
    except BspsaError as error:
        log.debug("not submitted", exc_info=error)
        return not_submitted(error, output, run.archive)
    except KeyboardInterrupt:
        return run.interrupted()
    finally:
        # All is told by now: a Ctrl-C here changes nothing.
        with suppress(KeyboardInterrupt):
            run.close()


def not_submitted(error: BspsaError, output: Output, archive: SealedArchive | None = None) -> int:
    """Say how a submission ended without a job that is known of; returns the exit code."""
    for text in [*failure_lines(error), error.verdict]:
        output.say(text)
    if output.as_json:
        output.answer(_document(outcome_of(error), None, archive, f"{error} {error.verdict}"), "")
    return exit_code(error)


class _Run:
    """One call of the command."""

    def __init__(self, options: argparse.Namespace, output: Output) -> None:
        self._options = options
        self._output = output
        self._client: ServiceAccountClient | None = None
        self._submission: Submission | None = None
        self._seen: Job | None = None  # as the last look showed it
        self.archive: SealedArchive | None = None

    def prepare(self) -> None:
        """Check what was typed and ask, where somebody is there to answer."""
        try:
            self._prepare()
        except KeyboardInterrupt:
            raise Stopped from None
        except BspsaError:
            raise
        except Exception as error:
            raise words.unexpected(error, may_be_sent=False) from error

    def _prepare(self) -> None:
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
        # As typed: Path("") would be the current folder, and an unset shell variable would send it.
        records = Records(records_folder(Path.cwd()))
        self._submission = Submission(self._client, form, self._options.folder, records=records)

    def send(self) -> Job:
        """Go through the steps; Ctrl-C is a cancel as long as nothing is sent."""
        try:
            job = self._waited(background().run(self._go(), "submission"))
            self._seen = job
            return job
        except BspsaError:
            raise
        except Exception as error:
            log.debug("a fault of our own", exc_info=error)
            sent = self._submission is not None and self._submission.may_be_sent
            raise words.unexpected(error, may_be_sent=sent) from error
        finally:
            if self._submission is not None:
                self.archive = self._submission.archive

    def done(self, job: Job) -> int:
        """The service has the job."""
        message = words.followed(job).headline
        text = f"{message}\n{line(f'{job.job_id}  {job.stage}  {job.meaning}')}"
        self._output.answer(_document("accepted", job, self.archive, message), text)
        return DONE

    def follow(self, job: Job) -> int:
        """Look at the job until it is over."""
        watching = background().run(self._watch(job), "following a job")
        try:
            job = watching.result()
        except KeyboardInterrupt:
            watching.cancel()
            job = self._seen or job
            self._output.say(f"The job goes on. See it with: bspsa job {line(job.job_id)}")
            self.done(job)
            return STOPPED_WAITING
        except Exception as error:
            log.debug("following the job broke", exc_info=error)
            job = self._seen or job
            self._output.say(f"bspsa: the job could not be followed ({type(error).__name__}).")
            self.done(job)
            return STOPPED_WAITING
        self.done(job)
        if not job.is_over:
            return STOPPED_WAITING
        return DONE if job.outcome == "succeeded" else JOB_FAILED

    def interrupted(self) -> int:
        """A Ctrl-C between two steps: what is true counts, not where it came."""
        try:
            job = self._seen or self._left()
        except BspsaError as error:
            return not_submitted(error, self._output, self.archive)
        self._output.say(f"The job goes on. See it with: bspsa job {line(job.job_id)}")
        self.done(job)
        return STOPPED_WAITING if self._options.wait else DONE

    def close(self) -> None:
        """Close the connections that were kept."""
        if self._client is not None:
            background().run(self._client.aclose(), "closing connections").result()

    async def _go(self) -> Job:
        if self._submission is None:
            raise RuntimeError("prepare() comes first")
        async with aclosing(self._submission.steps()) as steps:
            async for step in steps:
                self._show(step)
        return self._submission.accepted_job()

    def _show(self, step: Step) -> None:
        if not isinstance(step, Accepted | Checked):
            self._output.progress(words.progress(step), step=type(step).__name__)

    def _waited(self, sending: concurrent.futures.Future[Job]) -> Job:
        try:
            return sending.result()
        except KeyboardInterrupt:
            pass
        try:
            if not self._cancelled():
                self._output.say(
                    "The service may already have the job: waiting for its answer. "
                    "Ctrl-C again stops the waiting."
                )
            return sending.result()
        except KeyboardInterrupt:
            return self._left()

    def _left(self) -> Job:
        """Nobody waits any more: say what is known now. A third Ctrl-C is not heard."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self._cancelled():
            raise Stopped
        if self._submission is not None and self._submission.job is not None:
            return self._submission.job
        raise Unconfirmed("You stopped waiting before the service had answered.")

    def _cancelled(self) -> bool:
        """Only the loop knows whether the first byte has left: ask there."""
        return background().run(self._cancel(), "cancelling").result()

    async def _cancel(self) -> bool:
        await asyncio.sleep(0)  # one turn, so that the work it cancels has begun
        return self._submission is None or self._submission.cancel()

    async def _watch(self, job: Job) -> Job:
        if self._client is None:
            raise RuntimeError("prepare() comes first")
        system = SYSTEMS[check_form(_form(self._options)).request.hpc]
        ref = JobRef.of(job, system.id, self._options.project)
        async with aclosing(follow(self._client, ref, job)) as looks:
            async for look in looks:
                self._seen = job = look.job
                trouble = f" ({look.problem})" if look.problem else ""
                self._output.progress(f"{job.stage}: {job.meaning}{trouble}")
        return job


def _document(
    outcome: str, job: Job | None, archive: SealedArchive | None, message: str
) -> dict[str, Any]:
    """The one document of `submit --json`."""
    sealed = archive and {
        "name": archive.name,
        "size": archive.size,
        "sha256": archive.sha256,
        "files": archive.files,
    }
    return {
        "outcome": outcome,
        "job": job.raw if job else None,
        "archive": sealed,
        "message": message,
    }


def _form(options: argparse.Namespace) -> JobForm:
    """The form as typed. What its system has no field for would be dropped without a word."""
    system = find_system(options.hpc)
    known = {field.name for field in system.fields}
    given = {"command": options.command, "tool": options.tool, "init_file": options.main_file}
    foreign = [name for name, value in given.items() if value is not None and name not in known]
    if foreign:
        raise InvalidForm(
            {
                name: f"{system.label} has no such input. Leave --{_OPTIONS[name]} out, "
                "or choose another --hpc."
                for name in foreign
            }
        )
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
