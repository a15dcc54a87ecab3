"""Clients that all work at the same time, until their service is killed."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.faults.local_service.lives import Lives
from tests.faults.local_service.parcels import ARCHIVE, Ledger, Parcel, pack

CLIENTS = 5
MOST = 5  # submissions of one client
PIECE = 2**16  # bytes that are sent at once
DYING = 10.0  # seconds from the first broken connection to the process's end
PAUSE = 0.002  # seconds at most between two pieces


class Crowd:
    """The clients of one life.

    Args:
        name: of no other crowd: their submissions are called after it.
    """

    def __init__(self, lives: Lives, ledger: Ledger, drawn: random.Random, name: str) -> None:
        self._lives = lives
        self._ledger = ledger
        self._name = name
        self._seeds = [drawn.getrandbits(40) for _ in range(CLIENTS)]
        self._steps = 0
        self._stepped = threading.Condition()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They begin; the block must see to it that their service is killed."""
        threads = [
            threading.Thread(target=self._work, args=(number, random.Random(seed)))
            for number, seed in enumerate(self._seeds)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for thread in threads:
                thread.join()

    def wait(self, steps: int, seconds: float) -> None:
        """Until so many pieces have left and answers have come, at most so long."""
        with self._stepped:
            self._stepped.wait_for(lambda: self._steps >= steps, seconds)

    def _step(self) -> None:
        with self._stepped:
            self._steps += 1
            self._stepped.notify()

    def _work(self, client: int, drawn: random.Random) -> None:
        submitted = 0
        try:
            for number in count():
                act = drawn.random()
                if act < 0.6 and submitted < MOST:
                    submitted += 1
                    self._submit(f"{self._name}-{client}-{number}", drawn)
                elif act < 0.8:
                    self._cancel(drawn)
                else:
                    self._read(drawn)
                self._step()
                time.sleep(drawn.uniform(0, 2 * PAUSE))  # a person does not ask all the time
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not self._lives.is_gone(DYING):
                self._ledger.wrong(f"it lived, and a client was told {error!r}")

    def _submit(self, title: str, drawn: random.Random) -> None:
        parcel, body = pack(drawn, title)
        self._ledger.parcels[title] = parcel
        link = self._lives.link()
        try:
            self._send(link, parcel, body, drawn)
            answer = link.getresponse()
            if answer.status != 201:
                self._ledger.wrong(f"a submission was answered {answer.status}: {answer.read()!r}")
                return
            parcel.is_answered = True  # whatever becomes of the rest of it
            job = json.loads(answer.read())
            parcel.job_id = job["job_id"]
            self._ledger.see(job)
        finally:
            link.close()

    def _send(
        self, link: http.client.HTTPConnection, parcel: Parcel, body: bytes, drawn: random.Random
    ) -> None:
        link.putrequest("POST", f"/jobs/{parcel.hpc}/")
        link.putheader("Authorization", self._lives.authorization)
        link.putheader("Payload", json.dumps(parcel.form))
        link.putheader("Content-Length", str(len(body)))
        if body:
            link.putheader("Content-Disposition", f"attachment; filename={ARCHIVE}")
        link.endheaders()
        parcel.sent = 0
        for start in range(0, len(body), PIECE):
            link.send(body[start : start + PIECE])
            parcel.sent = min(start + PIECE, len(body))
            self._step()
            time.sleep(drawn.uniform(0, PAUSE))  # so that a kill finds some half sent

    def _cancel(self, drawn: random.Random) -> None:
        if parcel := self._one(drawn):
            cancel(self._lives, self._ledger, parcel)

    def _read(self, drawn: random.Random) -> None:
        if drawn.random() < 0.5:
            self._list()
        elif parcel := self._one(drawn):
            known = set(self._ledger.ends)
            status, job = self._lives.ask("GET", parcel.path)
            if status != 200:
                self._ledger.lost(f"{parcel.title} was answered {status}: {job}")
            else:
                self._ledger.see(job, known)

    def _list(self) -> None:
        told = {parcel.job_id for parcel in self._ledger.kept()}
        known = set(self._ledger.ends)
        _, jobs = self._lives.ask("GET", "/jobs/")
        for job in jobs:
            self._ledger.see(job, known)
        for job_id in told - {job["job_id"] for job in jobs}:
            self._ledger.lost(f"{job_id} is not in the list")

    def _one(self, drawn: random.Random) -> Parcel | None:
        known = self._ledger.kept()
        return drawn.choice(known) if known else None


def cancel(lives: Lives, ledger: Ledger, parcel: Parcel) -> None:
    """End a job, or find it ended."""
    parcel.is_cancelled = True
    status, job = lives.ask("DELETE", parcel.path)
    if status != 200 or not job["terminal_stage"]:
        ledger.wrong(f"a cancel was answered {status}: {job}")
    else:
        ledger.see(job)


def cancel_most(lives: Lives, ledger: Ledger, kept: int) -> None:
    """Of what waits for its turn, all but the first `kept`, so that a case has an end."""
    _, jobs = lives.ask("GET", "/jobs/")
    by_id = {parcel.job_id: parcel for parcel in ledger.kept()}
    waiting = [
        job for job in jobs if job["stage"] in ("QUEUED", "QUEUE") and job["job_id"] in by_id
    ]
    for job in reversed(waiting[kept:]):  # the last ones first: the others begin meanwhile
        cancel(lives, ledger, by_id[job["job_id"]])
