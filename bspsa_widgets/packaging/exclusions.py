"""What stays at home on purpose: by a file's name, or by what a folder is."""

from __future__ import annotations

import os
import re
import stat

from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.packaging.entries import May

SECRET = "looks like a secret"  # noqa: S105
SERVICE = "a local service's own files"

RESULTS = "results of an earlier job"
VERSIONS = "version control"  # `.git/config` may hold a token
RECORD = "a submission's record"
NO_FILE = "not a file or folder"
LITTER = "left by another system"
IN_CLOUD = "stands for a file that is in iCloud only"

# Folder names that hold nothing a job needs: (names, reason).
_FOLDERS: dict[str, str] = {
    **dict.fromkeys((".git", ".hg", ".svn", ".bzr", "CVS"), VERSIONS),
    ".ipynb_checkpoints": "notebook checkpoints",
    **dict.fromkeys(("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"), "a cache"),
    **dict.fromkeys((".tox", ".nox", ".eggs"), "a cache"),
    **dict.fromkeys((".venv", "venv", ".conda", "node_modules"), "an environment"),
    **dict.fromkeys((".ssh", ".aws", ".gnupg", ".azure", ".kube"), SECRET),
}
# What systems leave in folders that were looked at. (The Finder's icon of a folder ends so.)
_LITTER = frozenset({"Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX", "Icon\r"})
_OFFICE = "~$"  # how Office calls what it leaves beside a document that is open
_PLACEHOLDER = re.compile(r"\.(?P<name>.+)\.icloud")
# File names that look like a secret, in lower case: whole names, how they begin, how they
# end, both. They leave the files of science alone: `tokenizer.py`, `token_count.csv`,
# `secretory_cells.csv`, `monkey.py`.
_WHOLE = frozenset({"token", "token.json", "secret.txt", "kaggle.json", "_netrc"})
_BEGIN = (
    *(".env", ".netrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials"),
    *("id_rsa", "id_ed25519", "id_ecdsa", "id_dsa"),
    *("credentials", "secrets.", "passwords", "apikey"),
)
_END = (
    *(".env", ".pem", ".key", ".p12", ".pfx", ".kdbx", ".ppk", ".jks", ".keystore"),
    *(".token", "_token", "-token", "token.txt", "_token.json"),
    *("_credentials", "-credentials", "credentials.json", "_secret.txt"),
)
_BOTH = (("client_secret", ".json"), ("password", ".txt"), ("api_key", ".txt"))
_BEGIN_OF_BOTH = tuple(begin for begin, _ in _BOTH)
_UNUSUAL = frozenset(name.lower() for name in (*_WHOLE, *_LITTER))
_UNUSUAL_BEGIN = (".", _OFFICE, *_BEGIN, *_BEGIN_OF_BOTH)
_UNUSUAL_END = (*_END, ".json", ".lock")  # those of records
_RECORD_NAME = re.compile(rf"{MARKER.pattern}\.(json|lock)")
# As `domain.filenames.results_folder` names them, below `results`.
_RESULTS = re.compile(r"(^|.*/)results/[^/]+-[0-9A-F]{7}")
# What `python -m venv` and conda leave in every environment, whatever its name.
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")


def looks_secret(name: str) -> bool:
    """Whether a file of this name is left out as a likely secret."""
    name = name.lower()
    if name in _WHOLE or name.startswith(_BEGIN) or name.endswith(_END):
        return True
    return name.startswith(_BEGIN_OF_BOTH) and any(
        name.startswith(begin) and name.endswith(end) for begin, end in _BOTH
    )


def is_usual(name: str) -> bool:
    """Whether nothing in a file's name makes it worth a closer look; quick."""
    low = name.lower()
    return not (low.startswith(_UNUSUAL_BEGIN) or low.endswith(_UNUSUAL_END) or low in _UNUSUAL)


def why_not_file(name: str) -> str | None:
    """Why a file of this name stays; None where its name is no reason."""
    if looks_secret(name):
        return SECRET
    if name.endswith((".json", ".lock")) and _RECORD_NAME.fullmatch(name):
        return RECORD
    if name in _LITTER:
        return LITTER
    if name.startswith(_OFFICE):
        return "left by an Office program"
    if _PLACEHOLDER.fullmatch(name):
        return IN_CLOUD
    return "hidden" if name.startswith(".") else None


def why_not_content(name: str, about: os.stat_result) -> str | None:
    """Why a file that is this stays, whatever its name allows."""
    if not stat.S_ISREG(about.st_mode):
        return NO_FILE
    # The address and token of a local service: nobody but its owner may read them.
    if name == "service.json" and not about.st_mode & 0o077:
        return SECRET
    return None


def why_not_folder(path: str | os.PathLike[str]) -> str | None:
    """Why a folder stays with all that is in it."""
    name = os.path.basename(path)
    if name in _FOLDERS:
        return _FOLDERS[name]
    if name in _LITTER:
        return LITTER
    if name.startswith("."):
        return "hidden"
    if any(_holds(path, mark) for mark in _ENVIRONMENT):
        return "an environment"
    return SERVICE if is_service(path) else None


def is_results(path: str) -> bool:
    """Whether a folder below the chosen one is where an earlier job's results went."""
    return _RESULTS.fullmatch(path) is not None


def is_guarded(reason: str | None) -> bool:
    """Whether what stays for this reason travels only after a yes of its own."""
    return reason in (SECRET, VERSIONS)


def is_final(reason: str | None) -> bool:
    """Whether nobody can take along what stays for this reason."""
    return reason in (RECORD, SERVICE, NO_FILE)


def may_be_taken(reason: str) -> May:
    """Whether the user can take along what stays for this reason."""
    if is_final(reason):
        return "no"
    return "ask" if is_guarded(reason) else "yes"


def is_service(path: str | os.PathLike[str]) -> bool:
    """Whether the folder is a local service's: its token and everyone's jobs lie in it."""
    return _holds(path, "service.db") or (_holds(path, "service.json") and _holds(path, "lock"))


def _holds(path: str | os.PathLike[str], name: str) -> bool:
    return os.path.lexists(os.path.join(path, name))
