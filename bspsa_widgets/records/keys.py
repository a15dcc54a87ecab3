"""Of what kind each record of a folder is, in one file: so that not all have to be read."""

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
# A line that a killed program has left half written is none.
_LINE = re.compile(rf"^([0-9a-f]{{32}}) ({MARKER.pattern})$", re.MULTILINE)


class RecordKeys:
    """`Record.key` by marker, for the records of one folder. Use it while `alone` there.

    What it does not know, or cannot keep, is read from the record itself the next time.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / f".keys-{KEY_FORMAT}"

    def read(self) -> dict[str, str]:
        """All that are known, also of records that are gone."""
        try:
            text = read_whole(self._place, MOST_BYTES).decode("ascii", "replace")
        except (OSError, ValueError):
            return {}
        return {marker: key for key, marker in _LINE.findall(text)}

    def keep(
        self, known: Mapping[str, str], new: Mapping[str, str], there: Collection[str]
    ) -> None:
        """Add new ones; where most are of records that are gone, those go.

        Args:
            known: what `read` gave. there: markers of the records that are there.
        """
        try:
            if len(known) > 2 * len(there) + 100:
                kept = {**known, **new}
                write_whole(self._place, _lines({m: kept[m] for m in there if m in kept}))
            elif new:
                self._append("\n" + _lines(new))
        except OSError as error:
            log.info("the keys of records are not kept: %s", type(error).__name__)

    def _append(self, text: str) -> None:
        # A pipe or a device by that name is not waited for.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(self._place, flags, 0o600)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)


def _lines(keys: Mapping[str, str]) -> str:
    return "".join(f"{key} {marker}\n" for marker, key in keys.items())
