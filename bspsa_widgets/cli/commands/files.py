"""`bspsa files` and `preview`: list a job's files and show their content."""

from __future__ import annotations

import argparse
from pathlib import Path

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.exit_codes import DONE, OTHER
from bspsa_widgets.cli.find_job import readable
from bspsa_widgets.cli.output import CommandOutput, table
from bspsa_widgets.cli.render.preview import preview_document, preview_words
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.format import format_size
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.results.api import Listed, ResultEntry, list_results, results_place
from bspsa_widgets.results.listing import is_name, plain_name, wanted_files
from bspsa_widgets.results.preview.preview import FilePreview, preview_of

_STATES = {"here": "yes", "changed": "changed", "other": "another file", "": ""}


def list_files(options: argparse.Namespace, output: CommandOutput) -> int:
    """List the files of a job with their sizes, and which of them are here.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """

    async def ask(client: ServiceAccountClient) -> Listed:
        job = await readable(client, options, output)
        place = results_place(job, Path(), options.output)
        return await list_results(client, JobRef.of(job), job, place)

    files, notes = with_client(options, ask)
    rows = [
        (
            file.file.name,
            "" if file.size is None else format_size(file.size),
            _STATES[file.state],
        )
        for file in files
    ]
    text = table(("NAME", "SIZE", "HERE"), rows) if rows else "No files."
    output.answer([_document(file) for file in files], text)
    for note in notes:
        output.say(note)
    return DONE


def preview_file(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print the beginning of a file as text.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    name = asked_name(options.name)

    async def ask(client: ServiceAccountClient) -> FilePreview:
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
    """Return the name of a file as typed.

    Args:
        text: the name.

    Returns:
        the name.

    Raises:
        InvalidInput: (field `name`) it cannot be the name of a file.
    """
    name = plain_name(text)
    if not is_name(name):
        raise InvalidInput(
            "name", f"{text!r:.80} is not a file.", allowed="Name a file of the job."
        )
    return name


def _document(file: ResultEntry) -> dict[str, object]:
    return {
        "name": file.file.name,
        "key": file.file.key,
        "length": file.size,
        "state": file.state,
        "path": None if file.path is None else str(file.path),
    }
