"""Whatever lies in a folder: its archive is whole, and is what the manifest says."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.exclusions import is_service
from bspsa_widgets.packaging.selection import scan, select
from bspsa_widgets.packaging.zip import batches, packer
from tests.packaging.hostile import faults, freed, plant

# A name as a file system takes it: any but these signs, and not too long.
NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
# Some bytes, or how many of any: written out, those would hide what is wrong with them.
CONTENTS = st.binary(max_size=200) | st.integers(0, 3_000_000)
RARELY = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@RARELY
@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(tuple), CONTENTS, max_size=8))
def test_files_of_any_name_and_content_are_stuck_or_packed_completely(
    files: dict[tuple[str, ...], bytes | int],
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "model"
        root.mkdir()
        (root / "kept.txt").touch()
        for parts, content in files.items():
            path = root.joinpath(*parts)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(written_out(content))
            except OSError:  # a file where a folder would be
                continue
        assume(not is_service(root))  # it is refused as a whole
        found = scan(root)
        told = {entry.path for entry in (*found.left_out, *found.stuck)}
        members = {member.path for member in found.members}
        assert not told & members
        assert list(faults(root)) == []


def written_out(content: bytes | int) -> bytes:
    return random.Random(content).randbytes(content) if isinstance(content, int) else content


@pytest.mark.parametrize("seed", range(12))
def test_unusual_folders_are_packed_completely(seed: int, tmp_path: Path) -> None:
    plant(tmp_path / "model", random.Random(seed))
    assert list(faults(tmp_path / "model")) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_second_process_changes_nothing(seed: int, tmp_path: Path) -> None:
    plant(tmp_path / "model", random.Random(seed))
    selection = freed(tmp_path / "model")
    alone = pack(selection, tmp_path / "alone.zip").archive.path.read_bytes()
    with (
        mock.patch.object(packer, "MIN_FILES_FOR_PROCESS", 0),
        mock.patch.object(batches, "MAX_FILES", 3),
    ):
        both = pack(selection, tmp_path / "both.zip").archive
        assert both.path.read_bytes() == alone


@RARELY
@given(st.lists(st.sampled_from(["a.py", "b/c.py", "b/d.log", ".x", "e.pem", "b"]), max_size=4))
def test_a_choice_only_moves_what_it_names(paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as path:
        root = Path(path)
        (root / "b").mkdir()
        for name in ("a.py", "b/c.py", "b/d.log", ".x", "e.pem", "z.py"):
            (root / name).touch()
        chosen = {member.path for member in select(root, Choice(exclude=tuple(paths))).members}
        usual = {member.path for member in select(root).members}
        gone = {
            path for path in usual for out in paths if path == out or path.startswith(out + "/")
        }
        assert chosen == usual - gone
