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
        BspsaError: there is no such file, or one did not come whole.
    """
    job = await service.job(ref)  # NSG lists other files once it knows that a job is over
    listed = await service.files(ref)
    missing = sorted(set(names) - {file.name for file in listed})
    if missing:
        raise DownloadError(f"The job has no file {', '.join(missing)}.")
    place = root / (folder or Path("results") / results_folder(job))
    wanted = [file for file in listed if not names or file.name in names]
    fetched = [await _fetched(service, ref, file, place, overwrite) for file in wanted]
    return [path for path in fetched if path is not None]


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
