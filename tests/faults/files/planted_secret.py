"""Row 12: sixty secrets in a folder, and none of them in its archive."""

from __future__ import annotations

import random
import tempfile
import zipfile
from pathlib import Path

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import Selection, scan, select
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.packaging.hostile import freed, plant

PLANTED = 60
NAMES = (
    *(".env", ".env.local", ".ENV", "prod.env", ".netrc", "_netrc", ".pypirc", ".pgpass"),
    *("server.pem", "SERVER.PEM", "private.key", "Private.Key", "cert.p12", "cert.pfx"),
    *("id_rsa", "id_rsa.old", "id_ed25519", "id_ecdsa", "id_dsa", "ID_RSA"),
    *("ebrains.token", "token.txt", "my_token.txt", "token", "hbp-token", "token.json"),
    *("credentials", "credentials.json", "credentials_old.csv", "aws_credentials"),
    *("google-credentials.json", "client_secret_1.json", "secrets.yaml", "secret.txt"),
    *("password.txt", "passwords.csv", "api_key.txt", "apikey.json", "kaggle.json"),
    *("putty.ppk", "release.jks", "release.keystore", "safe.kdbx", ".git-credentials"),
)
PLACES = (".ssh/config", ".aws/config", ".git/config", ".gnupg/ring", ".kube/config")
INNOCENT = ("tokenizer.py", "token_count.csv", "monkey.py", "keyboard.txt", "environment.yml")
BACK = ("!*", "!.env", "!*.pem", "!**/id_rsa*", "!*.key", "!.ssh/", "!token*")


def secrets(case: Case) -> None:
    """By name, below folders, behind links with harmless names, wanted back by ignore files."""
    source = random.Random(case.seed)
    sentinel = f"sentinel-{case.seed}".encode()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "model"
        plant(root, source, entries=8)
        planted = [_plant(root, number, source, sentinel) for number in range(PLANTED)]
        for name in INNOCENT:
            (root / name).write_text("harmless")
        rules = source.choice((".gitignore", ".bspsaignore"))
        (root / rules).write_text("\n".join(source.sample(BACK, 4)) + "\n!.*ignore\n")
        _check(case, root, planted, sentinel, Path(place) / "archive.zip")


def _plant(root: Path, number: int, source: random.Random, sentinel: bytes) -> str:
    """Each in a folder of its own; returns what has to be listed as left out."""
    folder = root / f"part_{number % 7}/sub_{number}"
    folder.mkdir(parents=True)
    below = folder.relative_to(root).as_posix()
    if source.random() < 0.2:
        path = folder / source.choice(PLACES)
        path.parent.mkdir()
        left_out = f"{below}/{path.parent.name}/"
    else:
        path = folder / source.choice(NAMES)
        left_out = f"{below}/{path.name}"
    path.write_bytes(sentinel + bytes(str(number), "ascii"))
    if source.random() < 0.3:
        (folder / "harmless.txt").symlink_to(path)
    return left_out


def _check(case: Case, root: Path, planted: list[str], sentinel: bytes, target: Path) -> None:
    told = {entry.path: entry for entry in scan(root).left_out}
    for path in planted:
        case.check(path in told, f"not told: {path}")
        case.check(path not in told or told[path].may != "no", f"cannot be had: {path}")
    for selection in (freed(root), _with_links(root)):
        packed = pack(selection, target)
        with zipfile.ZipFile(target) as archive:
            names = archive.namelist()
            for name in names:
                case.check(sentinel not in archive.read(name), f"packed: {name}")
        for name in INNOCENT:
            case.check(f"model/{name}" in names, f"missing: {name}")
        packed.archive.path.unlink()
    case.note("planted", len(planted))


def _with_links(root: Path) -> Selection:
    """Also what the links of every folder lead to."""
    found = scan(root)
    stuck = tuple(entry.path.rstrip("/") for entry in found.stuck)
    return select(root, Choice(include=found.folders, exclude=stuck))


ROWS = (Row("12", "secrets in the folder", 50, 3, secrets),)
