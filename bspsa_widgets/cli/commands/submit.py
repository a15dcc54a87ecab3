"""`bspsa submit`: the panel's flow, with lines instead of a band."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import logging
from contextlib import aclosing

from bspsa_widgets.cli.commands.records import records_in_use
from bspsa_widgets.cli.exit_codes import DONE, JOB_FAILED, STOPPED_WAITING
from bspsa_widgets.cli.interrupt import at_once, deaf, held
from bspsa_widgets.cli.output import Output, line
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.cli.parser.form import typed_form
from bspsa_widgets.cli.render.adviser import Adviser
from bspsa_widgets.cli.render.countdown import Countdown
from bspsa_widgets.cli.render.followed_job import followed, tell_failure
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
from bspsa_widgets.jobs.polling.follow import Look
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


def submit(options: argparse.Namespace, output: Output) -> int:
    """Send the folder; with `--wait`, follow the job to its end."""
    run = _Run(options, output)
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
            deaf()  # all is told by now
            run.close()


class _Run:
    """One call of the command."""

    def __init__(self, options: argparse.Namespace, output: Output) -> None:
        self._options = options
        self._output = output
        self._client: ServiceAccountClient | None = None
        self._records: Records | None = None
        self._submission: Submission | None = None
        self._sending: concurrent.futures.Future[Job] | None = None
        self._repeat: Repeat = "tell"
        self._is_unsure = False  # the answer was lost: the job is looked for
        self._is_left = False  # nobody waits any more for what is not known yet
        self._seen: Job | None = None  # as the last look showed it
        self._is_lost = False  # the service does not show it any more
        self._start: StartCheck | None = None  # once there is a job
        self._adviser = Adviser(output)
        self.archive: SealedArchive | None = None
        self.record = ""  # id, once it is on disk

    def prepare(self) -> None:
        """Check what was typed and ask, where somebody is there to answer."""
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
        """Go through the steps; Ctrl-C is a cancel as long as nothing is sent."""
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
            # As typed: Path("") would be the current folder, and an unset shell variable
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
        """Warnings that were shown."""
        return self._adviser.told

    def done(self, job: Job) -> int:
        """The service has the job."""
        message = (job_messages.lost if self._is_lost else job_messages.followed)(job).headline
        text = f"{message}\n{line(f'{job.job_id}  {job.stage}  {job.meaning}')}"
        found = self._start.document() if self._start else None
        document = submitted("accepted", job, self.archive, self.record, message, found, self.told)
        self._output.answer(document, text)
        return DONE

    def leave(self, job: Job) -> int:
        """Look whether the job's input has arrived, and no further."""
        looking = background().run(self._check(job).look(job), "looking for the job's input")
        try:
            waited(looking)
        except KeyboardInterrupt:
            looking.cancel()
        except Exception as error:
            log.debug("the job's input was not looked for", exc_info=error)
        return self.done(job)

    def follow(self, job: Job) -> int:
        """Look at the job until it is over."""
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
        """A Ctrl-C between two steps: what is true counts, not where it came."""
        try:
            job = self._seen or self._left()
        except BspsaError as error:
            return not_submitted(error, self._output, self.archive, self.record, self.told)
        self._say_where(job)
        self.done(job)
        return STOPPED_WAITING if self._options.wait else DONE

    def close(self) -> None:
        """End what nobody waits for, and close the connections that were kept."""
        if self._client is not None:
            background().run(self._end(self._client), "closing connections").result()

    async def _end(self, client: ServiceAccountClient) -> None:
        if self._is_left:  # the record stays as it is: whoever reads it next looks
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

    def _tell(self, told: job_messages.Words, further: str) -> None:
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
        """Nobody waits any more: say what is known now. A further Ctrl-C is not heard."""
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
        """Only the loop knows whether the first byte has left: ask there."""
        return waited(background().run(self._cancel(), "cancelling"))

    async def _cancel(self) -> bool:
        await asyncio.sleep(0)  # one turn, so that the work it cancels has begun
        return self._submission is None or self._submission.cancel()

    def _ref(self, job: Job) -> JobRef:
        system = SYSTEMS[check_form(typed_form(self._options)).request.hpc]
        return JobRef.of(job, system.id, self._options.project)

    def _see(self, look: Look) -> None:
        self._seen, self._is_lost = look.job, look.is_lost

    def _say_where(self, job: Job) -> None:
        """Nobody waits for it any longer."""
        goes_on = "The job may go on" if self._is_lost else "The job goes on"
        self._output.say(f"{goes_on}. See it with: bspsa job {line(job.job_id)}")
