"""The form as a widget model: what the user sets, what the view shows, one submission at a time.

It translates between traits and the submission's steps, and decides nothing itself. Work
runs on the background loop; traits are set from there, which ipywidgets allows, so
observers of `job`, `status` and the like are called on that thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Collection
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import (
    BspsaError,
    NotFound,
    NotSent,
    ServiceFailure,
    TokenError,
)
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.submission.account import read_account
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.follow import Look, follow
from bspsa_widgets.submission.results import fetch_results
from bspsa_widgets.submission.steps import Accepted, Checked
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets import view_state
from bspsa_widgets.widgets.background import Held, background, beside
from bspsa_widgets.widgets.form_panel import FormPanel
from bspsa_widgets.widgets.link import Link
from bspsa_widgets.widgets.requests import Requests

log = logging.getLogger(__name__)


class JobSubmitter(FormPanel):
    """A panel that sends a folder as a job.

    Args:
        folder: what to send, relative to `root` or absolute.
        endpoint: the service's address, "local", or a `LocalService`. None: a local
            service started in this kernel, else `BSPSA_ENDPOINT`, else the public service.
        token: a token, or a callable that gives one. None: see `bspsa_widgets.tokens`.
        trusted: further endpoints that an EBRAINS token may be sent to.
        root: where browsing starts and ends; None for the notebook's directory.
        **form: any of the form's traits below.

    Attributes:
        hpc: `pizdaint` or `nsg`. project: its project, "" for the default.
        command: shell lines (Piz Daint). tool, init_file: what NSG runs, and on which file.
        node_number: nodes. core_number: cores per node. runtime: hours.
        title: up to 100 characters; "" for the folder's name.
        job: the service's response as it came; {} while there is none.
        status: step, progress, outcome and their words (js/src/contract.ts: `Status`).
        errors: field → sentence. warnings: the same, to be weighed.

    Raises:
        InvalidInput: of field `endpoint`.
        TypeError: an argument that is not a trait of the form.
    """

    def __init__(
        self,
        folder: str | Path = "",
        *,
        endpoint: str | LocalService | None = None,
        token: GivenToken | None = None,
        trusted: Collection[str] = (),
        root: str | Path | None = None,
        **form: Any,
    ) -> None:
        self._root = Path(root or Path.cwd()).expanduser().resolve()
        self._link = Link(endpoint, token, trusted)
        self._held = Held()
        self._closed = False
        self._lock = threading.Lock()
        self._submission: Submission | None = None
        self._busy = False
        # The job in the panel, the last one submitted, and the client that sent it: a local
        # service may have been started since.
        self._sent: tuple[ServiceAccountClient, JobRef] | None = None
        self._sending: concurrent.futures.Future[Job] | None = None
        self._over: concurrent.futures.Future[Job] | None = None
        super().__init__(folder=str(folder), **form)
        self.observe(self._on_folder, "folder")
        self._requests = Requests(self, self._root)
        self.on_msg(self._requests.on_message)
        self._on_folder()
        self._held.run(self._greet(), "connecting")

    def __repr__(self) -> str:
        return f"<JobSubmitter {self.hpc!r} folder={self.folder!r} to {self._link.label}>"

    async def submit(self) -> Job:
        """Send the job, as the Submit button does; returns once the service has it.

        Raises:
            BspsaError: how it ended otherwise; each says whether a job may exist.
        """
        going = self.start()
        try:
            return await asyncio.wrap_future(beside(going))
        except asyncio.CancelledError:
            # The cell was interrupted. That is a Cancel: once a byte has left it goes on,
            # and the panel tells how it ended.
            if not going.done():
                self.cancel()
            raise

    async def done(self) -> Job:
        """Wait until the submitted job is over; returns it as last seen.

        Raises:
            BspsaError: nothing was submitted yet, or the job was lost sight of.
        """
        if self._over is None:
            raise NotSent("Nothing was submitted from this panel yet.", advice="Submit first.")
        return await asyncio.wrap_future(beside(self._over))

    async def download(
        self, *names: str, folder: str | Path | None = None, overwrite: bool = False
    ) -> list[Path]:
        """Fetch results of the submitted job, one file after the other.

        Args:
            names: as the service lists them; none for all.
            folder: where to; None for `results/<title>-<end of the id>` below the root.
            overwrite: whether files that are there may be replaced.

        Returns:
            The paths written. Folders among the results are passed over.

        Raises:
            BspsaError: there is no job, or a file did not come whole.
        """
        if self._sent is None:
            raise NotSent("Nothing was submitted from this panel yet.", advice="Submit first.")
        service, ref = self._sent
        work = fetch_results(
            service, ref, self._root, names=names, folder=folder, overwrite=overwrite
        )
        return await asyncio.wrap_future(self._held.run(work, "download"))

    def start(self) -> concurrent.futures.Future[Job]:
        """Begin a submission on the background loop; for any thread.

        Raises:
            NotSent: one is under way in this panel.
        """
        with self._lock:
            if self._busy:
                raise NotSent(
                    "A submission of this panel is under way.",
                    advice="Wait for its end, or use another panel.",
                )
            self._busy = True
        try:
            self.show(errors={}, status=view_state.CHECKING)
            work = self._submit(self._form(), self._place())
            self._sending = background().run(work, "submission")
            return self._sending
        except BaseException:
            self._busy = False
            raise

    def cancel(self) -> None:
        """Stop the submission under way, as long as nothing is sent."""

        def stop() -> None:
            if self._submission is not None:
                # One turn later, so that the work it cancels has begun.
                asyncio.get_running_loop().call_soon(self._submission.cancel)
            elif self._busy:
                asyncio.get_running_loop().call_soon(stop)  # its first step is still to come

        background().call(stop)

    def use_token(self, token: str) -> None:
        """Take a token as if typed into the panel. It is held in memory only."""
        self._held.run(self._take_token(token), "taking a token")

    # --- the submission, on the background loop -------------------------------------

    async def _submit(self, form: JobForm, folder: Path | str) -> Job:
        try:
            service = self._link.service()
            job = await self._go_through(service, form, folder)
        except BspsaError as error:
            self._end(error)
            raise
        except asyncio.CancelledError as error:
            self._end(view_state.unexpected(error, self._submission))
            raise
        except Exception as error:
            log.exception("a submission ended in an error that is not ours")
            failure = view_state.unexpected(error, self._submission)
            self._end(failure)
            raise failure from error
        self._release()
        self._take_job(service, job)
        return job

    async def _go_through(
        self, service: ServiceAccountClient, form: JobForm, folder: Path | str
    ) -> Job:
        self._submission = submission = Submission(service, form, folder)
        async with aclosing(submission.steps()) as steps:
            async for step in steps:
                if isinstance(step, Checked):
                    self.show(warnings={item.field: item.message for item in step.warnings})
                if not isinstance(step, Accepted):
                    self.show(status=view_state.during(step))
        return submission.accepted_job()

    def _release(self) -> None:
        self._submission = None
        self._busy = False

    def _end(self, error: BspsaError) -> None:
        """No job that is known of. Free first: who sees the status may submit again."""
        self._release()
        self.show(errors=error.errors, status=view_state.ended(error))
        if isinstance(error, TokenError):
            self._disconnected(error)

    def _take_job(self, service: ServiceAccountClient, job: Job) -> None:
        ref = JobRef.of(job, self.hpc, self.project)
        self._sent = service, ref
        self._show_look(Look(job, datetime.now(UTC)), [])
        if not self._closed:
            self._over = self._held.run(self._follow(service, ref, job), "following a job")

    async def _follow(self, service: ServiceAccountClient, ref: JobRef, job: Job) -> Job:
        seen: list[tuple[str, datetime]] = []
        try:
            async with aclosing(follow(service, ref, job)) as looks:
                async for look in looks:
                    job = look.job
                    if not seen or seen[-1][0] != job.stage:
                        seen.append((job.stage, look.at))
                    self._show_look(look, seen)
        except Exception as error:
            log.exception("following a job broke")
            problem = ServiceFailure(
                f"The panel stopped following the job ({type(error).__name__}); it goes on.",
                advice="The log has more.",
            )
            self._show_look(Look(job, datetime.now(UTC), problem), seen)
            raise problem from error
        self._held.run(self._greet(), "reading the quotas")  # they have changed
        if not job.is_over:
            raise self._lost(job)
        return job

    def _lost(self, job: Job) -> NotFound:
        """The service has stopped showing the job; what became of it is not known."""
        if not self._busy:
            self.show(status=view_state.lost(job))
        return NotFound(f"The service does not show the job {job.job_id} any more.", status=404)

    def _show_look(self, look: Look, seen: list[tuple[str, datetime]]) -> None:
        if self._sent is None or look.job.job_id != self._sent[1].job_id:
            return  # of a job that another has taken the place of
        traits: dict[str, Any] = {
            "job": look.job.raw,
            "job_view": view_state.job_view(look, seen),
        }
        if not self._busy:  # else the next submission has the word
            traits["status"] = view_state.followed(look.job)
        self.show(**traits)

    # --- the service -------------------------------------------------------------------

    async def _greet(self) -> None:
        """Projects, quotas, and whether the service knows us."""
        try:
            account = await read_account(self._link.service())
        except BspsaError as error:
            self._disconnected(error)
            return
        except Exception as error:
            log.exception("asking the service for projects and quotas failed")
            self._disconnected(ServiceFailure(f"Something went wrong ({type(error).__name__})."))
            return
        self.show(
            connection=view_state.connected(self._link.label, account.quotas),
            quotas=view_state.quotas_state(account.quotas, account.projects),
            projects=view_state.projects_state(account.projects),
        )

    def _disconnected(self, error: BspsaError) -> None:
        self.show(connection=view_state.disconnected(self._link.label, error))

    async def _take_token(self, token: str) -> None:
        try:
            self._link.service().tokens.type_in(token)
        except BspsaError as error:
            self._disconnected(error)
            return
        await self._greet()

    def close(self) -> None:
        """Take the panel away; a submission under way goes on."""
        self._closed = True
        # ipywidgets closes what is left at the interpreter's end, when no thread can start.
        if hasattr(self, "_held") and background().is_running:
            background().run(self._leave(), "closing a panel")
        super().close()

    async def _leave(self) -> None:
        await self._held.cancel()
        if self._sending is not None:
            await asyncio.wait([asyncio.wrap_future(beside(self._sending))])
        await self._link.aclose()

    # --- the form ------------------------------------------------------------------------

    def _place(self) -> Path | str:
        return self._root / self.folder if self.folder.strip() else ""

    def _on_folder(self, _change: object = None) -> None:
        if self.folder.strip():
            self.show(
                folder_info=view_state.NO_FOLDER | {"state": "counting", "folder": self.folder}
            )
            self._held.run(self._count(self.folder), "counting files")
        else:
            self.show(folder_info=view_state.NO_FOLDER)

    async def _count(self, folder: str) -> None:
        try:
            selection = await asyncio.to_thread(select, self._root / folder)
            info = view_state.folder_info(folder, selection)
        except BspsaError as error:
            info = view_state.uncounted(folder, str(error))
        except Exception as error:
            log.exception("counting the files of a folder failed")
            words = f"It could not be looked through ({type(error).__name__})."
            info = view_state.uncounted(folder, words)
        if self.folder == folder:  # else a later count tells
            self.show(folder_info=info)
