"""What a killed service must still have, held against what it was handed and what it said.

All that it said with a 201 is there, with its file byte for byte; nothing is there in part;
quotas are what the listed jobs account for; each job is run once, and ends as it must.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bspsa_widgets.service.config.catalogue import QUOTA_SECONDS
from bspsa_widgets.service.executors.runner.state import is_alive, read_state
from bspsa_widgets.service.storage.job_folder import JobFolder
from tests.faults.local_service.lives import SECONDS, Lives
from tests.faults.local_service.parcels import MARKS, Ledger, Parcel

Job = dict[str, Any]
_AT_MOST_ONCE = {"", "begun\n", MARKS}  # of a job that was cancelled
_STILL = ("id", "job_id", "title", "init_date", "runtime", "owner", "project_name", "project_hpc")


class Custody:
    """Looks at a service that nobody else asks meanwhile.

    Args:
        ledger: takes what is found, too.
    """

    def __init__(self, lives: Lives, ledger: Ledger) -> None:
        self._lives = lives
        self._ledger = ledger
        self._jobs = lives.directory / "jobs"

    def judge_start(self) -> None:
        """Just after a start."""
        lying = self._folders()  # before the first look at the list: it only gets shorter
        listed = self._listed()
        self._judge_sweep(lying, listed)
        listed = self._without_aged()
        self._judge_list(listed)
        for parcel in self._ledger.kept():
            self._judge_one(parcel, listed[parcel.title])
        self._judge_rows(listed)
        self._judge_quotas()

    def judge_end(self) -> None:
        """At the end of the last life: waits until all jobs are over."""
        self._until(
            lambda: all(job["terminal_stage"] for job in self._listed().values()),
            "a job never ends",
        )
        listed = self._listed()
        for parcel in self._ledger.kept():
            if parcel.title in listed and listed[parcel.title]["terminal_stage"]:
                self._judge_run(parcel, listed[parcel.title])
        self._judge_quotas()

    def _listed(self) -> dict[str, Job]:
        """All jobs by their titles."""
        jobs: list[Job] = self._lives.ask("GET", "/jobs/")[1]
        for key in ("id", "job_id", "title"):
            for value, count in Counter(job[key] for job in jobs).items():
                if count > 1:
                    self._ledger.wrong(f"{count} jobs with the {key} {value}")
        for job in jobs:
            self._ledger.see(job, self._ledger.ends)
        return {job["title"]: job for job in jobs}

    def _folders(self) -> set[str]:
        return {path.name for path in self._jobs.iterdir()}

    def _judge_sweep(self, lying: set[str], listed: dict[str, Job]) -> None:
        known = {job["job_id"] for job in listed.values()}
        for name in lying - known - self._ledger.aged:
            self._ledger.wrong(f"jobs/{name} is of no job, and was not swept away")
        if any((self._lives.directory / "incoming").glob("*")):
            self._ledger.wrong("what was half received was not swept away")

    def _without_aged(self) -> dict[str, Job]:
        """What has been over for too long goes soon after the start, as a whole."""
        aged = self._ledger.aged

        def gone() -> bool:
            known = {job["job_id"] for job in self._listed().values()}
            return not aged & (known | self._folders())

        self._until(gone, "a job that is over for long is not removed")
        return self._listed()

    def _judge_list(self, listed: dict[str, Job]) -> None:
        for title in listed.keys() - self._ledger.parcels.keys():
            self._ledger.wrong(f"{title} was never submitted")
        for parcel in self._ledger.parcels.values():
            job = listed.get(parcel.title)
            if parcel.job_id in self._ledger.aged:
                continue
            if job is not None and parcel.job_id not in ("", job["job_id"]):
                self._ledger.wrong(f"{parcel.title} was told as {parcel.job_id}: {job}")
            elif job is not None:
                parcel.job_id = job["job_id"]  # also of those that were not answered
            else:
                parcel.job_id = ""
                if parcel.is_answered:
                    self._ledger.lost(f"{parcel.title} was answered 201, and is not listed")
        folders = self._folders()
        for job in listed.values():
            if job["job_id"] not in folders:
                self._ledger.lost(f"{job['title']} has lost its folder")

    def _judge_one(self, parcel: Parcel, listed: Job) -> None:
        status, job = self._lives.ask("GET", parcel.path)
        if status != 200:
            self._ledger.lost(f"{parcel.title} is listed, and answered {status}: {job}")
            return
        self._ledger.see(job, self._ledger.ends)
        if any(job[key] != listed[key] for key in _STILL) or job["title"] != parcel.title:
            self._ledger.wrong(f"{parcel.title} is listed as {listed}, and is {job}")
        if job["runtime"] != parcel.form["runtime"]:
            self._ledger.wrong(f"{parcel.title} wants {parcel.form['runtime']} h: {job}")
        path = parcel.archive(self._jobs / parcel.job_id)
        content = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(content).hexdigest() != parcel.sha256:
            self._ledger.lost(f"{parcel.title}: {len(content)} of {parcel.size} bytes are there")

    def _judge_rows(self, listed: dict[str, Job]) -> None:
        """What was noted of the files."""
        database = sqlite3.connect(self._lives.directory / "service.db")
        rows = database.execute("SELECT title, size, sha256 FROM jobs").fetchall()
        database.close()
        noted = {title: (size, sha256) for title, size, sha256 in rows}
        if noted.keys() != listed.keys():
            self._ledger.wrong(f"listed and noted are not the same: {noted.keys() ^ listed.keys()}")
        for parcel in self._ledger.kept():
            if noted.get(parcel.title) != (parcel.size, parcel.sha256):
                self._ledger.wrong(f"{parcel.title} is noted with {noted.get(parcel.title)}")

    def _judge_quotas(self) -> None:
        for hpc in ("pizdaint", "nsg"):
            left, jobs = self._left_while_still(hpc)
            used = sum(self._used(job) for job in jobs) + self._ledger.spent[hpc]
            if used != QUOTA_SECONDS - left:
                words = f"{QUOTA_SECONDS - left} s were taken, {len(jobs)} jobs account for {used}"
                self._ledger.wrong(f"{hpc}: {words}")

    def _left_while_still(self, hpc: str) -> tuple[int, list[Job]]:
        """Quota and jobs of the same moment: jobs end, and only ever give back."""
        path = f"/quotas/{hpc}/bsp_{hpc}_01/"
        while True:
            before = self._lives.ask("GET", path)[1]["time_left"]
            jobs: list[Job] = self._lives.ask("GET", f"/jobs/{hpc}/")[1]
            if self._lives.ask("GET", path)[1]["time_left"] == before:
                return before, jobs

    def _used(self, job: Job) -> int:
        """Seconds: all that it may take, until it is known what it has taken."""
        charge = math.ceil(job["runtime"] * 3600)
        if not job["terminal_stage"]:
            return charge
        return spent_by(self._folder(job["job_id"]), charge)

    def _judge_run(self, parcel: Parcel, job: Job) -> None:
        folder = self._folder(parcel.job_id)
        marks, state = parcel.marks(folder.path), read_state(folder)
        shown = f"{parcel.title} ({parcel.code}) ended as {job['stage']}, {marks=}, {state}"
        if marks not in _AT_MOST_ONCE:
            self._ledger.wrong(f"{shown}: not run once")
        if job["stage"] == "CANCELED" and parcel.is_cancelled:
            return
        ends = ("SUCCESSFUL", "FAILED") if parcel.hpc == "pizdaint" else ("COMPLETED",) * 2
        right = (ends[bool(parcel.code)], bool(parcel.code))
        if (job["stage"], job["failed"]) != right or marks != MARKS:
            self._ledger.wrong(f"{shown}: not as it must")
        if state is None or state.code != parcel.code:
            self._ledger.wrong(f"{shown}: with another exit code")

    def _folder(self, job_id: str) -> JobFolder:
        return JobFolder(self._jobs / job_id, "nsg" if job_id.startswith("NGBW") else "pizdaint")

    def _until(self, look: Callable[[], bool], words: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not look():
            if time.monotonic() > deadline:
                raise TimeoutError(words)
            time.sleep(0.05)  # between two looks; the deadline bounds them


def spent_by(folder: JobFolder, charge: int) -> int:
    """Seconds that a job which is over has used, at most what it was charged."""
    state = read_state(folder)
    return 0 if state is None else min(charge, math.ceil(state.seconds))


def running_in(directory: Path) -> list[JobFolder]:
    """Jobs whose runners live, in a service's directory."""
    folders = [JobFolder(path, "") for path in (directory / "jobs").glob("*")]
    return [folder for folder in folders if is_alive(folder)]
