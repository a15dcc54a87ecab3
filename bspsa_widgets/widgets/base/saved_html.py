"""What a saved notebook still shows where no widget is: a small table of plain HTML.

It is read on pages that drop scripts, styles and most attributes, so it says all by words.
Strings of servers are text in it: escaped, without terminal codes, nothing that turns the
direction of reading.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.domain.clean_text import clean_text

MOST_ROWS = 50  # of a list of jobs: a notebook is not the place for more
MOST_CHARACTERS = 300  # of one cell

HEADS = ("System", "Project", "Title", "Job", "Stage", "As of")

_NAME = re.compile(r"[a-z0-9-]{1,64}")
# Not those of `calendar`, which speak the language of the machine.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class SavedRow(NamedTuple):
    """One job as it was known.

    Attributes:
        system: for people. project, title, job_id, stage: as the service has them.
        meaning: the stage in plain words.
        at: when that was true, ISO 8601; "" where it is not known.
    """

    system: str
    project: str
    title: str
    job_id: str
    stage: str
    meaning: str
    at: str


class SavedCopy(NamedTuple):
    """All that is shown.

    Attributes:
        caption: what this is a copy of.
        rows: the newest first; of more than `MOST_ROWS` the rest is counted.
        notes: sentences below the table.
        at: when it was true, ISO 8601; "" where the rows say so, or nobody knows.
    """

    caption: str
    rows: tuple[SavedRow, ...] = ()
    notes: tuple[str, ...] = ()
    at: str = ""


def saved_html(copy: SavedCopy, name: str) -> str:
    """The table, as HTML that needs nothing else.

    Args:
        name: of the panel that it is a copy of, by which that one hides it while it is
            there itself; lower-case letters, digits and dashes.

    Raises:
        ValueError: `name` is not of these.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name: {name!r:.80}")
    lines = [f'<div class="bspsa-saved bspsa-saved-{name}">']
    if copy.rows:
        rows = "\n".join(_row(row) for row in copy.rows[:MOST_ROWS])
        heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
        lines += [
            "<table>",
            f"<caption>{_text(copy.caption)}</caption>",
            f"<thead><tr>{heads}</tr></thead>",
            f"<tbody>\n{rows}\n</tbody>",
            "</table>",
        ]
    else:
        lines.append(f"<p>{_text(copy.caption)}</p>")
    lines += [f"<p>{_text(note)}</p>" for note in _notes(copy)]
    return "\n".join([*lines, "</div>"])


def saved_text(copy: SavedCopy) -> str:
    """The same for a page without HTML: one line for each job."""
    rows = [" · ".join(cell for cell in _cells(row) if cell) for row in copy.rows[:MOST_ROWS]]
    return "\n".join([cleaned(copy.caption), *rows, *map(cleaned, _notes(copy))])


def moment_words(at: str) -> str:
    """An ISO 8601 moment for readers anywhere: "25 November 2026, 12:03 UTC"."""
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return at
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def cleaned(text: str) -> str:
    """One line, in which every character is to be seen; cut where it is long."""
    shown = " ".join(clean_text(text[: 4 * MOST_CHARACTERS]).split())
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[: MOST_CHARACTERS - 1]}…"


def _row(row: SavedRow) -> str:
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(row))}</tr>"


def _cells(row: SavedRow) -> tuple[str, ...]:
    system, project, title, job_id, stage, meaning = (cleaned(value) for value in row[:6])
    told = f"{stage}: {meaning}" if stage and meaning else stage or meaning
    return (system, project, title, job_id, told, cleaned(moment_words(row.at)))


def _notes(copy: SavedCopy) -> tuple[str, ...]:
    more = len(copy.rows) - MOST_ROWS
    counted = f"… and {more} more." if more > 0 else ""
    as_of = f"As of {moment_words(copy.at)}." if copy.at else ""
    return tuple(filter(None, (counted, *copy.notes, as_of)))


def _text(text: str) -> str:
    return html.escape(cleaned(text))
