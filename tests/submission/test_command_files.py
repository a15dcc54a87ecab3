"""What a command starts is found where it is plain to see, and is never guessed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.submission.command_files import NamedPaths, named_files

IN = "unzip -q {archive} && cd {folder} && "
FOLDERS = {"src", "src/deep"}


def names_in(command: str) -> NamedPaths:
    return named_files(command, "ca1 fit", FOLDERS.__contains__)


def named(command: str) -> list[str]:
    return list(names_in(command).started)


@pytest.mark.parametrize(
    ("command", "files"),
    [
        (IN + "./run.sh", ["run.sh"]),
        (IN + "./run", ["run"]),
        (IN + "python fit.py", ["fit.py"]),
        (IN + "python3.11 -u -W ignore src/fit.py --out plot.py", []),
        (IN + "python3 -u src/fit.py --out plot.py", ["src/fit.py"]),
        (IN + "nrniv init.hoc", ["init.hoc"]),
        (IN + "nrniv -python init.py", ["init.py"]),
        (IN + "srun -n 4 -C mc python fit.py", ["fit.py"]),
        (IN + "OMP_NUM_THREADS=4 srun ./run.sh 3 > out.txt", ["run.sh"]),
        (IN + "python a.py && python b.py\nbash c.sh; . ./d.sh", ["a.py", "b.py", "c.sh", "d.sh"]),
        (IN + "python a.py | tee log.txt", ["a.py"]),
        (IN + "chmod +x run.sh && ./run.sh", ["run.sh"]),
        (IN + "cd src && python fit.py && cd deep && python ../more.py",
         ["src/fit.py", "src/more.py"]),
        (IN + "for i in 1 2 3; do python fit.py $i; done", ["fit.py"]),
        (IN + "python 'fit.py' # and not old.py", ["fit.py"]),
        (IN + "python \\\n  fit.py", ["fit.py"]),
        ("unzip -q {archive}\ncd {folder}\nmodule load daint-mc\npython fit.py", ["fit.py"]),
        ("unzip -q {archive} && {folder}/run.sh", ["run.sh"]),
        ("unzip -q {archive} && . {folder}/run.sh", ["run.sh"]),
        ("unzip -q {archive} && cd '{folder}' && ./run.sh", ["run.sh"]),
        ("unzip -q {archive} && cd 'ca1 fit' && ./run.sh", ["run.sh"]),
        ("unzip -q {archive} && python {folder}/fit.py", ["fit.py"]),
        (IN + "python simulate.py ../rates.csv", ["simulate.py"]),
    ],
)  # fmt: skip
def test_what_is_started_by_a_plain_name_is_found(command: str, files: list[str]) -> None:
    assert named(command) == files


@pytest.mark.parametrize(
    "command",
    [
        "unzip -q {archive} && cd {folder} && ls -l",
        "ls -lisa",
        "<some slurm command>",
        "true",
        "unzip -q {archive} && python fit.py",  # beside the folder, not in it
        "unzip -q {archive} -d /scratch && cd {folder} && ./run.sh",
        IN + "python -m pip install .",
        IN + "python -c 'import fit.py'",
        IN + "python $SCRIPT && python ${HOME}/fit.py && python *.py",
        IN + "python /users/me/fit.py && python ~/fit.py && python ../fit.py",
        IN + "python - < fit.py",
        IN + "bash < run.sh",
        IN + "echo 'print(1)' > made.py && python made.py",
        IN + "cp template.py made.py && python made.py",
        IN + "[ -f maybe.py ] && python maybe.py",
        IN + "test -e maybe.sh || exit 1; ./maybe.sh",
        IN + "python < in.txt || python fallback.py",
        IN + "make && ./model",
        IN + "gcc -o model model.c && ./model",
        IN + "nrnivmodl && ./x86_64/special -python init.py",
        IN + "git clone https://example.org/it.git && python it/run.py",
        IN + "curl -O https://example.org/run.sh && bash run.sh",
        IN + "tar xf code.tar.gz && python run.py",
        IN + "mkdir out && cd out && python made.py",
        IN + "cd $WORK && python fit.py",
        IN + "cat > made.py <<EOF\npython inner.py\nEOF\npython made.py",
        IN + "(cd src && python fit.py)",
        IN + "python $(ls | head -1)",
        IN + "python 'fit.py",
        IN + "echo python fit.py",
        IN + "papermill in.ipynb out.ipynb",
        IN + "python fit_{folder}.py",
        "",
        "&& ; | \n\n ||",
        "cd",
        "\x00\ud800",
    ],
)
def test_what_cannot_be_known_is_not_judged(command: str) -> None:
    assert named(command) == []


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (IN + "python3 opt.py --continu --checkpoint cp/last.pkl", ["cp/last.pkl"]),
        (
            IN + "python opt.py --checkpoint=cp/last.pkl 4 src/a.csv",
            ["cp/last.pkl", "4", "src/a.csv"],
        ),
        (IN + "srun -n 4 ./run.sh ./data.csv", ["data.csv"]),
        (IN + "cd src && python fit.py ../data.csv", ["data.csv"]),
        (IN + "python fit.py < params.txt", ["params.txt"]),
        (IN + "python fit.py -o out.csv --out=b.csv --output c.csv --log d.txt > e 2> f", []),
        (IN + "python fit.py | tee log.txt", []),
        (IN + "python make.py && python fit.py made.csv", []),
        (IN + "cp a.csv b.csv && python fit.py b.csv", []),
        (IN + "python fit.py /scratch/a.csv ~/b.csv $C 'd e.csv' *.csv ../f.csv", []),
        (IN + "echo a.csv && rm b.csv", []),
        ("python {folder}/fit.py {folder}/a.csv b.csv", ["a.csv"]),
    ],
)
def test_what_the_first_program_is_given_by_a_plain_name_is_found(
    command: str, given: list[str]
) -> None:
    assert list(names_in(command).given) == given


def test_a_script_that_is_the_program_itself_is_told_from_one_that_is_given_to_a_program() -> None:
    found = names_in(IN + "./a.sh && bash b.sh && python c.py && srun ./d.py")
    assert found.started == ("a.sh", "b.sh", "c.py", "d.py")
    assert found.by_themselves == ("a.sh", "d.py")


SNIPPETS = st.sampled_from(
    [
        *("cd", "{folder}", "{archive}", "unzip", "python", "./run.sh", "fit.py", "&&", "||"),
        *(";", "\n", "|", "(", ")", ">", "<<", "'", '"', "\\", "#", "$", " ", "\t", "&", "srun"),
    ]
)


@given(st.lists(SNIPPETS | st.text(max_size=4), max_size=20).map(" ".join))
def test_no_command_breaks_it_or_leads_out_of_the_folder(command: str) -> None:
    for path in (*names_in(command).started, *names_in(command).given):
        assert not path.startswith(("/", "../"))
        assert path != ".."
