"""Results are looked at as text, cells and pictures: bounded, never run, never markup."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.errors import DownloadError
from bspsa_widgets.results.preview.preview import MOST_BYTES, FilePreview, _Sample, _seen, preview
from tests.results.preview.pictures import gif, jpeg, png, webp

SUFFIXES = ("txt", "csv", "tsv", "json", "ipynb", "png", "svg", "html", "bin", "")


def seen(tmp_path: Path, name: str, content: str | bytes) -> FilePreview:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return preview(path)


def size_of(found: FilePreview) -> int:
    return len(json.dumps(found))


def test_text_is_text_whatever_its_name_promises(tmp_path: Path) -> None:
    for name in ("a.html", "a.svg", "a.txt", "stdout", "a.unknown"):
        found = seen(tmp_path, name, "<script>alert(1)</script>\r\n\x1b[31mred\x1b[0m\n")
        assert found == FilePreview("text", "<script>alert(1)</script>\nred\n")


def test_controls_and_marks_of_direction_become_visible(tmp_path: Path) -> None:
    found = seen(tmp_path, "a.txt", "a\x07b\u202egnp\x00"[:6] + "\x9b" + "\tc")
    assert found.text == "a\ufffdb\ufffdgn\ufffd\tc"


def test_the_beginning_of_a_long_text_is_shown(tmp_path: Path) -> None:
    lines = seen(tmp_path, "a.txt", "line\n" * 100_000)
    assert lines.is_cut
    assert 190_000 < len(lines.text) <= 200_000
    assert "beginning" in lines.note
    one = seen(tmp_path, "a.txt", "x" * 10_000_000)
    assert one.is_cut
    assert len(one.text) < 3_000


def test_utf_16_and_marked_utf_8_are_read(tmp_path: Path) -> None:
    assert seen(tmp_path, "a.txt", "é1".encode("utf-16")).text == "é1"
    assert seen(tmp_path, "a.txt", "é1".encode("utf-8-sig")).text == "é1"


def test_what_is_no_text_is_not_shown_as_text(tmp_path: Path) -> None:
    for name in ("a.txt", "a.dat", "a.unknown", "a.csv", "a.json", "a.ipynb", "a.svg"):
        found = seen(tmp_path, name, b"\x7fELF\0\0\x01")
        assert (found.what, found.text, found.rows) == ("", "", ())
        assert found.note


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    assert seen(tmp_path, "stderr", "") == FilePreview("text", note="The file is empty.")
    assert seen(tmp_path, "a.csv", "").what == "text"


@pytest.mark.parametrize(
    ("name", "content", "header", "first"),
    [
        ("a.csv", "t,v\n0,-65\n", ("t", "v"), ("0", "-65")),
        ("a.csv", "t;v\n0;-65,5\n", ("t", "v"), ("0", "-65,5")),
        ("a.csv", "t\tv\n0\t1\n", ("t", "v"), ("0", "1")),
        ("a.tsv", "a,b\tc\n1\t2\n", ("a,b", "c"), ("1", "2")),
        ("a.csv", "1,2\n3,4\n", (), ("1", "2")),
        ("a.csv", '"a ""q""",b\n"x\ny",2\n', ('a "q"', "b"), ("x\ny", "2")),
        ("a.csv", "\n\nt,v\n\n0,1\n", ("t", "v"), ("0", "1")),
    ],
)
def test_tables_are_read_by_plain_rules(
    tmp_path: Path, name: str, content: str, header: tuple[str, ...], first: tuple[str, ...]
) -> None:
    found = seen(tmp_path, name, content)
    assert (found.what, found.header, found.rows[0]) == ("table", header, first)
    assert not found.is_cut


def test_a_table_is_bounded_in_every_direction(tmp_path: Path) -> None:
    row = ",".join(["x" * 300] * 40) + "\n"
    found = seen(tmp_path, "a.csv", "h\n" + row * 500)
    assert found.is_cut
    assert len(found.rows) <= 200
    assert {len(row) for row in found.rows} == {30}
    assert size_of(found) < 2_000_000
    assert not seen(tmp_path, "b.csv", "1\n" * 200).is_cut
    assert seen(tmp_path, "c.csv", "1\n" * 201).is_cut


def test_half_a_row_is_not_shown_as_a_row(tmp_path: Path) -> None:
    found = seen(tmp_path, "a.csv", "a,b\n" + "1," + "2" * 900_000 + "\n" + "3," + "4" * 500_000)
    assert found.what == "text"  # a field of this length is none
    assert found.is_cut


def test_json_is_indented_and_bounded(tmp_path: Path) -> None:
    found = seen(tmp_path, "a.json", '{"b":[1,null,"<b>…"],"a":{}}')
    assert found.what == "json"
    assert json.loads(found.text) == {"b": [1, None, "<b>…"], "a": {}}
    assert "\n  " in found.text
    assert not found.is_cut
    long = seen(tmp_path, "a.json", json.dumps({"x": list(range(9999)), "y": "z" * 9999}))
    assert long.is_cut
    assert "9,799 more" in long.text
    assert len(long.text) < 5_000
    deep = seen(tmp_path, "a.json", "[" * 50 + "]" * 50)
    assert deep.is_cut
    assert deep.what == "json"


@pytest.mark.parametrize(
    "content", ["[" * 200_000, "[" * 100_000 + "]" * 100_000, "{", "9" * 5000, "\ufeffx", "\ud800?"]
)
def test_what_is_no_json_is_shown_as_it_stands(tmp_path: Path, content: str) -> None:
    found = seen(tmp_path, "a.json", content.encode("utf-8", "replace"))
    assert found.what == "text"
    assert "JSON" in found.note


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a.png", png(640, 480), "image/png"),
        ("a.gif", gif(640, 480), "image/gif"),
        ("a.jpg", jpeg(640, 480), "image/jpeg"),
        ("a.webp", webp(640, 480), "image/webp"),
        ("a.webp", webp(640, 480, b"VP8L"), "image/webp"),
        ("a.webp", webp(640, 480, b"VP8 "), "image/webp"),
        ("wrong.png", jpeg(640, 480), "image/jpeg"),
    ],
)
def test_pictures_are_known_by_their_bytes(
    tmp_path: Path, name: str, data: bytes, mime: str
) -> None:
    found = seen(tmp_path, name, data)
    assert (found.what, found.mime) == ("image", mime)
    assert base64.b64decode(found.image) == data
    assert "640 × 480" in found.note


@pytest.mark.parametrize("make", [png, gif, jpeg, webp])
def test_a_picture_that_would_fill_the_memory_is_not_shown(tmp_path: Path, make: Any) -> None:
    for size in ((16_000, 16_000), (16_384, 2_442)):
        found = seen(tmp_path, "a.png", make(*size))
        assert (found.what, found.image) == ("", "")
        assert "too many" in found.note


def test_what_is_no_picture_is_not_shown_as_one(tmp_path: Path) -> None:
    svg = seen(tmp_path, "a.png", "<svg onload=alert(1)>")
    assert (svg.what, svg.image) == ("text", "")
    assert seen(tmp_path, "a.png", b"\0\1\2").what == ""
    assert seen(tmp_path, "a.png", png()[:14]).what == ""
    assert seen(tmp_path, "a.png", png(0, 1)).what == ""
    large = seen(tmp_path, "a.png", png() + b"\0" * MOST_BYTES)
    assert (large.what, large.image) == ("", "")


def notebook(*cells: Any) -> str:
    return json.dumps({"nbformat": 4, "cells": cells})


def test_a_notebooks_cells_are_text_and_png(tmp_path: Path) -> None:
    picture = base64.b64encode(png()).decode()
    outputs = [
        {"output_type": "stream", "text": ["a\n", "\x1b[1mb"]},
        {"output_type": "display_data", "data": {"image/png": picture + "\n", "text/html": "<b>"}},
        {"output_type": "display_data", "data": {"text/html": "<script>", "text/plain": "x"}},
        {"output_type": "error", "traceback": ["\x1b[31mTraceback", "Error"], "evalue": "e"},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg>", "image/png": "AAAA"}},
    ]
    found = seen(
        tmp_path,
        "a.ipynb",
        notebook(
            {"cell_type": "markdown", "source": ["# <b>T\n", "x"]},
            {"cell_type": "code", "source": "1", "outputs": outputs},
        ),
    )
    text, code = found.cells
    assert (text.kind, text.source, text.outputs) == ("markdown", "# <b>T\nx", ())
    assert [(output.text, bool(output.image)) for output in code.outputs] == [
        ("a\nb", False),
        ("", True),
        ("x", False),
        ("Traceback\nError", False),
    ]
    assert not found.is_cut


def test_a_notebook_is_bounded(tmp_path: Path) -> None:
    huge = png(50_000, 50_000)
    outputs: list[Any] = [{"data": {"image/png": base64.b64encode(huge).decode()}}]
    outputs += [{"text": "x" * 50_000}] * 30
    cells = [{"cell_type": "code", "source": "y" * 50_000, "outputs": outputs}]
    found = seen(tmp_path, "a.ipynb", notebook(*cells, *([{"cell_type": "raw"}] * 500)))
    assert found.is_cut
    assert len(found.cells) == 200
    assert size_of(found) < 300_000
    assert not any(output.image for cell in found.cells for output in cell.outputs)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "cell_type",
                    "source",
                    "outputs",
                    "data",
                    "text",
                    "image/png",
                    "traceback",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(_json)
def test_any_document_called_a_notebook_is_shown_somehow(found: Any) -> None:
    data = json.dumps({"cells": [found, {"cell_type": "code", "outputs": [found]}]}).encode()
    assert _seen(_Sample("a.ipynb", data, len(data))).what == "notebook"


@given(st.sampled_from(SUFFIXES), st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_shown_somehow_and_harmlessly(suffix: str, data: bytes) -> None:
    found = _seen(_Sample(f"a.{suffix}", data, len(data)))
    assert not any(sign in json.dumps(found, ensure_ascii=False) for sign in "\x1b\x00\u202e\x9b")


def test_a_file_that_is_gone_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be read"):
        preview(tmp_path / "a.txt")
