"""The fields that only one system has, as options of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bspsa_widgets.cli import main
from bspsa_widgets.domain.fields.declaration import Field
from bspsa_widgets.domain.systems import NSG, SYSTEMS
from tests.cli.server import Server
from tests.cli.terminal import Bspsa
from tests.made_up_system import PAYLOAD

pytestmark = pytest.mark.usefixtures("cluster")

CLUSTER = ("--hpc", "cluster", "--command", "true", "--yes")


def test_they_are_sent(
    serve: Callable[..., Server], remote: Callable[[Server], Bspsa], folder: Path
) -> None:
    server = serve()
    own = ("--partition", "long", "--memory", "64", "--exclusive")
    ran = remote(server)("submit", folder, *CLUSTER, *own, "--json")
    assert (ran.code, ran.document["outcome"]) == (0, "accepted")
    [post] = [request for request in server.ledger if request.method == "POST"]
    sent = json.loads(post.header("Payload")[0])
    assert {name: sent[name] for name in PAYLOAD} == PAYLOAD


def test_the_help_tells_unit_values_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["submit", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "--hpc SYSTEM pizdaint or nsg or cluster" in text
    assert "partition on Cluster; short, long (default: short)" in text
    assert "--memory GB memory per node in GB on Cluster: The job is ended if it" in text
    assert "--exclusive, --no-exclusive exclusive on Cluster (default: no)" in text


def test_a_wrong_value_is_told_at_its_field(bspsa: Bspsa, folder: Path) -> None:
    ran = bspsa("submit", folder, *CLUSTER, "--memory", "much")
    assert ran.code == 2
    assert "memory_per_node: 'much' is not a number. Give a whole number of GB" in ran.err


def test_another_system_has_them_not(bspsa: Bspsa, folder: Path) -> None:
    ran = bspsa("submit", folder, "--hpc", "nsg", "--memory", "4", "--no-exclusive")
    assert ran.code == 2
    for field, flag in (("memory_per_node", "--memory"), ("exclusive", "--exclusive")):
        assert f"{field}: NSG — Neuroscience Gateway has no such input. Leave {flag} out" in ran.err


def test_another_tool_has_them_not(
    bspsa: Bspsa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus = Field(name="gpus", label="GPUs", kind="integer", default=1, tools=("PYNN_TG",))
    monkeypatch.setitem(SYSTEMS, "nsg", replace(NSG, fields=(*NSG.fields, gpus)))
    ran = bspsa("submit", folder, "--hpc", "nsg", "--gpus", "4")
    assert ran.code == 2
    assert "gpus: PY_TG has no such input. Leave --gpus out, or use PYNN_TG as the" in ran.err
