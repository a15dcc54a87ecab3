"""A name stands in a command as one word, whatever the name and the quotation marks around it."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.shell_quotes import filled

NAMES = ["ca1-fit", "my run", "it's", 'a "b" c', "$HOME `x` \\", "a; touch b", "ünï", "#x", "*"]

# How people write it; each prints the name, whatever it is.
COMMANDS = [
    "printf %s {folder}",
    "printf %s '{folder}'",
    'printf %s "{folder}"',
    'printf %s "$(printf %s {folder})"',
    'printf %s "$(printf %s "{folder}")"',
    "# don't mind\nprintf %s {folder}",
    "echo \\' > /dev/null; printf %s {folder}",
    'echo "it\'s" > /dev/null; printf %s {folder}',
    "echo a#b' > /dev/null; echo ' > /dev/null; printf %s {folder}",
    'bash -c "printf %s {folder}"',
    "bash -c 'printf %s {folder}'",
    'bash -c "true && printf %s {folder} && true"',
]


def printed(command: str) -> str:
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(os.name != "posix", reason="bash is a Unix matter")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_shell_reads_the_name_as_it_is(command: str) -> None:
    ends = "; printf '\\n';\n"
    whole = ends.join(filled(command, {"folder": name}) for name in NAMES)
    assert printed(whole).split("\n") == NAMES


@pytest.mark.skipif(os.name != "posix", reason="bash is a Unix matter")
@pytest.mark.parametrize(
    "command",
    [
        "cd {folder} && bash run.sh",
        "cd '{folder}' && bash run.sh",
        'cd "{folder}" && bash run.sh',
        'cd "$PWD/{folder}" && bash run.sh',
        "cd ./{folder}/ && bash run.sh",
        'bash "{folder}/run.sh"',
        "bash '{folder}'/run.sh",
        'bash -c "cd {folder} && bash run.sh"',
        "bash -c 'cd {folder} && bash run.sh'",
    ],
)
def test_a_folder_with_a_space_in_its_name_is_found(command: str, tmp_path: Path) -> None:
    (tmp_path / "my run").mkdir()
    (tmp_path / "my run/run.sh").write_text("echo ran\n")
    done = subprocess.run(
        ["bash", "-c", filled(command, {"folder": "my run"})],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("ran\n", "")


def test_what_is_the_shells_own_or_not_known_stays() -> None:
    command = "echo ${folder} {other} '{}' {folder}x"
    assert filled(command, {"folder": "a b"}) == "echo ${folder} {other} '{}' 'a b'x"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_as_a_word_of_its_own_it_is_one_word(name: str) -> None:
    commands = ["cd {folder}", "cd '{folder}'"]
    if not set("$`") & set(name):  # which shlex, other than a shell, does not take as escaped
        commands.append('cd "{folder}"')
    for command in commands:
        assert shlex.split(filled(command, {"folder": name})) == ["cd", name]


@given(st.text("{}folder'\"\\$()# \n;", max_size=40))
def test_no_command_breaks_it(command: str) -> None:
    assert "{folder}" not in filled(command, {"folder": "x"}).replace("${folder}", "")
