"""Answers that are meant to stall amlaudit or to exhaust its memory become gaps."""

import gzip

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.scanners import connections
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.traffic import Clock
from amlaudit.scanners.waiting import Patience
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.clocks import Leaping
from tests.loopback.estate import CHURN
from tests.loopback.reading import PATIENCE, RETRIES, collected, reader_of
from tests.loopback.wire import Drip, Request, Response, json_response

SECONDS = 1.0
HURRIED = replace(PATIENCE, longest_read_seconds=SECONDS)
LONGEST = 600.0


def read(
    azure: LoopbackAzure, patience: Patience = PATIENCE, clock: Clock | None = None
) -> ReadError:
    with reader_of(azure, patience, clock) as reader, pytest.raises(ReadError) as caught:
        reader.get(CHURN, "2025-12-01")
    return caught.value


@pytest.mark.parametrize("drip", [Drip(head=True), Drip()], ids=["headers", "body"])
def test_an_endlessly_dripping_answer_times_out_without_a_retry(
    azure: LoopbackAzure, drip: Drip
) -> None:
    azure.fail(faults.path_ends(CHURN), faults.instead(drip))
    assert read(azure, HURRIED).reason is Reason.TIMEOUT  # reading stops here, or would never end
    assert len(azure.requests) == 1


@pytest.mark.parametrize(("seconds", "tries"), [(0, 1 + RETRIES), (LONGEST / 2, 2), (LONGEST, 1)])
def test_a_throttled_request_is_retried_until_the_retries_are_used_up(
    azure: LoopbackAzure, seconds: float, tries: int
) -> None:
    clock = Leaping()

    def refuse_late(_request: Request, _honest: object) -> Response:
        clock.passed += seconds
        return json_response({"error": {"code": "ServerBusy"}}, 503)

    azure.fail(faults.path_ends(CHURN), refuse_late)
    assert read(azure, replace(PATIENCE, longest_read_seconds=LONGEST), clock).status == 503
    assert len(azure.requests) == tries


def test_a_dripping_answer_leaves_a_gap_and_the_rest_of_the_estate(azure: LoopbackAzure) -> None:
    azure.fail(faults.path_ends(f"{CHURN}/datastores"), faults.instead(Drip()))
    patience = replace(PATIENCE, longest_read_seconds=3 * SECONDS)
    with collected(azure, patience=patience) as estate:
        (gap,) = [each for each in estate.gaps() if each.scope_id == CHURN.lower()]
        assert gap.reason is Reason.TIMEOUT
        assert list(estate.store.of_type(WORKSPACE))


def test_an_answer_that_unpacks_to_more_than_fits_is_read_no_further(
    azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_LARGEST", 2**20)
    bomb = gzip.compress(b" " * 2**24)
    assert len(bomb) < 2**15
    packed = Response(200, bomb, {"Content-Encoding": "gzip"})
    azure.fail(faults.path_ends(CHURN), faults.instead(packed))
    error = read(azure)
    assert error.reason is Reason.API_ERROR
    assert error.detail == "the response is larger than 1 MiB"
    assert len(azure.requests) == 1
