"""Error messages of Python."""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.rule import LESS, UNPACK, Rule

_MODULE = (
    "Put the module into the folder that you send, install it in the command, or choose a "
    "tool that has it."
)

PYTHON: tuple[Rule, ...] = (
    Rule(
        "module not found",
        r"ModuleNotFoundError: No module named '(?P<what>[^']+)",
        "The Python module {what} is missing where the job ran.",
        "The Python there does not have it, and it is not in the folder either.",
        _MODULE,
        "Python",
        "exception",
    ),
    Rule(
        "module not found",
        r"\bpython[\w.]*: No module named '?(?P<what>[\w.]+)",
        "The Python module {what} is missing where the job ran.",
        "The Python there does not have it, and it is not in the folder either.",
        _MODULE,
        "Python",
    ),
    Rule(
        "import failed",
        r"ImportError: (?P<what>.+)",
        "A Python module could not be imported: {what}.",
        "It is there, but not in the version that the program needs, or a library under it is "
        "missing.",
        "See that the versions fit, or " + _MODULE[0].lower() + _MODULE[1:],
        "Python",
        "exception",
    ),
    Rule(
        "syntax error",
        r"(?P<what>SyntaxError|IndentationError|TabError): ",
        "Python could not read a file ({what}).",
        "There is a mistake in it, or it is written for another version of Python.",
        "The lines before this one in the output name the file and the line.",
        "Python",
        "exception",
    ),
    Rule(
        "out of memory",
        r"MemoryError\b",
        "The job ran out of memory.",
        "Python could not get the memory that it wanted.",
        LESS,
        "Python",
        "exception",
    ),
    Rule(
        "file not found",
        r"FileNotFoundError: .*?'(?P<what>[^']+)",
        "The program did not find the file {what}.",
        "It looks for it in the folder in which it was started.",
        "See in the Review that the file travels, and use paths relative to the folder. " + UNPACK,
        "Python",
        "exception",
    ),
    Rule(
        "permission denied",
        r"PermissionError: .*?'(?P<what>[^']+)",
        "The program may not use {what}.",
        "The system did not allow it.",
        "Let the job read and write in its own folder, by paths relative to it.",
        "Python",
        "exception",
    ),
    Rule(
        "Python error",
        r"(?P<what>[A-Z]\w*(?<!CalledProcess)(?:Error|Exception|Exit|Interrupt)\b.*)",
        "The Python program stopped: {what}",
        "It is an error that the program itself does not deal with.",
        "The lines before this one in the output name the file and the line.",
        "Python",
        "exception",
    ),
)
