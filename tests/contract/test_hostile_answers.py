"""Answers that are meant to hold amlaudit up, or to fill the memory, become gaps."""

import gzip
import time
from dataclasses import replace

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.scanners import connections
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.waiting import Patience
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.estate import CHURN
from tests.loopback.reading import PATIENCE, RETRIES, collected, reader_of
from tests.loopback.wire import Drip, Request, Response, json_response

SECONDS = 0.3
SLOW = 1.0
HURRIED = replace(PATIENCE, longest_read_seconds=SECONDS)


def read(azure: LoopbackAzure, patience: Patience = PATIENCE) -> ReadError:
    with reader_of(azure, patience) as reader, pytest.raises(ReadError) as caught:
        reader.get(CHURN, "2025-12-01")
    return caught.value


@pytest.mark.parametrize("drip", [Drip(head=True), Drip()], ids=["headers", "body"])
def test_an_answer_that_drips_for_ever_ends_in_time_and_is_not_asked_for_again(
    azure: LoopbackAzure, drip: Drip
) -> None:
    azure.fail(faults.path_ends(CHURN), faults.instead(drip))
    assert read(azure, HURRIED).reason is Reason.TIMEOUT  # it is read no further, or for ever
    assert len(azure.requests) == 1


def test_one_that_drips_for_a_while_is_asked_for_again(azure: LoopbackAzure) -> None:
    azure.fail(faults.path_ends(CHURN), refusal)
    assert read(azure, replace(PATIENCE, longest_read_seconds=600)).status == 503
    assert len(azure.requests) == 1 + RETRIES


def test_but_not_when_it_has_had_its_time(azure: LoopbackAzure) -> None:
    azure.fail(faults.path_ends(CHURN), slow_refusal)
    assert read(azure, replace(PATIENCE, longest_read_seconds=1.5 * SLOW)).status == 503
    assert len(azure.requests) <= 2


def refusal(_request: Request, _honest: object) -> Response:
    """Refuse for the moment."""
    return json_response({"error": {"code": "ServerBusy"}}, 503)


def slow_refusal(request: Request, honest: object) -> Response:
    """Refuse for the moment, after some time."""
    time.sleep(SLOW)
    return refusal(request, honest)


def test_a_dripping_answer_leaves_a_gap_and_the_rest_of_the_estate(azure: LoopbackAzure) -> None:
    azure.fail(faults.path_ends(f"{CHURN}/datastores"), faults.instead(Drip()))
    patience = replace(PATIENCE, longest_read_seconds=10 * SECONDS)
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
    assert error.detail == "the answer has more than 1 MiB"
    assert len(azure.requests) == 1
