"""Real answers of Azure, replayed through the SDK clients: each is read or is an error.

The recordings are not part of the repository; without them these tests are skipped.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.scanners.answer import Answer
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.guard import QUERY_POSTS
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.faults import GRAPH_PATH
from tests.loopback.reading import RETRIES
from tests.loopback.recordings import Recording, read_recordings

FOLDER: Final = Path(__file__).parents[3] / "shared" / "azure-responses"
RECORDINGS: Final = tuple(read_recordings(FOLDER)) if FOLDER.is_dir() else ()
ERRORS: Final = tuple(each for each in RECORDINGS if each.response.status >= 400)

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="the recordings of Azure are not here")

REASONS: Final = {
    401: Reason.FORBIDDEN,
    403: Reason.FORBIDDEN,
    429: Reason.THROTTLED,
    504: Reason.TIMEOUT,
}
"""Every other error is an API error."""

SUBSCRIPTIONS: Final = ("00000000-0000-0000-0000-000000000000",)


@pytest.fixture(scope="module")
def served(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve nothing but replayed recordings."""
    with LoopbackAzure(certificates, ()) as azure:
        yield azure


@pytest.fixture
def azure(served: LoopbackAzure) -> LoopbackAzure:
    """Provide the server to one test, with a separate log."""
    served.requests.clear()
    return served


def body_of(recording: Recording) -> object:
    """Return the JSON value of an answer, None if it is not JSON."""
    try:
        return json.loads(recording.response.body)
    except ValueError:
        return None


def is_query(recording: Recording) -> bool:
    """Tell whether an answer is one to a Resource Graph query."""
    return recording.method == "POST" and recording.path.lower() == GRAPH_PATH


def is_whole(recording: Recording) -> bool:
    """Tell whether an answer is successful and complete."""
    body = body_of(recording)
    if recording.response.status != 200 or not isinstance(body, dict):
        return False
    if is_query(recording):
        return isinstance(body["data"], list) and body["count"] == body["totalRecords"]
    return not (body.get("nextLink") or body.get("@odata.nextLink"))


def read(reader: AzureReader, recording: Recording) -> list[Answer]:
    """Read what a recording answers, in the way that suits its request, to the end."""
    body = body_of(recording)
    if is_query(recording):
        query = "resources | project id, name | order by id asc"
        answers = list(reader.graph(query, SUBSCRIPTIONS))
    elif recording.method == "POST" or (isinstance(body, dict) and "value" in body):
        answers = list(reader.pages(recording.path, "2025-12-01", method=recording.method))
    else:
        answers = [reader.get(recording.path, "2025-12-01")]
    for answer in answers:
        if answer.fault:
            raise answer.fault
    return answers


def asked(recording: Recording) -> Recording:
    """Return a recording as the answer to something that amlaudit may request.

    An answer to a write is used as the answer to a GET, and the placeholders in documentation as
    names.
    """
    path = re.sub(r"[{}]", "", recording.path)
    queries = recording.method == "POST" and re.fullmatch("|".join(QUERY_POSTS), path.lower())
    return replace(recording, path=path, method="POST" if queries else "GET")


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.name)
def test_every_answer_is_read_whole_or_is_a_read_error(
    recording: Recording, reader: AzureReader, azure: LoopbackAzure
) -> None:
    replayed = asked(recording)
    azure.replay(replayed)
    if is_whole(replayed):
        assert [answer.body for answer in read(reader, replayed)] == [body_of(replayed)]
    else:
        with pytest.raises(ReadError):
            read(reader, replayed)
    assert replayed.answers(azure.requests[0])


@pytest.mark.parametrize("recording", ERRORS, ids=lambda each: each.name)
def test_every_error_has_its_reason(
    recording: Recording, reader: AzureReader, azure: LoopbackAzure
) -> None:
    status = recording.response.status
    replayed = asked(recording)
    azure.replay(replayed)
    with pytest.raises(ReadError) as caught:
        read(reader, replayed)
    assert caught.value.status == status
    assert caught.value.reason is REASONS.get(status, Reason.API_ERROR)
    assert f"Azure answered {status}" in caught.value.detail
    passing = dict.fromkeys((408, 429, 500, 502, 503, 504), 1 + RETRIES)
    with_a_new_token = {401: 2}
    assert len(azure.requests) == {**passing, **with_a_new_token}.get(status, 1)


def test_a_refusal_names_the_action_that_is_missing(
    reader: AzureReader, azure: LoopbackAzure
) -> None:
    (recording,) = (each for each in ERRORS if each.name.endswith("403-authorization-failed.json"))
    azure.replay(recording)
    with pytest.raises(ReadError) as caught:
        reader.get(recording.path, "2019-09-01")
    assert caught.value.permission == "Microsoft.Authorization/policyDefinitions/error_policy/read"


def test_a_lifecycle_policy_that_is_not_set_is_a_404(
    reader: AzureReader, azure: LoopbackAzure
) -> None:
    name = "404-management-policy-not-found.json"
    (recording,) = (each for each in ERRORS if each.name.endswith(name))
    azure.replay(recording)
    with pytest.raises(ReadError, match="ManagementPolicyNotFound") as caught:
        reader.get(recording.path, "2025-06-01")
    assert caught.value.status == 404
