"""Row 20: are the tests any good? Bugs are planted, one at a time, and each must be caught.

`python -m tests.faults.mutants`: every one; `--sample 2 --seed N`: so many of them. A bug is
a change to the source in a copy of the project; where the text that it changes is no longer
there exactly once, that is a failure, too. The checks pass without a bug: this is seen first.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 120.0  # of one check; a bug that makes it hang is caught as well
PYTEST = ("pytest", "-q", "-x", "-p", "no:cacheprovider")


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


def _by(*selection: str) -> tuple[str, ...]:
    return (*PYTEST, *selection)


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
_HANDOVER = "submission/handover.py"
_LEDGER = "tests/submission/test_flow.py::test_the_end_of_a_submission_is_what_the_ledger_says"

MUTANTS = (
    Mutant("a POST is retried", _by(_LEDGER), (Edit(_HANDOVER, _SEND, _SEND_TWICE),)),
    Mutant(
        "the record is written after the send",
        _by("tests/submission/test_handover.py", "-k", "on_disk_before_the_first_byte"),
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
        _by("tests/submission/test_guard.py"),
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
)


def copy_to(place: Path) -> Path:
    """The project as it is now, without what is only built or installed."""
    ignored = shutil.ignore_patterns("__pycache__", "artefacts", "node_modules")
    for name in ("bspsa_widgets", "tests"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, place / name)
    return place


def passes(place: Path, check: tuple[str, ...]) -> bool:
    """Whether the check holds in that copy. Only 1 is a failure; all else is a fault here."""
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", *check],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(check)} cannot be run:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def survives(mutant: Mutant, place: Path) -> bool:
    """Whether the bug goes unseen. The copy is as it was when this returns."""
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
        return passes(place, mutant.check)
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


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m tests.faults.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=len(MUTANTS))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked = parser.parse_args(arguments)
    print(f"seed {asked.seed}", flush=True)
    chosen = random.Random(asked.seed).sample(MUTANTS, min(asked.sample, len(MUTANTS)))
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = copy_to(Path(folder))
        if not is_the_copy(place):
            print("The tests would not run on the copy.")
            return 2
        for check in dict.fromkeys(mutant.check for mutant in chosen):
            if not passes(place, check):
                print(f"fails without any bug: {' '.join(check)}")
                return 2
        for mutant in chosen:
            start = time.monotonic()
            survived = survives(mutant, place)
            survivors += survived
            by = "SURVIVED" if survived else "caught by"
            named = " ".join(mutant.check[len(PYTEST) :])
            print(f"{mutant.name:46} {by} {named} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{len(chosen)} bugs planted, {len(chosen) - survivors} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
