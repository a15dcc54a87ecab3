"""`bspsa files`, `preview`: what a job has left, and what is in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.exit_codes import DONE, OTHER
from bspsa_widgets.cli.find_job import readable
from bspsa_widgets.cli.output import Output, table
from bspsa_widgets.cli.render.preview import preview_document, preview_words
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.domain.sizes import megabytes
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.results.api import Listed, ResultFile, list_results, results_place
from bspsa_widgets.results.preview.preview import Preview, preview_of
from bspsa_widgets.results.wanted_files import is_name, plain_name, wanted_files

_STATES = {"here": "yes", "changed": "changed", "other": "another file", "": ""}


def list_files(options: argparse.Namespace, output: Output) -> int:
    """The files of a job, with sizes where they are known, and what of them is here."""

    async def ask(client: ServiceAccountClient) -> Listed:
        job = await readable(client, options, output)
        place = results_place(job, Path(), options.output)
        return await list_results(client, JobRef.of(job), job, place)

    files, notes = with_client(options, ask)
    rows = [
        (
            file.file.name,
            "" if file.size is None else megabytes(file.size),
            _STATES[file.state],
        )
        for file in files
    ]
    text = table(("NAME", "SIZE", "HERE"), rows) if rows else "No files."
    output.answer([_document(file) for file in files], text)
    for note in notes:
        output.say(note)
    return DONE


def preview_file(options: argparse.Namespace, output: Output) -> int:
    """The beginning of a file, as text."""
    name = asked_name(options.name)

    async def ask(client: ServiceAccountClient) -> Preview:
        job = await readable(client, options, output)
        ref = JobRef.of(job)
        file = wanted_files(await client.files(ref), [name]).files[0]
        place = results_place(job, Path(), options.output)
        return await preview_of(client, ref, job, file, place)

    found = with_client(options, ask)
    output.answer(preview_document(found), preview_words(found))
    if found.note:
        output.say(found.note)
    return DONE if found.what else OTHER


def asked_name(text: str) -> str:
    """A name as it was typed. Raises InvalidInput where it cannot be a file's."""
    name = plain_name(text)
    if not is_name(name):
        raise InvalidInput(
            "name", f"{text!r:.80} is not a file.", allowed="Name a file of the job."
        )
    return name


def _document(file: ResultFile) -> dict[str, object]:
    return {
        "name": file.file.name,
        "key": file.file.key,
        "length": file.size,
        "state": file.state,
        "path": None if file.path is None else str(file.path),
    }
