"""Safe file names: from a name of the server to a name on this disk."""

from __future__ import annotations

import re
import unicodedata

from bspsa_widgets.domain.clean_text import is_unseen
from bspsa_widgets.domain.jobs import Job

MOST_BYTES = 120  # of a name on disk: below every file system's limit, room for a suffix
MOST_READ = 2_000  # characters of a server's name: cutting takes quadratic time

_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE
)


def safe_name(name: str) -> str:
    """Return one plain file name, safe on any system, for a name that came from a server.

    This is the only way from a server's name to a path: no separators, drive, device name,
    leading dot, trailing dot or space, no invisible characters, bounded length.

    Args:
        name: name as the server gave it.

    Returns:
        The safe name, never empty; unchanged if it is safe already.
    """
    if len(name) > MOST_READ:
        name = name[: MOST_READ // 2] + name[-MOST_READ // 2 :]
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    text = "".join("_" if is_unseen(character) else character for character in text)
    text = _cut(_UNSAFE.sub("_", text).strip(" ."))
    return _cut(f"file_{text}") if not text or _DEVICES.fullmatch(text) else text


def _cut(text: str) -> str:
    """Cut a name to `MOST_BYTES`; a short suffix is kept."""
    while len(text.encode()) > MOST_BYTES:
        stem, dot, suffix = text.rpartition(".")
        text = f"{stem[:-1]}.{suffix}" if dot and stem and len(suffix) <= 10 else text[:-1]
    return text.rstrip(" .")


def results_folder(job: Job) -> str:
    """Return the name of a job's results folder: `<title>-<end of the id>`.

    Args:
        job: the job.

    Returns:
        A readable name, different for each job.
    """
    return safe_name(f"{safe_name(job.title or 'job')[:60]}-{job.job_id[-7:]}")
