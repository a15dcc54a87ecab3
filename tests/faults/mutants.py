"""Row 20: are the tests any good? Bugs are planted, one at a time, and each must be caught.

`python -m tests.faults --mutants`: every one; `--mutants 2 --seed N`: so many of them. A bug
is a change to the source in a copy of the project; where the text that it changes is no longer
there exactly once, that is a failure, too. The checks pass without a bug: this is seen first.
Caught means that a test failed, or that a row found something, and said what. A bug that only
breaks the program (a name that is not there, a test that cannot be set up) is not caught.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 120.0  # of one check
PYTEST = ("pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider")
ROWS = ("tests.faults", "--seed", "20")
WIDE = {"COLUMNS": "300"}  # so that pytest does not cut off why a test failed
WORDS_SHOWN = 60  # characters of what a check said

# How a check says what it found, and what is no finding: the bug broke the program itself.
FOUND = re.compile(r"^(?:FAILED \S+(?:\[.*?\])? - |row \w+, )(.+)$", re.MULTILINE)
BROKEN = re.compile(
    r"wrong: (?:the case broke|never came to)"
    r"|(?:Name|Import|ModuleNotFound|Syntax|UnboundLocal|Attribute)Error"
)


@dataclass(frozen=True)
class Edit:
    """In `file` of the package, `old` becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A bug, and the check that must fail with it: arguments of `python -m`."""

    name: str
    check: tuple[str, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Said:
    """How a check ended: its exit code, and all it wrote. None: it did not end in time."""

    code: int | None
    text: str = ""

    @property
    def is_clean(self) -> bool:
        return self.code == 0

    @property
    def finding(self) -> str:
        """What it found wrong in the program, in its own words; "" for nothing at all."""
        if self.code != 1:
            return ""
        return next((said for said in FOUND.findall(self.text) if not BROKEN.match(said)), "")


def _by(*selection: str) -> tuple[str, ...]:
    return (*PYTEST, *selection)


def _by_row(key: str) -> tuple[str, ...]:
    return (*ROWS, "--row", key)


_SEND = """        return await self._client.submit(
            self._request, self._archive, progress=progress, on_first_byte=began
        )
"""
_SEND_TWICE = """        for attempt in (1, 2):
            try:
                return await self._client.submit(
                    self._request, self._archive, progress=progress, on_first_byte=began
                )
            except Unconfirmed:
                if attempt == 2:
                    raise
        raise AssertionError
"""
_MOVE = (
    '        await self._keeper.move("sending", baseline=proof.baseline, '
    "quota_before=proof.hours_left)\n"
)
_BEGIN = '            self._database.execute("BEGIN IMMEDIATE")\n'
_YIELD = "            try:\n                yield self._database\n"
_COMMIT = '                self._database.execute("COMMIT")\n'
_HANDOVER = "submission/handover.py"
_LEDGER = "tests/submission/test_flow.py::test_the_end_of_a_submission_is_what_the_ledger_says"

MUTANTS = (
    Mutant("a POST is retried", _by_row("1a"), (Edit(_HANDOVER, _SEND, _SEND_TWICE),)),
    Mutant(
        "the record is written after the send",
        _by_row("3"),
        (
            Edit(_HANDOVER, _MOVE, "        self._proof = proof\n"),
            Edit(
                _HANDOVER,
                "            job = await post\n",
                "            job = await post\n    " + _MOVE.replace("proof.", "self._proof."),
            ),
        ),
    ),
    Mutant(
        "the marker is not checked",
        _by("tests/submission/test_reconcile.py"),
        (
            Edit(
                "submission/reconcile.py",
                "    if job.marker != record.marker:\n",
                "    if not job.marker:\n",
            ),
        ),
    ),
    Mutant(
        "an older job is adopted",
        _by("tests/submission/test_reconcile.py"),
        (
            Edit(
                "submission/reconcile.py",
                "    return record.baseline is None or job.id is None or job.id > record.baseline",
                "    return True",
            ),
        ),
    ),
    Mutant(
        "containment by startswith",
        _by("tests/widgets/test_browse.py"),
        (
            Edit(
                "widgets/browse.py",
                "place == home or home in place.parents",
                "str(place).startswith(str(home))",
            ),
        ),
    ),
    Mutant(
        "the token is a trait",
        _by("tests/widgets/test_requests.py", "-k", "token"),
        (
            Edit(
                "widgets/form_panel.py",
                "    folder_info = traitlets.Dict(",
                '    token = traitlets.Unicode("").tag(sync=True)\n'
                "    folder_info = traitlets.Dict(",
            ),
            Edit(
                "widgets/job_submitter.py",
                "        self._held.run(self._greeting.take_token(token)",
                '        self.set_trait("token", token)\n'
                "        self._held.run(self._greeting.take_token(token)",
            ),
        ),
    ),
    Mutant(
        "absence is taken as proof",
        _by(_LEDGER),
        (
            Edit(
                "submission/settle.py",
                "                raise words.unconfirmed(keeper.record, problem, drop)\n",
                "                from bspsa_widgets.errors import Refused\n"
                '                raise Refused("It is not there.", status=404)\n',
            ),
        ),
    ),
    Mutant(
        "a 500 is called refused",
        _by("tests/client/test_failures.py"),
        (
            Edit(
                "client/failures.py",
                '    Row(None, None, "unknown"',
                '    Row(500, None, "refused", ""),\n    Row(None, None, "unknown"',
            ),
        ),
    ),
    Mutant(
        "a cancel after the first byte aborts the POST",
        _by("tests/submission/test_flow.py", "-k", "cancel_after_the_first_byte"),
        (
            Edit(
                _HANDOVER,
                "        if self.may_be_sent:\n            self._late.set()\n"
                "        else:\n            self._is_stopped = True\n",
                "        self._is_stopped = True\n        self.may_be_sent = False\n",
            ),
        ),
    ),
    Mutant(
        "`failed` is believed before the end",
        _by("tests/domain/test_jobs.py"),
        (
            Edit(
                "domain/jobs.py",
                "        if not self.terminal_stage:\n            return None\n",
                "        if not (self.terminal_stage or self.failed):\n            return None\n",
            ),
        ),
    ),
    Mutant(
        "the guard is off",
        _by_row("4"),
        (
            Edit(
                "submission/guard.py",
                '        earlier = None if repeat == "allow" else _earlier_like(records, record)\n',
                "        earlier = None\n",
            ),
        ),
    ),
    Mutant(
        "redirects are followed",
        _by("tests/client/test_contract.py", "-k", "redirect"),
        (Edit("client/transport.py", "follow_redirects=False", "follow_redirects=True"),),
    ),
    Mutant(
        "who looks for the job sends it again",
        _by(_LEDGER),
        (
            Edit(
                _HANDOVER,
                "        self._tell(Unsure(error))\n",
                "        self._tell(Unsure(error))\n        await self._post()\n",
            ),
        ),
    ),
    Mutant(
        "a broken upload ends in the orderly way",
        _by("tests/client/test_sending.py"),
        (
            Edit(
                "client/sending.py",
                "            self._set_close(_RESET)\n",
                "            self._set_close(_ORDERLY)\n",
            ),
        ),
    ),
    Mutant(
        "a submission is answered before it is on the disk",
        _by_row("19e"),
        (
            Edit(
                "service/store.py",
                _BEGIN + _YIELD + _COMMIT,
                f"            if not self._database.in_transaction:\n    {_BEGIN}{_YIELD}"
                f"                if self._database.total_changes % 8 == 0:\n    {_COMMIT}",
            ),
        ),
    ),
    Mutant(
        "the sweep takes finished jobs' files",
        _by_row("19e"),
        (
            Edit(
                "service/server.py",
                "known = store.job_ids()",
                "known = {job.job_id for job in store.unfinished()}",
            ),
        ),
    ),
    Mutant(
        "a job is removed as soon as it is over",
        _by_row("19e"),
        (Edit("service/pruning.py", "datetime.now(UTC) - keep", "datetime.now(UTC)"),),
    ),
    Mutant(
        "a server's name is a path",
        _by_row("13"),
        (Edit("client/download.py", "folder / safe_name(name)", "folder / name"),),
    ),
    Mutant(
        "a short file is called complete",
        _by_row("14a"),
        (Edit("client/download.py", "if length is not None and got != length:", "if False:"),),
    ),
    Mutant(
        "one client downloads several files at once",
        _by_row("14c"),
        (Edit("client/turn.py", "        async with self._here:\n", "        if True:\n"),),
    ),
    Mutant(
        "two kernels download at once",
        _by_row("14c"),
        (
            Edit(
                "client/turn.py",
                "self._is_shared = not endpoint.is_loopback",
                "self._is_shared = False",
            ),
        ),
    ),
)


def copy_to(place: Path) -> Path:
    """The project as it is now, without what is only built or installed."""
    ignored = shutil.ignore_patterns("__pycache__", "artefacts", "node_modules")
    for name in ("bspsa_widgets", "tests"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, place / name)
    return place


def said(place: Path, check: tuple[str, ...]) -> Said:
    """What a check says of that copy."""
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", *check],
            cwd=place,
            env=os.environ | WIDE,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Said(None)
    return Said(done.returncode, done.stdout + done.stderr)


def said_with(mutant: Mutant, place: Path) -> Said:
    """What its check says with the bug planted. The copy is as it was when this returns."""
    before: dict[Path, str] = {}
    try:
        for edit in mutant.edits:
            file = place / "bspsa_widgets" / edit.file
            text = file.read_text(encoding="utf-8")
            before.setdefault(file, text)
            found = text.count(edit.old)
            if found != 1:
                raise RuntimeError(f"{mutant.name}: {edit.file} has {found} times {edit.old!r}")
            file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        return said(place, mutant.check)
    finally:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")


def is_the_copy(place: Path) -> bool:
    """Whether the copy is what is tested there, and not what is installed."""
    found = subprocess.run(
        [sys.executable, "-m", "bspsa_widgets", "--help"],
        cwd=place,
        capture_output=True,
        check=False,
    )
    asked = "import bspsa_widgets; print(bspsa_widgets.__file__)"
    named = subprocess.run(
        [sys.executable, "-c", asked], cwd=place, capture_output=True, text=True, check=True
    )
    return found.returncode == 0 and Path(named.stdout.strip()).is_relative_to(place.resolve())


def run(count: int, seed: int) -> int:
    """Plant so many bugs, all for 0, and print what caught each.

    Returns:
        1 where one survived; 2 where nothing can be said, since a check fails without any.
    """
    print(f"seed {seed}", flush=True)
    chosen = random.Random(seed).sample(MUTANTS, min(count or len(MUTANTS), len(MUTANTS)))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = copy_to(Path(folder))
        if not is_the_copy(place):
            print("The tests would not run on the copy.")
            return 2
        for check in dict.fromkeys(mutant.check for mutant in chosen):
            clean = said(place, check)
            if not clean.is_clean:
                print(f"fails without any bug: {' '.join(check)}\n{clean.text}")
                return 2
        caught = sum(_is_caught(mutant, place) for mutant in chosen)
    print(f"{len(chosen)} bugs planted, {caught} caught")
    return 0 if caught == len(chosen) else 1


def _is_caught(mutant: Mutant, place: Path) -> bool:
    """Plant it, and print what was found."""
    start = time.monotonic()
    ended = said_with(mutant, place)
    took = time.monotonic() - start
    by = _name(mutant.check)
    if ended.finding:
        words = f"caught by {by} ({took:.0f} s)\n    {ended.finding[:WORDS_SHOWN]}"
    else:
        words = f"SURVIVED {by} (exit {ended.code}, {took:.0f} s)\n{ended.text}"
    print(f"{mutant.name:46} {words}", flush=True)
    return bool(ended.finding)


def _name(check: tuple[str, ...]) -> str:
    """Of a check, in short."""
    if check[: len(ROWS)] == ROWS:
        return f"row {check[-1]}"
    return " ".join(check[len(PYTEST) :])
