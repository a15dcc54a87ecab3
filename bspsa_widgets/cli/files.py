"""`bspsa files`, `download`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.exit_codes import DONE, NO_JOB
from bspsa_widgets.cli.jobs import find_job
from bspsa_widgets.cli.output import Output, line, table
from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.errors import BspsaError, InvalidInput, ServiceFailure
from bspsa_widgets.submission.sizes import megabytes


def list_files(options: argparse.Namespace, output: Output) -> int:
    """The files of a job, with sizes where the system tells them."""

    async def ask(client: ServiceAccountClient) -> list[JobFile]:
        job = await find_job(client, options)
        return await client.files(JobRef.of(job))

    files = with_client(options, ask)
    rows = [(file.name, "" if file.length is None else megabytes(file.length)) for file in files]
    document = [file.model_dump(exclude={"raw"}) for file in files]
    output.answer(document, table(("NAME", "SIZE"), rows) if rows else "No files.")
    return DONE


def download(options: argparse.Namespace, output: Output) -> int:
    """Fetch files one after the other; what is there already stays, and is named."""
    fetched: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []

    async def go(client: ServiceAccountClient) -> None:
        job = await find_job(client, options)
        for file in await _wanted(client, job, options.names):
            try:
                fetched.append(await _fetch(client, job, file, fetched, options, output))
            except BspsaError as error:
                if _is_folder(error) and not options.names:
                    output.say(f"Not fetched: {line(file.name)} is a folder.")
                    continue
                left.append({"name": file.name, "reason": str(error)})
                output.say(f"bspsa: {error}")

    with_client(options, go)
    text = "\n".join(str(entry["path"]) for entry in fetched) or "Nothing was fetched."
    output.answer({"downloaded": fetched, "skipped": left}, text)
    return NO_JOB if left else DONE


async def _fetch(
    client: ServiceAccountClient,
    job: Job,
    file: JobFile,
    before: list[dict[str, Any]],
    options: argparse.Namespace,
    output: Output,
) -> dict[str, Any]:
    place = Path(options.output) / safe_name(file.name)
    # Two names of the service may become one here: what has just come is not replaced.
    taken = str(place) in (entry["path"] for entry in before)
    name = line(file.name)
    path = await client.download(
        JobRef.of(job),
        file,
        Path(options.output),
        overwrite=options.overwrite and not taken,
        progress=lambda done, _: output.progress(f"{name}: {megabytes(done)}", step=name),
    )
    return {"name": file.name, "path": str(path), "size": path.stat().st_size}


async def _wanted(client: ServiceAccountClient, job: Job, names: list[str]) -> list[JobFile]:
    """The files asked for. A name that is not listed is tried: lists cut odd names short."""
    odd = [name for name in names if not name.strip("./")]
    if odd:
        raise InvalidInput("name", f"{odd[0]!r} is not a file.", allowed="Name a file of the job.")
    listed = await client.files(JobRef.of(job))
    if not names:
        return listed
    by_name = {file.name: file for file in listed}
    return [by_name.get(name, JobFile(name=name, key=name)) for name in names]


def _is_folder(error: BspsaError) -> bool:
    return isinstance(error, ServiceFailure) and error.is_for_a_folder
