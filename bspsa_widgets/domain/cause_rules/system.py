"""Messages of the system that ran a job: why it ended the job, how a program crashed."""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.rule import LESS, LOOK, Rule

_LONGER = (
    "Ask for a longer runtime, let the job do less, or let it write its results as it goes, "
    "so that they are not lost."
)

# The system that ran the job gives the reason why it ended it.
SYSTEM: tuple[Rule, ...] = (
    Rule(
        "wall time",
        r"DUE TO TIME LIMIT|^\[local service\] The wall time of|"
        r"PBS: job killed: walltime|TERM_RUNLIMIT",
        "The job ran out of time.",
        "It was ended because the runtime was over. You had asked for {asked}.",
        _LONGER,
        "Slurm, PBS, LSF, the local service",
    ),
    Rule(
        "local service stopped",
        r"^\[local service\] The local service was stopped while the job ran",
        "The local service was stopped while the job ran.",
        "The job itself did nothing wrong.",
        "Submit it again, and keep the local service running until it is over.",
        "the local service",
    ),
    Rule(
        "out of memory",
        r"(?i:oom[-_ ]kill|out-of-memory handler|\bout of memory\b)|"
        r"std::bad_alloc|[Cc]annot allocate memory|"
        r"^\[local service\] The job used more than .* of memory",
        "The job ran out of memory.",
        "It wanted more memory than its nodes have for it.",
        LESS,
        "Slurm, the Linux kernel, C++, the local service",
    ),
    Rule(
        "disk quota",
        r"(?i:disk quota exceeded)|\[Errno 122\]",
        "The disk quota is used up.",
        "The system did not let the job write any more.",
        "Let the job write less; results of earlier jobs may have to be deleted first. Ask "
        "support where it is not yours that fills the disk.",
        "the file system",
    ),
    Rule(
        "limit of the local service",
        r"^\[local service\] (?P<what>The job (?:had|wrote) more than [^:]+)",
        "{what}.",
        "The local service ends a job that passes its limits.",
        "Let the job do less at once, or raise the limit in the local service's settings.",
        "the local service",
    ),
    Rule(
        "disk full",
        r"No space left on device",
        "The disk was full.",
        "The job could not write any more.",
        "Let the job write less, or try again later.",
        "the file system",
    ),
    Rule(
        "project's share",
        r"violates accounting/QOS policy|AssocGrp\w*Limit|QOSMax\w+Limit",
        "The project may not use the system any more, or not so much of it.",
        "The HPC system refused the job because of the project's limits there.",
        "Ask for fewer nodes or a shorter runtime, or ask the project's owner.",
        "Slurm",
    ),
)


def _died(number: int, name: str, words: str) -> str:
    """Return a pattern for a program's end by a signal: its name, number, or the shell's text."""
    return (
        rf"\b{name}\b|\b[Ss]ignal:? {number}\b|{words}|"
        rf"(?i:\bexit(?:ed)?(?: with)?(?: exit)? (?:code|status):? ?{number + 128}\b)"
    )


def _alone(word: str) -> str:
    """Return a pattern for a word as a shell prints it of a program, or Slurm of a task."""
    return rf"^{word}(?:: \d+)?(?: \(core dumped\))?\s*$|: +\d+ {word}\b|\btasks? [\d,-]+: {word}\b"


CRASH: tuple[Rule, ...] = (
    Rule(
        "segmentation fault",
        _died(11, "SIGSEGV", "(?i:segmentation fault)"),
        "The program crashed (segmentation fault).",
        "It used memory that is not its own: a fault in the program or in a library that was "
        "compiled for another system.",
        "Compile it on the system where it runs. For NEURON: do not send compiled mechanisms "
        "(x86_64, arm64), only the .mod files.",
        "the shell, Slurm, MPI, Python, the local service",
    ),
    Rule(
        "illegal instruction",
        _died(4, "SIGILL", "(?i:illegal instruction)"),
        "The program is made for another processor.",
        "It was compiled for a machine that can do more, or other, than the one where it ran.",
        "Compile it on the system where it runs.",
        "the shell, Slurm, MPI, Python, the local service",
    ),
    Rule(
        "bus error",
        _died(7, "SIGBUS", "Bus error"),
        "The program crashed (bus error).",
        "It read a file or memory that was not there any more: a file was cut while it was in "
        "use, or shared memory was full.",
        f"Let nobody change the job's files while it runs, and let it use less memory. {LESS}",
        "the shell, Slurm, MPI, Python, the local service",
    ),
    Rule(
        "floating point exception",
        _died(8, "SIGFPE", "Floating point exception"),
        "The program crashed (it divided a whole number by zero).",
        "The system ends a program that does so.",
        "Look for a value of 0 in what the program was given: a size, a count, a step.",
        "the shell, Slurm, MPI, Python, the local service",
    ),
)

LAST_RESORT: tuple[Rule, ...] = (
    Rule(
        "abort",
        _died(6, "SIGABRT", rf"{_alone('Aborted')}|^Fatal Python error: Aborted"),
        "The program ended itself, as something in it was wrong (abort).",
        "C and C++ programs do so where they find a fault of their own.",
        "Look at the lines above this one in its output: they say what was wrong.",
        "the shell, Slurm, MPI, Python, the local service",
        told_by=r"^\s*what\(\):  |: Assertion .* failed|^\w+\(\): |^double free|\*\*\* stack smash",
    ),
    Rule(
        "node failure",
        r"DUE TO NODE FAILURE|\bNODE_FAIL\b",
        "A node of the system failed while the job ran.",
        "The job itself did nothing wrong.",
        "Submit it again.",
        "Slurm",
    ),
    Rule(
        "killed",
        _died(9, "SIGKILL", _alone("Killed")),
        "The job was killed. It may have run out of memory.",
        "Nothing says so; but it is the usual reason for this word alone.",
        LESS,
        "the shell, Slurm, MPI, the local service",
    ),
    Rule(
        "words of the local service",
        # Excludes its messages about a job that it ran with other settings than requested.
        r"^\[local service\] (?!No main file was named|.* runs in 1 process)(?P<what>.+)",
        "{what}",
        "",
        LOOK,
        "the local service",
    ),
    Rule(
        "exit code",
        r"(?i:\bexit(?:ed)?(?: with)?(?: exit)? (?:code|status):? ?(?P<what>[1-9]\d{0,2})\b)",
        "The program ended with an error (exit code {what}).",
        "Its author decides what the number means.",
        LOOK,
        "Slurm, the shell, the local service",
    ),
    Rule(
        "ended from outside",
        rf"{_died(15, 'SIGTERM', _alone('Terminated'))}|slurmstepd: .* CANCELLED AT ",
        "The program was ended from outside.",
        "Somebody cancelled it, or the system wanted its place.",
        "Submit it again; if it ends so once more, ask support.",
        "the shell, Slurm, MPI, the local service",
    ),
)
