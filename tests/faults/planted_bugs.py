"""The bugs that row 20 plants, and the check that must catch each."""

from __future__ import annotations

from dataclasses import dataclass

PYTEST = ("pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider")
ROWS = ("tests.faults", "--seed", "20")


@dataclass(frozen=True)
class Edit:
    """In `file` of the package, `old` becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A bug, and the check that must fail with it: arguments of `python -m`."""

    name: str
    check: tuple[str, ...]
    edits: tuple[Edit, ...]


def _by(*selection: str) -> tuple[str, ...]:
    return (*PYTEST, *selection)


def _by_row(key: str) -> tuple[str, ...]:
    return (*ROWS, "--row", key)


_SEND = """        return await self._client.submit(
            self._request, self._archive, progress=progress, on_first_byte=began
        )
"""
_SEND_TWICE = """        for attempt in (1, 2):
            try:
                return await self._client.submit(
                    self._request, self._archive, progress=progress, on_first_byte=began
                )
            except Unconfirmed:
                if attempt == 2:
                    raise
        raise AssertionError
"""
_MOVE = (
    '        await self._writer.move("sending", quota_before=proof.hours_left, quota_at=proof.at)\n'
)
_BEGIN = '            self._database.execute("BEGIN IMMEDIATE")\n'
_YIELD = "            try:\n                yield self._database\n"
_COMMIT = '                self._database.execute("COMMIT")\n'
_SEND_MODULE = "submission/send.py"
_LEDGER = "tests/submission/test_flow.py::test_the_end_of_a_submission_is_what_the_ledger_says"

MUTANTS = (
    Mutant("a POST is retried", _by_row("1a"), (Edit(_SEND_MODULE, _SEND, _SEND_TWICE),)),
    Mutant(
        "the record is written after the send",
        _by_row("3"),
        (
            Edit(_SEND_MODULE, _MOVE, "        self._proof = proof\n"),
            Edit(
                _SEND_MODULE,
                "            job = await post\n",
                "            job = await post\n    " + _MOVE.replace("proof.", "self._proof."),
            ),
        ),
    ),
    Mutant(
        "the marker is not checked",
        _by("tests/submission/test_settle.py"),
        (
            Edit(
                "submission/settle.py",
                "if job.marker == record.marker}",
                "if job.marker}",
            ),
        ),
    ),
    Mutant(
        "containment by startswith",
        _by("tests/widgets/base/test_folder_listing.py"),
        (
            Edit(
                "widgets/base/folder_listing.py",
                "place == home or home in place.parents",
                "str(place).startswith(str(home))",
            ),
        ),
    ),
    Mutant(
        "the token is a trait",
        _by("tests/widgets/submitter/test_requests.py", "-k", "token"),
        (
            Edit(
                "widgets/submitter/form.py",
                "    folder_info = state_trait(",
                '    token = traitlets.Unicode("").tag(sync=True)\n    folder_info = state_trait(',
            ),
            Edit(
                "widgets/base/connected_panel.py",
                "        self._tasks.run(self._use_token(token)",
                '        self.set_trait("token", token)\n'
                "        self._tasks.run(self._use_token(token)",
            ),
        ),
    ),
    Mutant(
        "absence is taken as proof",
        _by(_LEDGER),
        (
            Edit(
                "submission/settle.py",
                "                raise unconfirmed(writer.record, problem, drop)\n",
                "                from bspsa_widgets.errors import Refused\n"
                '                raise Refused("It is not there.", status=404)\n',
            ),
        ),
    ),
    Mutant(
        "a 500 is called refused",
        _by("tests/client/bspsa/test_outcomes.py"),
        (
            Edit(
                "client/bspsa/outcomes.py",
                '    OutcomeRow(None, None, "unknown"',
                '    OutcomeRow(500, None, "refused", ""),\n    OutcomeRow(None, None, "unknown"',
            ),
        ),
    ),
    Mutant(
        "a cancel after the first byte aborts the POST",
        _by("tests/submission/test_flow.py", "-k", "cancel_after_the_first_byte"),
        (
            Edit(
                "submission/phase.py",
                "        if self.phase is SubmissionPhase.SENT:\n            self.too_late.set()\n"
                "            return False\n",
                "",
            ),
        ),
    ),
    Mutant(
        "`failed` is believed before the end",
        _by("tests/domain/test_jobs.py"),
        (
            Edit(
                "domain/jobs.py",
                "        if not self.is_over:\n            return None\n",
                "        if not (self.is_over or self.raw.get('failed')):\n"
                "            return None\n",
            ),
        ),
    ),
    Mutant(
        "a job that is not shown for a moment is called cancelled",
        _by_row("21"),
        (
            Edit(
                "domain/jobs.py",
                '(self.stage in _CANCELLED_STAGES and self.end_sent != "")',
                "self.stage in _CANCELLED_STAGES",
            ),
        ),
    ),
    Mutant(
        "the guard is off",
        _by_row("4"),
        (
            Edit(
                "records/duplicates.py",
                '        earlier = None if repeat == "allow" else _earlier_like(records, record)\n',
                "        earlier = None\n",
            ),
        ),
    ),
    Mutant(
        "the guard is passed without its lock",
        _by("tests/records/test_duplicates.py", "-k", "without_the_lock"),
        (
            Edit(
                "records/folder_lock.py",
                "        if waited >= MOST_WAIT:\n",
                "        if waited >= MOST_WAIT:\n            break\n        if False:\n",
            ),
        ),
    ),
    Mutant(
        "a token that may be at fault is not proved again",
        _by("tests/submission/test_batch.py", "-k", "proved_again"),
        (
            Edit(
                "submission/proofs.py",
                "            project.proof = None\n",
                "            pass\n",
            ),
        ),
    ),
    Mutant(
        "a click and a cell make two jobs",
        _by("tests/widgets/submitter/test_submission_controller.py", "-k", "same_call_again"),
        (
            Edit(
                "widgets/submitter/submission_controller.py",
                "        own = self._own_record() if is_one else None\n",
                "        own = None\n",
            ),
        ),
    ),
    Mutant(
        "redirects are followed",
        _by("tests/client/bspsa/test_contract.py", "-k", "redirect"),
        (Edit("client/bspsa/transport.py", "follow_redirects=False", "follow_redirects=True"),),
    ),
    Mutant(
        "who looks for the job sends it again",
        _by(_LEDGER),
        (
            Edit(
                _SEND_MODULE,
                "        self._report(Unsure(error))\n",
                "        self._report(Unsure(error))\n        await self._post()\n",
            ),
        ),
    ),
    Mutant(
        "a broken upload ends in the orderly way",
        _by("tests/client/bspsa/test_post_guard.py"),
        (
            Edit(
                "client/bspsa/post_guard.py",
                "            self._set_linger(_RESET)\n",
                "            self._set_linger(_NORMAL)\n",
            ),
        ),
    ),
    Mutant(
        "a submission is answered before it is on the disk",
        _by_row("19e"),
        (
            Edit(
                "service/storage/store.py",
                _BEGIN + _YIELD + _COMMIT,
                f"            if not self._database.in_transaction:\n    {_BEGIN}{_YIELD}"
                f"                if self._database.total_changes % 8 == 0:\n    {_COMMIT}",
            ),
        ),
    ),
    Mutant(
        "the sweep takes finished jobs' files",
        _by_row("19e"),
        (
            Edit(
                "service/storage/directory.py",
                "known_ids = store.job_ids()",
                "known_ids = {job.job_id for job in store.unfinished()}",
            ),
        ),
    ),
    Mutant(
        "a job is removed as soon as it is over",
        _by_row("19e"),
        (Edit("service/storage/retention.py", "datetime.now(UTC) - keep", "datetime.now(UTC)"),),
    ),
    Mutant(
        "a link in a job's folder is followed",
        _by("tests/service/storage/test_file_access.py"),
        (Edit("service/storage/file_access.py", "os.O_NOFOLLOW | os.O_NONBLOCK", "os.O_NONBLOCK"),),
    ),
    Mutant(
        "a pipe in a job's folder is waited for",
        _by("tests/service/storage/test_file_access.py"),
        (Edit("service/storage/file_access.py", "os.O_NOFOLLOW | os.O_NONBLOCK", "os.O_NOFOLLOW"),),
    ),
    Mutant(
        "all of the environment reaches a job",
        _by("tests/service/executors/runner/test_environment.py"),
        (
            Edit(
                "service/executors/runner/environment.py", "*PASSES, *named", '"*", *PASSES, *named'
            ),
        ),
    ),
    Mutant(
        "a server's name is a path",
        _by_row("13"),
        (Edit("client/bspsa/download.py", "folder / safe_name(name)", "folder / name"),),
    ),
    Mutant(
        "a short file is called complete",
        _by_row("14a"),
        (
            Edit(
                "client/bspsa/download.py",
                "if length is not None and received != length:",
                "if False:",
            ),
        ),
    ),
    Mutant(
        "one client downloads several files at once",
        _by_row("14c"),
        (
            Edit(
                "client/bspsa/download_lock.py",
                "        async with self._task_lock:\n",
                "        if True:\n",
            ),
        ),
    ),
    Mutant(
        "two kernels download at once",
        _by_row("14c"),
        (
            Edit(
                "client/bspsa/download_lock.py",
                "self._is_shared = not endpoint.is_loopback",
                "self._is_shared = False",
            ),
        ),
    ),
    Mutant(
        "a cancel deletes a job that is over",
        _by("tests/jobs/test_cancel.py"),
        (Edit("jobs/cancel.py", "return can_cancel(look.job)", "return True"),),
    ),
    Mutant(
        "a job that cannot be read is deleted unasked",
        _by("tests/jobs/test_cancel.py"),
        (Edit("jobs/cancel.py", "if is_at_risk(look, ref) and not unread:", "if False:"),),
    ),
)
