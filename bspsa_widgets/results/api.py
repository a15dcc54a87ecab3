"""Lists a job's results and downloads them into a folder beside the notebook."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing
from pathlib import Path

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import poll_job
from bspsa_widgets.domain.filenames import results_folder
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import DownloadError
from bspsa_widgets.results.download import (
    FileDownloaded,
    FileDownloading,
    FileLeft,
    FileUpToDate,
    FolderSkipped,
    Step,
    fetching,
)
from bspsa_widgets.results.listing import Listed, ResultEntry, list_results

__all__ = [
    "FileDownloaded",
    "FileDownloading",
    "FileLeft",
    "FileUpToDate",
    "FolderSkipped",
    "Listed",
    "ResultEntry",
    "Step",
    "fetch_results",
    "fetching",
    "list_results",
    "results_place",
]


def results_place(job: Job, root: Path, folder: str | Path | None = None) -> Path:
    """Return the folder for a job's results.

    Args:
        job: the job as last read.
        root: base of relative folders.
        folder: folder chosen by the user; None or "" for `results/<title>-<end of the id>`.

    Returns:
        the folder.
    """
    return root / (folder or Path("results") / results_folder(job))


async def fetch_results(
    service: ServiceAccountClient,
    ref: JobRef,
    root: Path,
    *,
    seen: Job | None = None,
    names: Collection[str] = (),
    folder: str | Path | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Download files of a job.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        root: base of relative folders.
        seen: the job as last read, for the case that it cannot be read now.
        names: names as the service lists them; empty for all. A name that is not listed is tried.
        folder: the target folder; None for `results/<title>-<end of the id>`.
        overwrite: whether existing files may be replaced.

    Returns:
        paths of the files, including those that were here already, complete and unchanged. Folders
        among the results are skipped.

    Raises:
        DownloadError: raised at the end, with the names of the files that exist already or were not
            complete; the others were downloaded.
        BspsaError: the service did not answer.
    """
    if folder:
        place = root / folder
    else:
        place = results_place((await poll_job(service, ref, seen)).job, root)
    paths: list[Path] = []
    problems: list[str] = []
    replaces = "all" if overwrite else ()
    async with aclosing(fetching(service, ref, names, place, replace=replaces)) as steps:
        async for step in steps:
            match step:
                case FileDownloaded(_, path) | FileUpToDate(_, path):
                    paths.append(path)
                case FileLeft(name, reason) | FolderSkipped(name, reason) if (
                    isinstance(step, FileLeft) or name in names
                ):
                    problems.append(f"{name}: {reason}")
    if problems:
        raise DownloadError(
            f"{len(paths)} of {len(paths) + len(problems)} files came. {' '.join(problems)}",
            advice="Choose another folder, or allow files to be replaced.",
        )
    return paths
