"""Checks that folder and settings match, before anything is sent."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence

from bspsa_widgets.domain.archive import archive_name
from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.format import format_count, format_size
from bspsa_widgets.domain.payload import Advice, JobRequest
from bspsa_widgets.domain.systems import NSG
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.submission.command_files import NamedPaths, named_files
from bspsa_widgets.submission.folder_facts import FolderFacts, alike, facts

MUCH = 500_000_000  # bytes before packing; larger folders are unusual for a job
MOST_NAMED = 5
MOST_CHOSEN = 500_000  # characters of all paths; one takes up to six bytes in a record
SOURCE = "the files that would travel"

# What NSG's systems start if no file is named; it differs between them.
_USUAL_MAIN_FILES = ("init.py", "init.hoc", "input.py")
# Tools that use NEURON although it is not part of their id.
_ON_NEURON = frozenset({"BLUEPYOPT_TG", "PYNN_TG", "SINGULARITY_HNN_TG"})
_NOTEBOOK = (
    "NSG's tools start .py or .hoc files. Add a small .py file that runs the notebook (jupyter "
    "nbconvert --to notebook --execute), and name that as the main file."
)


def weigh(
    selection: Selection, request: JobRequest | None, known: FolderFacts | None = None
) -> tuple[Advice, ...]:
    """Return warnings about the files and the settings; none of them prevents sending.

    Args:
        selection: files that are sent, and those that are excluded.
        request: the validated request; None if the form is invalid or not available.
        known: result of `facts(selection)`, if it is available.

    Returns:
        warnings, each with the form field it belongs to.
    """
    known = known or facts(selection)
    found = [*_weigh_folder(known), *_weigh_what_is_not_here(known)]
    if request is not None and request.hpc == NSG.id:
        found += [*_weigh_main_file(request, known), *_weigh_tool(request, known)]
    elif request is not None and request.command:
        found += _weigh_command(selection, request, known)
    return tuple(Advice(field=field, message=message, source=SOURCE) for field, message in found)


def _weigh_folder(known: FolderFacts) -> Iterator[tuple[str, str]]:
    if known.size > MUCH:
        yield (
            "folder",
            f"{format_size(known.size)} is much for a job: sending it may take long, and the "
            "service may refuse it. Exclude what the job does not need.",
        )
    if known.clashes:
        one, other = known.clashes[0]
        more = f" ({format_count(len(known.clashes), 'such pair')})" if known.clashes[1:] else ""
        yield (
            "folder",
            f"{one} and {other} are the same name on some systems{more}: unpacked there, "
            "one replaces the other.",
        )
    if known.conflicts:
        yield (
            "folder",
            f"A cloud drive made copies where two changed a file: {_some(known.conflicts)}. See "
            "which of them the job needs, and exclude the other.",
        )


def _weigh_what_is_not_here(known: FolderFacts) -> Iterator[tuple[str, str]]:
    """Yield warnings about data that is only linked to or not fetched."""
    if links := [link for link in known.links if link.kind != "unfetched"]:
        named = [f"{link.path} ({link.reason})" for link in links]
        yield (
            "folder",
            f"The target of a link is excluded: {_some(named)}. The job will not find it there. "
            "To send its content, include the link: tick it in Review, or "
            f"--include {shlex.quote(links[0].path)}.",
        )
    unfetched = [link.path for link in known.links if link.kind == "unfetched"]
    if unfetched := [*unfetched, *known.begun.annex]:
        yield (
            "folder",
            f"git-annex has not fetched {_some(unfetched)}: the job will not have the data. Run "
            "datalad get (or git annex get) first.",
        )
    if known.begun.lfs:
        yield (
            "folder",
            f"Git LFS has not fetched {_some(known.begun.lfs)}: the job will not have the data. "
            "Run git lfs pull first.",
        )
    if known.in_cloud:
        yield (
            "folder",
            f"This is in iCloud only, and is excluded: {_some(known.in_cloud)}. Open it in the "
            "Finder once, so that it is fetched.",
        )


def _weigh_main_file(request: JobRequest, known: FolderFacts) -> Iterator[tuple[str, str]]:
    if request.init_file.endswith(".ipynb"):
        yield "init_file", f"{request.init_file} is a notebook. {_NOTEBOOK}"
    if request.init_file:
        return
    usual = _usual(known)
    if len(usual) > 1:
        yield (
            "init_file",
            f"{' and '.join(usual)} could both be the main file, and NSG starts one of them. "
            "Name it.",
        )
    if not usual:
        yield (
            "init_file",
            "No main file is named, and there is no init.py, init.hoc or input.py: NSG would not "
            f"know what to start.{_could_be(known)}",
        )


def _weigh_tool(request: JobRequest, known: FolderFacts) -> Iterator[tuple[str, str]]:
    if not known.mod_files:
        return
    others = {tool.id for tool in NSG.tools if "NEURON" not in tool.id} - _ON_NEURON
    if request.tool in others:
        yield (
            "tool",
            f"{known.mod_files[0]} is a mechanism for NEURON, and {request.tool} does not compile "
            "it. Choose a NEURON tool if the job needs it.",
        )
    main = main_file(request, known)
    if not main or "NEURON" not in request.tool or main in known.begun.compiling:
        return
    folder = posixpath.dirname(main)
    if not any(posixpath.dirname(path) == folder for path in known.mod_files):
        yield (
            "init_file",
            f"Only .mod files beside the main file {main} are compiled, and these lie elsewhere: "
            f"{_some(known.mod_files)}. Move those that the job needs beside it.",
        )


def _weigh_command(
    selection: Selection, request: JobRequest, known: FolderFacts
) -> Iterator[tuple[str, str]]:
    def is_folder(path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in known.paths)

    named = named_files(request.command, selection.folder.name, is_folder)
    missing = [path for path in named.started if path not in known.paths]
    for path in missing[:MOST_NAMED]:
        reason = _why_left_out(selection, path)
        because = f" It is excluded ({reason})." if reason else ""
        yield "command", f"{path} is not among the files that travel.{because}"
    for path in named.given[:MOST_NAMED]:
        if path not in known.paths and (reason := _why_given_stays(selection, path)):
            yield (
                "command",
                f"{path} is named in the command, and is excluded ({reason}). Include it, if the "
                "job needs it.",
            )
    if (scripts := _written_on_windows(named, known)) and not _mends(request.command):
        yield (
            "command",
            f"{_some(scripts)}: written with Windows line ends, which Linux does not take. Save "
            "it with Linux line ends (LF), or run dos2unix on it in the command.",
        )


def _why_left_out(selection: Selection, path: str) -> str:
    for entry in selection.left_out:
        if path == entry.path or (entry.path.endswith("/") and path.startswith(entry.path)):
            return entry.reason
    return ""


def _why_given_stays(selection: Selection, path: str) -> str:
    """Return why an existing file is excluded; a missing one may be the job's output."""
    reason = _why_left_out(selection, path) or _why_left_out(selection, f"{path}/")
    return reason if reason and os.path.lexists(selection.folder / path) else ""


def _written_on_windows(named: NamedPaths, known: FolderFacts) -> list[str]:
    begun = known.begun
    alone = begun.windows_first.intersection(named.by_themselves)
    return [path for path in named.started if path in begun.windows or path in alone]


def _mends(command: str) -> bool:
    """Return whether the command seems to convert line ends itself."""
    return "dos2unix" in command or "\\r" in command


def _usual(known: FolderFacts) -> list[str]:
    return [name for name in _USUAL_MAIN_FILES if name in known.paths]


def _could_be(known: FolderFacts) -> str:
    """Return a sentence with possible main files; "" if there are none."""
    if not known.startable and known.notebooks:
        return f" {known.notebooks[0]} is a notebook. {_NOTEBOOK}"
    named = ", ".join(known.startable[:MOST_NAMED])
    return f" Choose one of {named}." if named else ""


def _some(paths: Sequence[str]) -> str:
    """Return the first few paths, and how many more there are."""
    more = len(paths) - MOST_NAMED
    named = ", ".join(paths[:MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def main_file(request: JobRequest, known: FolderFacts) -> str:
    """Return the path of the main file as it is spelled in the folder.

    A given name may differ in case or in how accents are written. If no name is given, the only
    file with a usual name (init.py, init.hoc, input.py) is taken.

    Args:
        request: the request with `init_file`.
        known: facts about the selection.

    Returns:
        path below the folder; "" if there is no such file or the choice is not clear.
    """
    if not request.init_file:
        usual = _usual(known)
        return usual[0] if len(usual) == 1 else ""
    if request.init_file in known.paths:
        return request.init_file
    wanted = alike(request.init_file)
    found = [path for path in known.paths if alike(path) == wanted]
    return found[0] if len(found) == 1 else ""


def with_main_file(request: JobRequest, known: FolderFacts) -> JobRequest:
    """Return the request with the main file spelled as in the folder (NSG only).

    Args:
        request: the validated request.
        known: facts about the selection.

    Returns:
        the request to send; unchanged for systems other than NSG.

    Raises:
        InvalidInput: (field `init_file`) the file is not sent.
    """
    if request.hpc != NSG.id:
        return request
    name = main_file(request, known)
    if request.init_file and not name:
        raise InvalidInput(
            "init_file",
            f"{request.init_file} is not in the folder (or it is excluded).",
            allowed=f"NSG starts this file.{_could_be(known)}",
        )
    return request.model_copy(update={"init_file": name})


def check_choice(choice: Choice) -> None:
    """Check that the choice is small enough for the submission's record.

    Args:
        choice: paths that the user included or excluded.

    Raises:
        InvalidInput: (field `folder`) too many paths are chosen one by one.
    """
    chosen = [*choice.include, *choice.exclude, *choice.include_secrets]
    if sum(map(len, chosen)) > MOST_CHOSEN:
        raise InvalidInput(
            "folder",
            f"{format_count(len(chosen))} are chosen one by one, more than can be kept.",
            allowed="Choose whole folders, or name the files in a .bspsaignore.",
        )


def check_archive_name(request: JobRequest, selection: Selection) -> None:
    """Check that the command does not use the folder's plain zip name.

    The zip has a different name in each submission, so a command has to write {archive}.

    Args:
        request: the request with its command.
        selection: files of the folder.

    Raises:
        InvalidInput: (field `command`) the command names the zip.
    """
    plain = archive_name(selection.folder.name)
    if not re.search(rf"(?<![\w./-]){re.escape(plain)}(?![\w-])", request.command):
        return
    raise InvalidInput(
        "command",
        f"The archive is not called {plain}: it has a name of its own in each submission.",
        allowed="Write {archive} in its place.",
    )
