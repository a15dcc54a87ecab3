"""Whether folder and settings go together: what is better known before they are sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from bspsa_widgets.domain.archive import archive_name
from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.payload import Advice, JobRequest
from bspsa_widgets.domain.systems import NSG
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.submission.named_files import named_files
from bspsa_widgets.submission.sizes import counted, megabytes

MUCH = 500_000_000  # bytes before packing: rather a data set than a job
MOST_NAMED = 5
MOST_CHOSEN = 500_000  # characters of all paths; in a record one may take six bytes
SOURCE = "the files that would travel"

# What NSG starts where no file is named.
_USUAL_MAIN_FILES = ("init.py", "init.hoc")
# Tools without NEURON in their id that run on it all the same.
_ON_NEURON = frozenset({"BLUEPYOPT_TG", "PYNN_TG", "SINGULARITY_HNN_TG"})


class Facts(NamedTuple):
    """What is to be known of a selection, however the form is filled in.

    Attributes:
        paths: of all that travels. size: bytes.
        clashes: pairs of paths that some systems take for the same.
        startable: Python and hoc files, those at the top first. mod_file: one, or "".
    """

    paths: frozenset[str]
    size: int
    clashes: tuple[tuple[str, str], ...]
    startable: tuple[str, ...]
    mod_file: str


def facts(selection: Selection) -> Facts:
    """Look through the names once: for a form that changes with every key."""
    paths = [member.path for member in selection.members]
    startable = [path for path in paths if path.endswith((".py", ".hoc"))]
    return Facts(
        frozenset(paths),
        selection.size,
        tuple(_clashes(paths)),
        tuple(sorted(startable, key=lambda path: (path.count("/"), path))),
        next((path for path in paths if path.endswith(".mod")), ""),
    )


def weigh(
    selection: Selection, request: JobRequest | None, known: Facts | None = None
) -> tuple[Advice, ...]:
    """Warnings before sending; none of them keeps a job from being sent.

    Args:
        request: None where the form is not filled in rightly, or not at hand.
        known: `facts(selection)`, where they are at hand.
    """
    known = known or facts(selection)
    found = [*_weigh_folder(known)]
    if request is not None and request.hpc == NSG.id:
        found += [*_weigh_main_file(request, known), *_weigh_tool(request, known)]
    elif request is not None and request.command:
        found += _weigh_command(selection, request, known)
    return tuple(Advice(field=field, message=message, source=SOURCE) for field, message in found)


def _weigh_folder(known: Facts) -> Iterator[tuple[str, str]]:
    if known.size > MUCH:
        yield (
            "folder",
            f"{megabytes(known.size)} is much for a job: sending it may take long, and the "
            "service may refuse it. Leave out what the job does not need.",
        )
    if known.clashes:
        one, other = known.clashes[0]
        more = f" ({counted(len(known.clashes), 'such pair')})" if known.clashes[1:] else ""
        yield (
            "folder",
            f"{one} and {other} are the same name on some systems{more}: unpacked there, "
            "one replaces the other.",
        )


def _weigh_main_file(request: JobRequest, known: Facts) -> Iterator[tuple[str, str]]:
    if request.init_file or any(name in known.paths for name in _USUAL_MAIN_FILES):
        return
    yield (
        "init_file",
        "No main file is named, and there is no init.py or init.hoc: NSG would not know what "
        f"to start.{_could_be(known)}",
    )


def _weigh_tool(request: JobRequest, known: Facts) -> Iterator[tuple[str, str]]:
    others = {tool.id for tool in NSG.tools if "NEURON" not in tool.id} - _ON_NEURON
    if known.mod_file and request.tool in others:
        yield (
            "tool",
            f"{known.mod_file} is a mechanism for NEURON, and {request.tool} does not compile "
            "it. Choose a NEURON tool if the job needs it.",
        )


def _weigh_command(
    selection: Selection, request: JobRequest, known: Facts
) -> Iterator[tuple[str, str]]:
    def is_folder(path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in known.paths)

    named = named_files(request.command, selection.folder.name, is_folder)
    missing = [path for path in named if path not in known.paths]
    for path in missing[:MOST_NAMED]:
        reason = _why_left_out(selection, path)
        because = f" It is left out ({reason})." if reason else ""
        yield "command", f"{path} is not among the files that travel.{because}"


def _why_left_out(selection: Selection, path: str) -> str:
    for entry in selection.left_out:
        if path == entry.path or (entry.path.endswith("/") and path.startswith(entry.path)):
            return entry.reason
    return ""


def _clashes(paths: list[str]) -> Iterator[tuple[str, str]]:
    """By case, or by how an accent is written."""
    seen: dict[str, str] = {}
    for path in paths:
        if path.isascii():
            alike = path.lower()
        else:
            alike = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
        other = seen.setdefault(alike, path)
        if other is not path:
            yield other, path


def _could_be(known: Facts) -> str:
    """What could be chosen as the main file, in a sentence; "" where nothing could."""
    named = ", ".join(known.startable[:MOST_NAMED])
    return f" Choose one of {named}." if named else ""


def check_choice(choice: Choice) -> None:
    """It becomes a part of the submission's record, which has to stay readable.

    Raises:
        InvalidInput: of field `folder`.
    """
    chosen = [*choice.include, *choice.exclude, *choice.include_secrets]
    if sum(map(len, chosen)) > MOST_CHOSEN:
        raise InvalidInput(
            "folder",
            f"{counted(len(chosen))} are chosen one by one, more than can be kept.",
            allowed="Choose whole folders, or name the files in a .bspsaignore.",
        )


def check_main_file(request: JobRequest, selection: Selection) -> None:
    """NSG starts one file of the folder: it has to be there.

    Raises:
        InvalidInput: of field `init_file`.
    """
    if request.hpc != NSG.id or not request.init_file:
        return
    wanted = request.init_file.replace("\\", "/").removeprefix("./")
    if any(member.path == wanted for member in selection.members):
        return
    raise InvalidInput(
        "init_file",
        f"{request.init_file} is not in the folder (or it is left out).",
        allowed=f"NSG starts this file.{_could_be(facts(selection))}",
    )


def check_archive_name(request: JobRequest, selection: Selection) -> None:
    """The zip has another name each time: a command cannot know it beforehand.

    Raises:
        InvalidInput: of field `command`.
    """
    plain = archive_name(selection.folder.name)
    if not re.search(rf"(?<![\w./-]){re.escape(plain)}(?![\w-])", request.command):
        return
    raise InvalidInput(
        "command",
        f"The archive is not called {plain}: it has a name of its own in each submission.",
        allowed="Write {archive} in its place.",
    )
