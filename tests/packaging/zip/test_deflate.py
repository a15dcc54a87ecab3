"""Deflate: whatever engine is here, every unzip reads what it makes."""

from __future__ import annotations

import random
import subprocess
import sys
import zlib

import pytest

from bspsa_widgets.packaging.zip import deflate
from bspsa_widgets.packaging.zip.deflate import crc32, deflated, deflated_parts

CONTENTS = {
    "nothing": b"",
    "one byte": b"x",
    "text": b"cell 17, -65.31 mV\n" * 9_000,
    "a table": b"".join(b"%d,%d\n" % (at, at * at % 9_973) for at in range(80_000)),
    "random": random.Random(1).randbytes(200_000),
    "much that is random": random.Random(2).randbytes(1_100_000),
    "random, then text": random.Random(3).randbytes(600_000) + b"-65.31 mV\n" * 50_000,
}
contents = pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))


@contents
def test_compressed_data_is_decompressed_unchanged(content: bytes) -> None:
    assert zlib.decompress(deflated(content), -15) == content
    assert crc32(content) == zlib.crc32(content)


@contents
def test_pieces_join_to_one_stream(content: bytes) -> None:
    # A piece that is large enough may be stored, or packed more closely.
    size = max(50_000, len(content) // 3)
    pieces = [content[at : at + size] for at in range(0, len(content), size)] or [b""]
    joined = b"".join(
        part
        for before, piece in zip([b"", *pieces], pieces, strict=False)
        for part in deflated_parts(memoryview(piece), last=piece is pieces[-1], before=before)
    )
    stream = zlib.decompressobj(-15)
    assert stream.decompress(joined) == content
    assert stream.eof
    assert stream.unused_data == b""


def test_incompressible_data_hardly_grows() -> None:
    content = CONTENTS["much that is random"]
    assert len(deflated(content)) - len(content) < len(content) / 1000


def test_incompressible_data_is_sampled_four_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other than its size, only the time tells: so what the engine is given is counted."""
    given = []
    make = deflate._compressobj

    class Engine:
        def __init__(self, *settings: object) -> None:
            self.inner = make(*settings)
            self.flush = self.inner.flush

        def compress(self, data: bytes) -> bytes:
            given.append(len(data))
            packed: bytes = self.inner.compress(data)
            return packed

    monkeypatch.setattr(deflate, "_compressobj", Engine)
    content = CONTENTS["much that is random"]
    deflated(content)
    assert 0 < sum(given) < len(content) / 10


def test_one_compressible_sample_is_enough_to_compress() -> None:
    content = CONTENTS["random, then text"]
    assert len(deflated(content)) < 0.6 * len(content)


def test_a_large_table_is_compressed_at_a_higher_level() -> None:
    pytest.importorskip("isal", reason="only ISA-L has a level that is closer and no slower")
    content = CONTENTS["a table"]
    small = 200_000  # bytes, too few to be looked at first
    parts = [content[at : at + small] for at in range(0, len(content), small)]
    assert len(deflated(content)) < 0.98 * sum(len(deflated(part)) for part in parts)


GAIN_NOTHING = {
    "shrinks to nearly nothing": bytes(600_000),
    "shrinks late": CONTENTS["random, then text"],
    "shrinks little": bytes(random.Random(4).choices(range(64), k=600_000)),
}


@pytest.mark.parametrize("content", GAIN_NOTHING.values(), ids=list(GAIN_NOTHING))
def test_data_without_gain_is_compressed_at_the_usual_level(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = deflated(content)
    monkeypatch.setattr(deflate, "TEXT_LEVEL", deflate.LEVEL)
    assert found == deflated(content)


_HASH = """
import hashlib, sys
from bspsa_widgets.packaging.zip import deflate
from bspsa_widgets.packaging.zip.deflate import deflated
numbers = [f"{number}\\n".encode() * number for number in range(1, 600)]
numbers += [b"".join(b"%d,%d\\n" % (at, at * n % 9_973) for at in range(30_000)) for n in (3, 7)]
print(hashlib.sha256(b"".join(map(deflated, numbers))).hexdigest())
"""


def test_the_same_data_gives_the_same_bytes_in_every_process() -> None:
    """ISA-L by itself does not: in one of some ten processes these differ."""
    command = [sys.executable, "-c", _HASH]
    found = {subprocess.run(command, check=True, capture_output=True).stdout for _ in range(12)}
    assert len(found) == 1


_OTHERS = """
import sys, zlib
for name in sys.argv[1:]:
    sys.modules[name] = None
from bspsa_widgets.packaging.zip import deflate
data = b"cell 17, -65.31 mV\\n" * 9_000
assert zlib.decompress(deflate.deflated(data), -15) == data
first = deflate.deflated_parts(data, last=False)
second = deflate.deflated_parts(data, last=True, before=data[-5000:])
assert zlib.decompress(b"".join(first + second), -15) == data + data
assert deflate.crc32(data) == zlib.crc32(data)
print(deflate.ENGINE.__name__)
"""


@pytest.mark.parametrize("missing", [["isal"], ["isal", "zlib_ng"]], ids=" ".join)
def test_a_missing_engine_is_replaced_by_another(missing: list[str]) -> None:
    command = [sys.executable, "-c", _OTHERS, *missing]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "isal" not in done.stdout
    assert done.stdout.strip() == "zlib" or "zlib_ng" not in missing
