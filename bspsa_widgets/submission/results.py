"""A job's files, fetched into a folder: one after the other, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.filenames import results_folder
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import DownloadError, ServiceFailure


async def fetch_results(
    service: ServiceAccountClient,
    ref: JobRef,
    root: Path,
    *,
    names: Collection[str] = (),
    folder: str | Path | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Fetch files of a job.

    Args:
        root: where relative folders begin.
        names: as the service lists them; none for all.
        folder: None for `results/<title>-<end of the id>`.
        overwrite: whether files that are there may be replaced.

    Returns:
        The paths written. Folders among the results are passed over.

    Raises:
        DownloadError: at the end, naming the files that are there already or did not
            come whole; the others have come.
        BspsaError: there is no such file, or the service did not answer.
    """
    job = await service.job(ref)  # NSG lists other files once it knows that a job is over
    listed = await service.files(ref)
    missing = sorted(set(names) - {file.name for file in listed})
    if missing:
        raise DownloadError(f"The job has no file {', '.join(missing)}.")
    place = root / (folder or Path("results") / results_folder(job))
    wanted = [file for file in listed if not names or file.name in names]
    fetched: list[Path] = []
    problems: list[str] = []
    for file in wanted:
        try:
            path = await _fetched(service, ref, file, place, overwrite)
        except DownloadError as error:
            problems.append(error.message)
            continue
        if path is not None:
            fetched.append(path)
    if problems:
        raise DownloadError(
            f"{len(fetched)} of {len(wanted)} files came. {' '.join(problems)}",
            advice="Choose another folder, or allow files to be replaced.",
        )
    return fetched


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
