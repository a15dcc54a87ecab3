"""Downloads of the monitor: one at a time, with progress, and the user can stop them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import aclosing
from pathlib import Path

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import BspsaError, DownloadError
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.results.api import fetching, results_place
from bspsa_widgets.results.download import (
    FETCHED_BY_ANOTHER,
    FileDownloaded,
    FileDownloading,
    FileLeft,
    FileUpToDate,
    FolderSkipped,
    Step,
)
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.monitor.error_replies import nothing_came
from bspsa_widgets.widgets.monitor.files import JobFiles
from bspsa_widgets.widgets.monitor.files_contract import CameFile, Downloaded, Downloading


class Downloads:
    """Downloads of one panel. Runs on the background loop.

    Args:
        panel: that shows them.
        files: files of the jobs, for how paths are shown.
        root: base of relative folders.
    """

    def __init__(self, panel: Panel, files: JobFiles, root: Path) -> None:
        self._panel = panel
        self._files = files
        self._root = root
        self._key = ""
        self._task: asyncio.Task[None] | None = None

    async def run(
        self,
        service: ServiceAccountClient,
        tracked: TrackedJob,
        names: Collection[str],
        folder: str,
        replace: Collection[str],
    ) -> Downloaded:
        """Download files of a job.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.
            names: names of the files; empty for all.
            folder: folder chosen by the user; "" for the default one.
            replace: names of files that may be replaced.

        Returns:
            what became of it, without the id of a request; after an error, with the files before.

        Raises:
            DownloadError: another download is running.
        """
        if self._task is not None:
            raise DownloadError(
                "Another download of this panel is under way.",
                advice="Wait for its end, or stop it: files come one after the other.",
            )
        done = nothing_came()
        place = results_place(tracked.job, self._root, _home(folder))
        work = self._fetch(service, tracked, names, place, replace, done)
        self._task, self._key = asyncio.create_task(work), tracked.key
        try:
            await asyncio.wait([self._task])
            if self._task.cancelled():
                done["stopped"] = True
            elif (error := self._task.exception()) is not None:
                if not isinstance(error, BspsaError):
                    raise error
                done["error"] = str(error)
            return done
        finally:
            self._task.cancel()
            self._task, self._key = None, ""

    def stop(self, key: str = "") -> None:
        """Stop the running download; complete files stay.

        Args:
            key: key of a job: stop only a download of this job; "" for any.
        """
        if self._task is not None and key in ("", self._key):
            self._task.cancel()

    async def _fetch(
        self,
        service: ServiceAccountClient,
        tracked: TrackedJob,
        names: Collection[str],
        place: Path,
        replace: Collection[str],
        done: Downloaded,
    ) -> None:
        steps = fetching(service, tracked.ref, names, place, replace=replace)
        async with aclosing(steps) as steps:
            async for step in steps:
                self._take(tracked.key, step, done)

    def _take(self, key: str, step: Step, done: Downloaded) -> None:
        match step:
            case FileDownloading():
                self._panel.send(_going(key, step))
            case FileDownloaded(name, path, size, is_verified):
                place = self._files.shown(path)
                came = CameFile(name=name, path=place, size=size, verified=is_verified)
                done["came"].append(came)
            case FileUpToDate(name):
                done["kept"].append(name)
            case FileLeft(name, reason, may_replace):
                done["left"].append({"name": name, "reason": reason, "may_replace": may_replace})
            case FolderSkipped(name, reason):
                done["skipped"].append({"name": name, "reason": reason})


def _going(key: str, step: FileDownloading) -> Downloading:
    return {
        "kind": "downloading",
        "id": "",
        "key": key,
        "name": step.name,
        "done": step.done,
        "total": step.total,
        "number": step.number,
        "count": step.count,
        "waits": FETCHED_BY_ANOTHER if step.waits else "",
    }


def _home(folder: str) -> Path | None:
    """Return the folder that the user typed; None for the default one."""
    return Path(folder.strip()).expanduser() if folder.strip() else None
