"""Lists, previews and unpacks a job's files for the view."""

from __future__ import annotations

from pathlib import Path

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import poll_job
from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.errors import DownloadError
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.results.api import ResultEntry, list_results, results_place
from bspsa_widgets.results.preview.preview import FilePreview, preview_of
from bspsa_widgets.results.unpack import UnpackResult, can_unpack, unpacking
from bspsa_widgets.widgets.monitor import files_contract
from bspsa_widgets.widgets.monitor.error_replies import no_files, no_preview, not_unpacked

MOST_TOLD = 5  # names of members that were not unpacked
UNREAD = "The job itself cannot be read now: this list may be of an earlier time."


class JobFiles:
    """Files of the jobs. Runs on the background loop.

    Args:
        root: base of the folders for results.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def listed(
        self, service: ServiceAccountClient, tracked: TrackedJob
    ) -> files_contract.Files:
        """List the files of a job.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.

        Returns:
            the files, without the id of a request.
        """
        found = await self._list(service, tracked)
        return no_files() | {
            "files": [self._file(file) for file in found[0]],
            "notes": list(found[1]),
            "place": self.shown(self._place(tracked)),
        }

    async def preview(
        self, service: ServiceAccountClient, tracked: TrackedJob, name: str
    ) -> files_contract.Preview:
        """Return the preview of a file. A name that is not listed is tried.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.
            name: name as the service lists it.

        Returns:
            the preview, without the id of a request.
        """
        files, _ = await self._list(service, tracked)
        listed = next((file for file in files if file.file.name == name), None)
        wanted = JobFile(name=name, key=name) if listed is None else listed
        seen = await preview_of(service, tracked.ref, tracked.job, wanted, self._place(tracked))
        return _preview(name, seen)

    async def unpack(
        self, service: ServiceAccountClient, tracked: TrackedJob, name: str
    ) -> files_contract.Unpacked:
        """Unpack a downloaded archive.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.
            name: name as the service lists it.

        Returns:
            what became of it, without the id of a request.

        Raises:
            DownloadError: it is not downloaded, or cannot be unpacked safely.
        """
        files, _ = await self._list(service, tracked)
        file = next((file for file in files if file.file.name == name), None)
        if file is None or file.path is None or file.state not in ("here", "changed"):
            raise DownloadError(f"{name:.80} is not here yet.", advice="Download it first.")
        if not can_unpack(file.file.name):
            raise DownloadError(f"{name:.80} is no archive that can be unpacked here.")
        done = await unpacking(file.path, file.path.parent)
        return not_unpacked() | {
            "folder": self.shown(done.folder),
            "files": done.files,
            "size": done.size,
            "note": _left_out(done),
        }

    def shown(self, path: Path) -> str:
        """Return a path for the user: relative to the notebook, if it is below.

        Args:
            path: the path.

        Returns:
            the text.
        """
        try:
            text = path.relative_to(self._root).as_posix()
        except ValueError:
            text = str(path)
        return text.encode("utf-8", "replace").decode()

    async def _list(
        self, service: ServiceAccountClient, tracked: TrackedJob
    ) -> tuple[tuple[ResultEntry, ...], tuple[str, ...]]:
        # NSG lists different files once a job is over.
        look = await poll_job(service, tracked.ref, tracked.job)
        found = await list_results(service, tracked.ref, look.job, self._place(tracked))
        return found.files, (*found.notes, *([UNREAD] if look.problem else []))

    def _place(self, tracked: TrackedJob) -> Path:
        return results_place(tracked.job, self._root)

    def _file(self, file: ResultEntry) -> files_contract.ResultFile:
        return {
            "name": file.file.name,
            "size": file.size,
            "state": file.state,
            "path": "" if file.path is None else self.shown(file.path),
            "preview": file.kind,
            "unpacks": can_unpack(file.file.name),
        }


def _preview(name: str, seen: FilePreview) -> files_contract.Preview:
    return no_preview(name) | {
        "what": seen.what,
        "text": seen.text,
        "header": list(seen.header),
        "rows": [list(row) for row in seen.rows],
        "image": seen.image,
        "mime": seen.mime,
        "cells": [
            {
                "kind": cell.kind,
                "source": cell.source,
                "outputs": [{"text": out.text, "image": out.image} for out in cell.outputs],
            }
            for cell in seen.cells
        ],
        "is_cut": seen.is_cut,
        "note": seen.note,
    }


def _left_out(done: UnpackResult) -> str:
    told = [f"{one.name:.80} ({one.reason})" for one in done.left + done.renamed]
    if not told:
        return ""
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f"Not unpacked as it was: {'; '.join(told[:MOST_TOLD])}{more}."
