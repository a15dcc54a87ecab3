"""Previews a result file as text, cells or image; never as markup, never executed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.errors import DownloadError, WholeOnly
from bspsa_widgets.results.index import KeptFiles
from bspsa_widgets.results.listing import ResultEntry
from bspsa_widgets.results.local_state import look
from bspsa_widgets.results.preview import image as preview_image
from bspsa_widgets.results.preview import json, notebook, table
from bspsa_widgets.results.preview import text as preview_text
from bspsa_widgets.results.preview.kind import PreviewKind, preview_kind
from bspsa_widgets.results.preview.notebook import Cell

__all__ = ["FilePreview", "PreviewKind", "preview", "preview_kind", "preview_of"]

MOST_BYTES = 5_000_000  # bytes to read at most for a preview of any kind
MOST_WHOLE = 50_000_000  # maximum size of a file that is sent as a whole to show its beginning

# Bytes to transfer for a preview of a remote file; for text, as many as are shown.
_MOST = {
    "table": table.MOST_BYTES,
    "json": json.MOST_BYTES,
    "image": preview_image.MOST_BYTES,
    "notebook": notebook.MOST_BYTES,
}
_NO_TEXT = "This does not read as text, and there is no other preview of it. Download it instead."
_NO_IMAGE = "This is not a PNG, JPEG, GIF or WebP picture, whatever its name says."
_READ_AS_TEXT = "This could not be read as {what}, so it is shown as it stands."
_CUT = "Only the beginning is shown."


class FilePreview(NamedTuple):
    """Preview of a file.

    Attributes:
        what: which of the other fields are filled; "" if there is no preview.
        text: text, or indented JSON.
        header: column names of a table.
        rows: rows of a table.
        image: image, base64.
        cells: cells of a notebook.
        is_cut: whether something is omitted.
        note: sentence for the user.
        mime: MIME type of the image.
    """

    what: PreviewKind | Literal[""]
    text: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    image: str = ""
    mime: str = ""
    cells: tuple[Cell, ...] = ()
    is_cut: bool = False
    note: str = ""


class _Sample(NamedTuple):
    """First bytes of a file, and its size; None if not known."""

    name: str
    data: bytes
    size: int | None

    @property
    def is_whole(self) -> bool:
        return self.size == len(self.data)


def preview(path: Path, name: str = "") -> FilePreview:
    """Return the preview of a local file. Blocks; reads at most `MOST_BYTES`.

    Args:
        path: path of the file.
        name: name at the service, if it differs from the local name.

    Returns:
        the preview.

    Raises:
        DownloadError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            data = file.read(MOST_BYTES)
    except OSError as error:
        raise DownloadError(f"{path.name} cannot be read: {error.strerror}.") from None
    return _seen(_Sample(name or path.name, data, size))


async def preview_of(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    file: ResultEntry | JobFile,
    place: Path,
) -> FilePreview:
    """Return the preview of a job's file; nothing is written.

    Uses the local copy in `place` if it is complete and unchanged, otherwise the first bytes that
    the service sends.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: the job as last read.
        file: the file.
        place: folder with the job's downloaded files.

    Returns:
        the preview.

    Raises:
        BspsaError: the service does not send the file.
    """
    wanted = file.file if isinstance(file, ResultEntry) else file
    copy = await asyncio.to_thread(_copy, place, job.job_id, wanted)
    if copy is not None:
        return await asyncio.to_thread(preview, copy, wanted.name)
    most = _MOST.get(preview_kind(wanted.name), preview_text.MOST_BYTES)
    try:
        part = await service.part(ref, wanted, start=0, max_bytes=most, max_whole=MOST_WHOLE)
    except WholeOnly as error:
        return FilePreview("", note=str(error))
    return await asyncio.to_thread(_seen, _Sample(wanted.name, part.data, part.total))


def _copy(place: Path, job_id: str, file: JobFile) -> Path | None:
    kept = KeptFiles(place)
    for name_here, entry in kept.of(job_id):
        if (entry.name, entry.key) == (file.name, file.key):
            standing = look(kept, place, job_id, file, name_here)
            if standing.state == "here":
                return standing.path
    return None


def _seen(sample: _Sample) -> FilePreview:
    match preview_kind(sample.name):
        case "image":
            return _image(sample)
        case "table":
            return _table(sample)
        case "json":
            return _json(sample)
        case "notebook":
            return _notebook(sample)
        case _:
            return _text(sample)


def _text(sample: _Sample, note: str = "") -> FilePreview:
    if not preview_text.is_text(sample.data):
        return FilePreview("", note=_NO_TEXT)
    text, is_cut = preview_text.shown(sample.data)
    is_cut = is_cut or not sample.is_whole
    notes = [note, _CUT if is_cut else "", "" if sample.data else "The file is empty."]
    return FilePreview("text", text, is_cut=is_cut, note=" ".join(filter(None, notes)))


def _image(sample: _Sample) -> FilePreview:
    found = preview_image.picture(sample.data)
    if found is None:
        is_text = preview_text.is_text(sample.data)
        return _text(sample, _NO_IMAGE) if is_text else FilePreview("", note=_NO_IMAGE)
    if not sample.is_whole or len(sample.data) > preview_image.MOST_BYTES:
        return FilePreview("", note="The picture's file is too large: download it to look at it.")
    size = f"{found.width:,} × {found.height:,} pixels"
    if not found.is_showable:
        return FilePreview("", note=f"The picture has {size}, too many to be shown here.")
    image = base64.b64encode(sample.data).decode()
    return FilePreview("image", image=image, mime=found.mime, note=f"{size}.")


def _table(sample: _Sample) -> FilePreview:
    found = table.table(sample.name, sample.data)
    if found is None or not preview_text.is_text(sample.data):
        return _text(sample, _READ_AS_TEXT.format(what="a table") if sample.data else "")
    is_cut = found.is_cut or not sample.is_whole
    rows = tuple(tuple(row) for row in found.rows)
    return FilePreview(
        "table",
        header=tuple(found.header),
        rows=rows,
        is_cut=is_cut,
        note=f"The first {len(rows):,} rows are shown, long ones in part." if is_cut else "",
    )


def _json(sample: _Sample) -> FilePreview:
    if not sample.is_whole or len(sample.data) > json.MOST_BYTES:
        return _text(sample)
    try:
        found = json.loaded(sample.data)
    except ValueError:
        return _text(sample, _READ_AS_TEXT.format(what="JSON"))
    text, is_cut = json.indented(found)
    return FilePreview("json", text, is_cut=is_cut, note="Parts are not shown." if is_cut else "")


def _notebook(sample: _Sample) -> FilePreview:
    try:
        if not sample.is_whole:
            raise ValueError("too large")
        found = notebook.cells_of(json.loaded(sample.data))
    except ValueError:
        found = None
    if found is None:
        return _text(sample, _READ_AS_TEXT.format(what="a notebook"))
    note = "Parts are not shown." if found.is_cut else ""
    return FilePreview("notebook", cells=found.cells, is_cut=found.is_cut, note=note)
