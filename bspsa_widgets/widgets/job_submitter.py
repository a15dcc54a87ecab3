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
from datetime import datetime
from pathlib import Path
from typing import Any

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.filenames import results_folder
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import (
    BspsaError,
    DownloadError,
    NotSent,
    ServiceFailure,
    TokenMissing,
    TokenRefused,
)
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.follow import Look, follow
from bspsa_widgets.submission.steps import Accepted, Checked
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets import view_state
from bspsa_widgets.widgets.background import background
from bspsa_widgets.widgets.connection import Target, connect, find_target
from bspsa_widgets.widgets.form_panel import FormPanel
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
        self._endpoint = endpoint
        self._given_token = token
        self._trusted = tuple(trusted)
        self._target = self._find_target()
        self._client: ServiceAccountClient | None = None
        self._lock = threading.Lock()
        self._submission: Submission | None = None
        self._busy = False
        self._over: concurrent.futures.Future[Job] | None = None
        super().__init__(folder=str(folder), **form)
        self.observe(self._on_folder, "folder")
        self._requests = Requests(self, self._root)
        self.on_msg(self._requests.on_message)
        self._on_folder()
        background().run(self._greet(), "connecting")

    @property
    def _label(self) -> str:
        return self._target.label if self._target else "local service"

    def __repr__(self) -> str:
        return f"<JobSubmitter {self.hpc!r} folder={self.folder!r} to {self._label}>"

    async def submit(self) -> Job:
        """Send the job, as the Submit button does; returns once the service has it.

        Raises:
            BspsaError: how it ended otherwise; each says whether a job may exist.
        """
        return await asyncio.wrap_future(self.start())

    async def done(self) -> Job:
        """Wait until the submitted job is over; returns it as last seen.

        Raises:
            BspsaError: nothing was submitted yet, or the job was lost sight of.
        """
        if self._over is None:
            raise NotSent("Nothing was submitted from this panel yet.", advice="Submit first.")
        return await asyncio.shield(asyncio.wrap_future(self._over))

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
        fetched = background().run(self._download(names, folder, overwrite), "download")
        return await asyncio.wrap_future(fetched)

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
        self.set_trait("errors", {})
        self.set_trait("status", view_state.CHECKING)
        return background().run(self._submit(self._form(), self._place()), "submission")

    def cancel(self) -> None:
        """Stop the submission under way, as long as nothing is sent."""

        def stop() -> None:
            if self._submission is not None:
                self._submission.cancel()

        background().call(stop)

    def use_token(self, token: str) -> None:
        """Take a token as if typed into the panel. It is held in memory only."""
        background().run(self._take_token(token), "taking a token")

    # --- the submission, on the background loop -------------------------------------

    async def _submit(self, form: JobForm, folder: Path | str) -> Job:
        try:
            submission = Submission(self._service(), form, folder)
            self._submission = submission
            async with aclosing(submission.steps()) as steps:
                async for step in steps:
                    if isinstance(step, Checked):
                        self.warnings = {item.field: item.message for item in step.warnings}
                    if not isinstance(step, Accepted):
                        self.status = view_state.during(step)
            job = submission.accepted_job()
        except BspsaError as error:
            self._show(error)
            raise
        except Exception as error:
            log.exception("a submission ended in an error that is not ours")
            failure = view_state.unexpected(error, self._submission)
            self._show(failure)
            raise failure from error
        finally:
            self._submission = None
            self._busy = False
        self._take_job(job)
        return job

    def _take_job(self, job: Job) -> None:
        self._over = background().run(self._follow(job), "following a job")

    async def _follow(self, job: Job) -> Job:
        ref = self._ref(job)
        seen: list[tuple[str, datetime]] = []
        async with aclosing(follow(self._service(), ref, job)) as looks:
            async for look in looks:
                if not seen or seen[-1][0] != look.job.stage:
                    seen.append((look.job.stage, look.at))
                self._show_look(look, seen)
                job = look.job
        await self._greet()  # the quota has changed
        return job

    async def _download(
        self, names: Collection[str], folder: str | Path | None, overwrite: bool
    ) -> list[Path]:
        if not self.job:
            raise NotSent("Nothing was submitted from this panel yet.", advice="Submit first.")
        service, ref = self._service(), self._ref(Job.parse(self.job))
        job = await service.job(ref)  # NSG lists other files once it knows that a job is over
        listed = await service.files(ref)
        missing = sorted(set(names) - {file.name for file in listed})
        if missing:
            raise DownloadError(f"The job has no file {', '.join(missing)}.")
        place = self._root / (folder or Path("results") / results_folder(job))
        return [
            path
            for file in listed
            if not names or file.name in names
            if (path := await _fetched(service, ref, file, place, overwrite)) is not None
        ]

    def _ref(self, job: Job) -> JobRef:
        """Where the job is found; the form fills in what an answer left out."""
        project = job.project_name or self._default_project()
        return JobRef(job.hpc or self.hpc, project, job.job_id)

    def _show_look(self, look: Look, seen: list[tuple[str, datetime]]) -> None:
        with self.hold_sync():
            self.job = look.job.raw
            self.job_view = view_state.job_view(look, seen)
            if not self._busy:  # else the next submission has the word
                self.status = view_state.followed(look.job)

    def _show(self, error: BspsaError) -> None:
        with self.hold_sync():
            self.errors = error.errors
            self.status = view_state.ended(error)
        if isinstance(error, TokenMissing | TokenRefused):
            self._disconnected(error)

    # --- the service -------------------------------------------------------------------

    def _find_target(self) -> Target | None:
        """None while the local service that is meant has not been started."""
        try:
            return find_target(self._endpoint)
        except NotSent:
            return None

    def _service(self) -> ServiceAccountClient:
        """The client of the endpoint in use; a local service may have come or moved."""
        target = find_target(self._endpoint)
        if self._client is None or target != self._target:
            self._target = target
            self._client = connect(target, self._given_token, self._trusted)
        return self._client

    async def _greet(self) -> None:
        """Projects, quotas, and whether the service knows us."""
        try:
            service = self._service()
            quotas, projects = await service.quotas(), await service.projects()
        except BspsaError as error:
            self._disconnected(error)
            return
        with self.hold_sync():
            self.connection = view_state.connected(self._label, quotas)
            self.quotas = view_state.quotas_state(quotas, projects)
            self.projects = view_state.projects_state(projects)

    def _disconnected(self, error: BspsaError) -> None:
        self.connection = view_state.disconnected(self._label, error)

    async def _take_token(self, token: str) -> None:
        self._service().tokens.type_in(token)
        await self._greet()

    # --- the form ------------------------------------------------------------------------

    def _place(self) -> Path | str:
        return self._root / self.folder if self.folder.strip() else ""

    def _default_project(self) -> str:
        system = SYSTEMS.get(self.hpc.lower())
        return self.project or (system.default_project if system else "")

    def _on_folder(self, _change: object = None) -> None:
        if self.folder.strip():
            self.folder_info = view_state.NO_FOLDER | {"state": "counting", "folder": self.folder}
            background().run(self._count(self.folder), "counting files")
        else:
            self.folder_info = view_state.NO_FOLDER

    async def _count(self, folder: str) -> None:
        try:
            selection = await asyncio.to_thread(select, self._root / folder)
            info = view_state.folder_info(folder, selection)
        except BspsaError as error:
            info = view_state.NO_FOLDER | {
                "state": "error",
                "folder": folder,
                "message": str(error),
            }
        if self.folder == folder:  # else a later count tells
            self.folder_info = info


async def _fetched(
    service: ServiceAccountClient, ref: JobRef, file: JobFile, place: Path, overwrite: bool
) -> Path | None:
    """The file's place, or None for a folder: lists do not tell them apart."""
    try:
        return await service.download(ref, file, place, overwrite=overwrite)
    except ServiceFailure as error:
        if error.is_for_a_folder:
            return None
        raise
