"""A list continues where it was, or restarts if Azure has forgotten that position."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from amlaudit.core.gap import Reason
from amlaudit.scanners.answer import Answer, from_step
from amlaudit.scanners.call import Call
from amlaudit.scanners.faults import ReadError

CALL = Call("GET", "/list", "2025-12-01", "400", datetime(2026, 1, 1, tzinfo=UTC))
PLACE = "https://host/list?$skipToken=old"


def pages(start: str | None, status: int) -> Iterator[Answer]:
    if start:
        raise ReadError(Reason.API_ERROR, "no such place", status=status, call=CALL)
    yield Answer({}, CALL, rows=({"id": "first"},), next=PLACE)
    yield Answer({}, CALL, rows=({"id": "second"},))


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_expired_page_token_restarts_the_list(status: int) -> None:
    noted: list[Call] = []
    answers = list(from_step(PLACE, lambda start: pages(start, status), noted.append))
    assert [answer.rows[0] for answer in answers] == [{"id": "first"}, {"id": "second"}]
    assert noted == [CALL]


@pytest.mark.parametrize(("start", "status"), [(PLACE, 403), (PLACE, 500), (PLACE, 0)])
def test_any_other_refusal_is_final(start: str, status: int) -> None:
    with pytest.raises(ReadError):
        list(from_step(start, lambda place: pages(place, status), lambda _: None))


def test_a_list_that_was_not_begun_begins() -> None:
    answers = list(from_step(None, lambda start: pages(start, 400), lambda _: None))
    assert len(answers) == 2


def test_rows_are_distinguished_by_id_or_content() -> None:
    rows = ({"id": "A"}, {"id": "a"}, {"count": 1}, {"count": 2}, None)
    assert len(Answer({}, CALL, rows=rows).keys) == 4
