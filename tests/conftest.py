"""What all tests start from: no token of the developer's, and a small folder to send."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina
from hypothesis import HealthCheck, settings

from bspsa_widgets.client.bspsa import cancel_notes
from bspsa_widgets.domain.archive import Archive, SealedArchive
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.packaging.seal import seal as sealed
from bspsa_widgets.records.store import Records
from tests.made_up_system import CLUSTER

settings.register_profile(
    "everyday",
    deadline=None,
    max_examples=100,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("everyday")

SealArchive = Callable[..., SealedArchive]


class _Unlooked(logging.Handler):
    """Keeps asyncio's complaints of tasks and futures that nobody looked after."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if "never retrieved" in said or "destroyed but it is pending" in said:
            self.words.append(said)

    def check(self) -> None:
        found, self.words = self.words, []
        assert found == []


@pytest.fixture(scope="session")
def _unlooked() -> Iterator[_Unlooked]:
    handler = _Unlooked()
    logging.getLogger("asyncio").addHandler(handler)
    yield handler
    gc.collect()  # once: after each test it would cost more than the tests
    logging.getLogger("asyncio").removeHandler(handler)
    handler.check()


@pytest.fixture(autouse=True)
def _nothing_goes_unlooked_at(_unlooked: _Unlooked) -> Iterator[None]:
    """No failure in the background is left to asyncio's log, in any test."""
    yield
    _unlooked.check()


@pytest.fixture(autouse=True)
def _nobodys_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BSPSA_TOKEN", "CLB_AUTH", "BSPSA_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's data folder is left alone, also by the servers that serve many tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test submits is not an earlier submission of the next."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data-of-the-user"))


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Records:
    """Where the records of a test's submissions go, whatever sends them."""
    monkeypatch.setenv("BSPSA_RECORDS", str(tmp_path / "records"))
    return Records(tmp_path / "records")


@pytest.fixture(autouse=True)
def _no_cancels_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test cancels has an id that other tests' jobs have as well."""
    monkeypatch.setattr(cancel_notes, "folder", lambda: tmp_path / "ends")


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    """Repetitions come at once; the tests of the waiting itself use virtual time."""
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> HpcSystem:
    """A system with fields of its own, known to the package for one test."""
    monkeypatch.setitem(SYSTEMS, CLUSTER.id, CLUSTER)
    return CLUSTER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a user has it: a script, a model, and things that stay at home."""
    root = tmp_path / "ca1-fit"
    (root / "model").mkdir(parents=True)
    (root / "init.py").write_text("print('spikes')\n")
    (root / "model" / "na.mod").write_text("NEURON { SUFFIX na }\n")
    (root / ".env").write_text("PASSWORD=hunter2\n")
    return root


@pytest.fixture
def seal(tmp_path: Path) -> SealArchive:
    """Seals bytes as if they had been packed."""

    def make(data: bytes = b"PK\x05\x06" + bytes(18), name: str = "job.zip") -> SealedArchive:
        path = tmp_path / f"sealed-{name}"
        path.write_bytes(data)
        return sealed(Archive(name=name, path=path, size=len(data), folder="job", files=1))

    return make
