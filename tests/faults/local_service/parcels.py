"""What is handed to a service that will be killed, and what was heard of it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIZES = (0, 0, 300, 5_000, 5_000, 20_000, 150_000, 700_000, 2_000_000)  # bytes
SECONDS = (0.1, 0.3, 0.3, 0.8, 1.5)  # that a job takes at most, beside its start
ARCHIVE = "job.zip"
MARKS = "begun\nended\n"  # what a job writes that was run once, to its end

_COMMAND = "echo begun >> mark; sleep {seconds}; echo ended >> mark; exit {code}"
_PROGRAM = """
import sys, time
def mark(word):
    with open("mark", "a") as file:
        file.write(word + "\\n")
mark("begun")
time.sleep({seconds})
mark("ended")
sys.exit({code})
"""


@dataclass
class Parcel:
    """One submission.

    Attributes:
        title: of no other. hpc: `pizdaint` or `nsg`. form: its Payload.
        size, sha256: of the file that goes with it; size 0: none does.
        code: the exit code of the job.
        sent: bytes of the file that have left so far; None: not even the head has.
        is_answered: with a 201. job_id: as told, or as found later.
        is_cancelled: somebody has asked for that, answered or not.
    """

    title: str
    hpc: str
    form: dict[str, Any]
    size: int
    sha256: str
    code: int
    sent: int | None = None
    is_answered: bool = False
    job_id: str = ""
    is_cancelled: bool = False

    @property
    def path(self) -> str:
        return f"/jobs/{self.hpc}/bsp_{self.hpc}_01/{self.job_id}/"

    def archive(self, folder: Path) -> Path:
        """Where it must lie, below the job's folder."""
        return folder / ("input" if self.hpc == "nsg" else "work") / ARCHIVE

    def marks(self, folder: Path) -> str:
        """What the job itself has written."""
        path = folder / "work" / ("m/mark" if self.hpc == "nsg" else "mark")
        return path.read_text() if path.exists() else ""


def pack(drawn: random.Random, title: str) -> tuple[Parcel, bytes]:
    """A new one, and its file."""
    hpc, size = drawn.choice(("pizdaint", "nsg")), drawn.choice(SIZES)
    seconds, code = f"{drawn.uniform(0, drawn.choice(SECONDS)):.2f}", drawn.choice((0, 0, 3))
    form = {"title": title, "node_number": 1, "core_number": 1}
    form["runtime"] = round(drawn.uniform(0.1, 3), 4)
    body = drawn.randbytes(size)
    if hpc == "nsg":
        body = _zipped(_PROGRAM.format(seconds=seconds, code=code), body)
        form |= {"tool": "PY_TG", "init_file": "init.py"}
    else:
        form["command"] = _COMMAND.format(seconds=seconds, code=code)
    return Parcel(title, hpc, form, len(body), hashlib.sha256(body).hexdigest(), code), body


def _zipped(program: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("m/init.py", program)
        archive.writestr("m/data", data)
    return buffer.getvalue()


@dataclass
class Ledger:
    """All submissions by their titles, and what was seen of their jobs. Used by many threads.

    Attributes:
        ends: jobs as they were shown when they were over, by their job ids.
        aged: ids of jobs that have been over for too long to be kept.
        spent: seconds that these have used, by system.
        found: what is not as it must be, in words, and whether a job is lost by it.
    """

    parcels: dict[str, Parcel] = field(default_factory=dict)
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    aged: set[str] = field(default_factory=set)
    spent: dict[str, int] = field(default_factory=lambda: {"pizdaint": 0, "nsg": 0})
    found: list[tuple[bool, str]] = field(default_factory=list)

    def kept(self) -> list[Parcel]:
        """Those with a job that is known and is to stay."""
        known = list(self.parcels.values())
        return [one for one in known if one.job_id and one.job_id not in self.aged]

    def see(self, job: dict[str, Any], known: Container[str] = ()) -> None:
        """A job as it was shown: an end is for ever.

        Args:
            known: jobs that were known to be over before it was asked for.
        """
        if job["job_id"] in self.aged:
            return  # its end was moved
        end = self.ends.get(job["job_id"]) if job["job_id"] in known else None
        if job["terminal_stage"]:
            end = self.ends.setdefault(job["job_id"], job)
        if end is not None and end != job:
            self.wrong(f"it had ended as {json.dumps(end)}, and is {json.dumps(job)}")

    def wrong(self, words: str) -> None:
        self.found.append((False, words))

    def lost(self, words: str) -> None:
        self.found.append((True, words))
