"""Table in plain HTML that a saved notebook shows where no widget is.

Pages that show it drop scripts, styles and most attributes, so everything is said in words. Strings
of a service are plain text in it: escaped, without terminal codes and direction marks.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.domain.clean_text import clean_text

MOST_ROWS = 50  # jobs to show; more would make the notebook too large
MOST_CHARACTERS = 300  # of one table cell

HEADS = ("System", "Project", "Title", "Job", "Stage", "As of")

_NAME = re.compile(r"[a-z0-9-]{1,64}")
# Not from `calendar`, whose names depend on the locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class SavedRow(NamedTuple):
    """A job as it was last known.

    Attributes:
        system: name of the system for the user.
        project: project as the service names it.
        title: title as the service has it.
        job_id: id of the job.
        stage: stage as the service names it.
        meaning: the stage in plain words.
        at: when it was read, ISO 8601; "" if not known.
    """

    system: str
    project: str
    title: str
    job_id: str
    stage: str
    meaning: str
    at: str


class SavedHtml(NamedTuple):
    """Content of the copy.

    Attributes:
        caption: what this is a copy of.
        rows: jobs, newest first; of more than `MOST_ROWS` the rest is counted.
        notes: sentences below the table.
        at: when it was read, ISO 8601; "" if the rows say so, or not known.
    """

    caption: str
    rows: tuple[SavedRow, ...] = ()
    notes: tuple[str, ...] = ()
    at: str = ""


def saved_html(copy: SavedHtml, name: str) -> str:
    """Return the copy as HTML that needs no other resources.

    Args:
        copy: the content.
        name: name of the panel, by which the view hides the copy; lower-case letters, digits and
            dashes.

    Returns:
        the HTML.

    Raises:
        ValueError: `name` has other characters.
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


def saved_text(copy: SavedHtml) -> str:
    """Return the copy as text, one line for each job.

    Args:
        copy: the content.

    Returns:
        the text.
    """
    rows = [" · ".join(cell for cell in _cells(row) if cell) for row in copy.rows[:MOST_ROWS]]
    return "\n".join([cleaned(copy.caption), *rows, *map(cleaned, _notes(copy))])


def moment_words(at: str) -> str:
    """Return a date in words: "25 November 2026, 12:03 UTC".

    Args:
        at: date in ISO 8601.

    Returns:
        the words; `at` itself if it is not a date.
    """
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return at
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def cleaned(text: str) -> str:
    """Return a text as one line with only visible characters, cut if it is long.

    Args:
        text: the text.

    Returns:
        the line.
    """
    shown = " ".join(clean_text(text[: 4 * MOST_CHARACTERS]).split())
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[: MOST_CHARACTERS - 1]}…"


def _row(row: SavedRow) -> str:
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(row))}</tr>"


def _cells(row: SavedRow) -> tuple[str, ...]:
    system, project, title, job_id, stage, meaning = (cleaned(value) for value in row[:6])
    told = f"{stage}: {meaning}" if stage and meaning else stage or meaning
    return (system, project, title, job_id, told, cleaned(moment_words(row.at)))


def _notes(copy: SavedHtml) -> tuple[str, ...]:
    more = len(copy.rows) - MOST_ROWS
    counted = f"… and {more} more." if more > 0 else ""
    as_of = f"As of {moment_words(copy.at)}." if copy.at else ""
    return tuple(filter(None, (counted, *copy.notes, as_of)))


def _text(text: str) -> str:
    return html.escape(cleaned(text))
