"""From what was typed to the Payload header: right, or refused with the field's name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.payload import PAYLOAD_BYTES, JobForm, JobRequest, check_form
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import InvalidForm, InvalidInput

NAN, INF = float("nan"), float("inf")
NUMBERS = ("node_number", "core_number", "runtime")


def form(**changes: Any) -> JobForm:
    return JobForm(**({"hpc": "pizdaint", "command": "ls"} | changes))


def wrong(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check_form(form(**changes))
    assert not caught.value.job_may_exist
    assert caught.value.verdict == "Nothing was sent."
    return caught.value.errors


@pytest.mark.parametrize(
    ("given_form", "payload"),
    [
        (
            JobForm(
                hpc="pizdaint",
                command="ls -lisa",
                node_number="2",
                core_number="6",
                runtime="2.0",
                title="a job title",
            ),
            {
                "command": "ls -lisa",
                "node_number": "2",
                "core_number": "6",
                "runtime": "2.0",
                "title": "a job title",
            },
        ),
        (
            JobForm(
                hpc="nsg",
                project="bsp_nsg_01",
                tool="NEURON74_TG",
                node_number=2,
                core_number=6,
                runtime=2,
                title="a job title",
            ),
            {
                "tool": "NEURON74_TG",
                "node_number": "2",
                "core_number": "6",
                "runtime": "2.0",
                "title": "a job title",
            },
        ),
    ],
    ids=["pizdaint", "nsg"],
)
def test_the_seeds_examples_are_accepted_as_they_stand(
    given_form: JobForm, payload: dict[str, str]
) -> None:
    request = check_form(given_form).request
    assert request.payload() == payload
    assert list(request.payload()) == list(payload)
    assert request.header() == json.dumps(payload)


def test_the_seeds_six_cores_are_a_warning_with_its_source_not_an_error() -> None:
    checked = check_form(form(core_number=6))
    [warning] = checked.warnings
    assert warning.field == "core_number"
    assert "12" in warning.message
    assert "source" in warning.source


def test_the_seeds_tool_is_a_warning_not_an_error() -> None:
    checked = check_form(JobForm(hpc="nsg", tool="NEURON74_TG"))
    assert [warning.field for warning in checked.warnings] == ["tool"]


@pytest.mark.parametrize("hpc", ["titan", "", None, 5, "pizdaint/..", "nsg\n x", ["nsg"]])
def test_an_unknown_system_is_told_at_its_field(hpc: Any) -> None:
    assert list(wrong(hpc=hpc)) == ["hpc"]


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize(
    "value",
    [
        *(0, -1, "0", "-1", NAN, INF, -INF, "nan", "inf", "-Infinity", 1e300, 10**400, 10**5000),
        *("", " ", "abc", "2,5", "1_000", "0x10", "1e", "٣", "１", "1\x00", "1 2", "\ud800"),
        *(True, False, [], {}, [1], object(), b"1", 1j),
    ],
    ids=lambda value: repr(value)[:20] if not (isinstance(value, int) and value > 1e9) else "huge",
)
def test_a_number_that_is_none_is_told_at_its_field(field: str, value: Any) -> None:
    assert list(wrong(**{field: value})) == [field]


@pytest.mark.parametrize("field", ["node_number", "core_number"])
@pytest.mark.parametrize("value", [1.5, "12.5", "1e-3"])
def test_half_a_node_is_refused(field: str, value: Any) -> None:
    assert list(wrong(**{field: value})) == [field]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (2, "2.0"),
        ("2", "2.0"),
        (" 0.5 ", "0.5"),
        (1e-5, "0.00001"),
        (1 / 60, "0.016666666666666666"),
        ("1e2", "100.0"),
        (99_999.5, "99999.5"),
    ],
)
def test_hours_are_sent_as_plain_decimals(value: Any, sent: str) -> None:
    assert check_form(form(runtime=value)).request.payload()["runtime"] == sent


def test_all_wrong_fields_are_told_at_once_in_the_forms_order() -> None:
    with pytest.raises(InvalidForm) as caught:
        check_form(
            form(runtime=0, command="", title="x" * 101, node_number="many", project="UPPER")
        )
    assert list(caught.value.errors) == ["project", "command", "title", "node_number", "runtime"]


@pytest.mark.parametrize("title", ["x" * 101, "é" * 101, "a" + "\N{GRINNING FACE}" * 100])
def test_a_long_title_is_refused(title: str) -> None:
    assert list(wrong(title=title)) == ["title"]


def test_a_title_of_78_characters_passes_and_is_trimmed() -> None:
    assert check_form(form(title="  " + "x" * 78 + "\t ".strip() + " ")).request.title == "x" * 78
    assert check_form(form(title="\N{GRINNING FACE}" * 78)).request.header().isascii()


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028"])
@pytest.mark.parametrize("field", ["title", "project"])
def test_a_control_character_is_told_at_its_field(field: str, sign: str) -> None:
    assert list(wrong(**{field: f"a{sign}b"})) == [field]


@pytest.mark.parametrize("field", ["title", "project", "command"])
@pytest.mark.parametrize("half", ["\ud800", "a\udfffb", "\ude00\ud83d"])
def test_half_a_character_is_told_at_its_field(field: str, half: str) -> None:
    assert list(wrong(**{field: half})) == [field]


@pytest.mark.parametrize("field", ["tool", "init_file"])
@pytest.mark.parametrize("value", ["\ud800", "a\x00b", "a\nb", 5, ["PY_TG"]])
def test_nsgs_own_fields_are_checked_as_well(field: str, value: Any) -> None:
    assert list(wrong(**({"hpc": "nsg"} | {field: value}))) == [field]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.py", "a/../../x", "\\x", "C:/x.py", "..\\x"])
def test_a_main_file_outside_the_folder_is_refused(path: str) -> None:
    assert list(wrong(hpc="nsg", init_file=path)) == ["init_file"]


def test_a_main_file_goes_to_nsg_only() -> None:
    assert "init_file" not in check_form(form(init_file="run.py")).request.payload()
    nsg = check_form(JobForm(hpc="nsg", init_file="src/run.py")).request.payload()
    assert nsg["init_file"] == "src/run.py"
    assert "command" not in nsg


@pytest.mark.parametrize("command", ["", "  ", "\n\n", None, 5, "a\x00b", "a\x1b[31m"])
def test_an_unusable_command_is_told_at_its_field(command: Any) -> None:
    assert list(wrong(command=command)) == ["command"]


@pytest.mark.parametrize("command", [None, "", " \n"])
def test_there_is_no_default_command_and_the_error_says_what_to_do(command: Any) -> None:
    told = wrong(command=command)["command"]
    assert told.startswith("There is no command. Say what to run, for example: unzip -q {archive}")


def test_a_command_of_several_lines_and_scripts_is_one_line_of_ascii() -> None:
    command = "set -e\r\ncd müller\n\techo 'Ω \N{GRINNING FACE}' \"q\" \\ $HOME\rexit"
    header = check_form(form(command=command)).request.header()
    assert header.isascii()
    assert header.isprintable()
    sent = json.loads(header)["command"]
    assert sent == command.replace("\r\n", "\n").replace("\r", "\n")


def test_a_command_too_long_for_the_header_is_sent_into_a_script() -> None:
    with pytest.raises(InvalidInput, match="script") as caught:
        check_form(form(command="x" * 1500))
    assert caught.value.field == "command"


def test_placeholders_are_filled_in_safely() -> None:
    request = check_form(form(command="unzip {archive} && cd {folder}; echo ${folder} {}")).request
    filled = request.for_archive("a_b.zip", "a'; rm -rf $HOME #")
    assert filled.command == ("unzip a_b.zip && cd 'a'\"'\"'; rm -rf $HOME #'; echo ${folder} {}")
    assert filled.title == "a'; rm -rf $HOME #"


def test_placeholders_that_make_the_header_too_long_are_found_before_sending() -> None:
    request = check_form(form(command="{folder}" * 20)).request
    with pytest.raises(InvalidInput) as caught:
        request.for_archive("a.zip", "f" * 200)
    assert caught.value.field == "command"


def test_a_title_made_of_the_folder_is_one_that_the_service_takes() -> None:
    request = check_form(form()).request.for_archive("a.zip", "é\n" * 100)
    assert len(request.title) <= 100
    assert "\n" not in request.title


_value = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=200)
    | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Zl"]), max_size=5)
    | st.sampled_from(["\r\nPayload: {}", '","x":"', "1", "12", "2.0", "PY_TG", "a", "ls\nls"])
)
_form = st.builds(
    JobForm,
    hpc=st.sampled_from(["pizdaint", "nsg", "NSG", "x"]),
    project=_value,
    command=_value | st.text(min_size=500, max_size=1600),
    tool=_value,
    init_file=_value,
    node_number=_value | st.integers(1, 100),
    core_number=_value | st.integers(1, 100),
    runtime=_value | st.floats(0.1, 100),
    title=_value,
)
_good = st.builds(
    JobForm,
    hpc=st.sampled_from(["pizdaint", "nsg"]),
    command=st.text(max_size=400),
    title=st.text(max_size=110),
    init_file=st.text(max_size=60),
)


@given(_form | _good)
def test_any_form_is_one_short_line_of_ascii_json_or_named_fields(given_form: JobForm) -> None:
    try:
        request = check_form(given_form).request
    except InvalidInput as error:
        named = error.errors
    else:
        assert_sendable(request)
        return
    assert named
    assert set(named) <= set(JobForm.model_fields)
    assert all(sentence.strip() for sentence in named.values())


def assert_sendable(request: JobRequest) -> None:
    header = request.header()
    assert header.isascii()
    assert header.isprintable()
    assert len(header) <= PAYLOAD_BYTES
    sent = json.loads(header)
    assert all(isinstance(value, str) for value in sent.values())
    assert sent == request.payload()
    assert len(sent["title"]) <= 100
    assert int(sent["node_number"]) >= 1
    assert float(sent["runtime"]) > 0
    assert "e" not in sent["runtime"]


@pytest.mark.parametrize("hpc", SYSTEMS)
def test_a_systems_own_defaults_and_its_example_can_be_sent_without_a_warning(hpc: str) -> None:
    given = {field.name: field.example for field in SYSTEMS[hpc].fields if field.example}
    checked = check_form(JobForm(hpc=hpc, **given))
    assert checked.warnings == ()
    assert isinstance(checked.request, JobRequest)
