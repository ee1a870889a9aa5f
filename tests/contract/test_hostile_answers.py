"""Answers that are meant to hold amlaudit up, or to fill the memory, become gaps."""

import gzip
import time

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.scanners import connections
from amlaudit.scanners.faults import ReadError
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.estate import CHURN
from tests.loopback.reading import RETRIES, collected, reader_of
from tests.loopback.wire import Drip, Response

SECONDS = 0.3


def read(azure: LoopbackAzure) -> ReadError:
    with reader_of(azure) as reader, pytest.raises(ReadError) as caught:
        reader.get(CHURN, "2025-12-01")
    return caught.value


@pytest.mark.parametrize("drip", [Drip(head=True), Drip()], ids=["headers", "body"])
def test_an_answer_that_drips_for_ever_ends_in_time(
    azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch, drip: Drip
) -> None:
    monkeypatch.setattr("amlaudit.scanners.transport._WHOLE_SECONDS", SECONDS)
    azure.fail(faults.path_ends(CHURN), faults.instead(drip))
    begin = time.monotonic()
    assert read(azure).reason is Reason.TIMEOUT
    assert time.monotonic() - begin < 20 * SECONDS
    assert len(azure.requests) == 1 + RETRIES


def test_a_dripping_answer_leaves_a_gap_and_the_rest_of_the_estate(
    azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amlaudit.scanners.transport._WHOLE_SECONDS", 2 * SECONDS)
    azure.fail(faults.path_ends(f"{CHURN}/computes"), faults.instead(Drip()))
    with collected(azure) as estate:
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
