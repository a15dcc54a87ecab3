"""Receiving a submission: every check comes before anything is charged or runs."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request

from bspsa_widgets.service.answers import Refusal
from bspsa_widgets.service.catalogue import LocalProject
from bspsa_widgets.service.executors import TooLarge
from bspsa_widgets.service.job_folder import STDOUT_NAMES
from bspsa_widgets.service.payload import read_payload
from bspsa_widgets.service.settings import Settings
from bspsa_widgets.service.store import NewJob, QuotaTooSmall, Store, StoredJob

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
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
PAUSE_SECONDS = 30.0  # that a body may stand still
SLOWEST = 16 * 2**10  # bytes a second, of a body as a whole, after as many seconds again
_NOT_RAW = ("multipart/", "application/json")

_log = logging.getLogger("bspsa_widgets.service")


class Account(NamedTuple):
    """Who submits, and where to.

    Attributes:
        granted: tells the quota in seconds, as it is by now. Raises Refusal.
    """

    owner: str
    project: LocalProject
    granted: Callable[[], int]


class Upload(NamedTuple):
    """A received file: where it lies, its bytes counted, its sha256 in hexadecimal."""

    path: Path
    size: int
    sha256: str


async def receive_job(
    request: Request,
    store: Store,
    account: Account,
    most_bytes: int,
    check: Callable[[Settings], Awaitable[None]],
) -> StoredJob:
    """Take in a submission; when it returns, the job is on disk and its quota charged.

    Args:
        most_bytes: the largest file accepted.
        check: raises TooLarge for a job that could never run here.

    Raises:
        Refusal: nothing was kept. ClientDisconnect: the body came short; nothing was kept.
    """
    hpc = account.project.hpc
    settings = read_payload(request.headers.getlist("payload"), hpc)
    length = _content_length(request, most_bytes)
    name = _file_name(request, hpc, length)
    await _check_quota(store, account, settings)
    try:
        await check(settings)
    except TooLarge as error:
        raise Refusal(400, str(error)) from None
    async with _incoming(store) as path:
        upload = await _receive(request, path, length)
        job = _new_job(account, settings, name, upload)
        # Asked once more: while a body came in, its user may have been removed.
        return await asyncio.to_thread(_keep, store, job, upload, account.granted())


def _content_length(request: Request, most_bytes: int) -> int:
    given = request.headers.getlist("content-length")
    if "transfer-encoding" in request.headers or len(given) != 1:
        raise Refusal(411, detail="Content-Length required.")
    if not re.fullmatch(r"[0-9]{1,18}", given[0]):
        raise Refusal(400, detail="Wrong Content-Length.")
    if int(given[0]) > most_bytes:
        raise Refusal(413, detail="The file is too large.")
    return int(given[0])


def _file_name(request: Request, hpc: str, length: int) -> str | None:
    # The API document's second example spells the header like the second of these.
    headers = request.headers
    given = headers.getlist("content-disposition") or headers.getlist("content-dispostion")
    if not given and not length and hpc == "pizdaint":
        return None  # a job without an input file, as on the real service
    if not length:
        raise Refusal(400, _NO_FILE[hpc])
    media_type = request.headers.get("content-type", "").strip().lower()
    if media_type.startswith(_NOT_RAW):
        kind = media_type.partition(";")[0][:60]
        detail = f'Unsupported media type "{kind}": send the file itself.'
        raise Refusal(415, detail=detail)
    name = _disposition_name(given[0]) if len(given) == 1 else None
    if not name:
        raise Refusal(400, detail=_MISSING_NAME)
    if not _NAME.fullmatch(name) or name in STDOUT_NAMES[hpc]:
        raise Refusal(400, detail=_WRONG_NAME)
    return name


def _disposition_name(header: str) -> str | None:
    message = Message()
    message["Content-Disposition"] = header
    try:
        found = message.get_param("filename", header="content-disposition")
    except (TypeError, ValueError):  # of parts that do not fit together (RFC 2231)
        return None
    return found if isinstance(found, str) else None


async def _check_quota(store: Store, account: Account, settings: Settings) -> None:
    """Before the body: it may be large. What counts is the check at the charge."""
    granted = account.granted()
    used = await asyncio.to_thread(store.seconds_used, account.owner, account.project)
    if settings.runtime * 3600 > granted - used:
        raise Refusal(401, "Quota not enough!")


@contextlib.asynccontextmanager
async def _incoming(store: Store) -> AsyncIterator[Path]:
    """A place for a file being received; what is still there at the end is removed."""
    folder = store.directory / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / uuid.uuid4().hex
    try:
        yield path
    except OSError as error:
        _log.exception("an upload could not be written")
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        detail = "There is no space left." if full else "The file could not be written."
        raise Refusal(507, detail=detail) from error
    finally:
        path.unlink(missing_ok=True)


async def _receive(request: Request, path: Path, length: int) -> Upload:
    try:
        async with asyncio.timeout(PAUSE_SECONDS) as pause:
            return await _written(_paced(request, length, pause), path, length)
    except TimeoutError:
        raise Refusal(408, detail="The body came too slowly.") from None


async def _paced(request: Request, length: int, pause: asyncio.Timeout) -> AsyncIterator[bytes]:
    """The body; neither a stop nor a trickle holds a file open for long."""
    now = asyncio.get_running_loop().time
    latest = now() + PAUSE_SECONDS + length / SLOWEST
    async for chunk in request.stream():
        yield chunk
        pause.reschedule(min(now() + PAUSE_SECONDS, latest))
    pause.reschedule(None)  # what comes now is the disk's


async def _written(body: AsyncIterator[bytes], path: Path, length: int) -> Upload:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as opened:
        async for chunk in body:
            size += len(chunk)
            if size > length:
                raise Refusal(400, detail="The body is longer than Content-Length.")
            digest.update(chunk)
            opened.write(chunk)
        if size != length:
            raise ClientDisconnect
        opened.flush()
        await asyncio.to_thread(os.fsync, opened.fileno())
    return Upload(path, size, digest.hexdigest())


def _new_job(account: Account, settings: Settings, name: str | None, upload: Upload) -> NewJob:
    owner, project, _ = account
    number = uuid.uuid4()
    job_id = str(number).upper()
    if project.hpc == "nsg":
        tool = settings.tool.upper().replace(".", "_")
        job_id = f"NGBW-JOB-{tool}-{number.hex.upper()}"
    return NewJob(job_id, owner, project, settings, name, upload.size, upload.sha256)


def _keep(store: Store, job: NewJob, upload: Upload, granted: int) -> StoredJob:
    """Move the file to its job's folder, then note the job: in this order nothing half-made
    is ever listed. Blocks."""
    folder = store.folder(job.job_id, job.project.hpc)
    try:
        folder.create(upload.path if job.archive else None, job.archive)
        return store.add(job, granted)
    except QuotaTooSmall:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise Refusal(401, "Quota not enough!") from None
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
