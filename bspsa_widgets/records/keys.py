"""The keys of a folder's records in one file, so that not all records have to be read."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.records.atomic_files import read_whole, write_whole
from bspsa_widgets.records.record import KEY_FORMAT

log = logging.getLogger(__name__)

MOST_BYTES = 16 << 20  # some 300,000 records
# An incomplete line of a killed program does not match.
_LINE = re.compile(rf"^([0-9a-f]{{32}}) ({MARKER.pattern})$", re.MULTILINE)


class RecordKeys:
    """`Record.key` by marker, for the records of one folder. Use it under the folder's lock.

    Unknown keys are read from the records themselves.

    Args:
        folder: folder of the records.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f".keys-{KEY_FORMAT}"

    def read(self) -> dict[str, str]:
        """Return all known keys, also of records that no longer exist.

        Returns:
            Key by marker.
        """
        try:
            text = read_whole(self._path, MOST_BYTES).decode("ascii", "replace")
        except (OSError, ValueError):
            return {}
        return {marker: key for key, marker in _LINE.findall(text)}

    def keep(
        self, known: Mapping[str, str], new: Mapping[str, str], there: Collection[str]
    ) -> None:
        """Add new keys; if most keys are of records that no longer exist, remove these.

        Args:
            known: result of `read`.
            new: keys to add, by marker.
            there: markers of the existing records.
        """
        try:
            if len(known) > 2 * len(there) + 100:
                kept = {**known, **new}
                write_whole(self._path, _lines({m: kept[m] for m in there if m in kept}))
            elif new:
                self._append("\n" + _lines(new))
        except OSError as error:
            log.info("the keys of records are not kept: %s", type(error).__name__)

    def _append(self, text: str) -> None:
        # A pipe or a device of that name must not block.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(self._path, flags, 0o600)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)


def _lines(keys: Mapping[str, str]) -> str:
    return "".join(f"{key} {marker}\n" for marker, key in keys.items())
