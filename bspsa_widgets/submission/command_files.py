"""Which files of the folder a command starts and is given, as far as that is plain to see.

A shell's language is beyond reading it from outside, and a warning that cries wolf is not
read the next time. So only what a known program is to start is taken, by a plain name, and
only where nothing before it may have made it.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from typing import NamedTuple

_NAME = re.compile(r"(\{folder\}/|\./)?[\w.+-]+(/[\w.+-]+)*")
_COMMENT = re.compile(r"(^|(?<=\s))#.*$", re.MULTILINE)
_SETTING = re.compile(r"\w+=.*", re.DOTALL)
_KEYWORDS = frozenset({"do", "then", "else", "elif", "if", "while", "until", "!", "{"})
# Programs that start another one.
_STARTERS = frozenset(
    {"srun", "aprun", "mpirun", "mpiexec", "time", "timeout", "nohup", "exec", "env", "nice"}
)
# Program: what the names of the files that it starts end with.
_SHELLS = {name: (".sh", ".bash") for name in ("sh", "bash", "source", ".")}
_RUNS = _SHELLS | {
    "python": (".py",),
    "nrniv": (".hoc", ".py"),
    "nrngui": (".hoc", ".py"),
    "Rscript": (".R", ".r"),
    "julia": (".jl",),
}
_PYTHON = re.compile(r"i?python(\d(\.\d+)?)?")
_TEXT_FOLLOWS = frozenset({"-c", "-m", "-e", "-i", "-"})  # or a module: no file is named
# What may bring any file; after it nothing is known.
_BRINGS = frozenset({"tar", "wget", "curl", "git", "rsync", "scp", "pushd", "popd", "eval"})
# What makes no file.
_MAKES_NONE = frozenset({"cd", "ls", "set", "export", "echo", "module", "chmod", "pwd", "unzip"})
_OUTPUTS = frozenset({">", ">>", ">&", "&>", "&>>", ">|"})
# Options behind which stands what is to be written.
_WRITES = re.compile(r"--?(o|out\w*|output\S*|log\S*|save\S*|dest\S*|results?\S*)")


class Named(NamedTuple):
    """Paths below the folder, in order, each once.

    Attributes:
        started: files that are started. by_themselves: those of them that are the program.
        given: what is given to the first of them: there, no other can have made it.
    """

    started: tuple[str, ...]
    by_themselves: tuple[str, ...]
    given: tuple[str, ...]


def named_files(command: str, folder: str, is_folder: Callable[[str], bool]) -> Named:
    """What a command names.

    Args:
        command: shell lines with `{archive}` and `{folder}` in them.
        folder: the folder's name. is_folder: whether a path below it is one that travels.
    """
    reader = _Reader(folder, is_folder)
    for words, is_fallback in _simple_commands(command):
        if not reader.reads(words, is_fallback):
            break
    found = (reader.started, reader.by_themselves, reader.given)
    return Named(*(tuple(dict.fromkeys(paths)) for paths in found))


def _simple_commands(command: str) -> Iterator[tuple[list[str], bool]]:
    """Words of each; whether it runs only where the one before it failed.

    Ends where a subshell or a text of several lines begins.
    """
    words: list[str] = []
    is_fallback = False
    for part in _parts(command):
        if any(sign in part for sign in ("(", ")", "<<")):
            break
        if not set(part) <= set(";&|\n"):
            words.append(part)
            continue
        yield words, is_fallback
        words = []
        joint = part.strip("\n")
        is_fallback = joint == "||" or (is_fallback and joint == "&&")
    yield words, is_fallback


def _parts(command: str) -> list[str]:
    text = _COMMENT.sub("", command.replace("\\\n", " "))
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quotation mark without its other half
        return []


class _Reader:
    """Where a command is, and what it has named so far.

    Attributes:
        started, by_themselves, given: as in `Named`.
    """

    def __init__(self, folder: str, is_folder: Callable[[str], bool]) -> None:
        self._folder = folder
        self._is_folder = is_folder
        self._place = "."  # seen from the job's directory, in which the archive lies
        self._made: set[str] = set()  # last parts of names that something may have written
        self._has_run = False  # a program that may have made anything
        self.started: list[str] = []
        self.by_themselves: list[str] = []
        self.given: list[str] = []

    def reads(self, words: list[str], is_fallback: bool) -> bool:
        """The next simple command; False where nothing is known from here on."""
        words = _without_prefix(words)
        if not words:
            return True
        if is_fallback:
            self._note(words)
            return words[0] not in ("cd", *_BRINGS)
        if words[0] == "cd":
            return self._goes(words[1:])
        if words[0] in _BRINGS or (words[0] == "unzip" and not _unpacks_here(words)):
            return False
        self._start(words)
        return True

    def _goes(self, words: list[str]) -> bool:
        if len(words) != 1:
            return False
        if words[0] != self._folder and not _NAME.fullmatch(words[0] + "/."):
            return False
        self._place = self._path(words[0])
        below = self._below(self._place)
        return below is not None and (below == "" or self._is_folder(below))

    def _start(self, words: list[str]) -> None:
        """A program: take the file that it starts, and note what else it names."""
        program = _program_at(words)
        file = _started(words[program:]) if program is not None else ""
        below = self._below(self._path(file)) if file and self._is_plain(file) else None
        if below and program is not None:
            self.started.append(below)
            if words[program] == file:
                self.by_themselves.append(below)
            if not self._has_run:
                self._take_given(words[words.index(file, program) + 1 :])
        if words[0] != "chmod":
            self._note(words)
        self._has_run = self._has_run or words[0] not in _MAKES_NONE

    def _take_given(self, words: list[str]) -> None:
        """The names among a program's arguments, but for what it is to write."""
        before = ""
        for word in words:
            if set(word) <= set(";&|\n") or word in _OUTPUTS or word == "tee":
                return
            option, _, value = word.partition("=") if word.startswith("-") else (before, "", word)
            value = value.rstrip("/")
            if value and not _WRITES.fullmatch(option) and _NAME.fullmatch(value):
                below = self._below(self._path(value))
                if below and posixpath.basename(below) not in self._made:
                    self.given.append(below)
            before = word

    def _is_plain(self, file: str) -> bool:
        """Whether it is the name of a file that was there before the command began."""
        if not _NAME.fullmatch(file) or posixpath.basename(file) in self._made:
            return False
        has_known_end = file.endswith(tuple(end for ends in _RUNS.values() for end in ends))
        return has_known_end or not self._has_run  # it may just have been compiled

    def _note(self, words: list[str]) -> None:
        self._made |= {posixpath.basename(word) for word in words}

    def _path(self, word: str) -> str:
        place = word.replace("{folder}", self._folder)
        return posixpath.normpath(posixpath.join(self._place, place))

    def _below(self, path: str) -> str | None:
        """The path seen from the folder; "" for the folder or what it lies in; else None."""
        if path in (".", self._folder):
            return ""
        inside = path.removeprefix(f"{self._folder}/")
        return inside if inside != path else None


def _without_prefix(words: list[str]) -> list[str]:
    while words and (words[0] in _KEYWORDS or _SETTING.fullmatch(words[0])):
        words = words[1:]
    return words


def _unpacks_here(words: list[str]) -> bool:
    return "{archive}" in words and "-d" not in words


def _program_at(words: list[str]) -> int | None:
    """Where the program stands; behind those that only start it."""
    if words[0] not in _STARTERS:
        return 0
    for at, word in enumerate(words):
        if _PYTHON.fullmatch(word) or word in _RUNS or word.startswith(("./", "{folder}/")):
            return at
    return None


def _started(words: list[str]) -> str:
    """The file that a program starts, or that is the program; "" where none is to be seen."""
    if words[0].startswith(("./", "{folder}/")):
        return words[0]
    ends = _RUNS.get("python" if _PYTHON.fullmatch(words[0]) else words[0], ())
    for word in words[1:]:
        if word in _TEXT_FOLLOWS or word in _OUTPUTS:
            return ""
        if not word.startswith("-"):
            return word if ends and word.endswith(ends) else ""
    return ""
