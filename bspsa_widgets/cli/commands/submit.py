"""`bspsa submit`: the panel's flow, printed as lines."""

from __future__ import annotations

import argparse
import asyncio
import logging
from contextlib import aclosing, suppress

from bspsa_widgets.cli.commands.records import records_in_use
from bspsa_widgets.cli.exit_codes import DONE, JOB_FAILED, STOPPED_WAITING
from bspsa_widgets.cli.interrupt import ignore
from bspsa_widgets.cli.main_loop import CtrlC, run
from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.cli.parser.form import typed_form
from bspsa_widgets.cli.render.countdown import Countdown
from bspsa_widgets.cli.render.job_line import followed, tell_failure
from bspsa_widgets.cli.render.plan import WarningPrinter
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.cli.render.submission import not_submitted, submitted
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.payload import check_form
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Stopped
from bspsa_widgets.jobs.polling.follow import Poll
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.connection import Target, connect, find_target
from bspsa_widgets.runtime.event_loop import cancel_all
from bspsa_widgets.submission import messages, unconfirmed
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.recovery import record_end
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connected,
    Late,
    Looking,
    Prepared,
    Repeats,
    Step,
    Unsure,
)

log = logging.getLogger(__name__)


def submit(options: argparse.Namespace, output: CommandOutput) -> int:
    """Submit the folder; with `--wait`, follow the job until it is over.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    command = _Submit(options, output)
    try:
        command.prepare()
        try:
            return command.run()
        except AlreadySubmitted as error:
            command.ask_again(error)
            return command.run()
    except BspsaError as error:
        return command.failed(error)
    except KeyboardInterrupt:  # at a question
        return command.failed(Stopped())


class _Submit:
    """One call of the command.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Attributes:
        archive: the sealed zip once it is packed.
        record: marker of the submission's record, once it is on disk.
    """

    def __init__(self, options: argparse.Namespace, output: CommandOutput) -> None:
        self._options = options
        self._output = output
        self._target: Target | None = None
        self._records: Records | None = None
        self._ctrl_c = CtrlC()
        self._repeat: Repeat = "tell"
        self._is_unsure = False  # the response was lost: the job is searched for
        self._is_left = False  # the user has stopped waiting for the outcome
        self._seen: Job | None = None  # state after the last poll
        self._is_lost = False  # the service does not show it any more
        self._start: StartCheck | None = None  # once there is a job
        self._adviser = WarningPrinter(output)
        self.archive: SealedArchive | None = None
        self.record = ""  # marker, once it is on disk

    def prepare(self) -> None:
        """Check the options and ask the user, if possible.

        Raises:
            BspsaError: an option is not valid, or the user declined.
        """
        try:
            self._prepare()
        except BspsaError:
            raise
        except Exception as error:
            raise messages.unexpected(error, may_be_sent=False) from error

    def _prepare(self) -> None:
        form = typed_form(self._options)
        checked = check_form(form)
        self._adviser.tell(checked.warnings)
        self._records = records_in_use(self._options)
        target = find_target(self._options.endpoint)
        is_asked = self._output.may_ask and not self._options.yes
        self._repeat = "allow" if self._options.again else "ask" if is_asked else "tell"
        if is_asked:
            files = self._adviser.look(self._options, form)
            self._ask(
                f"Send {self._options.folder} ({files}) to "
                f"{SYSTEMS[checked.request.hpc].label} by {target.label}? "
                f"This uses {checked.request.runtime:g} h of your quota."
            )
        self._target = target

    def run(self) -> int:
        """Run the submission and print its outcome; Ctrl-C cancels it if nothing is sent.

        Returns:
            the exit code.

        Raises:
            AlreadySubmitted: the user is to be asked whether to send it again.
        """
        self._ctrl_c = CtrlC()  # of the loop that `run` starts
        return run(self._go(), self._ctrl_c)

    async def _go(self) -> int:
        if self._target is None:
            raise RuntimeError("prepare() comes first")
        async with connect(self._target) as client:
            try:
                job = await self._send(client)
                code = await (self._follow if self._options.wait else self._leave)(client, job)
            except BspsaError as error:
                if isinstance(error, AlreadySubmitted) and self._repeat == "ask":
                    raise
                code = self.failed(error)
            ignore()  # everything is printed
            if self._is_left:  # the record stays open: whoever reads it next searches
                await cancel_all()
            return code

    def failed(self, error: BspsaError) -> int:
        """Print that there is no job, or that it is not known.

        Returns:
            the exit code.
        """
        ignore()
        log.debug("not submitted", exc_info=error)
        return not_submitted(error, self._output, self.archive, self.record, self._adviser.told)

    async def _send(self, client: ServiceAccountClient) -> Job:
        """Return the job; raise the reason if there is none, or it is not known."""
        if self._records is None:
            raise RuntimeError("prepare() comes first")
        submission = Submission(
            client,
            typed_form(self._options),
            # As typed: Path("") would be the current folder, so that an unset shell variable
            # would send it.
            self._options.folder,
            records=self._records,
            choice=typed_choice(self._options),
            repeat=self._repeat,
            settle_seconds=self._options.settle,
        )
        try:
            return await self._waited(asyncio.create_task(self._steps(submission)), submission)
        except BspsaError:
            raise
        except Exception as error:
            log.debug("a fault of our own", exc_info=error)
            sent = submission.may_be_sent
            raise messages.unexpected(error, may_be_sent=sent) from error
        finally:
            self.archive = submission.archive

    def ask_again(self, error: AlreadySubmitted) -> None:
        """Ask whether to send it again.

        Raises:
            Stopped: the user declined.
        """
        risk = messages.CONFIRM_AGAIN if error.is_open else messages.CONFIRM_REPEAT
        self._ask(f"{error.message} {risk}")
        self._repeat = "allow"

    def _ask(self, question: str) -> None:
        if not self._output.ask(line(question)):
            raise Stopped

    def _warn(self, text: str) -> None:
        self._output.say(line(f"Warning: {text}"))

    def _done(self, job: Job) -> None:
        """Print the job that the service has."""
        message = (job_messages.lost if self._is_lost else job_messages.followed)(job).headline
        text = f"{message}\n{line(f'{job.job_id}  {job.stage}  {job.meaning}')}"
        found = self._start.document() if self._start else None
        warnings = self._adviser.told
        document = submitted("accepted", job, self.archive, self.record, message, found, warnings)
        self._output.answer(document, text)

    async def _leave(self, client: ServiceAccountClient, job: Job) -> int:
        """Check the job's input, and then end."""
        looking = asyncio.create_task(self._check(client, job).look(job))
        try:
            await self._ctrl_c.unless(looking)
        except KeyboardInterrupt:
            looking.cancel()
        except Exception as error:
            log.debug("the job's input was not looked for", exc_info=error)
        self._done(job)
        return DONE

    async def _follow(self, client: ServiceAccountClient, job: Job) -> int:
        """Follow the job until it is over."""
        ref = self._ref(job)
        work = followed(client, ref, job, self._output, self._see, self._check(client, job))
        watching = asyncio.create_task(work)
        try:
            job = await self._ctrl_c.unless(watching)
        except KeyboardInterrupt:
            watching.cancel()
            job = self._seen or job
            goes_on = "The job may go on" if self._is_lost else "The job goes on"
            self._output.say(f"{goes_on}. See it with: bspsa job {line(job.job_id)}")
            self._done(job)
            return STOPPED_WAITING
        except Exception as error:
            log.debug("following the job broke", exc_info=error)
            job = self._seen or job
            self._output.say(f"bspsa: the job could not be followed ({type(error).__name__}).")
            self._done(job)
            return STOPPED_WAITING
        await tell_failure(client, ref, job, self._output, self._ctrl_c)
        self._done(job)
        if self._records is not None and self.record:
            await record_end(self._records, self.record, job)
        return DONE if job.outcome == "succeeded" else JOB_FAILED

    def _check(self, client: ServiceAccountClient, job: Job) -> StartCheck:
        if self.archive is None:
            raise RuntimeError("_send() comes first")
        self._start = StartCheck(self._output, client, self._ref(job), self.archive.name)
        return self._start

    async def _steps(self, submission: Submission) -> Job:
        countdown = Countdown(self._output)
        try:
            async with aclosing(submission.steps()) as steps:
                async for step in steps:
                    countdown.stop()
                    if isinstance(step, Looking):
                        countdown.start(step)
                    else:
                        self._show(step)
        finally:
            countdown.stop()
        return submission.accepted_job()

    def _show(self, step: Step) -> None:
        match step:
            case Checked(warnings):
                self._adviser.tell(warnings)
            case Repeats():
                self._warn(messages.progress(step))
            case Prepared(record):
                self.record = record.marker
            case Connected(hours, left) if warning := messages.quota_warning(hours, left):
                self._warn(warning)
            case Late():
                self._tell(unconfirmed.late(), "Ctrl-C again stops the waiting.")
            case Unsure(error):
                self._is_unsure = True
                self._tell(unconfirmed.unsure(error), "Ctrl-C stops it; the record is kept.")
            case Accepted(_, others):
                if others:
                    self._warn(job_messages.others([job.job_id for job in others]))
            case _:
                self._output.progress(messages.progress(step), step=type(step).__name__)

    def _tell(self, told: job_messages.Message, further: str) -> None:
        self._output.say(line(f"{told.headline} {told.detail} {further}"))

    async def _waited(self, sending: asyncio.Task[Job], submission: Submission) -> Job:
        with suppress(KeyboardInterrupt):
            return await self._ctrl_c.unless(sending)
        if not self._is_unsure:
            submission.cancel()
            with suppress(KeyboardInterrupt):
                return await self._ctrl_c.unless(sending)
        ignore()
        return self._left(submission)

    def _left(self, submission: Submission) -> Job:
        """Return the known job, or raise what is known, after the user stopped waiting."""
        if submission.cancel():
            raise Stopped
        record = submission.record
        if record is not None and (job := record.seen_job()) is not None:
            return job
        self._is_left = True
        raise unconfirmed.stopped_waiting(record)

    def _ref(self, job: Job) -> JobRef:
        system = SYSTEMS[check_form(typed_form(self._options)).request.hpc]
        return JobRef.of(job, system.id, self._options.project)

    def _see(self, look: Poll) -> None:
        self._seen, self._is_lost = look.job, look.is_lost
