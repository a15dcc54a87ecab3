"""The words of the system that ran a job: why it ended it, how a program crashed."""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.rule import LESS, LOOK, Rule

_LONGER = (
    "Ask for a longer runtime, let the job do less, or let it write its results as it goes, "
    "so that they are not lost."
)

# The system that ran the job says why it ended it.
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

CRASH: tuple[Rule, ...] = (
    Rule(
        "segmentation fault",
        r"(?i:segmentation fault)|SIGSEGV|\bsignal 11\b",
        "The program crashed (segmentation fault).",
        "It used memory that is not its own: a fault in the program or in a library that was "
        "compiled for another system.",
        "Compile it on the system where it runs. For NEURON: do not send compiled mechanisms "
        "(x86_64, arm64), only the .mod files.",
        "the shell, Slurm",
    ),
    Rule(
        "illegal instruction",
        r"(?i:illegal instruction)|SIGILL|\bsignal 4\b",
        "The program is made for another processor.",
        "It was compiled for a machine that can do more, or other, than the one where it ran.",
        "Compile it on the system where it runs.",
        "the shell, Slurm",
    ),
)

LAST_RESORT: tuple[Rule, ...] = (
    Rule(
        "words of the local service",
        r"^\[local service\] (?P<what>.+)",
        "{what}",
        "",
        LOOK,
        "the local service",
    ),
    Rule(
        "killed",
        r"^(?:.*line \d+:\s+\d+ )?Killed\b",
        "The job was killed. It may have run out of memory.",
        "Nothing says so; but it is the usual reason for this word alone.",
        LESS,
        "the shell",
    ),
    Rule(
        "exit code",
        r"(?i:\bexit(?:ed)?(?: with)?(?: exit)? (?:code|status):? ?(?P<what>[1-9]\d{0,2})\b)",
        "The program ended with an error (exit code {what}).",
        "Its author decides what the number means.",
        LOOK,
        "Slurm, the shell",
    ),
)
