"""The first Ctrl-C asks, the second one insists."""

from __future__ import annotations

import json
import signal
import threading

import pytest

from bspsa_widgets import cli
from bspsa_widgets.cli.commands import jobs
from bspsa_widgets.cli.interrupt import heard
from bspsa_widgets.cli.output import CommandOutput


def test_the_first_is_noted_and_the_second_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heard() as stopped:
        assert not stopped()
        signal.raise_signal(signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_in_another_thread_nothing_is_heard_and_nothing_breaks() -> None:
    told: list[bool] = []

    def work() -> None:
        with heard() as stopped:
            told.append(stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]


def test_after_the_result_ctrl_c_brings_no_second_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(options: object, output: CommandOutput) -> int:
        output.answer({"outcome": "unconfirmed"}, "")
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "list_jobs", interrupted)
    assert cli.main(["jobs", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"outcome": "unconfirmed"}
