"""Row 19: the local service is killed, at any moment, under load.

A real service and clients of all kinds; after each `kill -9`, from outside or at a step of
its own, it is started again in its directory, and what it has is held against what it was
handed. Some are killed again while they start. Some jobs are made to have been over for too
long, so that they are removed.
"""

from __future__ import annotations

import math
import random
import shutil
import sqlite3
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bspsa_widgets.service.executors.local.process_tree import terminate_job
from bspsa_widgets.service.storage.job_folder import JobFolder
from tests.faults.figures import Case
from tests.faults.local_service.crowd import Crowd, cancel_most
from tests.faults.local_service.custody import Custody, running_in, spent_by
from tests.faults.local_service.lives import SECONDS, Lives, Unstarted
from tests.faults.local_service.parcels import Ledger
from tests.faults.rows import Row
from tests.service.running import running_with

KILLS = 4  # of one case, in the same directory
AIMED = 0.6  # of the kills are at a step of the service's own
FIRST_STEPS, MOST_STEPS = 30, 150  # of which one is drawn, in a start and under load
ROWS_OF_STEPS = 0.4  # are to the database, about
MOST_MOVES = 120  # of the clients, until a kill that is not aimed
LOAD = 1.5  # seconds that either may take
WAITING = 2  # jobs that wait for their turn and are to run
SETTINGS = 'keep = "1h"\nat_once = 3\n'  # no case takes an hour
LONG_AGO = "2020-02-02T02:02:02Z"


def play(case: Case) -> None:
    """Several lives in one directory, each of them killed, and the last one at leisure."""
    drawn = random.Random(case.seed)
    root = Path(tempfile.mkdtemp())
    lives, ledger = Lives(root / "service"), Ledger()
    lives.directory.mkdir()
    (lives.directory / "service.toml").write_text(SETTINGS)
    custody = Custody(lives, ledger)
    try:
        for number in range(KILLS):
            steps = drawn.randint(1, MOST_STEPS) if drawn.random() < AIMED else 0
            _start(case, lives, drawn, steps)
            custody.judge_start()
            _note_fates(case, ledger, str(number - 1))
            cancel_most(lives, ledger, WAITING)
            _load_and_kill(lives, ledger, drawn, str(number), is_aimed=bool(steps))
            _note_kill(case, lives, ledger, is_aimed=bool(steps))
        _start(case, lives, drawn, 0)
        custody.judge_start()
        cancel_most(lives, ledger, WAITING)
        custody.judge_end()
    except Unstarted as error:
        ledger.wrong(f"it does not start any more: {error}")
    except TimeoutError as error:
        ledger.wrong(str(error))
    finally:
        _end(case, lives, ledger)
        shutil.rmtree(root, ignore_errors=True)


def _start(case: Case, lives: Lives, drawn: random.Random, steps: int) -> None:
    """It may be killed in a start or two before."""
    while drawn.random() < 0.2:
        lives.begin(drawn.randint(1, FIRST_STEPS), "start")
        with suppress(Unstarted):
            lives.ready()
        case.note("killed in a start", lives.is_gone(0.0))
        lives.kill()
    only_rows = drawn.random() < 0.5
    lives.begin(math.ceil(steps * ROWS_OF_STEPS) if only_rows else steps, only_rows=only_rows)
    lives.ready()


def _load_and_kill(
    lives: Lives, ledger: Ledger, drawn: random.Random, name: str, *, is_aimed: bool
) -> None:
    crowd = Crowd(lives, ledger, drawn, name)
    moves, later = drawn.randint(1, MOST_MOVES), drawn.uniform(0, 0.02)
    if is_aimed:  # else later: it might be dead already
        _age(lives, ledger, drawn)
        lives.arm()
    with crowd.at_work():
        try:
            if is_aimed:
                lives.is_gone(LOAD)
            else:
                crowd.wait(moves // 2, LOAD / 2)
                _age(lives, ledger, drawn)
                crowd.wait(moves, LOAD / 2)
                time.sleep(later)  # so that the kill comes between two moves, too
        finally:
            lives.kill()


def _age(lives: Lives, ledger: Ledger, drawn: random.Random) -> None:
    """Let a job or two have ended long ago; the next life removes them."""
    over = [one for one in ledger.kept() if one.job_id in ledger.ends]
    chosen = drawn.sample(over, min(len(over), drawn.choice((0, 1, 2))))
    for parcel in chosen:
        folder = JobFolder(lives.directory / "jobs" / parcel.job_id, parcel.hpc)
        charge = math.ceil(parcel.form["runtime"] * 3600)
        ledger.spent[parcel.hpc] += spent_by(folder, charge)
        ledger.aged.add(parcel.job_id)
    database = sqlite3.connect(lives.directory / "service.db", timeout=SECONDS)
    with database:
        database.executemany(
            "UPDATE jobs SET end_date = ? WHERE job_id = ?",
            [(LONG_AGO, parcel.job_id) for parcel in chosen],
        )
    database.close()


def _note_kill(case: Case, lives: Lives, ledger: Ledger, *, is_aimed: bool) -> None:
    """Where it was hit."""
    case.note("aimed kills" if is_aimed else "kills")
    open_ones = [one for one in ledger.parcels.values() if one.sent is not None and not one.job_id]
    uploads = [one for one in open_ones if one.sent != one.size]
    case.note("killed in an upload", bool(uploads))
    case.note("killed before an answer", len(open_ones) > len(uploads))
    case.note("half received", any((lives.directory / "incoming").glob("*")))
    case.note("runners outlived it", len(running_in(lives.directory)))


def _note_fates(case: Case, ledger: Ledger, name: str) -> None:
    """What became of the submissions of the life before."""
    of_this = [one for title, one in ledger.parcels.items() if title.startswith(f"{name}-")]
    case.note("answered", sum(one.is_answered for one in of_this))
    unanswered = [one for one in of_this if not one.is_answered]
    case.note("unanswered, and made", sum(bool(one.job_id) for one in unanswered))
    case.note("unanswered, and not made", sum(not one.job_id for one in unanswered))


def _end(case: Case, lives: Lives, ledger: Ledger) -> None:
    """Nothing is left: neither a service nor a job, nor what ran it."""
    lives.kill()
    deadline = time.monotonic() + SECONDS
    while (left := running_with(str(lives.directory))) and time.monotonic() < deadline:
        time.sleep(0.02)  # between two looks; the deadline bounds them
    case.check(not left, f"{len(left)} processes are left")
    for folder in running_in(lives.directory):
        terminate_job(folder.path.name)
    case.note("removed after their time", len(ledger.aged))
    for is_lost, words in ledger.found:
        (case.lost if is_lost else case.wrong)(words)


ROWS = (Row("19e", "the local service is killed under load", 50, 2, play),)
