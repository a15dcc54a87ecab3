"""The form as a widget model, with one submission at a time.

It translates between traits and the submission's steps, and decides nothing itself. Work runs on
the background loop; traits are set from there, which ipywidgets allows, so observers of `job`,
`status` and the like are called on that thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from ipywidgets import Layout

from bspsa_widgets.domain.choice import LISTS
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.store import records_in
from bspsa_widgets.runtime.event_loop import Result, StartedWork, awaited, background
from bspsa_widgets.runtime.notebook import NOTEBOOK, home
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.submission.plan import Plan
from bspsa_widgets.submission.settle import SECONDS
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets.base.account_status import AccountStatus
from bspsa_widgets.widgets.base.callbacks import OnDone
from bspsa_widgets.widgets.base.connected_panel import ConnectedPanel
from bspsa_widgets.widgets.base.upkeep import Upkeep
from bspsa_widgets.widgets.submitter.current_job import CurrentJob
from bspsa_widgets.widgets.submitter.folder_summary import FolderSummary
from bspsa_widgets.widgets.submitter.form import FormPanel, settings_of
from bspsa_widgets.widgets.submitter.form_fields import FormFields, PanelArguments
from bspsa_widgets.widgets.submitter.history import History
from bspsa_widgets.widgets.submitter.outcome_owner import OutcomeOwner
from bspsa_widgets.widgets.submitter.requests import Actions, Requests
from bspsa_widgets.widgets.submitter.review import ReviewRequest, Reviews
from bspsa_widgets.widgets.submitter.submission_controller import SubmissionController


class JobSubmitter(ConnectedPanel, FormPanel):
    """A panel that submits a folder as a job.

    Args:
        folder: the folder to send, absolute or relative to `root`.
        include: paths in the folder; see `choose`.
        exclude: paths in the folder; see `choose`.
        include_secrets: paths in the folder; see `choose`.
        endpoint: address of the service, "local", or a `LocalService`. None: a local service
            started in this kernel, else `BSPSA_ENDPOINT`, else the public service.
        token: a token, or a function that returns one. None: see `bspsa_widgets.tokens`.
        trusted: further endpoints that may receive an EBRAINS token.
        root: folder to browse in, base of relative folders; None for the notebook's directory.
        records: folder for the submission records; None: `BSPSA_RECORDS`, else `.bspsa` in `root`.
        settle: how long to search for the job if the service's response is lost, in seconds.
        on_done: function called with each job that ends; see the method.
        layout: layout of the widget, as for every ipywidget.
        **form: any of the form's traits below.

    Attributes:
        hpc: `pizdaint` or `nsg`.
        project: id of the project; "" for the default project.
        command: shell lines (Piz Daint).
        tool: tool to run (NSG).
        init_file: file that the tool starts (NSG).
        node_number: number of nodes.
        core_number: cores per node.
        runtime: runtime in hours.
        title: title of up to 78 characters; "" for the folder's name.
        options: values of the fields that only this system has, by name.
        job: the service's response as received; {} if there is none.
        status: step, progress, outcome and their words (`widgets.submitter.contract.Status`).
        errors: sentences by field.
        warnings: sentences by field, which do not prevent a submission.

    Raises:
        InvalidInput: (field `endpoint`, or an argument that is not a list of paths).
        TypeError: an argument is not a trait of the form.

    Example:
        >>> import asyncio
        >>> from bspsa_widgets import LocalService
        >>> folder = Path("my-folder")
        >>> folder.mkdir()
        >>> _ = (folder / "run.sh").write_text("date")
        >>> command = "unzip {archive} && cd {folder} && bash run.sh"
        >>> panel = JobSubmitter("my-folder", command=command, endpoint=LocalService())
        >>> job = asyncio.run(panel.submit())
        >>> asyncio.run(panel.done()).stage
        'SUCCESSFUL'
        >>> panel.close()
    """

    def __init__(
        self,
        folder: str | Path = "",
        *,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        include_secrets: Iterable[str] = (),
        endpoint: str | LocalService | None = None,
        token: GivenToken | None = None,
        trusted: Collection[str] = (),
        root: str | Path | None = None,
        records: str | Path | None = None,
        settle: float = SECONDS,
        on_done: OnDone | None = None,
        layout: Layout | dict[str, Any] | None = None,
        **form: Unpack[FormFields],
    ) -> None:
        self._root = home(root)
        self._records = records_in(records, self._root)
        self._connect(endpoint, token, trusted, on_done)
        lists = {"include": include, "exclude": exclude, "include_secrets": include_secrets}
        choice = {"folder": str(folder)} | lists
        super().__init__(folder=folder, choice=choice, layout=layout, **form)
        self._make_parts(settle)
        self.on_msg(self._requests.on_message)
        self._tasks.run(self._account.connect(), "connecting")
        self._tasks.run(self._history.resume_all(), "taking up earlier submissions")
        self._upkeep.begin()

    def _make_parts(self, settle: float) -> None:
        panel = self, self._link
        self._owner = owner = OutcomeOwner()
        self._account = account = AccountStatus(*panel, self._tasks, self._is_watched)
        asks = ("asking whether the service is there", account.keep)
        self._upkeep = Upkeep(asks, on_fault=self._show_fault)
        self._history = history = History(
            *panel,
            self._records,
            self._tasks,
            notebook=NOTEBOOK,
            owner=owner,
            take_job=lambda *found: self._shown.take(*found),
        )
        self._shown = CurrentJob(
            self, self._tasks, history, account, self._notices, owner, self._is_watched
        )
        self._submitting = SubmissionController(
            *panel,
            self._tasks,
            self._records,
            account=account,
            history=history,
            shown=self._shown,
            owner=owner,
            settle_seconds=settle,
        )
        count = FolderSummary(self, self._tasks, self._root)
        self._reviews = Reviews(self, self._tasks, count, self._root)
        actions = Actions(
            self._start, self.cancel, self.use_token, self.use_record, self.look, self.close_record
        )
        self._requests = Requests(self, self._tasks, actions, self._reviews, self._root)

    def _is_watched(self) -> bool:
        return self._requests.views.is_watched

    def __repr__(self) -> str:
        return (
            f"<JobSubmitter {self.hpc!r} folder={self.folder!r} to {self._link.label}{self._end}>"
        )

    @classmethod
    def from_record(
        cls,
        record: str,
        *,
        root: str | Path | None = None,
        records: str | Path | None = None,
        **more: Unpack[PanelArguments],
    ) -> JobSubmitter:
        """Return a panel with the settings of an earlier submission.

        Args:
            record: marker of the record, or its start; see `bspsa records`.
            root: as in `JobSubmitter`.
            records: as in `JobSubmitter`.
            **more: further arguments of `JobSubmitter`; with another folder, the record's choice of
                files is not used.

        Returns:
            the panel.

        Raises:
            InvalidInput: (field `record`) there is no such record.
        """
        found = records_in(records, home(root)).find(record)
        settings = settings_of(found)
        choice = settings.pop("choice")
        lists = {} if "folder" in more else {name: choice[name] for name in LISTS}
        return cls(root=root, records=records, **(settings | lists | dict(more)))

    async def plan(self) -> Plan:
        """Return what Submit would send now, file by file; nothing is packed or sent.

        Returns:
            what would be sent.

        Raises:
            InvalidInput: the folder, or a path of `choose`, cannot be read.
        """
        return await awaited(self._reviews.plan(), or_cancel=True)

    def submit(self, *, again: bool = False) -> StartedWork[Job]:
        """Send the job, as the Submit button does. It starts at the call.

        A job that this panel is sending, or has sent last, is not sent again while files and
        settings are the same: its job is returned.

        Args:
            again: send it in any case, even if the outcome of an identical submission is not known.

        Returns:
            awaitable for the job once the service has it. If the service's response is lost, the
            job is searched for in the job list (`settle`). The panel shows the outcome, awaited or
            not.

        Raises:
            NotSent: the panel is sending another job.
            AlreadySubmitted: (awaited) the same was sent before, and its outcome is not known.
            BspsaError: (awaited) other errors; each says whether a job may exist.
        """
        going = self._start("allow" if again else "tell", is_one=not again)
        return StartedWork(partial(self._job_of, going), "The submission")

    async def _job_of(self, going: Result[Job]) -> Job:
        try:
            return await awaited(going)
        except asyncio.CancelledError:
            # The cell was interrupted, which means Cancel: after the first byte it goes on,
            # and the panel shows the outcome.
            if not going.done():
                self.cancel()
            raise

    async def done(self) -> Job:
        """Wait until the submitted job is over.

        If the service does not show the job any more (the panel says so), the wait goes on: the job
        may still run, and is followed again when it reappears.

        Returns:
            the job as last read.

        Raises:
            BspsaError: nothing was submitted yet, or following the job failed.
        """
        return await awaited(self._shown.followed())

    async def download(
        self, *names: str, folder: str | Path | None = None, overwrite: bool = False
    ) -> list[Path]:
        """Download results of the submitted job, one file after the other.

        Files that are here already, complete and unchanged, are not downloaded again.

        Args:
            folder: target folder; None for `results/<title>-<end of the id>` below the root.
            overwrite: whether existing files may be replaced.
            *names: names as the service lists them; none for all. A name that is not listed is
                tried.

        Returns:
            paths of the files, including those that were here. Folders are skipped.

        Raises:
            BspsaError: there is no job, or a file was not downloaded completely.
        """
        work = self._shown.download(self._root, names, folder, overwrite=overwrite)
        return await awaited(self._tasks.run(work, "download"), or_cancel=True)

    def _start(self, repeat: Repeat = "tell", *, is_one: bool = False) -> Result[Job]:
        """Start a submission, from any thread; see `SubmissionController.start`."""
        folder = str(self._root / self.folder) if self.folder.strip() else ""
        asked = ReviewRequest(folder, self._chosen_files(), self._typed())
        return self._submitting.start(asked, repeat, is_one=is_one)

    def cancel(self) -> None:
        """Stop the running submission if nothing has been sent yet."""
        self._submitting.cancel()

    def look(self, record: str) -> concurrent.futures.Future[None]:
        """Search now for the job of a submission whose outcome is not known.

        Args:
            record: marker of the record.

        Returns:
            a future that is done once the search has begun, or fails with a BspsaError.
        """
        return self._tasks.run(self._submitting.look(record), "looking for a job")

    def close_record(self, record: str) -> concurrent.futures.Future[None]:
        """Stop searching for the job of a submission whose outcome is not known.

        It cancels nothing: if there is a job, it goes on. The same can be sent again then.

        Args:
            record: marker of the record.

        Returns:
            a future that is done once the record is closed, or fails with InvalidInput (field
            `record`) or RecordError.
        """
        return background().run(self._history.close(record), "closing a record")

    def use_record(self, record: str) -> None:
        """Fill the form with the settings of an earlier submission.

        Args:
            record: marker of the record, or its start.

        Raises:
            InvalidInput: (field `record`) there is no such record.
        """
        self._fill(settings_of(self._history.find(record)))

    # --- the end ------------------------------------------------------------------------

    def _show_fault(self, name: str, error: Exception) -> None:
        """Show an error of background work that has no other place."""
        self._history.tell_fault(name, error)

    def close(self) -> None:
        """Close the panel; a running submission goes on."""
        if hasattr(self, "_submitting"):
            self._submitting.close()
        super().close()

    async def _rest(self) -> None:
        """Release what is not needed, after submission and followed jobs have ended."""
        await self._upkeep.end()
        await self._submitting.ended()
        await self._tasks.alone()
        if self._is_out:
            await self._link.rest()

    async def _leave(self) -> None:
        await self._upkeep.end()
        await self._tasks.cancel()
        await self._submitting.ended()
        await self._link.aclose()
