"""Every answer and every network failure becomes an error of the one tree."""

from __future__ import annotations

import inspect
import json
import time
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.error_messages import MAX_MESSAGE, error_message
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import (
    AccessRefused,
    BspsaError,
    NotFound,
    NotSent,
    QuotaRefused,
    Refused,
    ServiceFailure,
    TokenRefused,
    Unconfirmed,
    UnsafeEndpoint,
)

JSON = "application/json"


def response(status: int, body: Any, kind: str = JSON) -> ServiceResponse:
    text = body if isinstance(body, (str, bytes)) and kind != JSON else json.dumps(body)
    return ServiceResponse(status, kind, text.encode() if isinstance(text, str) else text)


def judged(status: int, body: Any, kind: str = JSON) -> BspsaError:
    with pytest.raises(BspsaError) as caught:
        outcomes.judge_submission(response(status, body, kind))
    return caught.value


FIVE_SHAPES = [
    ("Wrong runtime value", "Wrong runtime value"),
    ({"detail": "JSON parse error"}, "JSON parse error"),
    ({"title": ["Too long.", "And odd."]}, "title: Too long.; And odd."),
    ({"job_id": "A-1"}, "job_id: A-1"),
]


@pytest.mark.parametrize(("body", "message"), FIVE_SHAPES)
def test_each_json_error_shape_has_a_message(body: Any, message: str) -> None:
    assert error_message(response(400, body)) == message
    assert message.removeprefix("job_id: ") in str(judged(400, body))


def test_a_web_page_has_no_message() -> None:
    page = response(400, "<html><b>Bad</b> request</html>", "text/html")
    assert error_message(page) == ""
    error = judged(400, "<html><b>Bad</b> request</html>", "text/html")
    assert type(error) is Refused
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "<error><displayMessage>Job failed &lt;validation&gt;.</displayMessage>"
            "<paramError><param>tool</param><error>unknown</error></paramError></error>",
            "Job failed <validation>. tool: unknown",
        ),
        (  # as NSG sends it: indented, with the message twice
            "<error>\n  <displayMessage>Form validation error.</displayMessage>\n"
            "  <message>Form validation error.</message>\n  <code>5</code>\n"
            "  <paramError>\n    <param>vparam.runtime_</param>\n"
            "    <error>must be &lt;= 48</error>\n  </paramError>\n"
            "  <paramError><param>input.infile_</param><error>is &amp;lt;missing</error>"
            "</paramError>\n</error>",
            "Form validation error. runtime: must be <= 48; input.infile: is &lt;missing",
        ),
        ("<error>Out of <b>order</b></error>", "Out of order"),
        ("<error><code>5</code><message>No</message></error>", "No"),
        ('{"errorMessage":"No such \\"queue\\"","status":400}', 'No such \\"queue\\"'),
        ("<html>gone</html>", ""),
        ("two\r\nlines\tand\x00more", "two lines and more"),
    ],
)
def test_upstream_messages_inside_a_json_string_are_extracted(body: str, message: str) -> None:
    assert error_message(response(400, body)) == message


@pytest.mark.parametrize(
    ("status", "kind", "message", "advised"),
    [
        (407, ServiceFailure, "user name and a password", "HTTPS_PROXY"),
        (301, UnsafeEndpoint, "redirected", "without a path"),
        (308, UnsafeEndpoint, "redirected", "without a path"),
        (404, NotFound, "does not know this address", "without a path"),
    ],
)
def test_a_read_error_of_another_server_has_advice(
    status: int, kind: type[BspsaError], message: str, advised: str
) -> None:
    error = outcomes.judge_read(response(status, "<h1>No</h1>", "text/html"))
    assert type(error) is kind
    assert message in error.message
    assert advised in error.advice


@pytest.mark.parametrize(
    ("status", "message", "advised"),
    [(413, "too large", "Review"), (301, "redirected", "without a path")],
)
def test_a_submission_refused_by_the_web_server_has_advice(
    status: int, message: str, advised: str
) -> None:
    error = judged(status, "<h1>No</h1>", "text/html")
    assert type(error) is Refused
    assert message in error.message
    assert advised in error.advice


def test_a_long_message_is_shortened_quickly() -> None:
    """20,000 unclosed tags once held the event loop for 10 seconds."""
    began = time.perf_counter()
    for text in ("<error>" * 400_000, '"errorMessage":"' * 200_000, "x" * 3_000_000):
        assert len(error_message(response(400, text))) <= MAX_MESSAGE
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "User has not quota!", QuotaRefused),
        (401, "Quota not enough!", QuotaRefused),
        (401, {"detail": "Invalid token."}, TokenRefused),
        (403, {"detail": "Authentication credentials were not provided."}, AccessRefused),
        (404, "Project not found!", NotFound),
        (406, {"detail": "no"}, Refused),
        (413, {"detail": "no"}, Refused),
        (415, {"detail": "no"}, Refused),
        (431, {"detail": "no"}, Refused),
        (200, [], Unconfirmed),
        (200, {"job_id": "A"}, Unconfirmed),
        (202, "fine", Unconfirmed),
        (204, "", Unconfirmed),
        (302, "", Unconfirmed),
        (307, "", Unconfirmed),
        (400, [], Unconfirmed),
        (400, None, Unconfirmed),
        (400, 5, Unconfirmed),
        (400, {}, Unconfirmed),
        (400, {"detail": "x", "job_id": "A"}, Unconfirmed),
        (400, "<jobstatus><jobHandle>NGBW-1</jobHandle></jobstatus>", Unconfirmed),
        (409, "already there", Unconfirmed),
        (418, "teapot", Unconfirmed),
        (429, "slow down", Unconfirmed),
        (500, "oh", Unconfirmed),
        (503, "busy", Unconfirmed),
        (201, "fine", Unconfirmed),
        (201, {"id": 5}, Unconfirmed),
        (201, {"job_id": "  "}, Unconfirmed),
        (201, [{"job_id": "A"}], Unconfirmed),
    ],
)
def test_only_responses_known_to_precede_a_job_are_refusals(
    status: int, body: Any, kind: type[BspsaError]
) -> None:
    error = judged(status, body)
    assert type(error) is kind
    assert error.job_may_exist is (kind is Unconfirmed)


UNICORE = '{"errorMessage":"No such queue","status":500}'
NSG_ERROR = "<error><displayMessage>Submitted job failed.</displayMessage></error>"
NSG_JOB = "<jobstatus><jobHandle>NGBW-1</jobHandle></jobstatus>"
PAGE = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "body", "kind", "expected"),
    [
        # 4.2, Piz Daint
        pytest.param(400, UNICORE, JSON, Refused, id="4.2 submit answers 4xx, 5xx, 202, 204"),
        pytest.param(400, "", JSON, Refused, id="4.2 the same, with an empty body"),
        pytest.param(500, "<h1>", PAGE, Unconfirmed, id="4.2 submit refused, dropped, 200"),
        pytest.param(201, {"job_id": "A"}, JSON, Job, id="4.2 upload fails: 201 all the same"),
        pytest.param(201, {"job_id": "A", "stage": "READY"}, JSON, Job, id="4.2 start fails"),
        pytest.param(400, {"job_id": "A"}, JSON, Unconfirmed, id="4.2 last GET not 200"),
        pytest.param(400, {"init_date": ["?"]}, JSON, Unconfirmed, id="4.2 submissionTime"),
        # 4.3, NSG
        pytest.param(400, NSG_ERROR, JSON, Refused, id="4.3 any status but 200 and 201"),
        pytest.param(400, "<html>gone</html>", JSON, Refused, id="4.3 the same, as HTML in JSON"),
        pytest.param(400, NSG_JOB, JSON, Unconfirmed, id="4.3 202"),
        pytest.param(500, "<h1>", PAGE, Unconfirmed, id="4.3 201, 200 with HTML, dropped"),
        # 4.4
        pytest.param(201, {"job_id": "A"}, JSON, Job, id="4.4 201"),
        pytest.param(400, "Wrong tool value!", JSON, Refused, id="4.4 400 string"),
        pytest.param(400, {"detail": "x"}, JSON, Refused, id="4.4 400 detail"),
        pytest.param(400, {"title": ["x"]}, JSON, Unconfirmed, id="4.4 400 field"),
        pytest.param(401, "User has not quota!", JSON, QuotaRefused, id="4.4 401"),
        pytest.param(403, {"detail": "x"}, JSON, AccessRefused, id="4.4 403"),
        pytest.param(404, "Project not found!", JSON, NotFound, id="4.4 404"),
        pytest.param(406, {"detail": "x"}, JSON, Refused, id="4.4 406"),
        pytest.param(415, {"detail": "x"}, JSON, Refused, id="4.4 415"),
        pytest.param(431, "<h1>", PAGE, Refused, id="4.4 431"),
        pytest.param(400, "<h1>", PAGE, Refused, id="4.4 400 of the web server"),
        pytest.param(413, "<h1>", PAGE, Refused, id="4.4 413"),
        pytest.param(500, "<h1>", PAGE, Unconfirmed, id="4.4 500"),
        pytest.param(200, [], JSON, Unconfirmed, id="4.4 200 with a list"),
        # and what only looks like one of these
        pytest.param(200, "<h1>Log in</h1>", PAGE, Unconfirmed, id="a login page"),
        pytest.param(404, {"job_id": "A"}, JSON, Unconfirmed, id="a refusal that names a job"),
        pytest.param(403, NSG_JOB, JSON, Unconfirmed, id="a refusal that describes a job"),
        pytest.param(400, b"", "", Unconfirmed, id="400 with nothing"),
    ],
)
def test_each_known_response_has_the_right_verdict(
    status: int, body: Any, kind: str, expected: type
) -> None:
    """api.md sections 4.2 to 4.4; what comes without an answer is tested on the wire."""
    raw_response = response(status, body, kind)
    if expected is Job:
        assert outcomes.judge_submission(raw_response).job_id == "A"
        return
    error = judged(status, body, kind)
    assert type(error) is expected
    assert error.job_may_exist is (expected is Unconfirmed)


def test_every_row_of_the_table_is_used_and_has_a_source() -> None:
    shapes: list[outcomes.Shape] = ["text", "detail", "object", "json", "page", "none", "a job"]
    met = {outcomes.verdict_on(status, shape) for status in range(100, 600) for shape in shapes}
    assert met == set(outcomes.VERDICTS)
    for row in outcomes.VERDICTS:
        assert row.source[0].isdigit()
        assert row.verdict != "refused" or (row.status or 999) < 500


def test_the_error_contains_the_job_of_the_response() -> None:
    for body, job_id in (({"job_id": "A-1"}, "A-1"), (NSG_JOB, "NGBW-1")):
        error = judged(500, body)
        assert isinstance(error, Unconfirmed)
        assert error.job_id == job_id
        assert error.is_unlisted
        assert "Ask EBRAINS support before you submit again" in error.advice
        assert job_id in error.advice


@pytest.mark.parametrize("named", [7, None, "", "\n", "<jobHandle></jobHandle><jobstatus>"])
def test_an_invalid_job_id_is_ignored(named: Any) -> None:
    error = judged(400, named if str(named).startswith("<") else {"job_id": named})
    assert isinstance(error, Unconfirmed)
    assert error.is_unlisted
    assert error.job_id is None
    assert error.advice.endswith("before you submit again.")


OURS, OTHERS = "nb-" + "a" * 16, "nb-" + "b" * 16


@pytest.mark.parametrize(
    ("title", "marker", "is_ours"),
    [
        (f"t [{OURS}]", OURS, True),
        (f"t [{OTHERS}]", OURS, False),
        (f"t [{OTHERS}]", "", True),
        ("t", OURS, True),
        (None, OURS, True),
    ],
)
def test_a_201_with_the_marker_of_another_submission_is_not_our_job(
    title: str | None, marker: str, is_ours: bool
) -> None:
    job = Job.parse({"job_id": "A", "title": title})
    if is_ours:
        assert outcomes.expect_marker(job, marker) is job
        return
    with pytest.raises(Unconfirmed, match="another job") as caught:
        outcomes.expect_marker(job, marker)
    assert caught.value.job_id is None


def test_a_403_is_about_access_not_credentials() -> None:
    error = judged(403, {"detail": "Authentication credentials were not provided."})
    assert "project" in str(error)
    assert "credentials" not in str(error)


def test_a_job_in_a_web_page_is_not_a_job() -> None:
    assert type(judged(201, '{"job_id": "A"}', "text/html")) is Unconfirmed


@pytest.mark.parametrize("depth", [10, 100, 500, 900, 950, 980, 990, 1000, 5000])
def test_deeply_nested_responses_are_package_errors(depth: int) -> None:
    for status in (201, 400, 401, 404, 500):
        for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            with pytest.raises(BspsaError):
                outcomes.judge_submission(ServiceResponse(status, JSON, b'{"title":' + body + b"}"))
            assert isinstance(outcomes.judge_read(ServiceResponse(status, JSON, body)), BspsaError)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["job_id", "detail", "title", "stage", "id"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_bodies = st.binary(max_size=60) | _json.map(lambda value: json.dumps(value).encode())
_responses = st.builds(
    ServiceResponse,
    st.sampled_from([200, 201, 301, 400, 401, 403, 404, 406, 413, 500, 503])
    | st.integers(100, 599),
    st.sampled_from([JSON, "text/html", "", "application/json;charset=utf-16", "\xff"]),
    _bodies,
    st.none() | st.floats(0, 86_400),
)


@given(_responses)
def test_no_response_is_a_job_without_a_201_and_all_errors_are_package_errors(
    raw_response: ServiceResponse,
) -> None:
    try:
        finished: Job | BspsaError = outcomes.judge_submission(raw_response)
    except BspsaError as error:
        finished = error
    if isinstance(finished, Job):
        assert raw_response.status == 201
        return
    assert isinstance(finished, (Refused, TokenRefused, Unconfirmed))
    assert finished.job_may_exist or (raw_response.status != 201 and raw_response.status < 500)
    assert len(str(finished)) < 1000
    assert "\n" not in str(finished)


@given(_responses)
def test_every_failed_read_is_a_package_error_without_a_job(raw_response: ServiceResponse) -> None:
    error = outcomes.judge_read(raw_response)
    assert isinstance(error, (Refused, TokenRefused, ServiceFailure, UnsafeEndpoint))
    assert not error.job_may_exist


def every_error_of(module: Any, root: type[Exception]) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, root) and kind is not httpx.HTTPStatusError
    ]


@pytest.mark.parametrize("kind", every_error_of(httpx, Exception), ids=lambda kind: kind.__name__)
def test_every_error_of_httpx_is_translated(kind: type[Exception]) -> None:
    arguments = inspect.signature(kind.__init__).parameters
    error = kind("secret") if "message" in arguments else kind.__new__(kind)
    read, sent = outcomes.network_failure(error), outcomes.broken_submission(error)
    assert isinstance(read, BspsaError)
    assert not read.job_may_exist
    assert sent.job_may_exist
    assert "secret" not in f"{read}{sent}"


def test_no_error_of_httpcore_is_unknown_to_httpx() -> None:
    """httpx hides httpcore's errors behind its own of the same name: the seam is complete."""
    for kind in every_error_of(httpcore, Exception):
        if kind is not httpcore.ConnectionNotAvailable:
            assert hasattr(httpx, kind.__name__), kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout(""), NotSent),
        (httpx.PoolTimeout(""), NotSent),
        (httpx.ProxyError(""), NotSent),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate"), UnsafeEndpoint),
        (httpx.ReadTimeout(""), ServiceFailure),
        (httpx.ReadError(""), ServiceFailure),
        (httpx.RemoteProtocolError(""), ServiceFailure),
        (ValueError("?"), ServiceFailure),
    ],
)
def test_an_unsent_request_is_not_sent(error: Exception, kind: type[BspsaError]) -> None:
    assert type(outcomes.network_failure(error)) is kind


def test_a_400_with_field_errors_beside_a_detail_may_have_started_a_job() -> None:
    """Field errors come after the job was started; a detail alone comes before anything ran."""
    error = judged(400, {"detail": "Invalid.", "title": ["Too long."]})
    assert type(error) is Unconfirmed
    assert type(judged(400, {"detail": "Invalid."})) is Refused


@pytest.mark.parametrize(
    ("message", "kind"), [("Token expired.", TokenRefused), ("Your QUOTA is used up", QuotaRefused)]
)
def test_a_401_is_about_quota_only_if_its_message_is(message: str, kind: type[BspsaError]) -> None:
    assert type(judged(401, message)) is kind
    assert type(outcomes.judge_read(response(401, message))) is kind


def test_a_500_with_json_is_not_a_token_error() -> None:
    error = outcomes.judge_read(response(500, "The system is down."))
    assert type(error) is ServiceFailure
    assert "The system is down." in error.message
    assert "token" not in str(error)


def test_the_job_id_of_a_response_is_short() -> None:
    error = judged(400, {"job_id": "X" * 5_000})
    assert isinstance(error, Unconfirmed)
    assert error.job_id == "X" * 100
