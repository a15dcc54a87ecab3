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

from tests.faults.planted_bugs import MUTANTS, PYTEST, ROWS, Mutant

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 120.0  # of one check
WIDE = {"COLUMNS": "300"}  # so that pytest does not cut off why a test failed
WORDS_SHOWN = 60  # characters of what a check said

# How a check says what it found, and what is no finding: the bug broke the program itself.
FOUND = re.compile(r"^(?:FAILED \S+(?:\[.*?\])? - |row \w+, )(.+)$", re.MULTILINE)
BROKEN = re.compile(
    r"wrong: (?:the case broke|never came to)"
    r"|(?:Name|Import|ModuleNotFound|Syntax|UnboundLocal|Attribute)Error"
)


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
            env=_environment(place),
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Said(None)
    return Said(done.returncode, done.stdout + done.stderr)


def _environment(place: Path) -> dict[str, str]:
    """In which a check, and all that it starts, runs on the copy."""
    return os.environ | WIDE | {"PYTHONPATH": str(place)}


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
        env=_environment(place),
        capture_output=True,
        check=False,
    )
    asked = "import bspsa_widgets; print(bspsa_widgets.__file__)"
    named = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=place,
        env=_environment(place),
        capture_output=True,
        text=True,
        check=True,
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
