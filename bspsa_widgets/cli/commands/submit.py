"""`bspsa submit`: the panel's flow, printed as lines."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import logging
from contextlib import aclosing

from bspsa_widgets.cli.commands.records import records_in_use
from bspsa_widgets.cli.exit_codes import DONE, JOB_FAILED, STOPPED_WAITING
from bspsa_widgets.cli.interrupt import at_once, deaf, held
from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.cli.parser.form import typed_form
from bspsa_widgets.cli.render.countdown import Countdown
from bspsa_widgets.cli.render.job_line import followed, tell_failure
from bspsa_widgets.cli.render.plan import WarningPrinter
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.cli.render.submission import not_submitted, submitted
from bspsa_widgets.cli.waiting import waited
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.payload import Advice, check_form
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Stopped
from bspsa_widgets.jobs.polling.follow import Poll
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.connection import connect, find_target
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.submission import messages, unconfirmed
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.recovery import keep_end
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
    run = _Submit(options, output)
    with held():
        try:
            run.prepare()
            job = run.send()
            return run.follow(job) if options.wait else run.leave(job)
        except BspsaError as error:
            deaf()
            log.debug("not submitted", exc_info=error)
            return not_submitted(error, output, run.archive, run.record, run.told)
        except KeyboardInterrupt:
            return run.interrupted()
        finally:
            deaf()  # everything is printed
            run.close()


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
        self._client: ServiceAccountClient | None = None
        self._records: Records | None = None
        self._submission: Submission | None = None
        self._sending: concurrent.futures.Future[Job] | None = None
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
        except KeyboardInterrupt:
            raise Stopped from None
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
            with at_once():
                files = self._adviser.look(self._options, form)
            self._ask(
                f"Send {self._options.folder} ({files}) to "
                f"{SYSTEMS[checked.request.hpc].label} by {target.label}? "
                f"This uses {checked.request.runtime:g} h of your quota."
            )
        self._client = connect(target)

    def send(self) -> Job:
        """Run the submission; Ctrl-C cancels it as long as nothing is sent.

        Returns:
            the job.

        Raises:
            BspsaError: there is no job, or it is not known.
        """
        try:
            try:
                return self._sent()
            except AlreadySubmitted as error:
                self._ask_again(error)
                return self._sent()
        except BspsaError:
            raise
        except Exception as error:
            log.debug("a fault of our own", exc_info=error)
            sent = self._submission is not None and self._submission.may_be_sent
            raise messages.unexpected(error, may_be_sent=sent) from error

    def _sent(self) -> Job:
        if self._client is None or self._records is None:
            raise RuntimeError("prepare() comes first")
        self._submission = Submission(
            self._client,
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
            self._sending = background().run(self._go(self._submission), "submission")
            self._seen = job = self._waited(self._sending)
            return job
        finally:
            self.archive = self._submission.archive

    def _ask_again(self, error: AlreadySubmitted) -> None:
        if self._repeat != "ask":
            raise error
        risk = messages.CONFIRM_AGAIN if error.is_open else messages.CONFIRM_REPEAT
        self._ask(f"{error.message} {risk}")
        self._repeat = "allow"

    def _ask(self, question: str) -> None:
        with at_once():
            is_wanted = self._output.ask(line(question))
        if not is_wanted:
            raise Stopped

    def _warn(self, text: str) -> None:
        self._output.say(line(f"Warning: {text}"))

    @property
    def told(self) -> list[Advice]:
        """Warnings that were printed."""
        return self._adviser.told

    def done(self, job: Job) -> int:
        """Print the job that the service has.

        Returns:
            the exit code.
        """
        message = (job_messages.lost if self._is_lost else job_messages.followed)(job).headline
        text = f"{message}\n{line(f'{job.job_id}  {job.stage}  {job.meaning}')}"
        found = self._start.document() if self._start else None
        document = submitted("accepted", job, self.archive, self.record, message, found, self.told)
        self._output.answer(document, text)
        return DONE

    def leave(self, job: Job) -> int:
        """Check the job's input, and then end.

        Returns:
            the exit code.
        """
        looking = background().run(self._check(job).look(job), "looking for the job's input")
        try:
            waited(looking)
        except KeyboardInterrupt:
            looking.cancel()
        except Exception as error:
            log.debug("the job's input was not looked for", exc_info=error)
        return self.done(job)

    def follow(self, job: Job) -> int:
        """Follow the job until it is over.

        Returns:
            the exit code.
        """
        if self._client is None:
            raise RuntimeError("prepare() comes first")
        ref = self._ref(job)
        work = followed(self._client, ref, job, self._output, self._see, self._check(job))
        watching = background().run(work, "following a job")
        try:
            job = waited(watching)
        except KeyboardInterrupt:
            watching.cancel()
            job = self._seen or job
            self._say_where(job)
            self.done(job)
            return STOPPED_WAITING
        except Exception as error:
            log.debug("following the job broke", exc_info=error)
            job = self._seen or job
            self._output.say(f"bspsa: the job could not be followed ({type(error).__name__}).")
            self.done(job)
            return STOPPED_WAITING
        tell_failure(self._client, ref, job, self._output)
        self.done(job)
        self._keep_end(job)
        return DONE if job.outcome == "succeeded" else JOB_FAILED

    def _check(self, job: Job) -> StartCheck:
        if self._client is None or self.archive is None:
            raise RuntimeError("send() comes first")
        self._start = StartCheck(self._output, self._client, self._ref(job), self.archive.name)
        return self._start

    def interrupted(self) -> int:
        """Print the result after Ctrl-C between two steps.

        Returns:
            the exit code.
        """
        try:
            job = self._seen or self._left()
        except BspsaError as error:
            return not_submitted(error, self._output, self.archive, self.record, self.told)
        self._say_where(job)
        self.done(job)
        return STOPPED_WAITING if self._options.wait else DONE

    def close(self) -> None:
        """Cancel what is still running, and close the connections."""
        if self._client is not None:
            background().run(self._end(self._client), "closing connections").result()

    async def _end(self, client: ServiceAccountClient) -> None:
        if self._is_left:  # the record stays open: whoever reads it next searches
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await client.aclose()

    async def _go(self, submission: Submission) -> Job:
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

    def _waited(self, sending: concurrent.futures.Future[Job]) -> Job:
        try:
            return waited(sending)
        except KeyboardInterrupt:
            pass
        try:
            if not self._is_unsure:
                self._cancelled()
                return waited(sending)
        except KeyboardInterrupt:
            pass
        return self._left()

    def _left(self) -> Job:
        """Return the known job, or raise what is known, after the user stopped waiting.

        Another Ctrl-C is ignored.
        """
        deaf()
        if self._sending is not None and self._sending.done():
            return self._sending.result()
        if self._cancelled():
            raise Stopped
        record = self._submission.record if self._submission else None
        if record is not None and (job := record.seen_job()) is not None:
            return job
        self._is_left = True
        raise unconfirmed.stopped_waiting(record)

    def _keep_end(self, job: Job) -> None:
        if self._records is not None and self.record:
            ending = keep_end(self._records, self.record, job)
            background().run(ending, "writing a record").result()

    def _cancelled(self) -> bool:
        """Cancel on the loop, which alone knows whether the first byte was sent."""
        return waited(background().run(self._cancel(), "cancelling"))

    async def _cancel(self) -> bool:
        await asyncio.sleep(0)  # one iteration, so that the work to cancel has started
        return self._submission is None or self._submission.cancel()

    def _ref(self, job: Job) -> JobRef:
        system = SYSTEMS[check_form(typed_form(self._options)).request.hpc]
        return JobRef.of(job, system.id, self._options.project)

    def _see(self, look: Poll) -> None:
        self._seen, self._is_lost = look.job, look.is_lost

    def _say_where(self, job: Job) -> None:
        """Print how to see the job later."""
        goes_on = "The job may go on" if self._is_lost else "The job goes on"
        self._output.say(f"{goes_on}. See it with: bspsa job {line(job.job_id)}")
