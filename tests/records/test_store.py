"""Records on disk are whole or not there, and whatever else lies in the folder does no harm."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import InvalidInput, RecordError
from bspsa_widgets.records import atomic_files as module
from bspsa_widgets.records.store import Loaded, Records, records_folder
from tests.records.kept import a_job, a_record

no_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")


def names(records: Records) -> list[str]:
    return sorted(os.listdir(records.folder))


def test_what_is_saved_is_there(records: Records) -> None:
    record = a_record("sending")
    records.save(record)
    assert records.load() == Loaded([record], [])
    assert records.read(record.marker) == record
    assert names(records) == [".gitignore", f"{record.marker}.json"]
    assert (records.folder / ".gitignore").read_text() == "*\n"


def test_the_newest_comes_first(records: Records) -> None:
    made = []
    for day in (3, 1, 2):
        record = a_record()
        event = record.history[0].model_copy(update={"at": f"2026-01-0{day}T00:00:00+00:00"})
        made.append(record.model_copy(update={"history": (event,)}))
        records.save(made[-1])
    assert records.load().records == [made[0], made[2], made[1]]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    records = Records(tmp_path / "no" / "such")
    assert records.load() == Loaded([], [])
    assert not records.folder.exists()
    records.save(a_record())
    assert len(records.load().records) == 1


@pytest.mark.parametrize("failing", ["fsync", "replace", "write", "folder"])
def test_a_full_disk_is_a_record_error_and_leaves_the_old_file(
    failing: str, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = a_record()
    records.save(record)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif failing == "replace":
        monkeypatch.setattr(Path, "replace", full)
    elif failing == "write":
        monkeypatch.setattr(os, "fdopen", full)
    else:
        monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(RecordError, match="No space left") as caught:
        records.save(record.moved("sending"))
    assert str(records.folder) in str(caught.value)
    monkeypatch.undo()
    assert records.read(record.marker) == record
    assert not [name for name in names(records) if name.startswith(".part")]


def test_a_folder_that_cannot_be_flushed_for_good_is_told(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EINVAL says that the file system has no such thing; EIO that the disk is broken."""
    flush = os.fsync
    answers = iter((errno.EINVAL, errno.EIO))

    def fsync(handle: int) -> None:
        if os.readlink(f"/proc/self/fd/{handle}") == str(records.folder):
            code = next(answers)
            raise OSError(code, os.strerror(code))
        flush(handle)

    records.save(a_record())
    monkeypatch.setattr(os, "fsync", fsync)
    records.save(a_record())
    with pytest.raises(RecordError):
        records.save(a_record())


def test_file_then_name_then_folder_reach_the_disk(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.save(a_record())
    done: list[str] = []
    flush, move = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        if not os.readlink(f"/proc/self/fd/{handle}").startswith(str(records.folder)):
            return  # of the index, which comes after
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        flush(handle)

    def replace(self: Path, target: Path) -> Path:
        if target.parent == records.folder:
            done.append("name")
        return move(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    records.save(a_record())
    assert done == ["file", "name", "folder"]


def test_a_file_in_the_folders_place_is_told_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".bspsa").write_text("mine")
    records = Records(tmp_path / ".bspsa")
    with pytest.raises(RecordError):
        records.save(a_record())
    with pytest.raises(RecordError):
        records.load()
    claim = records.claim(a_record().marker)  # tending is allowed where nothing can be locked
    assert claim is not None
    claim.release()
    with pytest.raises(RecordError, match="cannot be written"), records.alone():
        pass
    assert (tmp_path / ".bspsa").read_text() == "mine"


@no_root
def test_a_folder_that_is_read_only_is_told(records: Records) -> None:
    record = a_record()
    records.save(record)
    records.folder.chmod(0o500)
    try:
        with pytest.raises(RecordError, match="Permission denied"):
            records.save(a_record())
        assert records.load().records == [record]
    finally:
        records.folder.chmod(0o700)


def test_a_folder_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    records = Records(tmp_path / ("x" * 300))
    with pytest.raises(RecordError, match="too long"):
        records.save(a_record())
    with pytest.raises(RecordError, match="too long"):
        records.load()


@posix
def test_a_folder_whose_name_is_no_text_holds_records(tmp_path: Path) -> None:
    records = Records(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")))
    record = a_record(folder=str(records.folder))
    records.save(record)
    assert records.load().records == [record]


DAMAGES: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(4096),
    "not text": b"\xff\xfe\xfd",
    "a list": b"[]",
    "deep": b"[" * 1_000_000,
    "huge": b" " * ((4 << 20) + 1),
    "of format 0": b'{"format": 0}',
}


@pytest.mark.parametrize("kind", [*DAMAGES, "cut", "another's name"])
def test_a_damaged_file_is_named_and_set_aside_as_it_is(kind: str, records: Records) -> None:
    good, bad = a_record(), a_record()
    records.save(good)
    if kind == "another's name":
        data = good.to_json().encode()
    elif kind == "cut":
        data = bad.to_json().encode()[:-5]
    else:
        data = DAMAGES[kind]
    place = records.folder / f"{bad.marker}.json"
    place.write_bytes(data)
    assert records.load() == Loaded([good], [place.name])
    assert (records.folder / "damaged" / place.name).read_bytes() == data
    assert not place.exists()
    assert records.load() == Loaded([good], [])
    assert records.read(bad.marker) is None


@posix
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "loop", "device"])
def test_what_is_no_file_is_set_aside_and_never_waited_for(
    kind: str, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = a_record(), a_record()
    records.save(good)
    place = records.folder / f"{bad.marker}.json"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        monkeypatch.chdir(records.folder)  # the names of sockets are short
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(place.name)
    else:
        place.symlink_to(place if kind == "loop" else Path("/dev/zero"))
    assert records.read(bad.marker) is None
    assert records.load() == Loaded([good], [place.name])
    assert records.load() == Loaded([good], [])


def test_a_damaged_file_that_cannot_be_set_aside_is_named_each_time(records: Records) -> None:
    record = a_record()
    records.save(record)
    (records.folder / "damaged").write_text("in the way")
    bad = f"{a_record().marker}.json"
    (records.folder / bad).write_text("{")
    for _ in range(2):
        assert records.load() == Loaded([record], [bad])


def test_a_link_to_a_record_is_read_and_one_to_nothing_passed_over(
    records: Records, tmp_path: Path
) -> None:
    record, gone = a_record(), a_record()
    records.save(record)
    place = records.folder / f"{record.marker}.json"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    (records.folder / f"{gone.marker}.json").symlink_to(tmp_path / "nowhere")
    assert records.load() == Loaded([record], [])


def test_other_files_are_none_of_ours(records: Records) -> None:
    records.save(a_record())
    for name in ("notes.json", "nb-short.json", "nb-AAAAAAAAAAAAAAAA.json", ".lock", "x.txt"):
        (records.folder / name).write_text("{")
    before = names(records)
    assert len(records.load().records) == 1
    assert names(records) == before


def test_a_newer_releases_record_is_left_where_it_is(records: Records) -> None:
    record = a_record()
    text = json.dumps(json.loads(record.to_json()) | {"format": 2, "state": "paused"})
    records.folder.mkdir()
    place = records.folder / f"{record.marker}.json"
    place.write_text(text)
    assert records.load() == Loaded([], [], (place.name,))
    assert place.read_text() == text
    assert records.read(record.marker) is None
    with pytest.raises(InvalidInput, match="newer release"):
        records.find(record.marker)


def test_another_users_record_is_left_where_it_is(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = a_record(), a_record()
    records.save(mine)
    records.save(theirs)
    opened = module.opened

    def forbidden(place: Path) -> int:
        if place.stem == theirs.marker:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(place)

    monkeypatch.setattr(module, "opened", forbidden)
    name = f"{theirs.marker}.json"
    assert records.load() == Loaded([mine], [], (name,))
    assert name in names(records)
    with pytest.raises(InvalidInput, match="another user's"):
        records.find(theirs.marker)


def test_what_a_killed_program_was_writing_goes_after_a_day(records: Records) -> None:
    records.save(a_record())
    old, new = records.folder / ".part-old", records.folder / ".part-new"
    for part in (old, new):
        part.write_text("{")
    os.utime(old, (0, 0))
    records.load()
    assert not old.exists()
    assert new.exists()


def test_a_record_with_a_huge_job_can_be_read_again(records: Records) -> None:
    record = a_record("sending")
    accepted = record.moved("accepted", job=a_job(record) | {"x": "y" * (5 << 20)})
    records.save(accepted)
    assert records.load() == Loaded([accepted], [])


def test_a_record_is_found_by_its_id_or_the_beginning_of_it(records: Records) -> None:
    made = [a_record(marker=f"nb-{letter * 15}{end}") for letter, end in ("aa", "ab", "bb")]
    for record in made:
        records.save(record)
    assert records.find(made[0].marker) == made[0]
    assert records.find(f"  {made[0].marker.upper()} ") == made[0]
    assert records.find("b") == made[2]
    for text, said in (("nb-a", "2 records"), ("", "3 records"), ("zz", "no record")):
        with pytest.raises(InvalidInput, match=said) as caught:
            records.find(text)
        assert caught.value.field == "record"


def test_of_two_only_one_has_the_claim(records: Records) -> None:
    marker = a_record().marker
    first = records.claim(marker)
    assert first is not None
    assert Records(records.folder).claim(marker) is None
    assert records.claim(a_record().marker) is not None
    first.release()
    first.release()  # again does no harm
    second = records.claim(marker)
    assert second is not None
    second.release()


def test_a_lock_whose_record_was_never_written_goes_after_a_day(records: Records) -> None:
    kept, old, new = a_record(), a_record(), a_record()
    records.save(kept)
    for record in (kept, old, new):
        claim = records.claim(record.marker)
        assert claim is not None
        claim.release()
    locks = {record.marker: records.folder / f"{record.marker}.lock" for record in (kept, old, new)}
    for record in (kept, old):
        os.utime(locks[record.marker], (0, 0))
    records.load()
    assert not locks[old.marker].exists()
    assert locks[kept.marker].exists()
    assert locks[new.marker].exists()


@posix
def test_who_waits_for_a_claim_and_who_takes_it_anew_wait_for_the_same_file(
    records: Records,
) -> None:
    import fcntl  # not there on Windows

    marker = a_record().marker
    first = records.claim(marker)
    assert first is not None
    with open(records.folder / f"{marker}.lock") as waiting:
        first.release()
        second = records.claim(marker)
        assert second is not None
        with pytest.raises(BlockingIOError):
            fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        second.release()
        fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_of_many_at_once_one_has_the_claim_at_a_time(records: Records) -> None:
    marker = a_record().marker
    records.save(a_record())
    holders, most, got = 0, 0, 0
    count = threading.Lock()

    def tend() -> None:
        nonlocal holders, most, got
        for _ in range(100):
            claim = records.claim(marker)
            if claim is None:
                continue
            with count:
                holders, got = holders + 1, got + 1
                most = max(most, holders)
            with count:
                holders -= 1
            claim.release()

    threads = [threading.Thread(target=tend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert got


TAKE_TURNS = """
import os, sys
from pathlib import Path
from bspsa_widgets.records.store import Records

records, marker, held = Records(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3])


def overlaps() -> int:
    got = met = 0
    while got < 300:
        if (claim := records.claim(marker)) is None:
            continue
        got += 1
        try:
            os.close(os.open(held, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            met += 1
        else:
            held.unlink()
        claim.release()
    return met


made = []
for _ in range(4):
    if not (child := os.fork()):
        os._exit(min(overlaps(), 100))
    made.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in made])
"""


@posix
def test_of_many_processes_one_has_the_claim_at_a_time(records: Records, tmp_path: Path) -> None:
    given = [str(records.folder), a_record().marker, str(tmp_path / "held")]
    done = subprocess.run(
        [sys.executable, "-c", TAKE_TURNS, *given], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[0, 0, 0, 0]\n"


HOLD = """
import sys
from pathlib import Path
from bspsa_widgets.records.store import Records
claim = Records(Path(sys.argv[1])).claim(sys.argv[2])
print("held" if claim else "taken", flush=True)
sys.stdin.read()
"""


@posix
def test_a_claim_ends_with_its_process_however_that_ends(records: Records) -> None:
    marker = a_record().marker
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(records.folder), marker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert records.claim(marker) is None
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    claim = records.claim(marker)
    assert claim is not None
    claim.release()


def test_records_lie_beside_the_notebook_unless_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSPSA_RECORDS", " ")
    assert records_folder(tmp_path) == tmp_path / ".bspsa"
    monkeypatch.setenv("BSPSA_RECORDS", "~/records")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert records_folder(Path("elsewhere")) == tmp_path / "records"
