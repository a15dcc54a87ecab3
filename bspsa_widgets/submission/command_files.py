"""Finds the files of the folder that a command starts or gets as arguments.

Shell syntax cannot be analysed completely, and users ignore warnings that are often wrong. So only
plain file names are taken that a known program starts, and only if no earlier command can have
created them.
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
_TEXT_FOLLOWS = frozenset({"-c", "-m", "-e", "-i", "-"})  # code or a module follows, not a file
# Programs that may create any file; after them nothing is known.
_BRINGS = frozenset({"tar", "wget", "curl", "git", "rsync", "scp", "pushd", "popd", "eval"})
# Programs that create no file.
_MAKES_NONE = frozenset({"cd", "ls", "set", "export", "echo", "module", "chmod", "pwd", "unzip"})
_OUTPUTS = frozenset({">", ">>", ">&", "&>", "&>>", ">|"})
# Options that are followed by the name of an output.
_WRITES = re.compile(r"--?(o|out\w*|output\S*|log\S*|save\S*|dest\S*|results?\S*)")


class NamedPaths(NamedTuple):
    """Paths below the folder that a command names, in order, each once.

    Attributes:
        started: files that are started.
        by_themselves: those of `started` that are run as a program of their own.
        given: arguments of the first started file: no earlier command can have created them.
    """

    started: tuple[str, ...]
    by_themselves: tuple[str, ...]
    given: tuple[str, ...]


def named_files(command: str, folder: str, is_folder: Callable[[str], bool]) -> NamedPaths:
    """Return the files that a command names.

    Args:
        command: shell lines, which may contain `{archive}` and `{folder}`.
        folder: name of the folder.
        is_folder: returns whether a path below the folder is a folder that is sent.

    Returns:
        the named paths.
    """
    reader = _Reader(folder, is_folder)
    for words, is_fallback in _simple_commands(command):
        if not reader.reads(words, is_fallback):
            break
    found = (reader.started, reader.by_themselves, reader.given)
    return NamedPaths(*(tuple(dict.fromkeys(paths)) for paths in found))


def _simple_commands(command: str) -> Iterator[tuple[list[str], bool]]:
    """Yield each command's words, and whether it runs only if the previous one fails.

    Ends at a subshell or a here-document.
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
    except ValueError:  # an unclosed quotation mark
        return []


class _Reader:
    """Reads simple commands one by one and collects the files that they name.

    Attributes:
        started: as in `NamedPaths`.
        by_themselves: as in `NamedPaths`.
        given: as in `NamedPaths`.
    """

    def __init__(self, folder: str, is_folder: Callable[[str], bool]) -> None:
        self._folder = folder
        self._is_folder = is_folder
        self._place = "."  # relative to the job's directory, which holds the archive
        self._made: set[str] = set()  # base names that an earlier command may have written
        self._has_run = False  # a program that may have created any file
        self.started: list[str] = []
        self.by_themselves: list[str] = []
        self.given: list[str] = []

    def reads(self, words: list[str], is_fallback: bool) -> bool:
        """Read the next simple command; return False if nothing after it can be known."""
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
        """Take the file that a program starts, and note all names that it uses."""
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
        """Take the files among a program's arguments, except those that it writes."""
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
        """Return whether this is a file that existed before the command began."""
        if not _NAME.fullmatch(file) or posixpath.basename(file) in self._made:
            return False
        has_known_end = file.endswith(tuple(end for ends in _RUNS.values() for end in ends))
        return has_known_end or not self._has_run  # otherwise it may just have been compiled

    def _note(self, words: list[str]) -> None:
        self._made |= {posixpath.basename(word) for word in words}

    def _path(self, word: str) -> str:
        place = word.replace("{folder}", self._folder)
        return posixpath.normpath(posixpath.join(self._place, place))

    def _below(self, path: str) -> str | None:
        """Return the path relative to the folder; "" for the folder or its parent, else None."""
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
    """Return the index of the program, after wrappers such as `srun`."""
    if words[0] not in _STARTERS:
        return 0
    for at, word in enumerate(words):
        if _PYTHON.fullmatch(word) or word in _RUNS or word.startswith(("./", "{folder}/")):
            return at
    return None


def _started(words: list[str]) -> str:
    """Return the file that a program starts, or that is the program; "" if not known."""
    if words[0].startswith(("./", "{folder}/")):
        return words[0]
    ends = _RUNS.get("python" if _PYTHON.fullmatch(words[0]) else words[0], ())
    for word in words[1:]:
        if word in _TEXT_FOLLOWS or word in _OUTPUTS:
            return ""
        if not word.startswith("-"):
            return word if ends and word.endswith(ends) else ""
    return ""
