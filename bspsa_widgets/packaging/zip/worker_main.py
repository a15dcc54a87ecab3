"""Main function and protocol of the worker process. It must start fast: few imports."""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.source import Sources
from bspsa_widgets.packaging.zip.small_files import pack_files


def serve() -> None:
    """Answer requests to pack files, until there are no more. Runs in the worker process."""
    request, results = sys.stdin.buffer, sys.stdout.buffer
    folder = os.fsdecode(received(request))
    name = os.path.basename(folder)
    with Sources(folder) as sources, suppress(EOFError):
        while True:
            send(results, _packed(sources, map(Member._make, received(request)), name))


def _packed(sources: Sources, files: Iterable[Member], name: str) -> tuple[object, ...]:
    """Return the fields of `PackedFiles`; or an error's message and advice."""
    try:
        return tuple(pack_files(sources.opened(files), name))
    except PackingError as error:
        return error.message, error.advice


def send(pipe: IO[bytes], value: Any) -> None:
    """Write one value to a pipe.

    Args:
        pipe: the pipe.
        value: value of plain types.
    """
    data = marshal.dumps(value)
    pipe.write(len(data).to_bytes(8, "little") + data)
    pipe.flush()


def received(pipe: IO[bytes]) -> Any:
    """Return the next value from a pipe.

    Args:
        pipe: the pipe.

    Returns:
        The value.

    Raises:
        EOFError: if there is none.
        ValueError: if it is incomplete.
        TypeError: if it is incomplete.
    """
    size = int.from_bytes(pipe.read(8), "little")
    if not size:
        raise EOFError
    return marshal.loads(pipe.read(size))  # noqa: S302 (from this program's other half)
