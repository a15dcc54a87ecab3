"""Receives a submission: every check is made before quota is charged or anything runs."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.utils import unquote

from starlette.requests import ClientDisconnect, Request

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS, LocalProject
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import TooLarge
from bspsa_widgets.service.http.payload import read_payload
from bspsa_widgets.service.http.responses import Refusal
from bspsa_widgets.service.http.upload import Upload
from bspsa_widgets.service.storage.job_folder import STDOUT_NAMES
from bspsa_widgets.service.storage.rows import NewJob, StoredJob
from bspsa_widgets.service.storage.store import QuotaTooSmall, Store

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
_PARAMETER = re.compile(r';\s*([^=;"\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_MISSING_NAME = (
    "Missing filename. Request should include a Content-Disposition header"
    " with a filename parameter."
)
_WRONG_NAME = (
    "Wrong filename. Use up to 100 of the characters A-Z a-z 0-9 _ . - and no leading dot."
)
_NO_FILE = {
    "pizdaint": "Job file not found!",
    "nsg": "Request incomplete. Input file missing!",
}
PAUSE_SECONDS = 30.0  # the longest pause within a body
SLOWEST = 16 * 2**10  # bytes per second, the least average of a body after `PAUSE_SECONDS`
_NOT_RAW = ("multipart/", "application/json")

_log = logging.getLogger("bspsa_widgets.service")


async def receive_job(
    request: Request,
    store: Store,
    project: LocalProject,
    max_bytes: int,
    check: Callable[[JobSettings], Awaitable[None]],
    write_slots: asyncio.Semaphore,
) -> StoredJob:
    """Receive a submission; when it returns, the job is on disk and its quota is charged.

    Args:
        request: the POST request.
        store: the jobs and quotas.
        project: the project to charge.
        max_bytes: size of the largest accepted file, in bytes.
        check: raises TooLarge for a job that could never run here.
        write_slots: limits how many jobs are written at once; more gain little, and would delay
            requests that only read.

    Returns:
        The new job.

    Raises:
        Refusal: the submission was refused; nothing was kept.
        ClientDisconnect: the body ended early; nothing was kept.
    """
    hpc = project.hpc
    settings = read_payload(request.headers.getlist("payload"), hpc)
    length = _content_length(request, max_bytes)
    name = _file_name(request, hpc, length)
    _check_quota(store, project, settings)
    try:
        await check(settings)
    except TooLarge as error:
        raise Refusal(400, str(error)) from None
    with _incoming(store) as upload:
        await _receive(request, upload, length)
        async with write_slots:
            return await asyncio.to_thread(_store_job, store, project, settings, name, upload)


def _content_length(request: Request, max_bytes: int) -> int:
    values = request.headers.getlist("content-length")
    if "transfer-encoding" in request.headers or len(values) != 1:
        raise Refusal(411, detail="Content-Length required.")
    if not re.fullmatch(r"[0-9]{1,18}", values[0]):
        raise Refusal(400, detail="Wrong Content-Length.")
    if int(values[0]) > max_bytes:
        raise Refusal(413, detail="The file is too large.")
    return int(values[0])


def _file_name(request: Request, hpc: str, length: int) -> str | None:
    # The second spelling is that of the second example in the API's documentation.
    headers = request.headers
    values = headers.getlist("content-disposition") or headers.getlist("content-dispostion")
    if not values and not length and hpc == "pizdaint":
        return None  # a job without an input file, as on the real service
    if not length:
        raise Refusal(400, _NO_FILE[hpc])
    media_type = request.headers.get("content-type", "").strip().lower()
    if media_type.startswith(_NOT_RAW):
        kind = media_type.partition(";")[0][:60]
        detail = f'Unsupported media type "{kind}": send the file itself.'
        raise Refusal(415, detail=detail)
    name = _disposition_name(values[0]) if len(values) == 1 else None
    if not name:
        raise Refusal(400, detail=_MISSING_NAME)
    if not _NAME.fullmatch(name) or name in STDOUT_NAMES[hpc]:
        raise Refusal(400, detail=_WRONG_NAME)
    return name


def _disposition_name(header: str) -> str | None:
    """Return the plain `filename` of a Content-Disposition header; None if there is none.

    Not with the email package: its versions differ in how they treat `filename*`.
    """
    for name, value in _PARAMETER.findall(f";{header}"):
        if name.lower() == "filename":
            return unquote(value.strip())
    return None


def _check_quota(store: Store, project: LocalProject, settings: JobSettings) -> None:
    """Refuse a job that exceeds the quota before its body, which may be large, is received.

    The check that decides is made later, when the quota is charged.
    """
    if settings.runtime * 3600 > QUOTA_SECONDS - store.seconds_used(project):
        raise Refusal(401, "Quota not enough!")


@contextmanager
def _incoming(store: Store) -> Iterator[Upload]:
    """Open a file for an upload; it is removed if no job is created from it."""
    upload = Upload(store.directory / "incoming" / uuid.uuid4().hex)
    try:
        yield upload
    except OSError as error:
        upload.discard()
        _log.exception("an upload could not be written")
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        detail = "There is no space left." if full else "The file could not be written."
        raise Refusal(507, detail=detail) from error
    except BaseException:
        upload.discard()
        raise


async def _receive(request: Request, upload: Upload, length: int) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS) as pause:
            await _gather(_paced(request, length, pause), upload, length)
    except TimeoutError:
        raise Refusal(408, detail="The body came too slowly.") from None


async def _paced(request: Request, length: int, pause: asyncio.Timeout) -> AsyncIterator[bytes]:
    """Yield the body; raises TimeoutError through `pause` if it stops or is too slow on average."""
    now = asyncio.get_running_loop().time
    latest = now() + PAUSE_SECONDS + length / SLOWEST
    async for chunk in request.stream():
        yield chunk
        pause.reschedule(min(now() + PAUSE_SECONDS, latest))
    pause.reschedule(None)  # the remaining time is for the disk, not for the client


async def _gather(body: AsyncIterator[bytes], upload: Upload, length: int) -> None:
    async for chunk in body:
        upload.add(chunk)
        if upload.size > length:
            raise Refusal(400, detail="The body is longer than Content-Length.")
        if upload.is_due:
            await asyncio.to_thread(upload.write)
    if upload.size != length:
        raise ClientDisconnect


def _store_job(
    store: Store, project: LocalProject, settings: JobSettings, name: str | None, upload: Upload
) -> StoredJob:
    """Finish the file, move it to the job's folder, then add the job to the store. Blocks.

    In this order no incomplete job is ever listed.
    """
    if name:
        upload.finish()
    job = _new_job(project, settings, name, upload)
    folder = store.folder(job.job_id, job.project.hpc)
    try:
        folder.create(upload.path if name else None, name)
        return store.add(job)
    except QuotaTooSmall:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise Refusal(401, "Quota not enough!") from None
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _new_job(
    project: LocalProject, settings: JobSettings, name: str | None, upload: Upload
) -> NewJob:
    number = uuid.uuid4()
    job_id = str(number).upper()
    if project.hpc == "nsg":
        tool = settings.tool.upper().replace(".", "_")
        job_id = f"NGBW-JOB-{tool}-{number.hex.upper()}"
    return NewJob(job_id, project, settings, name, upload.size, upload.sha256)
